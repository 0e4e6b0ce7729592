from __future__ import annotations

import threading
import time

import numpy as np
import pytest
from tests.stage import plain

from passerby.errors import DetectorError
from passerby.vision.inspect.density_map_inspector import EVERY_S, SHARE, DensityMapInspector

PATIENCE_S = 20


class Map:
    """A density map that finds one person in each of four cells, each time after so long by its own clock."""

    def __init__(self, *costs_s):
        self._costs_s = list(costs_s)
        self.now_s = 0.0
        self.seen = []
        self.gate = threading.Event()
        self.gate.set()

    def persons(self, frame):
        self.gate.wait(PATIENCE_S)
        self.seen.append(frame.time_s)
        self.now_s += self._costs_s.pop(0)
        if frame.damaged:
            raise DetectorError(frame.damaged)
        return np.ones((2, 2), np.float32)


def answered(watch):
    end_s = time.monotonic() + PATIENCE_S
    while time.monotonic() < end_s:
        if (answer := watch.answer()) is not None:
            return answer
        time.sleep(0.002)
    raise AssertionError("it gave no answer")


def test_it_answers_later_and_nobody_waits():
    made = Map(0.05, 0.05)
    watch = DensityMapInspector(made, clock=lambda: made.now_s, spent=lambda: made.now_s)
    made.gate.clear()
    assert watch.ask(plain(1000))
    assert watch.answer() is None
    made.now_s += EVERY_S
    assert not watch.ask(plain(2000))  # it is at work
    made.gate.set()
    answer = answered(watch)
    assert (answer.time_s, answer.persons.sum(), answer.failure) == (1.0, 4.0, "")
    assert watch.answer() is None


@pytest.mark.parametrize(("cost_s", "rest_s"), [(0.01, EVERY_S), (0.5, 0.5 / SHARE)])
def test_it_looks_no_more_often_than_its_cost_allows(cost_s, rest_s):
    made = Map(cost_s, cost_s)
    watch = DensityMapInspector(made, clock=lambda: made.now_s, spent=lambda: made.now_s)
    assert watch.ask(plain(0))
    answered(watch)
    made.now_s = 0.99 * rest_s
    assert not watch.ask(plain(1))
    made.now_s = 1.01 * rest_s
    assert watch.ask(plain(2))


def test_a_failure_is_an_answer_and_the_next_frame_is_looked_at():
    made = Map(0.1, 0.1)
    watch = DensityMapInspector(made, clock=lambda: made.now_s, spent=lambda: made.now_s)
    watch.ask(plain(0, damaged="out of memory"))
    assert answered(watch).failure == "out of memory"
    made.now_s += 5
    watch.ask(plain(5000))
    assert answered(watch).persons is not None
    assert made.seen == [0.0, 5.0]
