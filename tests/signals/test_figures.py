from __future__ import annotations

import pytest
from tests.store.made import NOON_S, signal

from passerby.measure.reading import Quantity
from passerby.signals.figures import PlaceFigures


@pytest.mark.parametrize(("length_s", "lasts_s"), [(1, 61), (60, 120), (900, 960)])
def test_a_figure_lasts_until_the_next_may_come_and_is_absent_then(length_s, lasts_s):
    now = [0.0]
    figures = PlaceFigures(clock=lambda: now[0])
    figures.add([signal(4, length_s=length_s)])
    now[0] = NOON_S + length_s + lasts_s
    assert [each.value for each in figures.latest()] == [4]
    now[0] += 1
    assert figures.latest() == []


def test_counts_add_up_and_states_are_the_latest():
    figures = PlaceFigures(clock=lambda: NOON_S + 3)
    for value in (1, 2):
        figures.add([signal(value, value), signal(value, value, quantity=Quantity.CROSSINGS_IN, kind="car")])
    assert [each.value for each in figures.latest()] == [2]
    assert figures.totals() == {("gate", Quantity.CROSSINGS_IN, "car"): 3}
