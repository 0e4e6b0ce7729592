"""Where a partner network is sure of the same body now, a box of another time grows less, or not at all."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.stage import Box, found

from passerby.redact.choice import CoverKind
from passerby.redact.cover_plan import CoverPlan
from passerby.redact.mask import Cover
from passerby.redact.rule import rules_for
from passerby.vision.detections import Detections
from passerby.vision.inspect.ensemble import Look

SIZE = (400, 400)
GAP_S = 0.12
BODY: Box = (100, 100, 180, 260)
PARTNERS = ((0,), (1,))


def cover(*answers: tuple[Detections, Detections | None], at: int, bodies: tuple[tuple[int, ...], ...]) -> Cover:
    """Cover in the frame of a pass; the second network does not run in passes where its answer is None."""
    plan = CoverPlan(rules_for(frozenset({CoverKind.PEOPLE}), score=0.15, margin=0.0), hold_s=0.5, motion=False)
    for k, answer in enumerate(answers):
        plan.observe(Look(GAP_S * k, answer, bodies=bodies, area_px=SIZE[0] * SIZE[1], rows_px=SIZE[0]))
    return plan.cover(GAP_S * at, GAP_S * at, size=SIZE)


def outer(made: Cover) -> list[int]:
    """The smallest box around all cover."""
    return [*made.boxes_px[:, :2].min(axis=0).tolist(), *made.boxes_px[:, 2:].max(axis=0).tolist()]


def missed_between(score: float, bodies: tuple[tuple[int, ...], ...], *, other: Box = BODY) -> Cover:
    """Cover where the second network did not run, and the first found `other` with this score."""
    answers = [(found(BODY if k != 2 else other, score=score), found(BODY) if k != 2 else None) for k in range(5)]
    return cover(*answers, at=2, bodies=bodies)


def test_a_box_between_two_passes_grows_half_as_much_where_the_partner_is_sure_of_the_body() -> None:
    near, far = (np.array(outer(missed_between(score, PARTNERS))) - BODY for score in (0.9, 0.5))
    assert (np.abs(near) <= np.ceil(np.abs(far) / 2) + 1).all()
    assert (np.abs(near) < np.abs(far)).all()


@pytest.mark.parametrize(
    ("score", "bodies", "other"),
    [(0.5, PARTNERS, BODY), (0.9, (), BODY), (0.9, ((0, 1),), BODY), (0.9, PARTNERS, (20, 100, 100, 260))],
    ids=["not sure", "no partners", "the same network at another size", "another body"],
)
def test_in_any_other_case_it_grows_with_the_time_since_it_was_found(
    score: float, bodies: tuple[tuple[int, ...], ...], other: Box
) -> None:
    made = missed_between(score, bodies, other=other)
    assert (made.boxes_px[:, 2:].max(axis=0) - BODY[2:] >= 2).all()


def test_cover_that_is_held_stays_where_it_is_and_does_not_grow() -> None:
    both = [(found(BODY), found(BODY))] * 20
    alone = [(found(BODY), found())] * 2
    assert outer(cover(*both, *alone, at=21, bodies=PARTNERS)) == [*BODY]
    nobody = [(found(), found())] * 2
    assert outer(cover(*both, *nobody, at=21, bodies=PARTNERS)) != [*BODY]


@settings(max_examples=25)
@given(st.integers(-3, 3), st.integers(-3, 3), st.lists(st.booleans(), min_size=8, max_size=8))
def test_a_walker_whom_both_networks_find_is_covered_in_every_frame(across: int, down: int, runs: list[bool]) -> None:
    def box(k: int) -> Box:
        return BODY[0] + across * k, BODY[1] + down * k, BODY[2] + across * k, BODY[3] + down * k

    answers = [(found(box(k)), found(box(k)) if run or k in {0, 7} else None) for k, run in enumerate(runs)]
    for k in range(8):
        mask = cover(*answers, at=k, bodies=PARTNERS).raster(*SIZE)
        x1, y1, x2, y2 = np.array(box(k)).astype(int).tolist()
        assert mask[y1:y2, x1:x2].all()
