"""Which faint boxes count: what a second network, a face or the network itself, in time, bears out."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.stage import Box, found

from passerby.redact.cover_plan import CoverPlan
from passerby.redact.rule import CoverKind, rules_for
from passerby.redact.support import (
    ALONE_SCORE,
    FIRM_SCORE,
    GIANT_ALONE_SCORE,
    LASTING_SCORE,
    faces_without_body,
    supported,
)
from passerby.redact.timeline import SUPPORT_S
from passerby.vision.detections import Detections, Kind
from passerby.vision.inspect.ensemble import Look

SIZE = (360, 640)
AREA = 360.0 * 640
GIANT = (100.0, 20.0, 400.0, 340.0)
MIDDLE = (100.0, 100.0, 160.0, 240.0)
SMALL = (100.0, 100.0, 120.0, 150.0)
NOBODY = np.empty((0, 4), np.float32)


def counts(
    box: Box, score: float, *, partner: Detections | None = None, face: Box | None = None, doubted: bool = True
) -> bool:
    faces = NOBODY if face is None else np.array([face], np.float32)
    partners = [Detections.none() if partner is None else partner]
    (answer,) = supported(found(box, score=score), partners, faces, area_px=AREA, doubted=doubted)
    return bool(answer)


@pytest.mark.parametrize(
    ("box", "score", "alone"),
    [
        (SMALL, 0.15, True),
        (MIDDLE, ALONE_SCORE - 0.01, False),
        (MIDDLE, ALONE_SCORE + 0.01, True),
        (GIANT, GIANT_ALONE_SCORE - 0.01, False),
        (GIANT, GIANT_ALONE_SCORE + 0.01, True),
    ],
)
def test_the_larger_a_box_the_surer_it_must_be_to_count_alone(box: Box, score: float, alone: bool) -> None:
    assert counts(box, score) == alone


def test_a_network_that_is_not_doubted_needs_support_for_giant_boxes_only() -> None:
    assert counts(MIDDLE, 0.15, doubted=False)
    assert not counts(GIANT, 0.5, doubted=False)


def test_another_network_bears_out_the_same_place_and_not_another_one() -> None:
    beside = (420.0, 100.0, 480.0, 240.0)
    assert counts(MIDDLE, 0.2, partner=found(MIDDLE, score=0.2))
    assert not counts(MIDDLE, 0.2, partner=found(beside, score=0.9))
    assert not counts(GIANT, 0.2, partner=found(MIDDLE, score=0.9))


def test_a_car_does_not_bear_out_a_person() -> None:
    assert not counts(MIDDLE, 0.2, partner=found(MIDDLE, kind=Kind.CAR, score=0.9))


def test_a_face_of_fitting_size_bears_out_a_body() -> None:
    assert counts(GIANT, 0.2, face=(220.0, 40.0, 280.0, 110.0))
    assert not counts(GIANT, 0.2, face=(220.0, 40.0, 228.0, 50.0))
    assert not counts(GIANT, 0.2, face=(220.0, 260.0, 280.0, 330.0))


def test_one_face_does_not_bear_out_a_box_as_wide_as_a_group() -> None:
    group = (20.0, 100.0, 620.0, 340.0)
    assert not counts(group, 0.2, face=(220.0, 110.0, 260.0, 160.0))
    assert counts(group, 0.2, face=(220.0, 110.0, 300.0, 210.0))


def test_a_face_whose_body_is_sure_bears_out_no_other_box() -> None:
    face, stranger = (220.0, 40.0, 280.0, 110.0), (20.0, 40.0, 80.0, 110.0)
    faces = np.array([face, stranger], np.float32)
    assert faces_without_body(found(GIANT, score=0.9), faces).tolist() == [list(stranger)]
    assert len(faces_without_body(found(GIANT, score=0.3), faces)) == 2
    assert len(faces_without_body(found(GIANT, kind=Kind.CAR, score=0.9), faces)) == 2
    assert not len(faces_without_body(found(GIANT), NOBODY))


@given(st.floats(0.0, 1.0), st.floats(0.0, 1.0), st.booleans())
def test_one_more_opinion_takes_no_support_away(score: float, other: float, doubted: bool) -> None:
    alone = counts(MIDDLE, score, doubted=doubted)
    assert counts(MIDDLE, score, partner=found(MIDDLE, score=other), doubted=doubted) >= alone


def look(time_s: float, one: Detections, two: Detections, *, harsh: bool = False) -> Look:
    return Look(time_s, (one, two), bodies=((0,), (1,)), doubted=frozenset({0}), area_px=AREA, poor=harsh, harsh=harsh)


def shares(looks: list[Look], kind: CoverKind = CoverKind.PEOPLE) -> list[float]:
    plan = CoverPlan(rules_for(frozenset({kind}), score=0.15, margin=0.1), hold_s=1.0, motion=False)
    for each in looks:
        plan.observe(each)
    return [plan.cover(each.time_s, each.time_s, size=SIZE).share(*SIZE) for each in looks]


@pytest.mark.parametrize("kind", [CoverKind.PEOPLE, CoverKind.HEADS])
def test_a_faint_giant_that_nobody_bears_out_is_not_covered_in_any_frame(kind: CoverKind) -> None:
    ghost = [look(0.12 * k, found(GIANT, score=0.3), Detections.none()) for k in range(20)]
    assert max(shares(ghost, kind)) == 0.0


def test_a_faint_giant_is_covered_as_long_as_it_was_borne_out_a_moment_before_or_after() -> None:
    surely = {8}
    steps = [look(0.12 * k, found(GIANT, score=0.3), found(*[GIANT] * (k in surely), score=0.5)) for k in range(24)]
    covered = [share > 0 for share in shares(steps)]
    near = [abs(each.time_s - 0.12 * 8) <= SUPPORT_S for each in steps]
    assert [mine for mine, close in zip(covered, near, strict=True) if close] == [True] * sum(near)
    assert not covered[-1]


def test_where_light_hides_people_a_faint_giant_counts_without_a_second_opinion() -> None:
    ghost = [look(0.12 * k, found(GIANT, score=0.1), Detections.none(), harsh=True) for k in range(5)]
    assert min(shares(ghost)) > 0.4


def test_without_a_second_network_nothing_is_doubted() -> None:
    alone = [Look(0.12 * k, (found(GIANT, score=0.2),), area_px=AREA, doubted=frozenset({0})) for k in range(5)]
    assert min(shares(alone)) > 0.4


WIDE = (20.0, 20.0, 420.0, 340.0)


def test_a_box_that_shows_a_confident_body_bears_out_no_other_giant() -> None:
    answer = Detections(np.array([GIANT, WIDE], np.float32), np.array([0.9, 0.3], np.float32), np.zeros(2, np.int8))
    partner = found(GIANT, score=0.9)
    assert supported(answer, [partner], NOBODY, area_px=AREA, doubted=True).tolist() == [True, False]
    weak = Detections(answer.boxes_px, np.array([0.4, 0.3], np.float32), answer.kinds)
    assert supported(weak, [partner], NOBODY, area_px=AREA, doubted=True).tolist() == [True, True]


def film(*passes: Detections) -> list[Look]:
    return [look(0.12 * k, each, Detections.none()) for k, each in enumerate(passes)]


def test_a_box_of_middle_size_that_only_one_network_finds_again_and_again_is_covered() -> None:
    lasting = film(*[found(MIDDLE, score=0.25)] * 12)
    assert min(shares(lasting)) > 0.0
    assert max(shares(film(*[found(MIDDLE, score=LASTING_SCORE - 0.02)] * 12))) == 0.0
    assert max(shares(film(*[found(GIANT, score=0.25)] * 12))) == 0.0
    assert max(shares(film(*[found(MIDDLE, score=0.25), *[Detections.none()] * 3] * 3))) == 0.0


def gap_of(score: float, *, box: Box = MIDDLE, passes: int = 8, moves: float = 0.4) -> list[float]:
    """Cover in a gap between two sights of a box that both networks find, the second beside the first."""
    away = moves * (box[2] - box[0])
    then = (box[0] + away, box[1], box[2] + away, box[3])
    lost = Detections.none()
    both = [look(0.12 * k, found(box, score=score), found(box, score=0.2)) for k in range(2)]
    none = [look(0.12 * (2 + k), lost, lost) for k in range(passes)]
    again = [look(0.12 * (2 + passes + k), found(then, score=score), found(then, score=0.2)) for k in range(2)]
    return shares([*both, *none, *again])[2 : 2 + passes]


def test_a_long_gap_is_covered_between_firm_detections_only() -> None:
    assert min(gap_of(FIRM_SCORE + 0.05)) > 0.0
    assert min(gap_of(FIRM_SCORE - 0.05)) == 0.0
    assert min(gap_of(FIRM_SCORE - 0.05, box=SMALL)) > 0.0
    assert min(gap_of(FIRM_SCORE - 0.05, passes=3)) > 0.0


def test_a_long_gap_is_covered_where_the_same_box_comes_back() -> None:
    assert min(gap_of(FIRM_SCORE - 0.05, moves=0.1)) > 0.0


def test_what_supports_a_small_box_does_not_support_a_giant_that_takes_its_place() -> None:
    body, ghost = (100.0, 20.0, 300.0, 180.0), (100.0, 20.0, 400.0, 340.0)
    steps = [look(0.12 * k, found(body, score=0.5), found(body, score=0.5)) for k in range(4)]
    steps += [look(0.12 * (4 + k), found(ghost, score=0.2), Detections.none()) for k in range(3)]
    area = (ghost[2] - ghost[0]) * (ghost[3] - ghost[1]) / AREA
    assert max(shares(steps)[4:]) < area
