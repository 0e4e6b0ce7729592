"""Recordings are listed, verified and exported from the command line."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime
from pathlib import Path

import av
import pytest
from tests.outputs.recording.written import write_segment
from tests.outputs.streams import BEGIN_S, packets

from passerby.outputs.recording.encryption import load_or_make_key
from passerby.outputs.recording.segment import segments

SITE = """
site: hall
timezone: Europe/Vienna
state_folder: state
cameras:
  - name: door
    address: /dev/video0
    purpose: Notice a blocked exit at the main door.
    legal_basis: legitimate_interests
    record: true
accounts:
  two_persons: []  # tests/cli/test_requests.py has them
"""


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """A site with 30 s of recording from 12:06:40 in Vienna on, and 10 s an hour later."""
    (tmp_path / "site.yaml").write_text(SITE)
    key = load_or_make_key(tmp_path / "state" / "recording.key")
    for begin_s in (0, 10, 20, 3600):
        stream = packets(100, begin_s=BEGIN_S + begin_s)
        state = tmp_path / "state"
        write_segment(state / "recordings", "door", key, stream, state / "recording-heads")
    return tmp_path / "site.yaml"


def folder(site: Path) -> Path:
    return site.parent / "state" / "recordings"


def test_runs_and_what_lacks_between_them_are_listed_in_the_site_s_time(passerby, site: Path):
    assert datetime.fromtimestamp(BEGIN_S, UTC).isoformat() == "2026-11-18T11:06:40+00:00"
    done = passerby("recordings", "list", site)
    assert done.returncode == 0, done.stderr
    one, gap, two = done.stdout.splitlines()
    assert one.startswith("door  2026-11-18 12:06:40 to 2026-11-18 12:07:09  3 segments, 0.0 MB")
    assert gap == "door  2026-11-18 12:07:09 to 2026-11-18 13:06:40  nothing was recorded for 3570 s"
    assert two.startswith("door  2026-11-18 13:06:40 to 2026-11-18 13:06:49  1 segments")
    assert passerby("recordings", "list", folder(site)).stdout.startswith("door  2026-11-18 11:06:40")


def test_a_time_is_exported_as_one_file_that_plays(passerby, site: Path, tmp_path: Path):
    target = tmp_path / "door.mp4"
    times = ("--from", "2026-11-18T12:06:45", "--until", "2026-11-18T13:06:41")
    done = passerby("recordings", "export", site, "door", *times, "-o", target)
    assert done.returncode == 0, done.stderr
    assert f"{target}: 261 pictures, 2026-11-18 12:06:45 to 2026-11-18 13:06:41" in done.stdout
    assert "no pictures from 2026-11-18 12:07:09 to 2026-11-18 13:06:40: the file skips this gap" in done.stdout
    with av.open(str(target)) as container:
        assert sum(1 for _ in container.decode(video=0)) == 261
    again = passerby("recordings", "export", site, "door", *times, "-o", target)
    assert again.returncode == 2
    assert "the file exists" in again.stderr


def test_verify_finds_what_was_changed_with_the_key_and_without(passerby, site: Path):
    good = passerby("recordings", "verify", site)
    assert good.returncode == 0
    assert "4 segments, decrypted with the key; 0 missing, changed or damaged" in good.stdout
    path = segments(folder(site), "door")[1].path
    data = bytearray(path.read_bytes())
    data[200] ^= 1
    path.write_bytes(data)
    for place, how in ((site, "decrypted with the key"), (folder(site), "checked by hash only")):
        done = passerby("recordings", "verify", place)
        assert done.returncode == 3
        assert "was changed after it was written" in done.stdout
        assert how in done.stdout


def test_verify_finds_what_somebody_erased_and_says_what_the_newest_is(passerby, site: Path):
    good = passerby("recordings", "verify", site).stdout.splitlines()[0]
    assert good.startswith("door  newest: number 3 of 2026-11-18 13:06:40, SHA-256 ")
    assert good.endswith("; 0 erased by retention")
    path = segments(folder(site), "door")[3].path
    path.unlink()
    path.with_name("index.log").unlink()
    for arguments in ((site,), (folder(site), "--key", site.parent / "state" / "recording.key")):
        done = passerby("recordings", "verify", *arguments)
        assert done.returncode == 3
        assert "number 3 is missing, written after 2026-11-18 11:07:00 UTC: not erased by retention" in done.stdout
    shutil.rmtree(folder(site) / "door")
    done = passerby("recordings", "verify", site, "--camera", "door")
    assert done.returncode == 3
    assert "door  -  numbers 0 to 3 are missing: not erased by retention" in done.stdout


@pytest.mark.parametrize(
    ("arguments", "code", "reason"),
    [
        (
            ["export", "SITE", "gate", "--from", "2026-11-18", "--until", "2026-11-19", "-o", "x.mp4"],
            2,
            "of camera 'gate'",
        ),
        (
            ["export", "SITE", "door", "--from", "noon", "--until", "2026-11-19", "-o", "x.mp4"],
            2,
            "--from noon: not a time",
        ),
        (
            ["export", "SITE", "door", "--from", "2026-10-25T02:30", "--until", "2026-11-19", "-o", "x.mp4"],
            2,
            "occurs twice in Europe/Vienna",
        ),
        (["export", "SITE", "door", "--from", "2026-11-19", "--until", "2026-11-18", "-o", "x.mp4"], 2, "not before"),
        (["export", "SITE", "door", "--from", "2026-11-20", "--until", "2026-11-21", "-o", "x.mp4"], 2, "no picture"),
        (["export", "SITE", "door", "--from", "2026-11-18", "--until", "2026-11-19", "-o", "x.mkv"], 2, ".mp4"),
        (["export", "FOLDER", "door", "--from", "2026-11-18", "--until", "2026-11-19", "-o", "x.mp4"], 2, "--key"),
        (["verify", "FOLDER", "--key", "none.key"], 2, "none.key: the key cannot be read"),
        (
            [
                "export",
                "FOLDER",
                "door",
                "--key",
                "none.key",
                "--from",
                "2026-11-18",
                "--until",
                "2026-11-19",
                "-o",
                "x",
            ],
            2,
            "none.key: the key cannot be read",
        ),
        (["list", "none.yaml"], 2, "none.yaml"),
        (["list", "SITE", "--camera", "gate"], 2, "choose one of: door"),
    ],
)
def test_wrong_use_is_one_line_with_the_mend(passerby, site: Path, arguments: list[str], code: int, reason: str):
    places = {"SITE": site, "FOLDER": folder(site)}
    done = passerby("recordings", *[places.get(each, each) for each in arguments])
    assert done.returncode == code, done.stderr
    assert reason in done.stderr
    assert done.stderr.count("\n") == 1
    assert not Path("x.mp4").exists()


def test_verify_with_another_key_says_so_and_accuses_nobody(passerby, site: Path, tmp_path: Path):
    other = tmp_path / "other.key"
    load_or_make_key(other)
    for place in (site, folder(site)):
        done = passerby("recordings", "verify", place, "--key", other)
        assert done.returncode == 2
        assert f"{other}: not the key of these recordings" in done.stderr
        assert done.stdout == ""
        assert done.stderr.count("\n") == 1


def test_verify_with_the_right_key_still_reports_what_no_longer_opens(passerby, site: Path):
    """All segments are garbled, so that none opens: the index shows that they were changed."""
    for each in segments(folder(site), "door"):
        data = bytearray(each.path.read_bytes())
        data[-40:] = bytes(40)
        data[120:160] = bytes(40)
        each.path.write_bytes(data)
    (site.parent / "state" / "recording-heads" / "door.head").unlink()
    done = passerby("recordings", "verify", site)
    assert done.returncode == 3
    assert done.stdout.count("was changed after it was written") == 4


def test_verify_of_a_folder_without_recordings_is_refused_and_reassures_nobody(passerby, tmp_path):
    done = passerby("recordings", "verify", tmp_path)
    assert done.returncode == 2
    assert "nothing has been recorded here" in done.stderr
    assert done.stdout == ""
