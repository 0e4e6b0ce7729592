from __future__ import annotations

from collections import Counter

import numpy as np

from passerby.vision.detections import Detections, Kind

CAR_IN, CAR_OUT, TRUCK_OUT = (Kind.CAR, True), (Kind.CAR, False), (Kind.TRUCK, False)


def test_a_wrong_class_is_no_wrong_direction():
    from benchmarks.traffic import judged

    row = judged(Counter({CAR_OUT: 4}), Counter({CAR_OUT: 3, TRUCK_OUT: 1}))
    assert (row["error"], row["class_error"]) == (0, 0.5)
    assert (row["true"], row["told"]) == ("3 car out, 1 truck out", "4 car out")


def test_errors_of_two_directions_do_not_cancel():
    from benchmarks.traffic import judged

    assert judged(Counter({CAR_IN: 2}), Counter({CAR_OUT: 2}))["error"] == 2


def test_vehicles_that_cross_are_told_by_direction():
    from benchmarks.traffic import PLACES, VEHICLES, Seen, ours

    place = next(each for each in PLACES if each.kinds == VEHICLES)

    def at(y):
        return Detections(
            np.array([[300, y - 80, 400, y]], np.float32), np.ones(1, np.float32), np.array([Kind.CAR], np.int8)
        )

    down = Seen((768, 432), [(step / 10, at(100 + 6 * step)) for step in range(50)])
    assert ours(down, place) == Counter({CAR_OUT: 1})
