"""Vehicles that the network misses, or that cannot be told apart, pass the lines of a scene as moving regions."""

from __future__ import annotations

import numpy as np
import pytest

from passerby.measure.place import Line, Space
from passerby.measure.plan import LinePlan, ScenePlan
from passerby.measure.reading import LOWER_BOUND, MOVING_REGIONS, Quantity
from passerby.measure.scene import Scene
from passerby.vision.detections import Detections, Kind

SIZE = (1280, 720)
PER_S, LOOKS_PER_S = 30, 10
LINE = Line("road", (640, 0), (640, 720), Space.PICTURE)


def boxes(xs, *, kind=Kind.CAR, score=0.9):
    rows = [(x - 50, 300, x + 50, 380) for x in xs]
    found = np.array(rows, np.float32).reshape(-1, 4)
    return Detections(found, np.full(len(rows), score, np.float32), np.full(len(rows), kind, np.int8))


def moving(xs, *, lane_y=300):
    """Return what moves, a quarter of the picture's size."""
    made = np.zeros((180, 320), np.uint8)
    for x in xs:
        made[lane_y // 4 : lane_y // 4 + 20, max(0, round((x - 50) / 4)) : max(0, round((x + 50) / 4))] = 255
    return made


@pytest.mark.parametrize(("kinds", "said"), [
    ((Kind.PERSON,), []),
    ((Kind.CAR, Kind.TRUCK), ["line 'road': vehicles are found from about 90 px of width on, narrower ones often not"]),
    ((Kind.PERSON, Kind.BICYCLE), ["one whose rider is counted as a person only is missing without notice"]),
    ((Kind.CAR, Kind.MOTORCYCLE), ["how many bicycles and motorcycles are found was not measured"]),
])  # fmt: skip
def test_a_line_says_from_the_start_which_vehicles_it_can_miss(kinds, said):
    notes = Scene(ScenePlan((LinePlan(LINE, kinds=kinds),)), SIZE).notes
    assert len(notes) == len(said)
    assert all(words in note for words, note in zip(said, notes, strict=True))


def test_the_smallest_width_is_that_of_the_camera_s_picture_not_of_the_drawing():
    drawn = ScenePlan((LinePlan(LINE, kinds=(Kind.CAR,)),), size_px=SIZE)
    assert "from about 22 px of width" in Scene(drawn, (320, 180)).notes[0]


def measured(column, found=boxes, *, seconds=12.0, masks=True, **options):
    """Measure a column: a function from the time to the places of its cars, and what the network finds of them."""
    options.setdefault("kinds", (Kind.CAR,))
    scene, made = Scene(ScenePlan((LinePlan(LINE, **options),)), SIZE), []
    for number in range(round(seconds * PER_S)):
        time_s = number / PER_S
        xs = [x for x in column(time_s) if -50 < x < SIZE[0] + 50]
        if masks:
            scene.observe_motion(time_s, moving(xs))
        if number % (PER_S // LOOKS_PER_S) == 0:
            made += scene.observe(time_s, found(xs))
    return [*made, *scene.finish()], scene.warnings


def column(*, speed, apart=300.0, cars=4):
    return lambda time_s: [speed * time_s - 100 - apart * number for number in range(cars)]


def total(made, quantity):
    return sum(each.value for each in made if each.quantity is quantity)


def estimators(made):
    return {each.estimator for each in made if each.quantity is Quantity.CROSSINGS_IN}


def nothing(xs):
    return boxes([])


def test_vehicles_that_no_box_shows_make_the_count_a_lower_bound():
    made, warnings = measured(column(speed=300), nothing)
    assert total(made, Quantity.CROSSINGS_IN) == 0
    assert LOWER_BOUND in estimators(made)
    assert any("lower bounds" in each for each in warnings)


def test_a_vehicle_missed_in_the_last_second_is_noticed_too():
    made, _ = measured(column(speed=300, cars=1), nothing, seconds=2.9)
    assert LOWER_BOUND in estimators(made)


def test_vehicles_that_are_counted_explain_their_moving_regions():
    made, warnings = measured(column(speed=300))
    assert total(made, Quantity.CROSSINGS_IN) == 4
    assert estimators(made) == {"tracks"}
    assert warnings == []


def test_people_who_are_counted_explain_theirs():
    made, warnings = measured(column(speed=100), lambda xs: boxes(xs, kind=Kind.PERSON))
    assert estimators(made) == {"tracks"}
    assert warnings == []


@pytest.mark.parametrize("way", [1, -1])
def test_from_above_moving_regions_count_where_the_network_finds_nothing(way):
    def seen(time_s):
        return [640 + way * (x - 640) for x in column(speed=300)(time_s)]

    made, _ = measured(seen, nothing, from_above=True)
    ways = (total(made, Quantity.CROSSINGS_IN), total(made, Quantity.CROSSINGS_OUT))
    assert ways == ((4, 0) if way > 0 else (0, 4))
    counts = [each for each in made if each.quantity in {Quantity.CROSSINGS_IN, Quantity.CROSSINGS_OUT}]
    assert {each.estimator for each in counts if each.value} == {MOVING_REGIONS}


def test_from_above_no_vehicle_is_counted_twice():
    half = column(speed=300)
    made, _ = measured(half, lambda xs: boxes(xs[:1]), from_above=True)
    assert total(made, Quantity.CROSSINGS_IN) == 4


@pytest.mark.parametrize("px_a_look", [110, 150])
def test_the_flow_through_the_line_counts_vehicles_that_cannot_be_told_apart(px_a_look):
    fast = column(speed=px_a_look * LOOKS_PER_S, apart=160, cars=8)
    alone, _ = measured(fast, masks=False, one_way=True)
    made, warnings = measured(fast, one_way=True)
    assert total(alone, Quantity.CROSSINGS_IN) <= total(made, Quantity.CROSSINGS_IN)
    assert 6 <= total(made, Quantity.CROSSINGS_IN) <= 8
    assert total(made, Quantity.CROSSINGS_OUT) == total(made, Quantity.WRONG_WAY) == 0
    assert LOWER_BOUND in estimators(made)
    assert warnings


@pytest.mark.parametrize("lane_y", [0, 300, 640], ids=["at the top", "in the middle", "at the bottom"])
@pytest.mark.parametrize("apart", [130, 160, 250])
@pytest.mark.parametrize("px_a_look", [80, 110, 150, 200])
def test_a_fast_column_is_right_or_a_lower_bound_wherever_it_drives(px_a_look, apart, lane_y):
    def there(xs):
        rows = [(x - 50, lane_y, x + 50, lane_y + 80) for x in xs]
        found = np.array(rows, np.float32).reshape(-1, 4)
        return Detections(found, np.full(len(rows), 0.9, np.float32), np.full(len(rows), Kind.CAR, np.int8))

    line = Line("road", (640, -50), (640, 770), Space.PICTURE)
    scene, made = Scene(ScenePlan((LinePlan(line, (Kind.CAR,), one_way=True),)), SIZE), []
    fast = column(speed=px_a_look * LOOKS_PER_S, apart=apart, cars=8)
    for number in range(PER_S * 9):
        time_s = number / PER_S
        xs = [x for x in fast(time_s + 0.25) if -50 < x < SIZE[0] + 50]
        scene.observe_motion(time_s, moving(xs, lane_y=lane_y))
        if number % (PER_S // LOOKS_PER_S) == 0:
            made += scene.observe(time_s, there(xs))
    made += scene.finish()
    ways = (total(made, Quantity.CROSSINGS_IN), total(made, Quantity.CROSSINGS_OUT))
    assert ways == (8, 0) or (LOWER_BOUND in estimators(made) and ways[0] <= 8 and ways[1] == 0)
    assert total(made, Quantity.WRONG_WAY) == 0


def test_a_moving_region_is_never_a_wrong_way_event():
    made, _ = measured(lambda time_s: [1400 - 300 * time_s], nothing, from_above=True, one_way=True)
    assert total(made, Quantity.CROSSINGS_OUT) == 1
    assert total(made, Quantity.WRONG_WAY) == 0


@pytest.mark.parametrize("found", [(0, 1, 2), (0, 2)], ids=["all", "all but the second"])
def test_there_is_no_headway_across_a_vehicle_that_was_missed(found):
    slow = column(speed=300, apart=900, cars=3)
    scene, made = Scene(ScenePlan((LinePlan(LINE, (Kind.CAR,), headway=True),)), SIZE), []
    for number in range(12 * PER_S):
        cars = slow(number / PER_S)
        scene.observe_motion(number / PER_S, moving([x for x in cars if -50 < x < 1330]))
        if number % (PER_S // LOOKS_PER_S) == 0:
            made += scene.observe(number / PER_S, boxes([cars[each] for each in found if -50 < cars[each] < 1330]))
    made += scene.finish()
    headways = [each.value for each in made if each.quantity is Quantity.HEADWAY]
    assert headways == ([pytest.approx(3.0, abs=0.1)] * 2 if found == (0, 1, 2) else [])


def test_from_above_a_count_is_a_lower_bound_while_it_is_unknown_what_moves():
    scene, made = Scene(ScenePlan((LinePlan(LINE, (Kind.CAR,), from_above=True),)), SIZE), []
    for number in range(8 * PER_S):
        scene.observe_motion(number / PER_S, None if number < PER_S or 121 <= number < 150 else moving([]))
        if number % (PER_S // LOOKS_PER_S) == 0:
            made += scene.observe(number / PER_S, boxes([]))
    made += scene.finish()
    counts = [each for each in made if each.quantity is Quantity.CROSSINGS_IN]
    assert [each.time_s for each in counts if each.estimator == LOWER_BOUND] == [5.0]


def test_regions_too_small_for_the_network_are_named_with_their_size():
    scene = Scene(ScenePlan((LinePlan(LINE, (Kind.CAR,)),)), SIZE)
    for number in range(8 * PER_S):
        mask = np.zeros((180, 320), np.uint8)
        mask[80:86, max(0, 2 * number) : 2 * number + 12] = 255
        scene.observe_motion(number / PER_S, mask)
        if number % (PER_S // LOOKS_PER_S) == 0:
            scene.observe(number / PER_S, boxes([]))
    scene.finish()
    (text,) = [each for each in scene.warnings if "line 'road'" in each]
    assert "moving regions passed that were not counted (1)" in text
    assert "they are about 24 px wide, and vehicles are found from 90 px" in text


@pytest.mark.parametrize(("rows", "bound"), [(20, True), (6, False)], ids=["as wide as a vehicle", "far narrower"])
def test_what_is_far_narrower_than_the_vehicles_there_is_none(rows, bound):
    cars = column(speed=300, cars=4)
    scene, made = Scene(ScenePlan((LinePlan(LINE, (Kind.CAR,)),)), SIZE), []
    for number in range(12 * PER_S):
        xs = [x for x in cars(number / PER_S) if -50 < x < 1330]
        mask = moving(xs)
        mask[20 : 20 + rows, max(0, 2 * (number - 200)) : max(0, 2 * (number - 200) + 20)] = 255
        scene.observe_motion(number / PER_S, mask)
        if number % (PER_S // LOOKS_PER_S) == 0:
            made += scene.observe(number / PER_S, boxes(xs))
    made += scene.finish()
    assert total(made, Quantity.CROSSINGS_IN) == 4
    assert (LOWER_BOUND in estimators(made)) is bound


def bicycles(found=()):
    """Measure cars and two bicycles that are narrow moving regions; return readings and warnings.

    Args:
        found: The class that the network takes the second bicycle for; nothing = it finds neither.
    """
    line = LinePlan(LINE, (Kind.CAR, Kind.BICYCLE))
    scene, made = Scene(ScenePlan((line,)), SIZE), []
    for number in range(14 * PER_S):
        xs = [x for x in column(speed=300, cars=4)(number / PER_S) if -50 < x < 1330]
        mask = moving(xs)
        at = 2 * (number - 200)  # quarters of a px: on the line in seconds 9 and 10
        if at > -10:
            mask[20:26, max(0, at) : at + 10] = 255
        scene.observe_motion(number / PER_S, mask)
        if number % (PER_S // LOOKS_PER_S) == 0:
            rider = [np.array([(4 * at, 80, 4 * at + 40, 104)], np.float32)] if found and 0 <= at < 310 else []
            rows = Detections(rider[0], np.full(1, 0.9, np.float32), np.full(1, found[0], np.int8)) if rider else None
            made += scene.observe(number / PER_S, Detections.joined([boxes(xs), *([rows] if rows else [])]))
    return [*made, *scene.finish()], scene.warnings


def bounds(made, kind):
    return {each.estimator for each in made if each.quantity is Quantity.CROSSINGS_IN and each.kind == kind}


def test_a_bicycle_that_is_never_found_makes_the_count_of_bicycles_a_lower_bound_and_not_that_of_cars():
    made, warnings = bicycles()
    assert LOWER_BOUND in bounds(made, "bicycle")
    assert bounds(made, "car") == {"tracks"}
    assert any("moving regions passed that were not counted (1)" in each for each in warnings)


@pytest.mark.parametrize("kind", [Kind.BICYCLE, Kind.PERSON])
def test_a_bicycle_or_person_that_is_found_explains_its_moving_region(kind):
    made, warnings = bicycles([kind])
    assert bounds(made, "bicycle") == bounds(made, "car") == {"tracks"}
    assert sum(each.value for each in made if each.kind == "bicycle") == (kind is Kind.BICYCLE)
    assert warnings == []


def test_a_line_that_counts_bicycles_only_watches_what_moves_too():
    made, _ = measured(column(speed=100, cars=1), nothing, seconds=12.0, kinds=(Kind.BICYCLE,))
    assert LOWER_BOUND in bounds(made, "bicycle")
