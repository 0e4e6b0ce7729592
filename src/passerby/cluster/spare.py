"""A process on each node that waits for a camera: with it, a camera whose process or node has died returns sooner."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from typing import Any, Final

from passerby.cluster.camera_work import CameraWork
from passerby.cluster.engine import ClusterNode, Engine, NoAnswer

AT_ONCE: Final = 4
"""Methods of a camera's process on a node that may run at the same time."""
SPARE_MB: Final = 200.0
"""Memory of a spare process and of the one that it forks from, MB."""
READY_S: Final = 0.5
"""How long a spare process may take to answer; one that still starts is taken all the same."""
REST_S: Final = 10.0
"""After one was taken, its camera starts: the next one would take processor time from it."""


class SpareProcesses:
    """Starts one spare process on each node; its methods may be called from any thread.

    Args:
        engine: The cluster.
        monotonic: A clock that never goes back, s.
    """

    def __init__(self, engine: Engine, *, monotonic: Callable[[], float]) -> None:
        self._engine = engine
        self._monotonic = monotonic
        self._waiting: dict[str, Any] = {}
        self._rests_until_s: dict[str, float] = {}
        self._closed = False
        self._lock = threading.Lock()

    def tend(self, nodes: Mapping[str, ClusterNode]) -> None:
        """Start one on each node that has none, and end those on other nodes.

        Args:
            nodes: Those that may get cameras, by Ray's identifier.

        Raises:
            Exception: Whatever Ray raises when a process cannot be started.
        """
        now_s = self._monotonic()
        with self._lock:
            over = [self._waiting.pop(number) for number in list(self._waiting) if number not in nodes]
            resting = {number for number, until_s in self._rests_until_s.items() if until_s > now_s}
            lacking = [node for number, node in nodes.items() if number not in self._waiting.keys() | resting]
        for each in over:
            self._engine.end(each)
        for node in lacking:
            made = self._engine.actor(node, CameraWork, at_once=AT_ONCE)
            made.warm.remote()
            with self._lock:
                if not self._closed:
                    self._waiting[node.number] = made
                    continue
            self._engine.end(made)

    def take(self, node: ClusterNode) -> Any:  # noqa: ANN401 - Ray's
        """Return a process on a node that can begin with a camera: the one that waits, or else a new one."""
        with self._lock:
            spare = self._waiting.pop(node.number, None)
            self._rests_until_s[node.number] = self._monotonic() + REST_S
        if spare is not None:
            answer = self._engine.poll(spare.ready.remote(), timeout_s=READY_S)
            if answer is True or answer is NoAnswer.SILENT:
                return spare
            self._engine.end(spare)
        return self._engine.actor(node, CameraWork, at_once=AT_ONCE)

    def close(self) -> None:
        """End them."""
        with self._lock:
            self._closed = True
            waiting, self._waiting = list(self._waiting.values()), {}
        for each in waiting:
            self._engine.end(each)
