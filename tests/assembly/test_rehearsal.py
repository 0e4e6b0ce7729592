"""A clip is looked at once and covered many times, as the redactor itself covers it, and no pixel is kept."""

from __future__ import annotations

import numpy as np
import pytest
from tests.stage import Clip, Kept, Sees, found

from passerby.assembly.rehearsal import Rehearsal, without_pixels
from passerby.pipelines.recording import run
from passerby.redact.choice import CoverKind
from passerby.redact.cover_plan import CoverPlan
from passerby.redact.frame_record import FrameRecord
from passerby.redact.rule import COVER_SCORE, rules_for
from passerby.redact.stream import Redactor
from passerby.redact.style import style_named
from passerby.settings.camera_plan import PlanChoice, SizeScore
from passerby.vision.detections import Detections
from passerby.vision.inspect.inspector import FrameInspector, InspectedFrame
from passerby.vision.picture.scenery import Observed

SIZE = (48, 64)
TIMES_MS = range(0, 4000, 40)
PEOPLE = frozenset({CoverKind.PEOPLE})


def answer(frame) -> Detections:
    """Somebody walks through and is missed now and then; something small and weak stands still."""
    walks = found((4 + 10 * frame.time_s, 10, 12 + 10 * frame.time_s, 30), score=0.8)
    weak = found((50, 2, 54, 8), score=0.1)
    return weak if int(frame.time_s * 10) % 7 == 0 else Detections.joined([walks, weak])


@pytest.fixture(scope="module")
def looked() -> tuple[list[InspectedFrame], Rehearsal]:
    inspector = FrameInspector([Sees(answer)], observed=Observed.MOTION)
    try:
        seen = list(inspector.inspect(Clip(TIMES_MS, size=SIZE, damaged={60: "cut off"})))
    finally:
        inspector.close()
    return seen, Rehearsal([without_pixels(each) for each in seen], (64, 48))


def covered(seen: list[InspectedFrame], choice: PlanChoice) -> list[FrameRecord]:
    """What the loop for recordings covers with the same settings."""

    class Again:
        def inspect(self, frames):
            yield from seen

    rules = rules_for(PEOPLE, score=COVER_SCORE, margin=choice.growth - 1, scores=choice.table((64, 48)))
    plan = CoverPlan(rules, hold_s=choice.hold_s, motion=True)
    redactor = Redactor(plan, style_named("solid"), look_ahead_s=max(1.0, choice.hold_s))
    return list(run(Clip(TIMES_MS, size=SIZE), Again(), redactor, output=Kept()))


@pytest.mark.parametrize(
    "choice",
    [
        PlanChoice(),
        PlanChoice(hold_s=1.2, growth=1.3),
        PlanChoice(sizes=(SizeScore(below=1.0, score=0.08),), hold_s=0.3),
    ],
    ids=["usual", "longer and wider", "lower score"],
)
def test_a_rehearsal_covers_what_the_loop_covers(looked, choice):
    seen, rehearsal = looked
    tried = list(rehearsal.covers(choice, PEOPLE, until_s=4.0))
    real = covered(seen, choice)
    assert [time_s for _, time_s in tried] == [record.time_s for record in real] == rehearsal.times_s
    for (cover, _), record in zip(tried, real, strict=True):
        whole = np.ones(SIZE, np.uint8)
        assert np.array_equal(cover.raster(*SIZE), whole if record.whole else record.cover.raster(*SIZE))
    assert len({cover.share(*SIZE) for cover, _ in tried}) > 2


def test_the_beginning_of_a_clip_is_covered_as_in_the_whole(looked):
    _, rehearsal = looked
    whole = list(rehearsal.covers(PlanChoice(), PEOPLE, until_s=4.0))
    part = list(rehearsal.covers(PlanChoice(), PEOPLE, until_s=1.6))
    assert len(part) == 41
    for (cover, _), (same, _) in zip(part, whole, strict=False):
        assert np.array_equal(cover.raster(*SIZE), same.raster(*SIZE))


def test_no_pixel_is_kept_and_motion_is():
    moving = np.zeros((24, 32), np.uint8)
    moving[3:9, 5:20] = 255
    frame = next(iter(Clip([0], size=SIZE)))
    kept = without_pixels(InspectedFrame(frame, None, moving))
    assert frame.planes[0].any()
    again = kept.unpacked()
    assert not any(plane.any() for plane in again.frame.planes)
    assert [plane.strides for plane in again.frame.planes] == [(0, 0)] * 3
    assert (again.frame.height, again.frame.width) == SIZE
    assert np.array_equal(again.moving, moving)
