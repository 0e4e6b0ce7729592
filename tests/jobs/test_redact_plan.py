import os
from pathlib import Path

import pytest
from PIL import Image, features

from passerby.errors import UsageError
from passerby.jobs.redact_plan import plan


@pytest.fixture
def hall(tmp_path: Path) -> Path:
    for name in ("a.mp4", "a.avi", "b.JPG", "notes.txt", "c_redacted.mp4", "deep/d.mkv", ".trash/e.mp4"):
        path = tmp_path / "hall" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    return tmp_path / "hall"


def test_a_file_is_covered_beside_itself(hall):
    (task,) = plan([str(hall / "a.avi")]).tasks
    assert task.target == hall / "a_redacted.mp4"


def test_a_folder_gives_its_media_and_leaves_out_copies_and_hidden_files(hall):
    made = plan([str(hall)], str(hall.parent / "out"))
    assert [task.source.name for task in made.tasks] == ["a.avi", "b.JPG"]
    assert made.tasks[1].target == hall.parent / "out" / "b_redacted.JPG"
    assert made.notes == ["1 left out: covered copies by their names (*_redacted.*)"]


def test_folders_below_are_left_alone_unless_a_pattern_names_them(hall):
    assert not plan([str(hall.parent)]).tasks
    assert [task.source.name for task in plan([f"{hall.parent}/**/*.mkv"]).tasks] == ["d.mkv"]


def test_two_sources_never_share_a_copy(hall):
    made = plan([str(hall)])
    assert len({task.target for task in made.tasks}) == len(made.tasks)
    (refusal,) = map(str, made.refused)
    assert refusal.startswith(f"{hall / 'a.mp4'}: ")
    assert "a_redacted.mp4" in refusal


def test_a_file_named_twice_is_covered_once(hall):
    assert len(plan([str(hall / "b.JPG"), str(hall / "*.JPG")]).tasks) == 1


@pytest.mark.parametrize("name", ["gone.mp4", "*.webm"])
def test_what_is_not_there_is_refused_and_the_rest_is_planned(hall, name):
    made = plan([str(hall / name), str(hall / "b.JPG")])
    assert len(made.tasks) == 1
    assert str(made.refused[0]).startswith(f"{hall / name}: ")


def test_a_folder_without_media_is_refused(tmp_path):
    made = plan([str(tmp_path)])
    assert not made.tasks
    assert "no video or picture" in str(made.refused[0])


def test_one_target_file_for_several_sources_is_refused(hall):
    with pytest.raises(UsageError, match=r"-o .*a\.mp4"):
        plan([str(hall / "a.mp4"), str(hall / "b.JPG")], str(hall / "a.mp4"))


def test_reports_of_several_sources_go_to_a_folder(hall):
    made = plan([str(hall / "a.mp4"), str(hall / "b.JPG")], report=str(hall / "reports"))
    assert [task.report.name for task in made.tasks if task.report] == ["a_redacted.mp4.json", "b_redacted.JPG.json"]


def test_an_unusual_ending_is_tried_when_it_is_named_outright(hall):
    assert plan([str(hall / "notes.txt")]).tasks[0].target.name == "notes_redacted.mp4"


def moving(path: Path) -> Path:
    frames = [Image.new("RGB", (32, 24), shade) for shade in ("red", "blue", "green")]
    frames[0].save(path, save_all=True, append_images=frames[1:], duration=100)
    return path


@pytest.mark.parametrize(
    ("name", "copy"),
    [
        ("a.png", "a_redacted.mp4"),
        ("a.apng", "a_redacted.mp4"),
        ("a.gif", "a_redacted.mp4"),
    ],
)
def test_a_moving_image_becomes_a_video_without_a_word_from_the_user(tmp_path, name, copy):
    moving(tmp_path / "made.png" if name.endswith("png") else tmp_path / "made.gif").rename(tmp_path / name)
    (task,) = plan([str(tmp_path / name)]).tasks
    assert task.target.name == copy


@pytest.mark.parametrize(
    ("kind", "name", "copy"),
    [
        ("PNG", "a.png", "a_redacted.png"),
        ("GIF", "a.gif", "a_redacted.png"),
        ("JPEG", "a.mp4", "a_redacted.png"),
        ("JPEG", "a", "a_redacted.png"),
        ("JPEG", "a.JFIF", "a_redacted.JFIF"),
        pytest.param(
            "AVIF", "a.avif", "a_redacted.avif", marks=pytest.mark.skipif(not features.check("avif"), reason="no AVIF")
        ),
    ],
)
def test_an_image_stays_an_image_whatever_its_name(tmp_path, kind, name, copy):
    Image.new("RGB", (32, 24), "red").save(tmp_path / name, kind)
    (task,) = plan([str(tmp_path / name)]).tasks
    assert task.target.name == copy


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("rtsp://admin:geheim@10.0.0.5/live?channel=1", "rtsp://...: this is an address"),
        ("https://example.org/*.mp4", "https://...: this is an address"),
        ("-", "standard input is not read"),
        ("a" * 300, "over the limit of 255"),
        (f"{'ä' * 150}/b.mp4", "over the limit of 255"),
    ],
)
def test_what_is_no_file_is_refused_by_what_it_is(name, says):
    made = plan([name])
    assert not made.tasks
    assert says in str(made.refused[0])
    assert "geheim" not in str(made.refused[0])


def test_a_folder_does_not_leave_out_photos_of_a_phone_in_silence(hall):
    (hall / "IMG_1.HEIC").touch()
    assert "IMG_1.HEIC" in [task.source.name for task in plan([str(hall)], str(hall.parent / "out")).tasks]


@pytest.mark.parametrize("flag", ["-o", "--report"])
def test_a_name_that_is_too_long_is_refused_with_its_option(hall, flag):
    out, report = ("b" * 256, "") if flag == "-o" else ("", "b" * 256)
    with pytest.raises(UsageError, match=f"256 bytes, over the limit of 255; name a file with {flag}"):
        plan([str(hall / "b.JPG")], out, report)


def test_a_resumed_run_leaves_out_what_is_covered_and_newer_than_its_source(hall):
    first, *others = plan([str(hall)]).tasks
    first.target.touch()
    os.utime(first.source, ns=(0, 10))
    os.utime(first.target, ns=(0, 20))
    resumed = plan([str(hall)], resume=True)
    assert resumed.tasks == others
    assert resumed.done == [first]
    assert "1 left out: covered before (--resume)" in resumed.notes
    os.utime(first.source, ns=(0, 30))  # it changed since
    assert plan([str(hall)], resume=True).tasks == [first, *others]
    assert plan([str(hall)]).tasks == [first, *others]
