"""An edits file is one recording's, and one line says what is wrong with it."""

from __future__ import annotations

import json
import re

import pytest

from passerby.errors import UsageError
from passerby.review.edits import RecordingEdits, edits_schema_json
from passerby.review.edits_file import binding, read_edits, require_bound

SALT = "0" * 32
BOUND = {"salt": SALT, "hmac_sha256": "0" * 64}
KEY = {"time_s": 1.0, "box": [0.0, 0.0, 10.0, 10.0]}
COVER = {"keys": [KEY], "from_s": 0.5, "to_s": 2.0}
OPENED = {
    "box": [0.0, 0.0, 10.0, 10.0],
    "from_s": 0.0,
    "to_s": 1.0,
    "piece": "people",
    "reason": "a statue",
    "by": "R. Viewer",
    "at": "2026-01-02T03:04:05Z",
}
LOOKED = {"suspects": True, "networks": ["ssdlite-pedestrian"], "frames": 3}


def written(tmp_path, **parts):
    path = tmp_path / "my.edits.json"
    path.write_text(json.dumps({"edits_version": 1, "recording": BOUND} | parts))
    return path


def test_edits_survive_being_written_and_read(tmp_path):
    edits = read_edits(written(tmp_path, added=[COVER], opened=[OPENED | {"second_look": LOOKED, "confirmed": True}]))
    again = tmp_path / "again.json"
    again.write_text(edits.to_json())
    assert read_edits(again) == edits
    assert read_edits(again).to_json() == edits.to_json()


def test_only_a_file_with_muted_sound_is_of_the_version_that_earlier_ones_do_not_know(tmp_path):
    muted = [{"from_s": 0.5, "to_s": 1.25, "reason": "private conversation"}]
    edits = read_edits(written(tmp_path, added=[COVER], muted=muted))
    assert json.loads(edits.to_json())["edits_version"] == 2
    assert json.loads(edits.to_json())["muted"][0]["to_s"] == 1.25
    before = read_edits(written(tmp_path, added=[COVER]))
    assert json.loads(before.to_json())["edits_version"] == 1
    assert "muted" not in json.loads(before.to_json())


def test_edits_are_bound_to_the_bytes_of_one_recording(tmp_path):
    mine, other = tmp_path / "a.mp4", tmp_path / "b.mp4"
    mine.write_bytes(b"one recording")
    other.write_bytes(b"one recordinG")
    edits = RecordingEdits(recording=binding(mine, random_hex=lambda count: "ab" * count))
    require_bound(edits, tmp_path / "my.edits.json", mine)
    with pytest.raises(UsageError, match=r"made for another recording, or b\.mp4 has changed"):
        require_bound(edits, tmp_path / "my.edits.json", other)


def test_two_bindings_of_one_recording_have_nothing_in_common(tmp_path):
    recording = tmp_path / "a.mp4"
    recording.write_bytes(b"one recording")
    one, two = binding(recording), binding(recording)
    assert one.salt != two.salt
    assert one.hmac_sha256 != two.hmac_sha256


@pytest.mark.parametrize(
    ("parts", "complaint"),
    [
        ({"edits_version": 3}, "edits_version 3 is newer than this passerby knows"),
        ({"faces": []}, "faces: no such key"),
        ({"added": [COVER | {"to_s": 0.7}]}, "added 1: keys must lie between from_s and to_s"),
        ({"added": [COVER | {"keys": [KEY, KEY]}]}, "added 1: keys must be in order of time"),
        ({"added": [COVER | {"keys": [KEY | {"box": [5, 0, 1, 4]}]}]}, "added 1, keys 1: box is left, top, right"),
        ({"added": [COVER | {"to_s": 90.0, "follow": True}]}, "draw the region again at least every 60 s"),
        ({"added": [COVER | {"reason": "a\nb"}]}, "added 1, reason: use no line breaks"),
        ({"opened": [OPENED | {"by": ""}]}, "opened 1, by: "),
        ({"opened": [OPENED | {"by": "   "}]}, "opened 1, by: "),
        ({"opened": [OPENED | {"reason": ""}]}, "opened 1, reason: "),
        ({"opened": [OPENED | {"piece": "masks"}]}, "opened 1, piece: choose "),
        ({"opened": [OPENED | {"at": "2026-01-02T03:04:05"}]}, "opened 1, at: "),
        ({"opened": [OPENED | {"confirmed": True}]}, "opened 1: confirmed needs a second_look"),
        ({"muted": [{"from_s": 2.0, "to_s": 2.0}]}, "muted 1: to_s must be after from_s"),
        ({"muted": [{"from_s": 2.0, "to_s": 3.0, "by": "R. Viewer"}]}, "muted 1, by: no such key"),
        ({"openings_locked": True, "opened": [OPENED]}, "openings_locked: this recording is locked"),
    ],
)
def test_nonsense_is_refused_in_one_line(tmp_path, parts, complaint):
    with pytest.raises(UsageError, match=re.escape(complaint)) as error:
        read_edits(written(tmp_path, **parts))
    assert "\n" not in str(error.value)
    assert "my.edits.json" in str(error.value)


@pytest.mark.parametrize("text", ["", "[]", "{", '{"a": 1, "a": 2}', "\0", "[" * 100_000, "NaN"])
def test_what_is_no_edits_file_is_refused_in_one_line(tmp_path, text):
    path = tmp_path / "my.edits.json"
    path.write_text(text)
    with pytest.raises(UsageError) as error:
        read_edits(path)
    assert "\n" not in str(error.value)


def test_the_published_schema_accepts_what_is_written(tmp_path):
    import jsonschema

    edits = read_edits(written(tmp_path, added=[COVER], opened=[OPENED]))
    jsonschema.validate(json.loads(edits.to_json()), json.loads(edits_schema_json()))
