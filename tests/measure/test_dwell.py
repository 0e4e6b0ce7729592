from __future__ import annotations

import pytest
from tests.measure.views import values, view

from passerby.errors import MeasureError
from passerby.measure.dwell import ZoneDwell, mean_dwell
from passerby.measure.measure import Span
from passerby.measure.place import Zone
from passerby.measure.reading import Quantity

HALL = Zone("hall", ((0, 0), (4, 0), (4, 4), (0, 4)))


def dwell(arrive, leave, *, present=5, seconds=200):
    """One arrives every `arrive` seconds and one leaves every `leave`, while `present` are inside."""
    measure = ZoneDwell(HALL)
    got = []
    for second in range(1, seconds + 1):
        moves = [((-1, 1), (1, 1))] * (second % arrive == 0) + [((1, 1), (5, 1))] * (second % leave == 0)
        measure.observe(view([(1, 1)] * present, moves=moves, time_s=second - 0.5, span_s=1.0))
        got = measure.readings(Span(float(second), 1.0, 1.0))
    return values(got)


def test_dwell_is_occupancy_by_arrivals():
    assert dwell(4, 4)[Quantity.MEAN_DWELL] == pytest.approx(20.0)


def test_a_zone_that_fills_up_has_no_mean_dwell():
    assert dwell(2, 4) == {}


def test_few_arrivals_are_chance():
    assert dwell(20, 20) == {}


def test_a_period_shorter_than_the_stays_says_nothing():
    assert dwell(4, 4, present=80) == {}


def test_nobody_arrived_is_no_dwell():
    with pytest.raises(MeasureError, match="no one arrived"):
        mean_dwell(3.0, 0.0)
