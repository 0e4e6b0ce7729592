from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.measure.views import SECOND, values, view

from passerby.errors import MeasureError
from passerby.measure.occupancy import NetOccupancy, SiteOccupancy, TimeMean, ZoneOccupancy
from passerby.measure.place import Zone
from passerby.measure.reading import LOWER_BOUND, Quantity, Reading
from passerby.vision.detections import Kind

HALL = Zone("hall", ((0, 0), (4, 0), (4, 4), (0, 4)))


def occupied(place, value, time_s):
    return Reading(place, Quantity.OCCUPANCY, value, time_s, 1.0, 1.0, "tracks")


def test_mean_and_peak_of_a_zone():
    measure = ZoneOccupancy(HALL)
    measure.observe(view([(1, 1), (2, 2), (9, 9)]))
    measure.observe(view([(1, 1)]))
    got = values(measure.readings(SECOND))
    assert got == {Quantity.OCCUPANCY: 1.5, Quantity.PEAK_OCCUPANCY: 2}
    assert measure.readings(SECOND) == []


def test_cars_are_no_persons():
    measure = ZoneOccupancy(HALL)
    measure.observe(view([(1, 1)], kind=Kind.CAR))
    assert values(measure.readings(SECOND))[Quantity.OCCUPANCY] == 0


def test_a_moment_that_stood_longer_weighs_more():
    mean = TimeMean()
    mean.add(0, 9)
    mean.add(10, 1)
    assert mean.take() == (1, 10)


def test_doors_that_count_too_many_are_corrected_by_what_is_known():
    hall = NetOccupancy("hall", ["door"])
    hall.count("door", inwards=1100, outwards=1000)
    assert hall.inside == 100
    hall.known(0)  # closed and empty: 5 % of the crossings were wrong
    hall.count("door", inwards=1100, outwards=1000)
    assert hall.inside == pytest.approx(0, abs=1)
    hall.count("elsewhere", inwards=50, outwards=0)
    assert hall.inside == pytest.approx(0, abs=1)


@given(st.lists(st.tuples(st.integers(0, 50), st.integers(0, 50)), max_size=20))
def test_nobody_is_never_fewer_than_nobody(passed):
    hall = NetOccupancy("hall", ["door"])
    for inwards, outwards in passed:
        assert hall.count("door", inwards=inwards, outwards=outwards) >= 0


def test_a_negative_truth_is_refused():
    with pytest.raises(MeasureError, match="cannot be inside"):
        NetOccupancy("hall", ["door"]).known(-1)


@given(st.permutations([("a", 3.0), ("b", 4.0), ("c", 0.5)]))
def test_the_order_of_cameras_is_irrelevant(told):
    site = SiteOccupancy("site", ["a", "b", "c"])
    for place, value in told:
        site.take(occupied(place, value, 10.0))
    assert site.reading(10.0).value == 7.5
    assert site.reading(10.0).observed_s == 1.0


def test_a_site_of_which_a_zone_is_a_lower_bound_is_one():
    site = SiteOccupancy("site", ["a", "b"])
    site.take(occupied("a", 3.0, 10.0))
    assert site.reading(10.0).estimator == "zone ownership"
    site.take(replace(occupied("b", 4.0, 10.0), estimator=LOWER_BOUND))
    assert site.reading(10.0).estimator == LOWER_BOUND


def test_a_zone_that_nobody_sees_lowers_the_observed_share():
    site = SiteOccupancy("site", ["a", "b"])
    site.take(occupied("a", 3.0, 10.0))
    site.take(occupied("b", 4.0, 2.0))
    assert site.reading(10.0).value == 3.0
    assert site.reading(10.0).observed_s == 0.5
    with pytest.raises(MeasureError, match="no zone was observed"):
        site.reading(100.0)
