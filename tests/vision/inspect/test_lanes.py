"""Calls run side by side: their results keep their order, and nothing is used again before all have ended."""

from __future__ import annotations

import threading

import pytest
from tests.waiting import PATIENCE_S, until

from passerby.vision.inspect.lanes import Lanes


def test_two_calls_run_at_the_same_time_and_results_keep_their_order() -> None:
    met = threading.Barrier(2)  # a call that ran alone would wait for ever
    lanes = Lanes(2)

    def call(number: int) -> tuple[int, str]:
        if number < 2:
            met.wait(PATIENCE_S)
        return number, threading.current_thread().name

    found = lanes.results([lambda n=n: call(n) for n in range(5)])
    lanes.close()
    assert [number for number, _ in found] == [0, 1, 2, 3, 4]
    assert len({name for _, name in found[:2]}) == 2


def test_one_lane_is_the_callers_own_thread() -> None:
    here = threading.get_ident()
    assert Lanes(1).results([threading.get_ident, threading.get_ident]) == [here, here]


def test_no_call_gives_no_result() -> None:
    lanes = Lanes(2)
    assert lanes.results([]) == []
    lanes.close()


def test_the_first_failure_is_raised_when_all_calls_have_ended() -> None:
    lanes = Lanes(2)
    begun, ended = threading.Event(), threading.Event()
    answers: list[int] = []

    def slow() -> int:
        begun.set()
        ended.wait(PATIENCE_S)
        answers.append(1)
        return 1

    def failing() -> int:
        begun.wait(PATIENCE_S)
        ended.set()
        msg = "no picture"
        raise ValueError(msg)

    with pytest.raises(ValueError, match="no picture"):
        lanes.results([slow, failing])
    assert answers == [1]
    assert lanes.results([lambda: 2, lambda: 3]) == [2, 3]  # the lanes go on
    lanes.close()


def test_closed_lanes_leave_no_thread() -> None:
    before = set(threading.enumerate())
    lanes = Lanes(3)
    new = set(threading.enumerate()) - before
    assert len(new) == 2
    lanes.close()
    until(lambda: not any(thread.is_alive() for thread in new))
