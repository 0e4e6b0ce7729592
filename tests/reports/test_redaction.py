import json
from pathlib import Path

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from passerby.redact.cause import Cause
from passerby.reports.coverage import Coverage
from passerby.reports.redaction import LeakCheck, ModelUse, RedactionReport, ReportedMiss, schema_json

SHA = "0" * 64
SCHEMA = Path(__file__).parents[2] / "docs/reference/redaction-report.schema.json"


def report(coverage: Coverage) -> RedactionReport:
    return RedactionReport(
        passerby_version="0.1.0",
        copy_name="door_redacted.mp4",
        copy_sha256=SHA,
        models=[ModelUse(name="net", sha256=SHA)],
        options={"style": "solid"},
        frames=coverage.frames,
        covered_share=coverage.mean(),
        covered_share_per_second=coverage.per_second(),
        frames_covered_whole=coverage.whole,
        frames_with_crowd=coverage.crowded,
        covered_whole=coverage.spans,
        boxes=coverage.boxes,
        leak_check=LeakCheck(
            depth="sample",
            models=[],
            frames_checked=1,
            frames_suspicious=1,
            frames_unreadable=0,
            spots=[
                ReportedMiss(first_s=0.5, last_s=1.5, frame=12, frames=2, box_px=(1, 2, 3, 4), kind="person", score=0.4)
            ],
        ),
    )


def test_every_report_fits_the_published_schema():
    coverage = Coverage(keep_boxes=True)
    coverage.add(0.0, 0.1, whole="", boxes_px=[(4, 4, 9, 9), (0, 0, 2, 2)])
    coverage.add_polygons([[(5, 0), (9, 9), (0, 9)], [(1, 1), (3, 1), (3, 3)]])
    coverage.add(0.5, 1.0, whole="the frame is damaged", boxes_px=[])
    assert coverage.boxes
    assert [each.polygons_px for each in coverage.boxes] == [[[(1, 1), (3, 1), (3, 3)], [(5, 0), (9, 9), (0, 9)]], []]
    jsonschema.validate(json.loads(report(coverage).to_json()), json.loads(SCHEMA.read_text()))


def test_the_published_schema_is_that_of_the_model():
    assert SCHEMA.read_text() == schema_json()


def test_shares_are_given_second_by_second_from_the_first_frame():
    coverage = Coverage()
    for time_s, share in [(7.0, 0.2), (7.5, 0.4), (9.0, 1.0)]:
        coverage.add(time_s, share, whole="", boxes_px=[])
    assert [(each.second, each.share) for each in coverage.per_second()] == [(0, pytest.approx(0.3)), (2, 1.0)]
    assert coverage.mean() == pytest.approx(1.6 / 3)


def test_each_plan_is_reported_with_the_frames_that_it_looked_at():
    coverage = Coverage()
    for k, plan in enumerate(["", "fast: large people only", "fast: large people only", "thorough: dark"]):
        coverage.add(k / 10, 0.1, whole="", boxes_px=[], plan=plan)
    spans = [(each.first_frame, each.last_frame, each.start_s, each.plan) for each in coverage.plans]
    assert spans == [(1, 2, 0.1, "fast: large people only"), (3, 3, 0.3, "thorough: dark")]


def test_frames_covered_whole_are_joined_when_they_follow_each_other_for_one_reason():
    coverage = Coverage()
    for index, whole in enumerate(["late", "late", "", "late", "damaged"]):
        coverage.add(index / 25, 1.0 if whole else 0.0, whole=whole, boxes_px=[])
    assert [(span.first_frame, span.last_frame, span.reason) for span in coverage.spans] == [
        (0, 1, "late"),
        (3, 3, "late"),
        (4, 4, "damaged"),
    ]
    assert coverage.whole == 4


@given(st.permutations([(0, 0, 5, 5), (3, 1, 9, 9), (3, 0, 4, 4)]))
def test_the_order_of_boxes_tells_nothing(boxes):
    coverage = Coverage(keep_boxes=True)
    coverage.add(0.0, 0.1, whole="", boxes_px=boxes)
    assert coverage.boxes is not None
    assert coverage.boxes[0].boxes_px == [(0, 0, 5, 5), (3, 0, 4, 4), (3, 1, 9, 9)]


def test_boxes_are_not_kept_unless_asked_for():
    coverage = Coverage()
    coverage.add(0.0, 0.1, whole="", boxes_px=[(0, 0, 5, 5)])
    assert report(coverage).boxes is None


def test_causes_are_means_over_the_clip_and_over_each_second():
    coverage = Coverage()
    for time_s, causes in ((5.0, {Cause.BODIES: 0.2, Cause.HOLD: 0.1}), (5.5, {Cause.BODIES: 0.4}), (6.1, {})):
        coverage.add(time_s, sum(causes.values()), whole="", boxes_px=[])
        coverage.add_causes(causes)
    coverage.add(6.5, 1.0, whole="too dark to inspect", boxes_px=[])
    coverage.add_causes({Cause.WHOLE: 1.0})
    seconds = [(s.second, [(part.cause, part.share) for part in s.causes]) for s in coverage.causes_per_second()]
    assert seconds == [(0, [(Cause.BODIES, 0.3), (Cause.HOLD, 0.05)]), (1, [(Cause.WHOLE, 0.5)])]
    (whole, bodies, hold) = coverage.causes()
    assert (whole.cause, whole.reason, whole.share) == (Cause.WHOLE, "too dark to inspect", 0.25)
    assert (bodies.share, bodies.reason, hold.share) == (0.15, "", 0.025)
    assert sum(each.share for each in coverage.causes()) == pytest.approx(coverage.mean())


def test_a_report_of_the_first_version_is_still_read():
    old = json.loads(report(Coverage()).to_json())
    old = {name: value for name, value in old.items() if not name.startswith("causes")} | {"report_version": 1}
    assert RedactionReport.model_validate(old).causes == []
