"""What tests leave behind is found when it computes on, and only then."""

from __future__ import annotations

import sys
import threading
import time

import pytest
from tests import leftovers
from tests.leftovers import Left, Leftovers
from tests.program import started
from tests.waiting import until


@pytest.fixture(autouse=True)
def _soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(leftovers, "BUSY_S", 0.05)


def later(looks: Leftovers, name: str) -> Left | None:
    """Look once more, after the tests of another module, and return what is busy under that name."""
    looks.look("tests/later.py")
    return next((each for each in looks.busy() if name in each.name), None)


def test_a_thread_that_goes_on_computing_is_named_with_its_module() -> None:
    over = threading.Event()
    looks = Leftovers()

    def compute() -> None:
        while not over.is_set():
            sum(range(1000))

    waiting = threading.Thread(target=over.wait, name="made-up-waiting")
    busy = threading.Thread(target=compute, name="made-up-busy")
    waiting.start()
    busy.start()
    looks.look("tests/first.py")
    found = until(lambda: later(looks, "made-up-busy"))
    assert found.module == "tests/first.py"
    assert later(looks, "made-up-waiting") is None
    over.set()
    busy.join()
    waiting.join()
    looks.look("tests/last.py")
    assert [each.name for each in looks.busy() if "made-up" in each.name] == ["made-up-busy"]  # also when it has ended


def test_a_process_that_goes_on_computing_is_named_by_its_command() -> None:
    looks = Leftovers()
    with started([sys.executable, "-c", "while True: sum(range(1000))"]):
        looks.look("tests/first.py")
        assert until(lambda: later(looks, "sum(range(1000))")).module == "tests/first.py"


def test_what_computes_during_its_own_module_is_no_leftover() -> None:
    looks = Leftovers()
    enough, over = threading.Event(), threading.Event()

    def compute() -> None:
        while time.thread_time() < 0.2:
            sum(range(1000))
        enough.set()
        over.wait()

    thread = threading.Thread(target=compute, name="made-up-done")
    thread.start()
    enough.wait()
    looks.look("tests/first.py")
    assert later(looks, "made-up-done") is None
    over.set()
    thread.join()
    assert later(looks, "made-up-done") is None
