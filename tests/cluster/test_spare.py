"""A process waits on each node for a camera; one that has died is no camera's, and a busy start is left alone."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import pytest
from tests.cluster.test_camera_on_node import Method, node

from passerby.cluster.camera_work import CameraWork
from passerby.cluster.engine import ClusterNode, NoAnswer
from passerby.cluster.spare import REST_S, SpareProcesses

ONE, TWO = node("1"), node("2")
BOTH = {"1": ONE, "2": TWO}


@dataclass(eq=False)
class Process:
    where: ClusterNode
    answer: object = True
    warmed: int = 0
    ended: bool = False
    warm: Method = field(init=False)
    ready: Method = field(init=False)

    def __post_init__(self) -> None:
        self.warm = Method(self._warm)
        self.ready = Method(lambda: self.answer)

    def _warm(self) -> None:
        self.warmed += 1


class Started:
    """A cluster without Ray."""

    def __init__(self) -> None:
        self.processes: list[Process] = []

    def actor(self, where: ClusterNode, kind: type, *, at_once: int) -> Process:
        assert (kind, at_once > 1) == (CameraWork, True)
        self.processes.append(Process(where))
        return self.processes[-1]

    def poll(self, reference: object, *, timeout_s: float) -> object:
        return reference

    def end(self, process: Process) -> None:
        process.ended = True

    @property
    def waiting(self) -> list[str]:
        return [each.where.number for each in self.processes if each.warmed and not each.ended]


class Clock:
    now_s = 100.0

    def __call__(self) -> float:
        return self.now_s


@pytest.fixture
def cluster() -> Started:
    return Started()


def spares(cluster: Started, clock: Clock) -> SpareProcesses:
    made = SpareProcesses(cluster, monotonic=clock)  # type: ignore[arg-type]
    made.tend(BOTH)
    return made


def test_each_node_has_one_which_the_next_camera_gets(cluster: Started) -> None:
    clock = Clock()
    made = spares(cluster, clock)
    made.tend(BOTH)
    assert cluster.waiting == ["1", "2"]
    assert made.take(TWO) is cluster.processes[1]
    new: Any = made.take(TWO)
    assert (new.where, new.warmed) == (TWO, 0)
    assert new not in cluster.processes[:2]


def test_after_a_camera_took_one_the_next_one_starts_later(cluster: Started) -> None:
    clock = Clock()
    made = spares(cluster, clock)
    made.take(ONE)
    made.tend(BOTH)
    assert cluster.waiting == ["1", "2"]
    clock.now_s += REST_S + 1
    made.tend(BOTH)
    assert cluster.waiting == ["1", "2", "1"]


@pytest.mark.parametrize("answer", [NoAnswer.ENDED, NoAnswer.UNREACHABLE, False])
def test_one_that_has_died_or_has_a_camera_is_not_taken(cluster: Started, answer: object) -> None:
    made = spares(cluster, Clock())
    cluster.processes[0].answer = answer
    new: Any = made.take(ONE)
    assert new is cluster.processes[2]
    assert cluster.processes[0].ended


def test_one_that_still_starts_is_ahead_of_a_new_one(cluster: Started) -> None:
    made = spares(cluster, Clock())
    cluster.processes[0].answer = NoAnswer.SILENT
    assert made.take(ONE) is cluster.processes[0]


def test_they_end_with_their_node_and_with_the_gateway(cluster: Started) -> None:
    made = spares(cluster, Clock())
    made.tend({"1": ONE})
    assert cluster.waiting == ["1"]
    made.close()
    assert cluster.waiting == []
    made.tend({"2": TWO})  # the thread that tends was just about to
    assert cluster.waiting == []
