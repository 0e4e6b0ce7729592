from __future__ import annotations

from tests.measure.views import SECOND, view

from passerby.measure.hazard import ZoneEntries
from passerby.measure.place import Zone

TRACKS = Zone("tracks", ((0, 0), (4, 0), (4, 1), (0, 1)))


def entries(counts, every_s=0.5):
    measure = ZoneEntries(TRACKS)
    for number, count in enumerate(counts):
        measure.observe(view([(1, 0.5)] * count, time_s=number * every_s))
    return sum(reading.value for reading in measure.readings(SECOND))


def test_each_who_comes_in_is_an_entry():
    assert entries([0, 1, 1, 2, 2]) == 2


def test_who_is_there_from_the_start_is_an_entry():
    assert entries([1, 1, 1]) == 1


def test_a_flicker_is_no_second_entry():
    assert entries([0, 1, 0, 1, 1, 0, 1]) == 1


def test_who_comes_back_later_enters_anew():
    assert entries([1] + [0] * 6 + [1]) == 2
