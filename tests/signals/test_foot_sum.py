from __future__ import annotations

from tests.store.made import NOON_S, foot_map

from passerby.measure.place import Space
from passerby.signals.foot_sum import foot_sum


def test_hours_add_up_cell_by_cell_also_when_the_zone_grew():
    first = foot_map(counts=(5, 0), left=0, top=0)
    second = foot_map(start_s=NOON_S + 3600, counts=(6, 7, 0, 8, 0, 0), left=-1, top=0, columns=3)
    total = foot_sum([first, second])
    assert (total.left, total.top, total.columns, total.counts) == (-1, 0, 3, (6, 12, 0, 8, 0, 0))
    assert (total.hours, total.observed_s, total.other_grid) == (2, 7200.0, 0)


def test_what_was_observed_adds_up():
    assert foot_sum([foot_map(observed_s=1800.0), foot_map(start_s=NOON_S + 3 * 3600)]).observed_s == 5400.0


def test_hours_with_other_cells_than_the_latest_are_left_out_and_counted():
    old = [foot_map(side=2.0), foot_map(start_s=NOON_S + 3600, space=Space.PICTURE)]
    total = foot_sum([*old, foot_map(start_s=NOON_S + 7200, counts=(9, 0))])
    assert (total.counts, total.hours, total.other_grid) == ((9, 0), 1, 2)


def test_of_no_hour_there_is_no_cell():
    total = foot_sum([])
    assert (total.columns, total.counts, total.hours, total.observed_s) == (0, (), 0, 0.0)
