"""Scores by size and region: each box has one, within bounds, and the usual table changes nothing."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.stage import found

from passerby.errors import RedactionError
from passerby.redact.choice import CoverKind
from passerby.redact.rule import COVER_SCORE, rules_for
from passerby.redact.score_table import LEAST_SCORE, MOST_SCORE, ScoreTable

TABLE = ScoreTable(((0.1, 0.08), (1.0, 0.2)), ((1.0, 1.5), (0.5, 1.0)), (200, 100))
edge = st.floats(-300, 300, width=32)
PEOPLE = frozenset({CoverKind.PEOPLE})


def boxes(*rows: tuple[float, float, float, float]) -> np.ndarray:
    return np.array(rows, np.float32).reshape(-1, 4)


def test_size_and_region_decide():
    small_left, large_left, small_right, large_low = (
        (10, 10, 14, 19),
        (10, 10, 20, 40),
        (150, 10, 154, 15),
        (9, 60, 20, 95),
    )
    least = TABLE.least(boxes(small_left, large_left, small_right, large_low))
    assert least.tolist() == pytest.approx([0.08, 0.2, 0.12, 0.1])


@given(st.lists(st.tuples(edge, edge, edge, edge), max_size=5))
def test_any_box_has_a_score_within_the_bounds(rows):
    least = TABLE.least(boxes(*rows))
    assert len(least) == len(rows)
    assert ((least >= LEAST_SCORE) & (least <= MOST_SCORE)).all()


def test_a_rule_with_a_table_covers_by_it_and_one_without_as_before():
    weak = found((10, 10, 14, 19), (150, 50, 170, 90), score=0.1)
    (with_table, *_), (without, *_) = (rules_for(PEOPLE, score=COVER_SCORE, margin=0, scores=t) for t in (TABLE, None))
    assert with_table.boxes(weak)[2].tolist() == [True, False]
    assert without.boxes(weak)[2].tolist() == [False, False]
    usual = ScoreTable(((1.0, COVER_SCORE),), ((1.0,),), (200, 100))
    (same, *_) = rules_for(PEOPLE, score=COVER_SCORE, margin=0, scores=usual)
    mixed = found((10, 10, 14, 19), (150, 50, 170, 90), score=0.16)
    for poor in (False, True):
        for one, other in zip(same.boxes(mixed, poor=poor), without.boxes(mixed, poor=poor), strict=True):
            assert np.array_equal(one, other)


@pytest.mark.parametrize(
    ("sizes", "regions"),
    [((), ((1.0,),)), (((1.0, 0.1), (0.5, 0.1)), ((1.0,),)), (((1.0, 0.1),), ((1.0,), (1.0, 1.0)))],
)
def test_a_table_with_holes_is_refused(sizes, regions):
    with pytest.raises(RedactionError, match="ascending sizes"):
        ScoreTable(sizes, regions, (200, 100))
