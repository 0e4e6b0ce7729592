"""A detector that is slow because the machine is busy is not one that hangs."""

from __future__ import annotations

import threading

import pytest

from passerby.vision.inspect.patience import LONGEST, Clocks, Wait, spent_in

PATIENCE_S = 60.0


class Machine:
    """A clock, and a process that gets a share of the processors."""

    def __init__(self) -> None:
        self.now_s = 1000.0
        self.spent_s = 5.0

    def run(self, wait: Wait, seconds: float, *, share: float) -> str:
        """Let time go by, asking four times a second; return why the wait is over."""
        for _ in range(int(seconds * 4)):
            self.now_s += 0.25
            self.spent_s += 0.25 * share
            if why := wait.over():
                return why
        return ""


@pytest.fixture
def machine() -> Machine:
    return Machine()


@pytest.fixture
def wait(machine: Machine) -> Wait:
    return Wait(PATIENCE_S, Clocks(lambda: machine.now_s, lambda: machine.spent_s))


@pytest.mark.parametrize("share", [1.0, 2.0, 64.0])
def test_on_an_idle_machine_it_has_the_patience(machine: Machine, wait: Wait, share: float) -> None:
    assert machine.run(wait, PATIENCE_S - 1, share=share) == ""
    assert "no answer within 60 s" in machine.run(wait, 2, share=share)
    assert not wait.stalled


def test_on_a_busy_machine_it_is_waited_for_until_it_had_its_time(machine: Machine, wait: Wait) -> None:
    assert machine.run(wait, 5 * PATIENCE_S, share=0.1) == ""
    assert "no answer within 60 s" in machine.run(wait, PATIENCE_S, share=1.0)


def test_nothing_is_waited_for_without_end(machine: Machine, wait: Wait) -> None:
    assert machine.run(wait, LONGEST * PATIENCE_S - 1, share=0.05) == ""
    assert "no answer within 600 s" in machine.run(wait, 2, share=0.05)


def test_one_that_does_nothing_has_failed_after_the_patience(machine: Machine, wait: Wait) -> None:
    assert machine.run(wait, PATIENCE_S - 1, share=0.0005) == ""
    assert machine.run(wait, 2, share=0.0005)
    assert wait.stalled


def test_one_that_stops_is_noticed_after_the_patience(machine: Machine, wait: Wait) -> None:
    assert machine.run(wait, 100, share=0.2) == ""
    assert machine.run(wait, PATIENCE_S - 1, share=0) == ""
    assert machine.run(wait, 2, share=0)
    assert wait.stalled


def test_the_work_of_a_thread_is_counted_and_that_of_others_is_not() -> None:
    began, ends = threading.Event(), threading.Event()
    idle = threading.Thread(target=lambda: (began.set(), ends.wait(60)))
    idle.start()
    began.wait(60)
    spent, own = spent_in(idle), spent_in(threading.current_thread())
    before, mine = spent(), own()
    while own() - mine < 0.05:
        pass
    assert spent() - before < 0.02
    ends.set()
    idle.join()
