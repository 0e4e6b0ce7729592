from __future__ import annotations

import pytest
from tests.measure.views import values, view

from passerby.errors import MeasureError
from passerby.measure.measure import Span
from passerby.measure.place import Zone
from passerby.measure.queue import ZoneQueue, expected_wait
from passerby.measure.reading import Quantity

LANE = Zone("lane", ((0, 0), (4, 0), (4, 1), (0, 1)))


def test_a_queue_has_its_length_and_once_served_its_wait():
    measure = ZoneQueue(LANE)
    for second in range(1, 101):
        served = [((3, 0.5), (5, 0.5))] if second % 10 == 0 else []
        measure.observe(view([(1, 0.5)] * 6, moves=served, span_s=1.0))
        got = values(measure.readings(Span(float(second), 1.0, 1.0)))
        assert got[Quantity.QUEUE_LENGTH] == 6
        assert (Quantity.QUEUE_WAIT in got) == (second >= 50)
    assert got[Quantity.QUEUE_WAIT] == pytest.approx(60)


def test_a_queue_that_is_not_served_has_no_expected_wait():
    with pytest.raises(MeasureError, match="no one was served"):
        expected_wait(4, 0)
