"""Keys, signatures and releases from the command line."""

from __future__ import annotations

import json
import stat
import subprocess
from datetime import UTC, datetime

import pytest
from tests.release.made import ADDED, NOW, changes, clip, report_of

from passerby.cli.verify import _statement_lines
from passerby.jobs.review_files import review_files
from passerby.review.edits import AddedCover, RecordingEdits, RegionKey, ReviewMark
from passerby.review.edits_file import binding, changes_hmac

REASONS = """
organisation: Example Daily
reasons:
  - reason: data protection
    basis: GDPR Art. 6(1)(f)
    covers: [people, sound]
  - reason: third party
    basis: GDPR Art. 15(4)
"""


@pytest.fixture(scope="module")
def key(passerby, tmp_path_factory):
    folder = tmp_path_factory.mktemp("keys") / "site"
    done = passerby("keys", "create", folder, "--name", "Example Daily")
    assert done.returncode == 0, done.stderr
    assert "Example Daily" in done.stdout
    return folder


@pytest.fixture
def reviewed(tmp_path):
    """A recording with its copy, report and edits; nobody has approved it."""
    recording = clip(tmp_path / "hall.mp4")
    files = review_files(recording)
    clip(files.copy)
    written(files, two=False)
    (tmp_path / "reasons.yaml").write_text(REASONS)
    return files


def written(files, *, two, reviews=(), reason=ADDED.reason):
    """Write the edits, and the report of the copy that was made with them; its reason is that of `ADDED`."""
    box = RegionKey(time_s=1.0, box=(0.0, 0.0, 20.0, 20.0))
    added = AddedCover(keys=[box], from_s=ADDED.from_s, to_s=ADDED.to_s, reason=reason)
    marks = [ReviewMark(by=name, at=NOW, review=which) for name, which in reviews]
    edits = RecordingEdits(recording=binding(files.recording), two_reviewers=two, added=[added], reviews=marks)
    files.edits.write_text(edits.to_json())
    by_hand = changes(added=[ADDED], changes_hmac_sha256=changes_hmac(edits))
    files.report.write_text(report_of(files.copy, edits=by_hand).to_json())
    return edits


def content(folder):
    return {each.name: each.read_bytes() for each in folder.iterdir()}


def test_a_release_is_complete_names_no_reviewer_and_is_the_same_again(passerby, reviewed, tmp_path):
    written(reviewed, two=True, reviews=[("R. Viewer", "first"), ("S. Econd", "second")])
    command = ("release", reviewed.recording, "--reasons", tmp_path / "reasons.yaml", "--case", "FOI-7")
    done = passerby(*command)
    assert done.returncode == 0, done.stderr
    folder = tmp_path / "hall_release"
    first = content(folder)
    assert set(first) == {
        *("hall_redacted.mp4", "report.json", "exemption-log.pdf", "exemption-log.html", "exemption-log.csv"),
        *("SHA256SUMS", "VERIFY.txt"),
    }
    assert first["hall_redacted.mp4"] == reviewed.copy.read_bytes()
    subprocess.run(["sha256sum", "-c", "SHA256SUMS"], cwd=folder, check=True, capture_output=True)
    for name, data in first.items():
        assert b"Viewer" not in data, name
        assert b"Econd" not in data, name
    report = json.loads(first["report.json"])
    assert report["edits"]["reviews"] == 2
    assert report["boxes"] is None
    record = tmp_path / "hall_release.record.json"
    assert stat.S_IMODE(record.stat().st_mode) == 0o600
    assert [each["by"] for each in json.loads(record.read_text())["reviews"]] == ["R. Viewer", "S. Econd"]
    assert passerby(*command).returncode == 2  # it exists
    assert passerby(*command, "--force").returncode == 0
    assert content(folder) == first


@pytest.mark.parametrize(
    ("reviews", "complaint"),
    [
        ([], "nobody has approved it yet"),
        ([("R. Viewer", "first")], "only the first reviewer has approved it"),
        ([("R. Viewer", "first"), ("r.  viewer ", "second")], "both approvals are by the same person"),
    ],
)
def test_nothing_is_released_before_two_persons_have_approved_it(passerby, reviewed, tmp_path, reviews, complaint):
    written(reviewed, two=True, reviews=reviews)
    done = passerby("release", reviewed.recording)
    assert done.returncode == 2
    assert complaint in done.stderr
    assert not (tmp_path / "hall_release").exists()


def test_a_copy_that_lacks_the_latest_edits_is_not_released(passerby, reviewed):
    reviewed.report.write_text(report_of(reviewed.copy).to_json())
    done = passerby("release", reviewed.recording)
    assert done.returncode == 2
    assert "the copy was made before the latest changes" in done.stderr


def test_a_region_that_was_moved_after_the_copy_was_made_is_not_released(passerby, reviewed):
    edits = written(reviewed, two=False)
    moved = RegionKey(time_s=1.0, box=(60.0, 0.0, 80.0, 20.0))  # at the same time, with the same reason
    edits = edits.model_copy(update={"added": [edits.added[0].model_copy(update={"keys": [moved]})]})
    reviewed.edits.write_text(edits.to_json())
    done = passerby("release", reviewed.recording)
    assert done.returncode == 2
    assert "the copy was made before the latest changes" in done.stderr


def test_a_reason_that_was_given_after_the_copy_was_made_is_in_the_log(passerby, reviewed, tmp_path):
    written(reviewed, two=False, reason="minor")
    done = passerby("release", reviewed.recording)
    assert done.returncode == 0, done.stderr
    assert "minor" in (tmp_path / "hall_release" / "exemption-log.csv").read_text()
    report = json.loads((tmp_path / "hall_release" / "report.json").read_text())
    assert [each["reason"] for each in report["edits"]["added"]] == ["minor"]


def test_a_recording_that_changed_is_not_released(passerby, reviewed):
    with reviewed.recording.open("ab") as file:
        file.write(b"more")
    done = passerby("release", reviewed.recording)
    assert done.returncode == 2
    assert "has changed since" in done.stderr


def test_force_does_not_remove_a_folder_that_is_no_release(passerby, reviewed, tmp_path):
    precious = tmp_path / "hall_release" / "thesis.txt"
    precious.parent.mkdir()
    precious.write_text("mine")
    done = passerby("release", reviewed.recording, "--force")
    assert done.returncode == 2
    assert "is not a release that passerby made" in done.stderr
    assert precious.read_text() == "mine"


def test_a_signed_release_is_verified_with_its_report(passerby, reviewed, tmp_path, key):
    done = passerby("release", reviewed.recording, "--sign", key, "-o", tmp_path / "out")
    assert done.returncode == 0, done.stderr
    out = tmp_path / "out"
    command = ("verify", out / "hall_redacted.mp4", "--report", out / "report.json")
    done = passerby(*command, "--authority", out / "authority.pem")
    assert done.returncode == 0, done.stdout
    assert 'signed by    "Example Daily", confirmed' in done.stdout
    assert "does not show that nobody can be seen" in done.stdout
    assert passerby(*command).returncode == 3  # intact, but nobody vouches for the signer
    (out / "report.json").write_text((out / "report.json").read_text().replace("0.1234", "0.0234", 1))
    done = passerby(*command, "--authority", out / "authority.pem")
    assert done.returncode == 1
    assert "is not the report that was signed" in done.stdout


@pytest.mark.parametrize(("silenced", "said"), [(2, ", 2 silenced"), (0, "")])
def test_verify_says_how_many_times_were_silenced_by_hand(silenced, said):
    by_hand = {"added": 1, "opened": 0, "visible": [], "silenced": silenced}
    lines = _statement_lines({"by_hand": by_hand})
    assert f"by hand      1 covered, 0 opened, 0 left visible on request{said}" in lines


def test_a_copy_that_is_there_can_be_signed_and_reviewed_on(passerby, reviewed, key):
    done = passerby(
        "keys", "sign", reviewed.copy, "--key", key, "--report", reviewed.report, "--recording", reviewed.recording
    )
    assert done.returncode == 0, done.stderr
    done = passerby("verify", reviewed.copy, "--recording", reviewed.recording, "--report", reviewed.report)
    assert done.returncode == 3, done.stdout
    assert "it was made of this recording" in done.stdout
    from passerby.jobs.review_files import present_report

    assert present_report(reviewed) is not None


def test_redact_signs_its_copy_and_leaves_none_that_cannot_be_signed(passerby, registry_models, tmp_path, key):
    source = clip(tmp_path / "a.mp4", seconds=1)
    fast = ("--effort", "fast", "--check", "off", "--cover", "faces")
    report = tmp_path / "r.json"
    done = passerby("redact", source, "-o", tmp_path / "b.mp4", "--report", report, "--sign", key, *fast)
    assert done.returncode in {0, 3}, done.stderr
    done = passerby("verify", tmp_path / "b.mp4", "--report", report, "--authority", key / "authority.pem")
    assert done.returncode == 0, done.stdout
    command = ("redact", source, "-o", tmp_path / "c.mp4", "--sign", key, *fast)
    done = passerby(*command, "--timestamp", "http://127.0.0.1:9/")
    assert done.returncode == 1
    assert "cannot be signed" in done.stderr
    assert not (tmp_path / "c.mp4").exists()


@pytest.mark.parametrize(
    ("command", "complaint"),
    [
        (("keys", "create", "KEY", "--name", "Other"), "exists; give another folder"),
        (("keys", "create", "NEW"), "--name: give the name"),
        (("keys", "create", "NEW", "--import", "a.pem"), "--import and --chain belong together"),
        (("keys", "show", "NEW"), "no such folder"),
        (("verify", "none.mp4"), "no such file"),
        (("redact", "a.mp4", "--timestamp", "http://x"), "--timestamp: is about the signature; also give --sign"),
        (("redact", "a.mp4", "--sign", "KEY", "--timestamp", "x"), "http:// or https://"),
        (("redact", "a.mkv", "-o", "b.mkv", "--sign", "KEY"), "cannot hold a signature"),
        (
            ("redact", "a.mp4", "--sign", "KEY", "--cluster", "h:1"),
            "the key would go to every node; sign the copies here",
        ),
    ],
    ids=lambda each: " ".join(each) if isinstance(each, tuple) else "",
)
def test_wrong_use_is_refused_in_one_line(passerby, key, tmp_path, command, complaint):
    clip(tmp_path / "a.mkv", seconds=1)
    places = {"KEY": key, "NEW": tmp_path / "new"} | {
        name: tmp_path / name for name in ("a.mkv", "b.mkv", "a.mp4", "none.mp4")
    }
    done = passerby(*[places.get(each, each) for each in command])
    assert done.returncode == 2, done.stdout
    assert complaint in done.stderr
    assert not (tmp_path / "b.mkv").exists()


def test_an_expired_key_is_refused_before_the_work(passerby, tmp_path):
    from passerby.release.site_key import create_key

    begins = datetime(2020, 1, 1, tzinfo=UTC)
    create_key(tmp_path / "old", "Example Daily", years=1, now=begins)
    source = clip(tmp_path / "a.mp4", seconds=1)
    done = passerby("redact", source, "--sign", tmp_path / "old")
    assert done.returncode == 2
    assert "expired on 2020-12-31; make a new key" in done.stderr
