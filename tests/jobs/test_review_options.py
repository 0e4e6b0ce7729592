"""A new copy covers what the copy on the page covers, whatever the command names or leaves out."""

from __future__ import annotations

import json

import pytest
from tests.release.made import clip, report_of

import passerby
from passerby.jobs.review_files import present_report, review_files
from passerby.jobs.review_options import options_of_copy
from passerby.reports.redaction import ClipUse

MADE_WITH = {"cover": ["people", "plates"], "effort": "fast", "hold_s": 1.0, "scale": [640, 384], "check": "full"}


@pytest.fixture
def files(tmp_path):
    return review_files(clip(tmp_path / "hall.mp4", seconds=1))


def chosen(files, made_with=MADE_WITH, **asked):
    """The options of a copy whose report says how it was made."""
    before = passerby.RedactOptions.checked(**made_with)
    stored = before.model_dump(mode="json") | {"masks": len(before.masks), "edits": False}
    stored["plan"] = {"choice": {}} if before.plan is not None else None
    clip(files.copy, seconds=1)
    report = report_of(files.copy, seconds=1, options=json.loads(json.dumps(stored)))
    return options_of_copy(passerby.RedactOptions.checked(**asked), report, files)


def test_options_that_are_not_given_are_those_of_the_copy(files):
    assert chosen(files) == passerby.RedactOptions.checked(**MADE_WITH | {"check": "sample"})
    assert chosen(files, keep_audio=False).sound == "drop"
    assert chosen(files, MADE_WITH | {"keep_audio": True}).sound_choice == "keep"
    assert chosen(files, preset="dashcam", hold_s=1.0, shape="auto").cover == {"people", "plates"}


@pytest.mark.parametrize(
    ("asked", "named"),
    [({"cover": ("people",)}, "--cover"), ({"sound": "keep", "hold_s": 0.5}, "--hold, --sound")],
)
def test_other_cover_than_the_copy_has_is_refused_in_one_line(files, asked, named):
    with pytest.raises(passerby.UsageError, match=f"was made with another {named}; leave that option out") as error:
        chosen(files, **asked)
    assert "\n" not in str(error.value)
    assert chosen(files, cover=("plates", "people"), check="off").hold_s == 1.0  # the same in other words


def test_masks_and_plans_must_be_named_again(files, tmp_path):
    mask = tmp_path / "door.json"
    with pytest.raises(passerby.UsageError, match="was made with --mask, whose file the report does not name"):
        chosen(files, MADE_WITH | {"masks": (mask,)})
    assert chosen(files, MADE_WITH | {"masks": (mask,)}, masks=(mask,)).masks == (mask,)
    planned = {"cover": ["people"], "plan": tmp_path / "plan.json"}
    with pytest.raises(passerby.UsageError, match="was made with --plan"):
        chosen(files, planned)
    assert chosen(files, planned, plan=tmp_path / "plan.json").plan == tmp_path / "plan.json"


def test_a_copy_of_a_part_of_the_recording_is_not_reviewed(files):
    clip(files.copy, seconds=1)
    part = ClipUse(from_s=1.0, until_s=None, recording_starts_s=0.0, copy_starts_s=1.0)
    files.report.write_text(report_of(files.copy, seconds=1, clip=part).to_json())
    with pytest.raises(passerby.UsageError, match="is a copy of a part of the recording"):
        present_report(files)
