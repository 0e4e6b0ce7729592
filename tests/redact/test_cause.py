"""What covers a picture is named, and the shares of the causes add up to what is covered."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.stage import Clip, Kept, Sees, found

from passerby.pipelines.recording import run
from passerby.redact.cause import Cause, cause_of, shares_by_cause
from passerby.redact.choice import CoverKind
from passerby.redact.cover_plan import CoverPlan
from passerby.redact.frame_record import FrameRecord
from passerby.redact.mask import Cover
from passerby.redact.rule import COVER_SCORE, rules_for
from passerby.redact.static_mask import StaticMask
from passerby.redact.stream import Redactor
from passerby.redact.style import style_named
from passerby.vision.detections import Detections, Kind
from passerby.vision.inspect.inspector import FrameInspector
from passerby.vision.picture.scenery import Observed

SIZE = (48, 64)
RULES = rules_for(frozenset({CoverKind.PEOPLE, CoverKind.VEHICLES}), score=COVER_SCORE, margin=0.1)


def boxes(*rows: tuple[float, float, float, float]) -> np.ndarray:
    return np.array(rows, np.float32).reshape(-1, 4)


def cover(*rows: tuple[int, int, int, int]) -> Cover:
    return Cover(np.array(rows, np.int32).reshape(-1, 4), np.zeros(len(rows), np.bool_))


@st.composite
def areas(draw: st.DrawFn) -> tuple[int, int, int, int]:
    x, y = draw(st.integers(0, 60)), draw(st.integers(0, 44))
    return x, y, draw(st.integers(x + 1, 64)), draw(st.integers(y + 1, 48))


@settings(max_examples=60)
@given(st.lists(st.tuples(st.sampled_from(Cause), areas()), min_size=1, max_size=6))
def test_the_shares_add_up_to_the_covered_share(parts):
    layers = [(cause, boxes(box)) for cause, box in parts]
    whole = cover(*(box for _, box in parts))
    share = whole.share(*SIZE)
    shares = shares_by_cause(layers, whole, size=SIZE, share=share)
    assert sum(shares.values()) == pytest.approx(share)
    assert min(shares.values()) > 0


def test_what_two_causes_cover_counts_for_the_first():
    layers = [(Cause.HOLD, boxes((0, 0, 64, 24))), (Cause.BODIES, boxes((0, 0, 32, 24)))]
    shares = shares_by_cause(layers, cover((0, 0, 64, 24)), size=SIZE, share=0.5)
    assert shares == {Cause.BODIES: pytest.approx(0.25), Cause.HOLD: pytest.approx(0.25)}


def test_a_large_picture_is_measured_on_a_small_raster_with_the_same_sum():
    layers = [(Cause.FACES, boxes((10, 10, 13, 13))), (Cause.CROWD, boxes((0, 540, 1920, 1080)))]
    whole = cover((10, 10, 13, 13), (0, 540, 1920, 1080))
    shares = shares_by_cause(layers, whole, size=(1080, 1920), share=whole.share(1080, 1920))
    assert sum(shares.values()) == pytest.approx(whole.share(1080, 1920))
    assert shares[Cause.CROWD] == pytest.approx(0.5, rel=1e-3)


def test_a_frame_that_is_covered_whole_has_one_cause():
    assert shares_by_cause([], Cover.all("too dark"), size=SIZE, share=1.0) == {Cause.WHOLE: 1.0}


@pytest.mark.parametrize(
    ("rule", "score", "cause"),
    [
        *((0, 0.5, Cause.BODIES), (0, 0.2, Cause.WEAK), (0, 0.08, Cause.POOR)),
        *((1, 0.9, Cause.FACES), (2, 0.2, Cause.VEHICLES)),
    ],
)
def test_a_box_has_the_cause_of_its_kind_and_score(rule, score, cause):
    assert cause_of(RULES[rule], score) is cause


def records(answer: Detections, *, seen_until_s: float, masks: tuple[StaticMask, ...] = ()) -> list[FrameRecord]:
    """Cover two seconds at 25/s in which a network gives one answer up to a time, and none after it."""
    network = Sees(lambda frame: answer if frame.time_s <= seen_until_s else Detections.none())
    network.finds = frozenset({Kind.PERSON, Kind.FACE, Kind.CAR})
    inspector = FrameInspector([network], observed=Observed.NOTHING)
    plan = CoverPlan(RULES, hold_s=0.5, motion=False)
    redactor = Redactor(plan, style_named("solid"), look_ahead_s=1.0, masks=masks, explain=True)
    try:
        return list(run(Clip(range(0, 2000, 40), size=SIZE), inspector, redactor, output=Kept()))
    finally:
        inspector.close()


def test_the_cover_of_a_clip_is_explained_in_every_frame():
    got = records(found((10, 10, 20, 30), score=0.9), seen_until_s=1.0)
    for each in got:
        assert sum(each.causes.values()) == pytest.approx(each.covered_share)
    early, late = got[10].causes, got[28].causes
    assert early[Cause.BODIES] == pytest.approx(200 / (48 * 64), rel=0.1)
    assert 0 < early[Cause.MARGIN] < early[Cause.BODIES]
    assert Cause.HOLD not in early
    assert set(late) == {Cause.HOLD}
    assert not got[-1].causes


def test_weak_bodies_faces_vehicles_and_masks_are_told_apart():
    answer = Detections.joined(
        [
            found((2, 2, 8, 14), score=0.3),
            found((40, 2, 46, 8), kind=Kind.FACE),
            found((40, 30, 60, 44), kind=Kind.CAR),
        ]
    )
    mask = StaticMask("wall", ((0, 24), (20, 48)), shares=False)
    got = records(answer, seen_until_s=9.0, masks=(mask,))[20]
    assert set(got.causes) == {Cause.WEAK, Cause.FACES, Cause.VEHICLES, Cause.MASKS, Cause.MARGIN}
    assert sum(got.causes.values()) == pytest.approx(got.covered_share)
    assert got.causes[Cause.MASKS] == pytest.approx(480 / (48 * 64), rel=0.01)


def test_nothing_is_explained_unless_somebody_asks():
    inspector = FrameInspector([Sees(lambda _: found((10, 10, 20, 30)))], observed=Observed.NOTHING)
    redactor = Redactor(CoverPlan(RULES, hold_s=0.5, motion=False), style_named("solid"), look_ahead_s=1.0)
    got = list(run(Clip(range(0, 400, 40), size=SIZE), inspector, redactor, output=Kept()))
    inspector.close()
    assert got[5].covered_share > 0
    assert not got[5].causes
