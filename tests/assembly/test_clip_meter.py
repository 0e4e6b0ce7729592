from __future__ import annotations

import numpy as np
import pytest
from tests.stage import Clip, found, plain

from passerby.assembly.clip_meter import ClipMeter
from passerby.errors import UsageError
from passerby.measure.place import Line, Space
from passerby.measure.plan import LinePlan, ScenePlan
from passerby.measure.reading import LOWER_BOUND, Quantity
from passerby.redact.style import style_named
from passerby.vision.detections import Detections, Kind
from passerby.vision.inspect.ensemble import Look
from passerby.vision.inspect.inspector import InspectedFrame

SIZE = (480, 640)
GATE = ScenePlan((LinePlan(Line("gate", (320, 0), (320, 480), Space.PICTURE)),))


class Bodies:
    """A detector that is never asked here."""

    name = "bodies"
    finds = frozenset({Kind.PERSON, Kind.CAR})


def metered(answers, plan=None, density_map=None):
    """Return a meter that metered looks every tenth of a second; an answer of text is a failure."""
    meter = ClipMeter(plan, None, density_map)
    meter.begin(Clip([0], size=SIZE).shape, [Bodies()], style_named("solid"))
    inspected = [
        InspectedFrame(
            plain(100 * at, size=SIZE),
            Look(at / 10, failure=answer) if isinstance(answer, str) else Look(at / 10, (answer,)),
        )
        for at, answer in enumerate(answers)
    ]
    assert [each.frame.pts for each in meter.metered(inspected)] == [each.frame.pts for each in inspected]
    return meter


def walker(at):
    return found((200 + 8 * at, 200, 232 + 8 * at, 280))


def values(readings, quantity):
    return [each.value for each in readings if each.quantity is quantity]


def test_what_is_seen_is_measured_and_drawn():
    meter = metered([walker(at) for at in range(30)], GATE)
    readings = meter.drain()
    assert sum(values(readings, Quantity.CROSSINGS_IN)) == 1
    assert meter.drain() == []
    assert meter.length_s == pytest.approx(2.9)
    assert meter.notes == []


def test_a_failed_look_is_a_gap():
    answers = [walker(at) for at in range(40)]
    answers[10:20] = ["a detector failed"] * 10
    told = {each.time_s: each.observed_s for each in metered(answers).drain() if each.quantity is Quantity.OCCUPANCY}
    assert set(told) == {1.0, 3.0, 4.0}


def dense():
    """Return 500 faint hits: too many people for boxes."""
    spots = np.random.default_rng(1).uniform((0, 0), (600, 430), (500, 2))
    return found(*[(x, y, x + 10, y + 24) for x, y in spots], score=0.06)


class Map:
    """A density map that finds so many people."""

    def __init__(self, persons):
        self._persons = persons

    def persons(self, _):
        return np.full((12, 16), self._persons / 192, np.float32)


def test_where_nobody_can_be_made_out_a_count_is_a_lower_bound():
    meter = ClipMeter(None, None)
    meter.begin(Clip([0], size=SIZE).shape, [Bodies()], style_named("solid"))
    looks = [Look(at / 10, (walker(at),), blind="too blurred to inspect" * (at >= 20)) for at in range(40)]
    list(meter.metered(InspectedFrame(plain(100 * at, size=SIZE), look) for at, look in enumerate(looks)))
    told = {each.time_s: each.bounds for each in meter.drain() if each.quantity is Quantity.OCCUPANCY}
    assert told[1.0] == (None, None)
    assert told[3.0] == told[4.0] == (1.0, None)
    assert "too dense, dark or blurred for boxes in 50% of the inspected frames" in meter.notes[0]


def test_a_picture_too_dense_for_boxes_is_told_of():
    (note,) = metered([dense()] * 10).notes
    assert "in 100% of the inspected frames: counts are far too low" in note


def test_the_density_map_counts_what_boxes_cannot():
    meter = metered([dense()] * 40, density_map=Map(300))
    assert values(meter.drain(), Quantity.OCCUPANCY)[1:] == pytest.approx([300] * 3)
    assert meter.notes == []


def test_of_few_people_boxes_tell_where_they_find_them():
    few = Detections.joined([dense(), found(*[(60 * n, 100, 60 * n + 30, 190) for n in range(10)])])
    meter = metered([few] * 40, density_map=Map(12))
    assert values(meter.drain(), Quantity.OCCUPANCY)[1:] == pytest.approx([10] * 3)
    assert meter.notes == []


@pytest.mark.parametrize("persons", [50, 900])
def test_a_picture_that_the_density_map_cannot_tell_either_has_no_count(persons):
    meter = metered([dense()] * 40, density_map=Map(persons))
    assert values(meter.drain(), Quantity.OCCUPANCY) == []
    (note,) = meter.notes
    assert "and the crowd model gave no count either: zones have no count or a lower bound there" in note


def test_without_a_gate_lines_are_suggested():
    abreast = [found(*[(100 + 8 * at, y, 132 + 8 * at, y + 80) for y in (20, 130, 240, 350)]) for at in range(45)]
    assert metered(abreast).suggestions() != []
    assert metered(abreast, GATE).suggestions() == []


def test_what_moves_over_a_line_unfound_is_said_at_the_end():
    road = LinePlan(Line("road", (320, 0), (320, 480), Space.PICTURE), (Kind.CAR,))
    meter = ClipMeter(ScenePlan((road,)), None)
    meter.begin(Clip([0], size=SIZE).shape, [Bodies()], style_named("solid"))
    assert meter.wants_motion

    def frames():
        for at in range(100):
            moving = np.zeros((240, 320), np.uint8)
            moving[100:130, 5 * at : 5 * at + 40] = 255
            moving[110:118, 5 * at + 8 : 5 * at + 12] = 0  # a window of the road's colour
            look = Look(at / 20, (found(),)) if at % 2 == 0 else None
            yield InspectedFrame(plain(50 * at, size=SIZE), look, moving)

    assert len(list(meter.metered(frames()))) == 100
    assert LOWER_BOUND in {each.estimator for each in meter.drain()}
    assert any("line 'road': moving regions passed that were not counted (1)" in each for each in meter.notes)


def test_lines_for_people_alone_need_no_motion():
    assert not metered([], GATE).wants_motion


def test_a_place_outside_the_picture_is_wrong_use():
    far = ScenePlan((LinePlan(Line("far", (900, 0), (900, 480), Space.PICTURE)),))
    with pytest.raises(UsageError, match="line 'far': it lies outside the picture"):
        metered([], far)
