"""`passerby redact` as a user meets it: good files, bad files, and being stopped."""

from __future__ import annotations

import json
import signal
import struct
import subprocess
import sys
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import av
import jsonschema
import numpy as np
import pytest
from PIL import Image
from tests.program import started
from tests.waiting import until

from passerby.cli.redact_outcome import cover_line
from passerby.jobs.task import FileTask, Outcome
from passerby.reports.redaction import schema_json

FAST = ("--effort", "fast", "--check", "off")
ONE_NETWORK = (*FAST, "--cover", "faces")
"""For what does not depend on who is covered: each network takes a second to load."""
SLATE = (38, 44, 58)


@pytest.fixture
def clip(data_dir: Path) -> Path:
    return data_dir / "hostile/media3/sample_portrait.mp4"


@pytest.fixture
def picture(tmp_path: Path) -> Path:
    path = tmp_path / "wall.png"
    Image.fromarray(np.full((120, 160, 3), (200, 180, 90), np.uint8)).save(path)
    return path


@pytest.fixture
def covered(tmp_path: Path) -> Path:
    folder = tmp_path / "covered"
    folder.mkdir()
    return folder


def frames(path: Path) -> int:
    with av.open(str(path)) as container:
        return sum(1 for _ in container.decode(video=0))


def one_line(done: subprocess.CompletedProcess[str]) -> str:
    """The single line of complaint; nothing else may be on stderr but progress."""
    (line,) = [line for line in done.stderr.splitlines() if line.startswith("passerby: ")]
    return line


# --- good files


def test_a_video_gets_a_whole_copy_and_a_report_that_fits_the_schema(passerby, registry_models, clip, covered):
    done = passerby("redact", clip, "-o", f"{covered}/", "--report", covered / "r.json", "--boxes", *FAST)
    copy = covered / "sample_portrait_redacted.mp4"
    assert done.returncode in {0, 3}, done.stderr
    report = json.loads((covered / "r.json").read_text())
    jsonschema.validate(report, json.loads(schema_json()))
    assert report["frames"] == len(report["boxes"]) == frames(copy) == frames(clip)
    assert str(copy) in done.stdout
    assert {each.name for each in covered.iterdir()} == {copy.name, "r.json"}


def test_the_report_does_not_name_its_source(passerby, registry_models, clip, covered):
    passerby("redact", clip, "-o", covered / "copy.mp4", "--report", covered / "r.json", *ONE_NETWORK)
    assert "portrait" not in (covered / "r.json").read_text()


@pytest.mark.parametrize(
    ("more", "cover", "hold_s"),
    [((), ["people", "vehicles"], 0.5), (("--cover", "heads", "--hold", "2"), ["heads"], 2.0)],
)
def test_the_report_shows_a_preset_and_its_options_and_an_option_beside_it_wins(
    passerby, registry_models, picture, covered, more, cover, hold_s
):
    done = passerby(
        "redact", picture, "-o", covered / "c.png", "--report", covered / "r.json", "--for", "street", *more, *FAST
    )
    assert done.returncode in {0, 3}, done.stderr
    options = json.loads((covered / "r.json").read_text())["options"]
    assert options["preset"] == "street"
    assert (options["cover"], options["hold_s"]) == (cover, hold_s)


def test_a_picture_is_covered_where_a_mask_says(passerby, registry_models, picture, covered):
    mask = covered / "mask.json"
    mask.write_text('{"masks": [{"box": [0, 0, 0.5, 1], "unit": "share"}]}')
    done = passerby("redact", picture, "--mask", mask, "-o", covered / "wall.png", *ONE_NETWORK)
    assert done.returncode == 0, done.stderr
    pixels = np.asarray(Image.open(covered / "wall.png"))
    assert (pixels[:, :80] == SLATE).all()
    assert (pixels[:, 82:] == (200, 180, 90)).all()


def test_the_copy_lies_beside_its_source_and_is_not_overwritten(passerby, registry_models, picture):
    assert passerby("redact", picture, *ONE_NETWORK).returncode == 0
    copy = picture.with_name("wall_redacted.png")
    before = copy.stat().st_mtime_ns
    again = passerby("redact", picture, *ONE_NETWORK)
    assert again.returncode == 2
    assert "--force" in one_line(again)
    assert copy.stat().st_mtime_ns == before
    assert passerby("redact", picture, "--force", *ONE_NETWORK).returncode == 0
    assert copy.stat().st_mtime_ns > before


def test_a_batch_goes_on_after_bad_files_and_counts(passerby, registry_models, data_dir, picture, covered):
    audio = data_dir / "hostile/media3/sample_audio_only.mp4"
    done = passerby("redact", picture, covered / "gone.mp4", audio, "-o", f"{covered}/", "--jobs", "2", *ONE_NETWORK)
    assert done.returncode == 2
    assert (covered / "wall_redacted.png").exists()
    assert "3 files: 1 covered, 2 failed" in done.stdout
    assert "gone.mp4" in done.stderr
    assert "sample_audio_only.mp4" in done.stderr


# --- wrong use


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        ((), "sources"),
        (("--nope", "a.mp4"), "--nope"),
        (("a.mp4", "--crf", "high"), "--crf"),
        (("a.mp4", "--style", "none"), "--style none"),
        (("a.mp4", "--cover", "people,ghosts"), "--cover ghosts"),
        (("a.mp4", "--scale", "640"), "--scale 640"),
        (("a.mp4", "--jobs", "0"), "--jobs"),
        (("a.mp4", "--boxes"), "--boxes"),
    ],
)
def test_wrong_use_is_one_line_that_names_the_option(passerby, arguments, named):
    done = passerby("redact", *arguments)
    assert done.returncode == 2
    assert named in one_line(done)


# --- bad files


def png_of(width: int, height: int) -> bytes:
    """A few bytes that claim to be a picture of any size."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(bytes(4096))) + chunk(b"IEND", b"")
    )


def huge_avi(data_dir: Path) -> bytes:
    """A real clip whose header claims 60000 x 60000."""
    clip = bytearray((data_dir / "hostile/opencv/tree.avi").read_bytes())
    at = clip.index(b"strf") + 8
    clip[at + 4 : at + 12] = struct.pack("<ii", 60000, 60000)
    return bytes(clip)


BAD = {
    "text.mp4": lambda _: b"this is no video\n" * 100,
    "empty.mp4": lambda _: b"",
    "cut.mp4": lambda data: (data / "hostile/media3/sample_sef_slow_motion.mp4").read_bytes()[:20000],
    "cut.jpg": lambda _: b"\xff\xd8\xff\xe0" + bytes(50),
    "audio.mp4": lambda data: (data / "hostile/media3/sample_audio_only.mp4").read_bytes(),
    "noframes.mp4": lambda data: (data / "hostile/mp4parse/test_case_1185230.mp4").read_bytes(),
    "bomb.png": lambda _: png_of(100_000, 100_000),
    "huge.avi": huge_avi,
}


@pytest.mark.parametrize("name", BAD)
def test_a_bad_file_is_one_line_with_its_name_and_no_copy(passerby, data_dir, tmp_path, covered, name):
    source = tmp_path / name
    source.write_bytes(BAD[name](data_dir))
    done = passerby("redact", source, "-o", f"{covered}/", *FAST)
    assert done.returncode == 2, done.stderr
    assert name in one_line(done)
    assert not list(covered.iterdir())


@pytest.mark.parametrize("name", ["gone.mp4", "*.mp4", "."])
def test_what_is_not_there_is_one_line(passerby, covered, name):
    done = passerby("redact", covered / name)
    assert done.returncode == 2
    assert str(covered / name) in one_line(done)


def test_the_copy_may_not_be_its_source(passerby, picture):
    before = picture.read_bytes()
    done = passerby("redact", picture, "-o", picture, "--force", *FAST)
    assert done.returncode == 2
    assert "overwrite its source" in one_line(done)
    assert picture.read_bytes() == before


@pytest.mark.parametrize(
    ("option", "what"),
    [("--report", "the report"), ("--boxes-csv", "the table of boxes"), ("--sheet", "the contact sheet")],
)
def test_what_would_overwrite_the_source_isnamed_failure(passerby, picture, covered, option, what):
    before = picture.read_bytes()
    done = passerby("redact", picture, "-o", covered / "copy.png", option, picture, "--force", *FAST)
    assert done.returncode == 2
    assert f"{option} {picture}: {what} would overwrite its source" in one_line(done)
    assert picture.read_bytes() == before


def test_a_place_that_takes_no_files_is_one_line(passerby, registry_models, picture):
    done = passerby("redact", picture, "-o", "/proc/copy.png", *ONE_NETWORK)
    assert done.returncode == 1
    assert "/proc/copy.png" in one_line(done)


def test_a_full_disk_is_one_line_and_leaves_nothing(passerby, registry_models, clip, tmp_path):
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=16k", "tmpfs", str(disk)]
    try:
        mounted = subprocess.run(mount, capture_output=True, check=False).returncode == 0
    except FileNotFoundError:
        mounted = False
    if not mounted:
        pytest.skip("a small disk needs the right to mount one")
    try:
        done = passerby("redact", clip, "-o", disk / "copy.mp4", *ONE_NETWORK)
        assert done.returncode == 1, done.stderr
        assert "full" in one_line(done)
        assert not list(disk.iterdir())
    finally:
        subprocess.run(["umount", str(disk)], check=True)


# --- no network to look with


def test_without_models_nothing_is_written_and_the_mend_isnamed_failure(passerby, picture, covered, tmp_path):
    done = passerby(
        "redact", picture, "-o", f"{covered}/", PASSERBY_MODELS=str(tmp_path / "none"), XDG_DATA_HOME=str(tmp_path)
    )
    assert done.returncode == 1
    assert "passerby models fetch" in one_line(done)
    assert not list(covered.iterdir())


# --- being stopped


def hear_interrupts() -> None:
    """A shell that starts the tests in the background lets everything below it ignore Ctrl-C."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


@contextmanager
def begun(clip: Path, folder: Path) -> Iterator[subprocess.Popen[str]]:
    """Start to cover a clip and wait until the copy is being written."""
    command = [
        sys.executable,
        "-c",
        "from passerby.cli.app import main; main()",
        "redact",
        str(clip),
        "-o",
        f"{folder}/",
    ]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    # `hear_interrupts` only sets a signal, before the new program starts
    with started([*command, *ONE_NETWORK], preexec_fn=hear_interrupts, **pipes) as work:
        until(lambda: any(each.stat().st_size for each in folder.iterdir()) or work.poll() is not None)
        assert work.poll() is None, work.communicate()
        yield work


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_who_is_stopped_leaves_nothing_and_says_so(registry_models, data_dir, covered, number):
    with begun(data_dir / "video/pets_s2l1_vtest.avi", covered) as work:
        work.send_signal(number)
        _, said = work.communicate(timeout=60)
    assert work.returncode == 130
    assert "unfinished files were removed" in said
    assert "Traceback" not in said
    assert "terminate" not in said
    assert not list(covered.iterdir())


def test_who_is_killed_leaves_nothing_that_looks_whole(registry_models, data_dir, covered):
    with begun(data_dir / "video/pets_s2l1_vtest.avi", covered) as work:
        work.kill()
    assert not [each for each in covered.iterdir() if each.suffix == ".mp4" and not each.name.startswith(".")]


# --- what came out


def test_the_last_line_says_how_much_is_covered_and_by_what():
    task = FileTask(Path("a.mp4"), Path("a_redacted.mp4"))
    one = Outcome(task, frames=90, covered_share=0.5, over_90=40, causes=(("too dark to inspect", 30), ("boxes", 10)))
    two = Outcome(task, frames=10, covered_share=1.0, over_90=10, causes=(("boxes", 10),))
    assert cover_line([one, two]) == (
        "55.0 % of the picture covered on average, 50 of 100 frames over 90 % (too dark to inspect: 30, boxes: 20)"
    )
    assert cover_line([Outcome(task, frames=1)]) == "0.0 % of the picture covered on average, 0 of 1 frames over 90 %"
    shares = (("confident bodies", 0.2), ("hold", 0.1), ("margin", 0.05), ("faces", 0.01))
    told = Outcome(task, frames=30, covered_share=0.36, shares=shares)
    dark = Outcome(task, frames=10, covered_share=1.0, shares=(("too dark to inspect", 1.0),))
    assert cover_line([told, dark]).startswith(
        "52.0 % of the picture covered on average (too dark to inspect 25.0, confident bodies 15.0, hold 7.5), 0 of 40"
    )
    many = Outcome(task, frames=9, over_90=4, causes=tuple((name, 1) for name in "abcd"))
    assert cover_line([many]).endswith("(a: 1, b: 1, c: 1, ...)")


def test_everything_that_is_written_beside_copies_and_an_image_after_a_moving_one(
    passerby, registry_models, picture, covered
):
    frames_of_it = [Image.new("RGB", (160, 120), shade) for shade in ("red", "blue", "green")]
    moving = picture.with_name("moving.png")
    frames_of_it[0].save(moving, save_all=True, append_images=frames_of_it[1:], duration=100)
    more = [word for name in ("report", "boxes-csv", "sheet", "annex") for word in (f"--{name}", f"{covered}/m/")]
    done = passerby("redact", moving, picture, "-o", f"{covered}/", "--results", covered / "t.csv", *more, *ONE_NETWORK)
    assert done.returncode in {0, 3}, done.stderr
    assert "% of the picture covered on average" in done.stdout.splitlines()[-1]
    assert frames(covered / "moving_redacted.mp4") == 3
    endings = (".json", ".boxes.csv", ".sheet.png", ".annex.json")
    copies = ("moving_redacted.mp4", "wall_redacted.png")
    assert {each.name for each in (covered / "m").iterdir()} == {copy + end for copy in copies for end in endings}
    assert [line.count(",") >= 10 for line in (covered / "t.csv").read_text().splitlines()] == [True] * 3
    assert str(moving) not in (covered / "m/moving_redacted.mp4.json").read_text()


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("a network found 1 of 3 figures", "films/hall.mp4: a network found 1 of 3 figures"),
        ("films/hall.mp4: cut off", "films/hall.mp4: cut off"),
    ],
)
def test_the_error_of_a_file_names_the_file_once_whatever_failed(text, line):
    from passerby.cli.redact_outcome import named_failure
    from passerby.errors import DetectorError
    from passerby.jobs.task import FileTask, Outcome

    task = FileTask(Path("films/hall.mp4"), Path("hall_redacted.mp4"))
    assert named_failure(Outcome(task, error=DetectorError(text))) == line
