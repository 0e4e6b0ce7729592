"""Which vehicles explain the motion within them."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from passerby.redact.choice import CoverKind
from passerby.redact.cover_plan import CoverPlan
from passerby.redact.mask import Cover
from passerby.redact.rule import rules_for
from passerby.redact.traffic import LARGEST_SHARE, LEAST_PASSES, Traffic, unexplained
from passerby.vision.detections import Detections, Kind
from passerby.vision.inspect.ensemble import Look

GAP_S = 0.12
SIZE = (240, 320)
Box = tuple[float, float, float, float]


def answer(*found: tuple[Box, Kind, float]) -> Detections:
    return Detections(
        np.array([box for box, _, _ in found], np.float32).reshape(-1, 4),
        np.array([score for _, _, score in found], np.float32),
        np.array([kind for _, kind, _ in found], np.int8),
    )


def car(k: int, *, speed: float = 10.0, width: float = 60.0) -> Box:
    left = 20 + k * speed
    return left, 100, left + width, 140


def confirmed(boxes: list[Box], *, kind: Kind = Kind.CAR, score: float = 0.8, human: Box | None = None) -> bool:
    road = Traffic()
    for k, box in enumerate(boxes):
        trace = np.array([human] if human else [], np.float32).reshape(-1, 4)
        road.observe(k * GAP_S, answer((box, kind, score)), human_px=trace)
    middle = len(boxes) // 2
    return bool(len(road.between((middle - 1) * GAP_S, middle * GAP_S, size=SIZE, human_px=NOBODY)))


DRIVE = [car(k) for k in range(8)]
NOBODY = np.empty((0, 4), np.float32)


def test_a_sure_steady_vehicle_on_its_way_is_confirmed() -> None:
    assert confirmed(DRIVE)


@pytest.mark.parametrize("kind", list(Kind))
def test_only_cars_buses_and_trucks_explain_motion(kind: Kind) -> None:
    assert confirmed(DRIVE, kind=kind) == (kind in {Kind.CAR, Kind.BUS, Kind.TRUCK})


def test_what_stands_is_faint_changes_shape_or_was_seen_rarely_explains_nothing() -> None:
    assert not confirmed([car(0)] * 8)
    assert not confirmed(DRIVE, score=0.45)
    assert not confirmed([car(k, width=60 if k % 2 else 90) for k in range(8)])
    assert not confirmed(DRIVE[: LEAST_PASSES - 1])


def test_a_trace_of_somebody_in_its_box_takes_the_explanation_away() -> None:
    assert not confirmed(DRIVE, human=(0, 110, 320, 120))
    assert confirmed(DRIVE, human=(0, 10, 320, 20))


def test_a_box_over_much_of_the_picture_explains_nothing() -> None:
    tall = LARGEST_SHARE * SIZE[0] * SIZE[1] / 60
    assert not confirmed([(x, 5, x2, 5 + tall) for x, _, x2, _ in DRIVE])


def test_outside_its_findings_a_vehicle_explains_nothing() -> None:
    road = Traffic()
    for k, box in enumerate(DRIVE, 4):
        road.observe(k * GAP_S, answer((box, Kind.CAR, 0.8)), human_px=np.empty((0, 4), np.float32))
    assert len(road.between(5 * GAP_S, 6 * GAP_S, size=SIZE, human_px=NOBODY))
    assert not len(road.between(3 * GAP_S, 4 * GAP_S, size=SIZE, human_px=NOBODY))
    assert not len(road.between(11 * GAP_S, 12 * GAP_S, size=SIZE, human_px=NOBODY))


masks = st.lists(st.booleans(), min_size=48, max_size=48).map(lambda flat: np.array(flat, np.uint8).reshape(6, 8) * 255)
somewhere = st.lists(
    st.tuples(st.floats(-50, 300), st.floats(-50, 200), st.floats(1, 300), st.floats(1, 200)).map(
        lambda b: (b[0], b[1], b[0] + b[2], b[1] + b[3])
    ),
    max_size=3,
).map(lambda boxes: np.array(boxes, np.float32).reshape(-1, 4))


@given(masks, st.lists(somewhere, max_size=3), somewhere)
def test_one_more_net_that_looks_for_vehicles_explains_no_more(
    moving: np.ndarray, explained: list[np.ndarray], more: np.ndarray
) -> None:
    one = unexplained(moving, explained, size=SIZE)
    assert (one <= moving).all()
    if explained:
        assert (unexplained(moving, [*explained, more], size=SIZE) >= one).all()


def covered(*, walker: float, covering: CoverKind = CoverKind.PEOPLE, passes: range = range(8)) -> Cover:
    """A car drives through a picture in which its whole box moves; somebody may walk before it, seen in some passes."""
    plan = CoverPlan(rules_for(frozenset({covering}), score=0.15, margin=0.1), hold_s=0.2, motion=True)
    for k, box in enumerate(DRIVE):
        person = ((box[0] + 10, 105, box[0] + 25, 138), Kind.PERSON, walker)
        there = (person,) if k in passes else ()
        plan.observe(Look(k * GAP_S, (answer((box, Kind.CAR, 0.8), *there),)))
    moving = np.zeros(SIZE, np.uint8)
    x1, y1, x2, y2 = (int(value) for value in DRIVE[4])
    moving[y1:y2, x1:x2] = 255
    return plan.cover(4 * GAP_S, 4 * GAP_S, size=SIZE, moving=moving)


def test_a_confirmed_vehicle_is_covered_where_vehicles_are_asked_for_or_somebody_is_in_its_box() -> None:
    assert not len(covered(walker=0.05).boxes_px)
    assert len(covered(walker=0.05, covering=CoverKind.VEHICLES).boxes_px)
    cover = covered(walker=0.2).raster(*SIZE)
    x1, y1, x2, y2 = (int(value) for value in DRIVE[4])
    assert cover[y1:y2, x1:x2].all()


def test_a_trace_of_somebody_in_one_pass_only_takes_the_explanation_away_there() -> None:
    x1, y1, x2, y2 = (int(value) for value in DRIVE[4])
    assert not len(covered(walker=0.12, passes=range(2, 3)).boxes_px)
    cover = covered(walker=0.12, passes=range(4, 5)).raster(*SIZE)  # too faint to be covered as somebody
    assert cover[y1:y2, x1:x2].all()
