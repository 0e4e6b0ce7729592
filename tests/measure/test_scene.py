from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from tests.measure.walkers import SIZE, boxes

from passerby.errors import MeasureError
from passerby.measure.ground import Ground
from passerby.measure.place import Line, Space, Zone
from passerby.measure.plan import LinePlan, ScenePlan, ZonePlan, whole_picture
from passerby.measure.reading import LOWER_BOUND, Quantity
from passerby.measure.scene import Scene
from passerby.vision.detections import Detections, Kind

CORNERS = np.array([[0.0, 600], [800, 600], [800, 0], [0, 0]])
GROUND = Ground.from_points(CORNERS, np.array([[0.0, 0], [16, 0], [16, 12], [0, 12]]))  # 50 px a metre
HALL = ZonePlan(Zone("hall", ((1, 1), (15, 1), (15, 11), (1, 11))))
GATE = LinePlan(Line("gate", (8, 0), (8, 12)))
PICTURE = ZonePlan(Zone("picture", ((0, 0), (800, 0), (800, 600), (0, 600)), Space.PICTURE), use=None, dwell=False)
PLAN = ScenePlan((GATE,), (HALL,), GROUND)


def told(scene, seconds=6.0, skip=()):
    made = []
    for number in range(round(seconds * 10)):
        at = number / 10
        made += scene.skip(at) if at in skip else scene.observe(at, boxes([(200 + 80 * at, 300)]))
    return [*made, *scene.finish()]


def total(readings, quantity, place):
    return sum(each.value for each in readings if each.quantity is quantity and each.place == place)


def test_a_walk_through_the_hall_is_measured_second_by_second():
    made = told(Scene(PLAN, SIZE))
    occupancies = [each for each in made if each.quantity is Quantity.OCCUPANCY]
    assert [each.time_s for each in occupancies] == [1, 2, 3, 4, 5, 6]
    assert [each.value for each in occupancies] == [1] * 6
    assert [round(each.observed_s, 3) for each in occupancies] == [1, 1, 1, 1, 1, 0.9]
    assert total(made, Quantity.CROSSINGS_OUT, "gate") == 1
    assert total(made, Quantity.CROSSINGS_IN, "gate") == 0
    speeds = [each.value for each in made if each.quantity is Quantity.MEAN_SPEED]
    assert speeds == pytest.approx([1.6] * 6, rel=0.05)


def walkers(per_s, *, seconds=40.0, first_s=0.0, seed=3):
    """Measure forty people who walk over the gate at looks of this rate; return scene, readings and the mean inside."""
    rng = np.random.default_rng(seed)
    level, start_s, speed = rng.uniform(100, 560, 40), rng.uniform(0, 25, 40), rng.uniform(60, 90, 40)
    way = np.where(rng.random(40) < 0.5, 1, -1)

    def feet(at):
        x = 400 + way * (speed * (at - start_s) - 340)
        there = (at >= start_s) & (abs(x - 400) < 340)
        return np.stack((x, level), axis=1)[there]

    scene, made = Scene(PLAN, SIZE), []
    for number in range(round(seconds * per_s)):
        made += scene.observe(first_s + number / per_s, boxes(feet(number / per_s)))
    return scene, [*made, *scene.finish()], np.mean([len(feet(at)) for at in np.arange(0, seconds, 0.05)])


def mean(readings, quantity):
    of = [(each.value, each.observed_s) for each in readings if each.quantity is quantity]
    return sum(value * observed_s for value, observed_s in of) / sum(observed_s for _, observed_s in of)


@pytest.mark.parametrize("per_s", [10, 5, 3])
def test_at_three_looks_a_second_and_more_everybody_is_followed(per_s):
    scene, made, inside = walkers(per_s)
    crossed = total(made, Quantity.CROSSINGS_IN, "gate") + total(made, Quantity.CROSSINGS_OUT, "gate")
    assert abs(crossed - 40) <= 2
    assert mean(made, Quantity.OCCUPANCY) == pytest.approx(inside, rel=0.05)
    assert scene.warnings == []


@pytest.mark.parametrize("per_s", [2, 1, 0.5, 0.1])
def test_looks_too_seldom_to_follow_anybody_count_boxes_and_tell_no_crossings(per_s):
    scene, made, inside = walkers(per_s, seconds=40 if per_s >= 0.5 else 600)
    assert {each.quantity for each in made} <= {
        *(Quantity.OCCUPANCY, Quantity.PEAK_OCCUPANCY, Quantity.DENSITY, Quantity.PEAK_DENSITY),
        Quantity.LEVEL_OF_SERVICE,
    }
    assert {each.estimator for each in made} == {"boxes"}
    if per_s >= 0.5:
        assert mean(made, Quantity.OCCUPANCY) == pytest.approx(inside, rel=0.15)
    observed_s = sum(each.observed_s for each in made if each.quantity is Quantity.OCCUPANCY)
    assert observed_s == pytest.approx(
        min(1.0, per_s) * (40 if per_s >= 0.5 else 600), rel=0.06
    )  # a look stands for 1 s
    (warning,) = scene.warnings
    assert f"{per_s:.1f} inspected frames a second, too few to follow anyone (3 are needed)" in warning


def test_crossings_are_observed_only_while_looks_are_frequent():
    scene, made = Scene(PLAN, SIZE), []
    for at in [*np.arange(0, 20, 0.1), *np.arange(20, 40, 0.5)]:
        made += scene.observe(float(at), boxes([(200 + 5 * at, 300)]))
    made += scene.finish()
    observed = {
        quantity: sum(each.observed_s for each in made if each.quantity is quantity)
        for quantity in (Quantity.OCCUPANCY, Quantity.CROSSINGS_IN, Quantity.FLOW, Quantity.MEAN_SPEED)
    }
    assert observed[Quantity.OCCUPANCY] == pytest.approx(39.5, abs=0.1)
    for quantity in (Quantity.CROSSINGS_IN, Quantity.FLOW, Quantity.MEAN_SPEED):
        assert observed[quantity] == pytest.approx(19.9, abs=0.6)
    assert "2.0 inspected frames a second for 49% of the time" in scene.warnings[0]


def test_a_pause_between_looks_is_observed_for_no_longer_than_a_look_stands_for():
    scene, made = Scene(PLAN, SIZE), []
    for at in [*np.arange(0, 10, 0.1), *np.arange(40, 50, 0.1)]:
        made += scene.observe(float(at), boxes([(300, 300)]))
    made += scene.finish()
    observed_s = sum(each.observed_s for each in made if each.quantity is Quantity.OCCUPANCY)
    assert observed_s == pytest.approx(20.8, abs=0.11)


def test_time_that_nobody_looked_at_is_a_gap():
    missing = {number / 10 for number in range(20, 40)}
    made = told(Scene(PLAN, SIZE), skip=missing)
    seen = {each.time_s: each.observed_s for each in made if each.quantity is Quantity.OCCUPANCY}
    assert set(seen) == {1, 2, 5, 6}
    assert seen[6] == pytest.approx(0.9)


def test_without_places_everybody_in_the_picture_counts():
    made = told(Scene(whole_picture(SIZE), SIZE))
    assert {each.value for each in made if each.quantity is Quantity.OCCUPANCY} == {1}


def test_a_zone_in_pixels_gives_no_density_and_says_so():
    zone = ZonePlan(Zone("door", ((0, 0), (800, 0), (800, 600), (0, 600)), Space.PICTURE))
    scene = Scene(ScenePlan(zones=(zone,)), SIZE)
    assert Quantity.DENSITY not in {each.quantity for each in told(scene)}
    assert scene.notes == ["zone 'door': it is in pixels; its density is not measured, only its occupancy"]


def test_a_voronoi_density_is_told_where_it_is_known_where_people_can_be():
    floor = Zone("floor", ((0, 0), (16, 0), (16, 12), (0, 12)))
    assert Quantity.VORONOI_DENSITY not in {each.quantity for each in told(Scene(PLAN, SIZE))}
    made = told(Scene(replace(PLAN, walkable=floor), SIZE))
    found = [each.value for each in made if each.quantity is Quantity.VORONOI_DENSITY]
    assert found[:5] == pytest.approx([1 / HALL.zone.area] * 5)
    assert found[5] < 1 / HALL.zone.area  # at its end: some of the last cell lies beyond it


@pytest.mark.parametrize(
    ("plan", "note"),
    [
        (replace(PLAN, least_px_per_m=60.0), "50.0 px, fewer than 60"),
        (replace(PLAN, zones=(ZonePlan(Zone("hall", ((1, 1), (40, 1), (40, 11)))),)), "extends beyond the picture"),
    ],
)
def test_density_is_refused_where_the_picture_cannot_tell_it(plan, note):
    scene = Scene(plan, SIZE)
    assert note in scene.notes[0]
    assert Quantity.DENSITY not in {each.quantity for each in told(scene)}


def test_zones_are_drawn_with_their_holes():
    pillar = ((2.0, 2.0), (3.0, 2.0), (3.0, 3.0), (2.0, 3.0))
    zone = ZonePlan(Zone("hall", ((1, 1), (15, 1), (15, 11), (1, 11)), holes=(pillar,)))
    _, hall = Scene(replace(PLAN, zones=(zone,)), SIZE).drawn()
    (hole,) = hall.holes_px
    assert (hole.min(axis=0), hole.max(axis=0)) == (pytest.approx([100, 450]), pytest.approx([150, 500]))
    assert hole[0] == pytest.approx(hole[-1])


def test_a_smaller_picture_than_the_one_drawn_on_tells_less():
    drawn = replace(PLAN, size_px=SIZE, least_px_per_m=30.0)
    assert Scene(drawn, SIZE).notes == []
    half = (SIZE[0] // 2, SIZE[1] // 2)
    assert "25.0 px, fewer than 30" in Scene(drawn, half).notes[0]


@pytest.mark.parametrize(
    ("plan", "text"),
    [
        (replace(PLAN, zones=(ZonePlan(Zone("far", ((90, 90), (99, 90), (99, 99)))),)), "zone 'far': it lies outside"),
        (replace(PLAN, lines=(LinePlan(Line("far", (90, 90), (99, 90))),)), "line 'far': it lies outside"),
        (replace(PLAN, zones=(HALL, HALL)), "two places are named 'hall'"),
        (replace(PLAN, ground=None), "not calibrated"),
    ],
)
def test_a_place_that_cannot_be_measured_is_refused_by_name(plan, text):
    with pytest.raises(MeasureError, match=text):
        Scene(plan, SIZE)


def trembling(rng, share, *, height=80.0, at=(400.0, 300.0), kind=Kind.PERSON):
    """Return one box whose edges each tremble by this share of its height."""
    found = boxes([at], height=height, kind=kind)
    return replace(found, boxes_px=found.boxes_px + rng.normal(0, share * height, (1, 4)).astype(np.float32))


def crossed_in(scene, looks):
    """Return what crossed either way, and the mean number inside."""
    made = []
    for number, found in enumerate(looks):
        made += scene.observe(number / 10, found)
    made += scene.finish()
    both = total(made, Quantity.CROSSINGS_IN, "gate") + total(made, Quantity.CROSSINGS_OUT, "gate")
    return both, mean(made, Quantity.OCCUPANCY)


@pytest.mark.parametrize("line", [((400, 0), (400, 600)), ((0, 300), (800, 300))], ids=["along", "across"])
@pytest.mark.parametrize("missed", [0.0, 0.6, 0.8])
@pytest.mark.parametrize("share", [0.03, 0.06])
def test_whoever_waits_on_a_line_is_not_counted_again_and_again(share, missed, line):
    found = []
    for seed in range(2):
        rng = np.random.default_rng(seed)
        plan = ScenePlan((LinePlan(Line("gate", *line, Space.PICTURE)),), (PICTURE,))
        looks = [boxes([]) if rng.random() < missed else trembling(rng, share) for _ in range(400)]
        found.append(crossed_in(Scene(plan, SIZE), looks)[0])
    assert max(found) <= 4  # in 40 s; it was up to 17
    assert np.mean(found) <= 2


@pytest.mark.parametrize("missed", [0.0, 0.5])
def test_stop_and_go_traffic_on_a_line_counts_each_vehicle_once(missed):
    rng = np.random.default_rng(5)
    plan = ScenePlan((LinePlan(Line("gate", (400, 0), (400, 600), Space.PICTURE), (Kind.CAR,)),), (PICTURE,))
    places = [
        *np.linspace(150, 405, 40),
        *[405] * 300,
        *np.linspace(405, 420, 10),
        *[420] * 200,
        *np.linspace(420, 700, 40),
    ]
    looks = [boxes([]) if rng.random() < missed else trembling(rng, 0.05, at=(x, 300.0), kind=Kind.CAR) for x in places]
    assert crossed_in(Scene(plan, SIZE), looks)[0] == 1


def test_a_box_that_swings_between_two_sizes_on_a_line_stops_being_counted():
    plan = ScenePlan((LinePlan(Line("gate", (0, 300), (800, 300), Space.PICTURE)),), (PICTURE,))
    swing = np.repeat(np.tile([-12.0, 12.0], 30), 20)  # its lower edge with and without a shadow, 2 s each
    looks = [boxes([(400, 300 + off)]) for off in swing]
    assert crossed_in(Scene(plan, SIZE), looks)[0] <= 8  # of 59


def test_whoever_turns_round_at_a_line_is_still_counted_both_ways():
    plan = ScenePlan((LinePlan(Line("gate", (0, 300), (800, 300), Space.PICTURE)),), (PICTURE,))
    there_and_back = 300 + 150 * np.sin(np.arange(0, 40, 0.1) * 2 * np.pi / 10)
    assert crossed_in(Scene(plan, SIZE), [boxes([(400, y)]) for y in there_and_back])[0] == 7


def test_whoever_stands_still_stays_though_four_of_five_looks_miss_them():
    rng = np.random.default_rng(1)
    looks = [trembling(rng, 0.02) if number < 10 or rng.random() < 0.2 else boxes([]) for number in range(1200)]
    assert crossed_in(Scene(ScenePlan((), (PICTURE,)), SIZE), looks)[1] == pytest.approx(1, abs=0.03)


def test_whoever_walks_out_of_sight_is_not_held():
    looks = [boxes([(100 + 8 * number, 300)]) if number < 30 else boxes([]) for number in range(130)]
    inside = crossed_in(Scene(ScenePlan((), (PICTURE,)), SIZE), looks)[1]
    assert inside == pytest.approx(3 / 13, abs=0.02)


ROAD = LinePlan(Line("road", (640, 0), (640, 720), Space.PICTURE), (Kind.CAR,), one_way=True)


def passing(px_a_look, *, first=0, cars=8, apart=160.0, score=0.9, kind=Kind.CAR):
    """Measure a column of vehicles, 100 px long, that moves so far from look to look, ten looks a second."""
    scene, made = Scene(ScenePlan((replace(ROAD, kinds=(kind,)),)), (1280, 720)), []
    for number in range(120):
        xs = px_a_look * (number + first) - apart * np.arange(cars)
        seen = np.array([(x - 50, 300, x + 50, 380) for x in xs if 0 < x < 1280], np.float32).reshape(-1, 4)
        scores, kinds = np.full(len(seen), score, np.float32), np.full(len(seen), kind, np.int8)
        made += scene.observe(number / 10, Detections(seen, scores, kinds))
    return [*made, *scene.finish()], scene.warnings


@pytest.mark.parametrize("px_a_look", [25, 50, 80])
def test_a_column_of_cars_is_counted_car_by_car(px_a_look):
    made, warnings = passing(px_a_look)
    assert total(made, Quantity.CROSSINGS_OUT, "road") == 0
    assert total(made, Quantity.CROSSINGS_IN, "road") == 8
    assert warnings == []


@pytest.mark.parametrize("kind", [Kind.CAR, Kind.MOTORCYCLE, Kind.BICYCLE], ids=["cars", "motorcycles", "bicycles"])
@pytest.mark.parametrize("first", [0, 5], ids=["from the start", "in mid traffic"])
@pytest.mark.parametrize("px_a_look", [80, 110, 150, 200])
def test_vehicles_too_fast_to_be_told_apart_are_no_sure_count_and_never_go_the_wrong_way(px_a_look, first, kind):
    made, warnings = passing(px_a_look, first=first, kind=kind)
    counts = [each for each in made if each.quantity in {Quantity.CROSSINGS_IN, Quantity.CROSSINGS_OUT}]
    assert total(made, Quantity.WRONG_WAY, "road") == 0
    assert total(made, Quantity.CROSSINGS_OUT, "road") == 0
    told = total(made, Quantity.CROSSINGS_IN, "road")
    assert told == 8 or (told < 8 and any(each.bounds == (each.value, None) for each in counts))
    assert told == 8 or "counts of vehicles are lower bounds" in warnings[0]


def test_no_vehicle_continues_one_that_left_over_the_border_seconds_before():
    """As on a freeway: a truck leaves below, and 2.6 s later the next car is found where the truck's box had been."""
    road = LinePlan(Line("road", (0, 190), (320, 190), Space.PICTURE), (Kind.CAR,))
    scene, made = Scene(ScenePlan((road,)), (320, 240)), []
    truck = [(146 + 4 * k, 14, 288 + 4 * k, min(240, 150 + 8 * k)) for k in range(14)]
    car = [(140 - 6 * k, 75 + 9 * k, 240 - 6 * k, 172 + 9 * k) for k in range(7)]
    for number, box in enumerate([*truck, *[None] * 10, *car, *[None] * 8]):
        rows = np.array([box] if box is not None else [], np.float32).reshape(-1, 4)
        found = Detections(rows, np.full(len(rows), 0.9, np.float32), np.full(len(rows), Kind.CAR, np.int8))
        made += scene.observe(0.2333 * number, found)
    made += scene.finish()
    assert total(made, Quantity.CROSSINGS_IN, "road") == 0  # it used to be 1: from below the line to above it
    assert total(made, Quantity.CROSSINGS_OUT, "road") == 2


def test_bicycles_in_doubt_leave_the_count_of_cars_beside_them_certain():
    road = replace(ROAD, kinds=(Kind.CAR, Kind.BICYCLE))
    scene, made = Scene(ScenePlan((road,)), (1280, 720)), []
    for number in range(120):
        rows, kinds = [], []
        for kind, top, xs in (
            (Kind.CAR, 100, 25 * number - 300 * np.arange(4)),
            (Kind.BICYCLE, 400, 150 * (number + 5) - 160 * np.arange(20)),
        ):
            seen = [(x - 50, top, x + 50, top + 80) for x in xs if 0 < x < 1280]
            rows += seen
            kinds += [kind] * len(seen)
        found = np.array(rows, np.float32).reshape(-1, 4)
        made += scene.observe(
            number / 10, Detections(found, np.full(len(found), 0.9, np.float32), np.array(kinds, np.int8))
        )
    made += scene.finish()
    cars = [each for each in made if each.kind == "car" and each.quantity is Quantity.CROSSINGS_IN]
    assert sum(each.value for each in cars) == 4
    assert {each.estimator for each in cars} == {"tracks"}
    assert any(each.estimator == LOWER_BOUND for each in made if each.kind == "bicycle")


def column_in_view(px_a_look, apart, first, *, size=(800, 600), looks=None, cars=8):
    """Measure a column of which some cars are in view, and not all, at the first look; return how many are to cross."""
    across = (size[0] / 2, -50), (size[0] / 2, size[1] + 50)
    road = LinePlan(Line("road", *across, Space.PICTURE), (Kind.CAR,), one_way=True)
    scene, made = Scene(ScenePlan((road,)), size), []
    starts = first - apart * np.arange(cars)
    for number in range(looks or round((size[0] + cars * apart) / px_a_look) + 15):
        xs = px_a_look * number + starts
        seen = np.array([(x - 50, 260, x + 50, 340) for x in xs if 0 < x < size[0]], np.float32).reshape(-1, 4)
        scores, kinds = np.full(len(seen), 0.9, np.float32), np.full(len(seen), Kind.CAR, np.int8)
        made += scene.observe(number / 10, Detections(seen, scores, kinds))
    return [*made, *scene.finish()], int(np.count_nonzero(starts < size[0] / 2))


@pytest.mark.parametrize("first", [410, 710], ids=["front in view", "front has left"])
@pytest.mark.parametrize("apart", [130, 160, 250])
@pytest.mark.parametrize("px_a_look", [80, 110, 150, 200])
def test_a_fast_column_in_view_from_the_start_is_right_or_a_lower_bound(px_a_look, apart, first):
    made, crossing = column_in_view(px_a_look, apart, first)
    ways = total(made, Quantity.CROSSINGS_IN, "road"), total(made, Quantity.CROSSINGS_OUT, "road")
    counts = [each for each in made if each.quantity in {Quantity.CROSSINGS_IN, Quantity.CROSSINGS_OUT}]
    assert ways == (crossing, 0) or (
        sum(ways) <= crossing and any(each.bounds == (each.value, None) for each in counts)
    )
    assert total(made, Quantity.WRONG_WAY, "road") == 0


def test_a_column_without_an_end_in_view_is_never_sure_nor_a_wrong_way_event():
    made, _ = column_in_view(150, 160, 790, looks=80, cars=90)
    counts = [each for each in made if each.quantity is Quantity.CROSSINGS_IN]
    assert total(made, Quantity.WRONG_WAY, "road") == 0
    assert total(made, Quantity.CROSSINGS_OUT, "road") == 0  # though it seems to go backwards, slowly
    assert all(each.bounds == (each.value, None) for each in counts)


def test_a_jam_whose_cars_stand_as_they_stopped_is_counted_for_certain():
    rng = np.random.default_rng(4)
    starts = 790 - np.cumsum(rng.uniform(120, 250, 40))
    scene, made = Scene(ScenePlan((ROAD,)), (1280, 720)), []
    for number in range(150):
        xs = starts + 12 * number
        seen = np.array([(x - 50, 300, x + 50, 380) for x in xs if 0 < x < 1280], np.float32).reshape(-1, 4)
        seen += rng.normal(0, 1, seen.shape).astype(np.float32)
        scores, kinds = np.full(len(seen), 0.9, np.float32), np.full(len(seen), Kind.CAR, np.int8)
        made += scene.observe(number / 10, Detections(seen, scores, kinds))
    made += scene.finish()
    crossing = np.count_nonzero((starts < 640) & (starts + 12 * 149 > 650))
    assert total(made, Quantity.CROSSINGS_IN, "road") == pytest.approx(crossing, abs=1)
    assert {each.bounds for each in made} == {(None, None)}


def test_vehicles_that_leave_weak_boxes_alone_make_the_count_a_lower_bound():
    made, warnings = passing(15, apart=300.0, cars=4, score=0.2)
    counts = [each for each in made if each.quantity is Quantity.CROSSINGS_IN]
    assert total(made, Quantity.CROSSINGS_IN, "road") == 0
    assert any(each.bounds == (0.0, None) for each in counts)
    assert "lower bounds" in warnings[0]


def test_weak_boxes_of_vehicles_that_are_counted_make_no_lower_bound():
    made, warnings = passing(15, apart=300.0, cars=4)
    assert total(made, Quantity.CROSSINGS_IN, "road") == 4
    assert {each.estimator for each in made} == {"tracks"}
    assert warnings == []
