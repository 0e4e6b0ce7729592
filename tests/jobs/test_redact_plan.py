from pathlib import Path

import pytest

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
