from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from passerby.measure.crowd import BLEND, INTERVAL, MAP, Crowd, CrowdView
from passerby.measure.place import Space, Zone
from passerby.measure.reading import LOWER_BOUND, Quantity, Reading

RESULTS = Path(__file__).parents[2] / "benchmarks" / "results"
LEFT = Zone("left", ((0, 0), (400, 0), (400, 600), (0, 600)), Space.PICTURE)


def reading(quantity=Quantity.OCCUPANCY, value=12.0, place="left"):
    return Reading(place, quantity, value, 10.0, 1.0, 1.0, "tracks")


def corrected(*readings, persons=300.0, hits=600, boxes=12, time_s=9.5):
    crowd = Crowd([LEFT], (800, 600), None)
    grid = np.zeros((60, 80), np.float32)
    grid[:, :20] = persons / 1200  # all of them in the left quarter
    crowd.observe(CrowdView(time_s, grid, hits, boxes))
    return crowd.corrected(readings)


def test_in_a_dense_picture_the_map_counts_and_says_so():
    (made,) = corrected(reading())
    assert made.value == pytest.approx(300, rel=1e-4)
    assert made.estimator == MAP


def test_between_sparse_and_dense_both_have_their_share():
    (made,) = corrected(reading(), hits=350)
    assert made.value == pytest.approx((300 + 12) / 2, rel=1e-4)
    assert made.estimator == BLEND


def test_in_a_sparse_picture_boxes_count():
    assert corrected(reading(), hits=200, persons=20.0) == [reading()]


def test_beyond_what_was_measured_a_dense_zone_has_no_count():
    assert corrected(reading(), persons=2000.0) == []


def test_where_the_map_did_not_answer_a_dense_zone_has_no_count_and_a_sparse_one_that_of_boxes():
    crowd = Crowd([LEFT], (800, 600), None)
    crowd.observe(CrowdView(9.5, None, 600))
    assert crowd.corrected([reading()]) == []
    crowd.observe(CrowdView(10.0, None, 100))
    assert crowd.corrected([reading()]) == [reading()]


def test_a_map_of_few_people_is_no_crowd():
    assert corrected(reading(), persons=20.0) == [reading()]


def test_where_boxes_do_not_even_find_the_few_of_the_map_nobody_is_believed():
    """A square at night from above: 160 people, of whom the map says 50 and boxes 12."""
    assert corrected(reading(), persons=50.0) == []


def test_what_needs_everybodys_place_is_not_told_of_a_crowd():
    assert corrected(reading(Quantity.LEVEL_OF_SERVICE), reading(Quantity.VORONOI_DENSITY)) == []
    flow = reading(Quantity.FLOW)
    elsewhere = reading(place="other")
    assert corrected(flow, elsewhere) == [flow, elsewhere]


def test_who_has_a_box_is_there():
    (made,) = corrected(reading(value=400.0))
    assert made.value == 400


def crowded(*readings, boxes=20, faint=400, time_s=9.5):
    """Return what is told when a net answers with so many sure and faint persons, and no map is asked."""
    crowd = Crowd([LEFT], (800, 600), None)
    crowd.look(CrowdView(time_s, None, boxes + faint, boxes))
    return crowd.corrected(readings)


def test_without_a_map_counts_of_a_crowd_are_lower_bounds():
    made = crowded(*(reading(each) for each in (Quantity.OCCUPANCY, Quantity.DENSITY, Quantity.QUEUE_WAIT)))
    assert [each.estimator for each in made] == [LOWER_BOUND] * 3
    assert {each.value for each in made} == {12.0}
    flow = reading(Quantity.FLOW)
    assert crowded(reading(Quantity.LEVEL_OF_SERVICE), flow) == [flow]


def test_a_moment_on_the_border_of_two_spans_counts_for_both():
    assert [each.estimator for each in crowded(reading(), time_s=9.0)] == [LOWER_BOUND]
    assert [each.estimator for each in crowded(reading(), time_s=10.0)] == [LOWER_BOUND]


@pytest.mark.parametrize(
    "look", [{"faint": 100}, {"boxes": 400, "faint": 100}, {"time_s": 8.9}], ids=["few", "seen one by one", "before"]
)
def test_where_people_are_told_apart_counts_are_counts(look):
    assert crowded(reading(), **look) == [reading()]


def test_a_map_of_later_says_nothing_of_now():
    assert corrected(reading(), time_s=10.5) == [reading()]


def spread(persons):
    return np.full((81, 123), persons / (81 * 123), np.float32)


def corrected_by(view):
    zone = Zone("picture", ((0, 0), (984, 0), (984, 648), (0, 648)), Space.PICTURE)
    crowd = Crowd([zone], (984, 648), None)
    (crowd.look if view.persons is None else crowd.observe)(view)
    quantities = (Quantity.OCCUPANCY, Quantity.LEVEL_OF_SERVICE)
    return crowd.corrected([Reading("picture", each, 1.0, 1.0, 1.0, 1.0, "tracks") for each in quantities])


def test_a_map_of_thousands_where_the_net_sees_nobody_leaves_no_count():
    assert corrected_by(CrowdView(0.0, spread(2548), hits=5, boxes=0)) == []


def test_a_map_of_a_crowd_where_the_net_sees_nobody_makes_boxes_a_lower_bound():
    (told,) = corrected_by(CrowdView(0.0, spread(300), hits=5, boxes=0))
    assert (told.quantity, told.value, told.bounds) == (Quantity.OCCUPANCY, 1.0, (1.0, None))


@pytest.mark.parametrize(("mapped", "boxes", "sure"), [(74, 0, False), (40, 0, False), (15, 0, False), (40, 12, True),
                                                       (40, 11, False), (10, 0, True), (2, 0, True)])  # fmt: skip
def test_a_map_of_fewer_people_than_it_can_count_leaves_no_sure_zero_where_boxes_are_outside_its_interval(
    mapped, boxes, sure
):
    told = corrected_by(CrowdView(0.0, spread(mapped), hits=5, boxes=boxes))
    assert told[0].bounds == ((None, None) if sure else (1.0, None))
    assert len(told) == (2 if sure else 1)


def test_a_picture_full_of_fine_structure_is_no_sure_zero_because_a_map_was_run_and_gives_few():
    (told,) = corrected_by(CrowdView(0.0, spread(30), hits=5, boxes=9, structure=0.6))
    assert (told.quantity, told.bounds) == (Quantity.OCCUPANCY, (1.0, None))


@pytest.mark.parametrize(("structure", "boxes", "sure"), [(0.6, 3, False), (0.6, 30, True), (0.2, 3, True)])
def test_a_picture_full_of_fine_structure_without_boxes_is_no_sure_zero(structure, boxes, sure):
    told = corrected_by(CrowdView(0.5, None, hits=5, boxes=boxes, structure=structure))
    assert [each.quantity for each in told] == [Quantity.OCCUPANCY, *([Quantity.LEVEL_OF_SERVICE] if sure else [])]
    assert told[0].bounds == ((None, None) if sure else (1.0, None))


def test_what_the_map_counts_carries_its_interval():
    (told,) = corrected_by(CrowdView(0.0, spread(400), hits=600, boxes=5))
    assert told.value == pytest.approx(400, rel=1e-4)
    assert told.bounds == pytest.approx((0.3 * 400, 2.5 * 400 + 10), rel=1e-4)


@pytest.mark.parametrize("half", ["tune", "report"])
@pytest.mark.parametrize("parts", [1, 2, 3])
def test_the_interval_of_the_map_holds_in_nine_of_ten_pictures(half, parts):
    """Sums of map and truth over parts of pictures, kept by benchmarks.crowd_count: the map itself is not shipped."""
    known = json.loads((RESULTS / "crowd_parts.json").read_text())["rows"]
    chosen = [each for each in known if (each["half"], each["parts"]) == (half, parts)]
    least, most, few = INTERVAL
    held = [
        max(0.0, min(least * each["mapped"], each["mapped"] - few)) <= each["true"] <= most * each["mapped"] + few
        for each in chosen
    ]
    assert len(held) >= 18 * parts**2
    assert np.mean(held) >= 0.9


def test_where_nobody_can_be_made_out_crossings_are_lower_bounds_too():
    crowd = Crowd([LEFT], (800, 600), None)
    crowd.look(CrowdView(9.5, None, 20, 20, unclear=True))
    given = [reading(each, place="gate") for each in (Quantity.CROSSINGS_IN, Quantity.FLOW, Quantity.MEAN_SPEED)]
    assert [each.bounds for each in crowd.corrected(given)] == [(12.0, None), (12.0, None), (None, None)]


@pytest.mark.parametrize("mapped", [None, 5, 40])
def test_where_nobody_can_be_made_out_boxes_are_a_lower_bound_whatever_the_map_says(mapped):
    persons = None if mapped is None else spread(mapped)
    (told,) = corrected_by(CrowdView(0.5, persons, hits=20, boxes=20, unclear=True))
    assert (told.quantity, told.bounds) == (Quantity.OCCUPANCY, (1.0, None))
