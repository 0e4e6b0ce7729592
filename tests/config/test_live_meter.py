from __future__ import annotations

import numpy as np

from passerby.config.live_meter import LiveMeter
from passerby.measure.plan import whole_picture
from passerby.measure.reading import Quantity
from passerby.measure.scene import Scene
from passerby.vision.detections import Detections, Kind
from passerby.vision.panel import Look


class Net:
    def __init__(self, *finds):
        self.name, self.finds = "net", frozenset(finds)


BODIES = Net(Kind.PERSON, Kind.CAR)
FACES = Net(Kind.FACE)


def people(count):
    left = 50.0 + 60 * np.arange(count, dtype=np.float32)
    boxes = np.stack((left, np.full(count, 100.0), left + 30, np.full(count, 190.0)), axis=1).astype(np.float32)
    return Detections(boxes, np.full(count, 0.9, np.float32), np.full(count, Kind.PERSON, np.int8))


def occupancy(meter):
    return [each for each in meter.take() if each.quantity is Quantity.OCCUPANCY]


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
    got = watched(meter(BODIES, Net(Kind.PERSON)), looks)
    assert {each.value for each in got[1:]} == {3.0}
    assert all(each.observed_s > 0.85 for each in got[1:])


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
