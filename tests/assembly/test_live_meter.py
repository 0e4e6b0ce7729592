from __future__ import annotations

import numpy as np
import pytest
from tests.stage import Clip, plain

from passerby.assembly.clip_meter import ClipMeter
from passerby.assembly.live_crowd import LiveCrowd
from passerby.assembly.live_meter import LiveMeter
from passerby.measure.place import Line, Space
from passerby.measure.plan import LinePlan, ScenePlan, whole_picture
from passerby.measure.reading import LOWER_BOUND, Quantity
from passerby.measure.scene import Scene
from passerby.redact.style import style_named
from passerby.vision.detections import Detections, Kind
from passerby.vision.inspect.density_map_inspector import MapAnswer
from passerby.vision.inspect.ensemble import Look
from passerby.vision.inspect.inspector import InspectedFrame


class Net:
    def __init__(self, *finds):
        self.name, self.finds = "net", frozenset(finds)


BODIES = Net(Kind.PERSON, Kind.CAR)
FACES = Net(Kind.FACE)
GAUGE = Net(Kind.PERSON, Kind.CAR)
GAUGE.name = "efficientdet-lite0@640"


def people(count):
    left = 50.0 + 60 * np.arange(count, dtype=np.float32)
    boxes = np.stack((left, np.full(count, 100.0), left + 30, np.full(count, 190.0)), axis=1).astype(np.float32)
    return Detections(boxes, np.full(count, 0.9, np.float32), np.full(count, Kind.PERSON, np.int8))


def occupancy(meter):
    return [each for each in meter.drain() if each.quantity is Quantity.OCCUPANCY]


def faint(count):
    """Hits of a crowd in which nobody can be told apart."""
    left, top = np.meshgrid(np.arange(40, dtype=np.float32) * 15, np.arange(20, dtype=np.float32) * 16)
    corners = np.stack((left.ravel(), top.ravel()), axis=1)[:count]
    return Detections(
        np.concatenate((corners, corners + np.float32((10, 20))), axis=1).astype(np.float32),
        np.full(count, 0.06, np.float32),
        np.full(count, Kind.PERSON, np.int8),
    )


class Map:
    """A density map that finds 300 people, at once."""

    def __init__(self):
        self._waiting = None

    def persons(self, _):
        return np.full((9, 16), 300 / 144, np.float32)

    def ask(self, frame):
        self._waiting = MapAnswer(frame.time_s, self.persons(frame))
        return True

    def answer(self):
        answer, self._waiting = self._waiting, None
        return answer


def watched(meter, looks):
    for look in looks:
        meter.learn(look)
    return occupancy(meter)


def meter(*detectors):
    return LiveMeter(Scene(whole_picture((640, 360)), (640, 360)), detectors)


def test_people_are_counted_span_by_span():
    looks = [Look(1000 + 0.1 * step, (people(3), None)) for step in range(60)]
    got = watched(meter(BODIES, FACES), looks)
    assert len(got) >= 3
    assert {each.value for each in got[1:]} == {3.0}


def test_the_larger_net_counts_where_it_was_asked_and_the_smaller_one_where_not():
    looks = [Look(1000 + 0.1 * step, (people(3), None if step % 2 else people(3))) for step in range(60)]
    got = watched(meter(BODIES, BODIES), looks)
    assert all(each.observed_s > 0.85 for each in got[1:])


def test_a_net_that_takes_turns_leaves_no_gap_where_another_had_its_turn():
    looks = [Look(1000 + 0.1 * step, (None if step % 2 else people(3), people(1))) for step in range(60)]
    got = watched(meter(BODIES, FACES), looks)
    assert {each.value for each in got[1:]} == {3.0}
    assert all(each.observed_s > 0.85 for each in got[1:])


def test_a_net_for_persons_alone_counts_them_at_every_pass():
    looks = [Look(1000 + 0.1 * step, (None if step % 2 else people(3), people(1))) for step in range(60)]
    got = watched(meter(BODIES, Net(Kind.PERSON)), looks)
    assert {each.value for each in got[1:]} == {1.0}


def test_a_pass_that_failed_is_a_gap():
    looks = [Look(1000 + 0.1 * step, failure="it hangs" if step % 2 else "", found=(people(3),)) for step in range(60)]
    assert all(each.observed_s < 0.85 for each in watched(meter(BODIES), looks))


def test_time_in_which_nobody_looked_is_a_gap_and_no_observation():
    early = [Look(1000 + 0.1 * step, (people(2),)) for step in range(50)]
    late = [Look(1100 + 0.1 * step, (people(2),)) for step in range(50)]
    got = watched(meter(BODIES), early + late)
    assert sum(each.observed_s for each in got) < 12
    assert not [each for each in got if 1010 < each.time_s < 1099]


def test_failed_looks_are_gaps():
    looks = [Look(1000 + 0.1 * step, failure="it fails") for step in range(50)]
    assert watched(meter(BODIES), looks) == []


def test_a_look_that_is_not_later_says_nothing():
    looks = [Look(1000 + 0.1 * step, (people(2),)) for step in range(50)]
    back = [Look(990.0, (people(9),)), Look(1001.5, (people(9),))]
    got = watched(meter(BODIES), looks[:20] + back + looks[20:])
    assert {each.value for each in got[1:]} == {2.0}


def test_where_the_picture_is_dense_the_map_counts_and_is_named_as_the_estimator():
    dense = LiveMeter(Scene(whole_picture((640, 360)), (640, 360)), [GAUGE], LiveCrowd(Map()))
    for step in range(90):
        hits = faint(500 if step >= 30 else 50)
        dense.learn(Look(1000 + 0.1 * step, (hits,)), plain(1_000_000 + 100 * step))
    got = occupancy(dense)
    assert {(round(each.value), each.estimator) for each in got if each.time_s < 1003} == {(0, "tracks")}
    assert {(round(each.value), each.estimator) for each in got if each.time_s > 1004} == {(300, "density map")}
    assert not dense.problem


@pytest.mark.parametrize("hits", [100, 300, 600])
def test_a_crowd_is_told_of_as_a_recording_of_it_is(hits):
    shape = Clip([0], size=(360, 640)).shape
    live = LiveMeter(Scene(whole_picture((640, 360)), (640, 360)), [GAUGE], LiveCrowd(Map()))
    recorded = ClipMeter(whole_picture((640, 360)), None, Map())
    recorded.begin(shape, [GAUGE], style_named("solid"))
    frames = [plain(1_000_000 + 100 * step, size=(360, 640)) for step in range(60)]
    looks = [Look(frame.time_s, (faint(hits),)) for frame in frames]
    for look, frame in zip(looks, frames, strict=True):
        live.learn(look, frame)
    list(recorded.metered(InspectedFrame(frame, look) for look, frame in zip(looks, frames, strict=True)))
    told = occupancy(live)
    assert len(told) >= 4
    assert told[1:] == occupancy(recorded)[1 : len(told)]  # live, the first answer comes one look later


def test_a_vehicle_that_only_moves_makes_the_count_a_lower_bound():
    road = LinePlan(Line("road", (320, 0), (320, 360), Space.PICTURE), (Kind.CAR,))
    live = LiveMeter(Scene(ScenePlan((road,)), (640, 360)), (BODIES,))
    for number in range(140):
        moving = np.zeros((180, 320), np.uint8)
        moving[80:100, max(0, 4 * number) : 4 * number + 30] = 255
        live.watch(number / 20, moving)
        live.learn(Look(number / 20, (people(0),)))
    counts = [each for each in live.drain() if each.quantity is Quantity.CROSSINGS_IN]
    assert sum(each.value for each in counts) == 0
    assert LOWER_BOUND in {each.estimator for each in counts}
