"""How large people are where they stand, and what that refuses."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from passerby.redact.choice import CoverKind
from passerby.redact.cover_plan import CoverPlan
from passerby.redact.perspective import DOUBTFUL_SCORE, FULL, LEAST_BODIES, TOO_LARGE, Perspective
from passerby.redact.rule import rules_for
from passerby.vision.detections import Detections, Kind
from passerby.vision.inspect.ensemble import Look

ROWS = 500
NO_FACES = np.empty((0, 4), np.float32)
FEET = st.floats(160, 440)


def height_at(feet: float) -> float:
    return 20 + 0.25 * feet


def body(feet: float, *, times: float = 1.0, left: float = 100.0) -> tuple[float, float, float, float]:
    return left, feet - times * height_at(feet), left + 0.4 * times * height_at(feet), feet


def answer(*boxes: tuple[float, float, float, float], score: float = 0.9, kind: Kind = Kind.PERSON) -> Detections:
    count = len(boxes)
    return Detections(
        np.array(boxes, np.float32).reshape(-1, 4), np.full(count, score, np.float32), np.full(count, kind, np.int8)
    )


def taught(count: int = LEAST_BODIES, *, low: float = 150, high: float = 450) -> Perspective:
    scene = Perspective()
    scene.learn(answer(*(body(float(feet)) for feet in np.linspace(low, high, count))), rows_px=ROWS)
    return scene


def corrected(scene: Perspective, found: Detections, faces: np.ndarray = NO_FACES) -> list[list[float]]:
    return scene.corrected(found, faces_px=faces).boxes_px.tolist()


@given(FEET, st.floats(TOO_LARGE + 0.05, 8))
def test_a_faint_giant_is_refused_once_the_size_of_people_is_known(feet: float, times: float) -> None:
    giant = answer(body(feet, times=times), score=0.2)
    assert not corrected(taught(), giant)
    assert len(corrected(Perspective(), giant)) == 1


@given(FEET, st.floats(0.1, 8), st.floats(DOUBTFUL_SCORE, 1.0))
def test_a_box_that_is_not_faint_is_never_refused(feet: float, times: float, score: float) -> None:
    assert len(corrected(taught(), answer(body(feet, times=times), score=score))) == 1


@given(FEET, st.floats(0.1, TOO_LARGE - 0.05), st.floats(0.05, 0.29))
def test_whoever_could_stand_there_is_never_refused(feet: float, times: float, score: float) -> None:
    box = body(feet, times=times)
    assert corrected(taught(), answer(box, score=score)) == [pytest.approx(box, rel=1e-5)]


@given(st.floats(460, 560), st.floats(0.5, 20))
def test_whoever_is_nearer_than_anybody_was_or_cut_by_the_border_is_never_refused(feet: float, times: float) -> None:
    assert len(corrected(taught(), answer(body(feet, times=times), score=0.2))) == 1


def test_a_close_up_with_a_face_is_never_refused_and_a_small_face_in_a_giant_says_nothing() -> None:
    giant = body(400, times=3)
    height = giant[3] - giant[1]
    for share, kept in ((0.15, 1), (0.03, 0)):
        face = np.array([[110, giant[1] + 5, 120, giant[1] + 5 + share * height]], np.float32)
        assert len(corrected(taught(), answer(giant, score=0.2), face)) == kept


@pytest.mark.parametrize(
    "scene",
    [
        taught(LEAST_BODIES - 1),
        taught(300, low=290, high=310),
        taught(300, low=492, high=500),
    ],
    ids=["too few", "all in a row", "all cut by the border"],
)
def test_too_little_evidence_refuses_nothing(scene: Perspective) -> None:
    assert len(corrected(scene, answer(body(300, times=6), score=0.2))) == 1


def test_sizes_that_follow_no_line_refuse_nothing() -> None:
    scene = Perspective()
    random = np.random.default_rng(3)
    for feet in np.linspace(150, 450, 200):
        scene.learn(answer(body(float(feet), times=float(random.uniform(0.4, 2)))), rows_px=ROWS)
    assert len(corrected(scene, answer(body(300, times=6), score=0.2))) == 1


def test_a_camera_at_head_height_refuses_nothing() -> None:
    scene = Perspective()
    for feet in np.linspace(150, 450, 200).tolist():
        scene.learn(answer((10, feet - (feet - 100), 40, feet)), rows_px=ROWS)
    assert len(corrected(scene, answer((10, 0, 400, 300), score=0.2))) == 1


def test_a_view_that_changed_is_not_judged_by_the_old_one() -> None:
    scene = taught(300)
    for feet in np.linspace(150, 450, 12):
        scene.learn(answer(body(float(feet), times=2.5)), rows_px=ROWS)
    assert len(corrected(scene, answer(body(300, times=2.5), score=0.2))) == 1
    moved = taught()
    moved.forget()
    assert len(corrected(moved, answer(body(300, times=6), score=0.2))) == 1


@given(FEET, st.floats(0.72, 0.94))
def test_a_box_that_lost_its_head_gets_it_back(feet: float, times: float) -> None:
    box = body(feet, times=times)
    (raised,) = corrected(taught(), answer(box))
    assert raised[1] == pytest.approx(feet - FULL * height_at(feet), abs=0.5)
    assert [raised[0], *raised[2:]] == pytest.approx([box[0], *box[2:]], rel=1e-5)


@given(FEET, st.floats(0.1, 8), st.floats(0.05, 1.0), st.sampled_from(list(Kind)))
def test_a_kept_box_never_shrinks_and_other_kinds_are_left_alone(
    feet: float, times: float, score: float, kind: Kind
) -> None:
    box = body(feet, times=times)
    for raised in corrected(taught(), answer(box, score=score, kind=kind)):
        assert raised[1] <= box[1] + 1e-3
        assert [raised[0], *raised[2:]] == pytest.approx([box[0], *box[2:]], rel=1e-5)
    if kind is not Kind.PERSON:
        assert corrected(taught(), answer(box, score=score, kind=kind)) == [pytest.approx(box, rel=1e-5)]


WIDTH = 300
PASSES = 5
GAP_S = 0.12


def covered(*nets: list[list[Detections]]) -> np.ndarray:
    """What is covered at each pass, once each net has learned how large people are from a pass long before."""
    plan = CoverPlan(rules_for(frozenset({CoverKind.PEOPLE}), score=0.15, margin=0.1), hold_s=0.5, motion=False)
    lesson = answer(*(body(float(feet)) for feet in np.linspace(150, 450, LEAST_BODIES)))
    plan.observe(Look(0.0, tuple(lesson for _ in nets)), still_rows=ROWS)
    for k, found in enumerate(zip(*nets, strict=True)):
        plan.observe(Look(10 + GAP_S * k, found), still_rows=ROWS)
    times = [10 + GAP_S * k for k in range(PASSES)]
    return np.stack([plan.cover(time, time, size=(ROWS, WIDTH)).raster(ROWS, WIDTH) for time in times])


@st.composite
def found_bodies(draw: st.DrawFn) -> Detections:
    """Bodies, giants and halves, faint and sure."""
    parts = [
        answer(body(draw(FEET), times=draw(st.floats(0.5, 4)), left=draw(st.floats(0, 250))), score=draw(scores))
        for _ in range(draw(st.integers(0, 3)))
    ]
    return Detections.joined(parts)


scores = st.floats(0.05, 1.0)
nets_of_bodies = st.lists(found_bodies(), min_size=PASSES, max_size=PASSES)


@settings(max_examples=20)
@given(nets_of_bodies, nets_of_bodies)
def test_where_the_size_of_people_is_known_one_more_detector_still_only_adds_cover_in_any_order(
    one: list[Detections], other: list[Detections]
) -> None:
    both = covered(one, other)
    assert np.array_equal(both, np.maximum(covered(one), covered(other)))
    assert np.array_equal(both, covered(other, one))


@settings(max_examples=20)
@given(nets_of_bodies)
def test_who_is_not_faint_is_covered_whatever_size_is_known(seen: list[Detections]) -> None:
    for found, mask in zip(seen, covered(seen), strict=True):
        for x1, y1, x2, y2 in found.of(frozenset({Kind.PERSON}), DOUBTFUL_SCORE).boxes_px.tolist():
            assert mask[max(0, int(y1)) : int(y2) + 1, max(0, int(x1)) : int(x2) + 1].all()
