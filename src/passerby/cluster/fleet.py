"""The nodes of a cluster as one gateway sees them: who may run cameras, and which camera runs where."""

from __future__ import annotations

import logging
import os
import socket
import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from passerby.cluster.engine import ClusterNode, Engine
from passerby.cluster.node_info import node_info
from passerby.cluster.node_report import REPORTED_CLOCK_S, NodeReport, why_clock_refused
from passerby.cluster.placement import CameraPlacement, Cost, Room
from passerby.cluster.reach import TRY_S, CameraReach
from passerby.cluster.site_claim import SiteState
from passerby.cluster.spare import SPARE_MB, SpareProcesses
from passerby.errors import PasserbyError
from passerby.gateway.camera_host import HostListener
from passerby.gateway.capacity import need_of_camera
from passerby.gateway.cluster_source import ClusterInfo, NodeInfo, NodeState
from passerby.health.status import CameraStatus
from passerby.settings.site.camera import CameraSettings

REFRESH_S = 1.0
SUSPECT_S = 10.0
"""A node that went silent gets no camera for so long after it has last done so."""
REPORT_S = 30.0
"""A node that is new may take this long to report what it has: it loads code and hashes networks."""
ASK_AGAIN_S = 60.0
"""A node that was refused is asked again after this time: its clock may be right by then."""
ACTOR_MB = 150.0
"""Memory of what runs beside a camera's process on a node, MB: its actor (102, PSS), and the process that forks."""

UNREACHED = f"it gave no picture there for {TRY_S:.0f} s; it is tried on another node"
MOST_PLACED = 10_000
"""Placements that are remembered until the database has them."""

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Placed:
    """Where a camera runs.

    Args:
        node: The node.
        epoch: A number that grows with each placement.
        camera: Its name.
    """

    node: ClusterNode
    epoch: int
    camera: str = ""


class Fleet:
    """Knows the nodes, and places cameras on them; its methods may be called from any thread.

    Args:
        site: Name of the site.
        engine: The cluster.
        clock: The system's clock, UTC since 1970, s.
        monotonic: A clock that never goes back, s.
    """

    def __init__(
        self, site: str, engine: Engine, *, clock: Callable[[], float], monotonic: Callable[[], float]
    ) -> None:
        self.engine = engine
        self.spares = SpareProcesses(engine, monotonic=monotonic)
        self.site = site
        self._clock = clock
        self._monotonic = monotonic
        self._placement = CameraPlacement()
        self._seen: dict[str, ClusterNode] = {}
        self._fit: dict[str, ClusterNode] = {}
        self._reports: dict[str, NodeReport] = {}
        self._placed: deque[tuple[str, int]] = deque(maxlen=MOST_PLACED)
        self._refused: dict[str, tuple[str, float]] = {}
        self._drained: frozenset[str] = frozenset()
        self._suspects: dict[str, float] = {}
        self._cameras: dict[str, Cost] = {}
        self._reach = CameraReach()
        self._epoch = 0
        self._lock = threading.Lock()
        self._stopped = threading.Event()
        self.describe: Callable[[], ClusterInfo] | None = None
        """Returns how the nodes are, for whoever asks the cluster; may be set later."""

    def refresh(self) -> None:
        """Take nodes that have come and gone; a node that is new is asked what it has.

        Raises:
            PasserbyError: The first node does not answer: everything stays as it is.
        """
        seen = {node.number: node for node in self.engine.nodes() if node.cores >= 1 or not node.alive}
        found = {number: node for number, node in seen.items() if node.alive}
        drained = self.engine.drained()
        with self._lock:
            self._drained, self._seen = drained, seen
            for number in [number for number in self._fit if number not in found]:
                self._placement.remove(number)
                del self._fit[number]
            again_s = self._monotonic() - ASK_AGAIN_S
            late = {number for number, (_, at_s) in self._refused.items() if at_s > again_s}
            fresh = [node for number, node in found.items() if number not in self._fit and number not in late]
        for node in fresh:
            report = self.engine.report(node, timeout_s=REPORT_S)
            with self._lock:
                before, _ = self._refused.pop(node.number, ("", 0.0))
                if isinstance(report, NodeReport):
                    self._fit[node.number] = node
                    self._reports[node.number] = report
                    self._placement.add(Room(node.number, node.cores, report.memory_mb - SPARE_MB))
                    log.info("node_joined", extra={"node": node.address})
                    if abs(report.ahead_s) > REPORTED_CLOCK_S:
                        more = {"node": node.address, "ahead_s": round(report.ahead_s, 1)}
                        log.warning("node_clock_differs", extra=more)
                    continue
                self._refused[node.number] = report, self._monotonic()
                if report != before:
                    log.warning("node_refused", extra={"node": node.address, "reason": report})

    def place(self, camera: CameraSettings) -> Placed | str:
        """Choose a node for a camera; it counts there until it leaves or is placed again.

        Returns:
            Where it runs from now on, or why it cannot run.
        """
        cost = cost_of(camera)
        with self._lock:
            self._cameras[camera.name] = cost
            avoided = self._avoided()
            node = self._placement.place(camera.name, cost, avoid=avoided | self._reach.tried(camera.name))
            if node is None:
                node = self._placement.place(camera.name, cost, avoid=avoided)
            if node is None:
                return self._placement.why_full(cost)
            self._reach.place(camera.name, node)
            self._epoch = max(self._epoch + 1, int(self._clock() * 1e9))
            self._placed.append((camera.name, self._epoch))
            return Placed(self._fit[node], self._epoch, camera.name)

    def leave(self, camera: str) -> None:
        """Release what a camera has reserved."""
        with self._lock:
            self._placement.leave(camera)

    def forget(self, camera: str) -> None:
        """Release a camera that is no longer of the site."""
        with self._lock:
            self._placement.leave(camera)
            self._cameras.pop(camera, None)
            self._reach.forget(camera)

    def must_leave(self, placed: Placed) -> str:
        """Return why a camera must leave its node in order ("" = it may stay)."""
        with self._lock:
            refused, _ = self._refused.get(placed.node.number, ("", 0.0))
            if refused:
                return refused
            if placed.node.number in self._drained:
                return "its node is drained"
            others = lambda: self._fit.keys() - self._avoided()  # noqa: E731
            return UNREACHED if self._reach.must_try_other(placed.camera, others, self._monotonic()) else ""

    def watching(self, listener: HostListener) -> HostListener:
        """Return a listener that also notes here which cameras give a picture."""

        def status(given: CameraStatus) -> None:
            with self._lock:
                self._reach.note(given, self._monotonic())
            listener.status(given)

        return replace(listener, status=status)

    def suspect(self, placed: Placed) -> bool:
        """Note that a node gives no sign of life; return whether there is another one to move to."""
        with self._lock:
            self._suspects[placed.node.number] = self._monotonic()
            return any(number not in self._avoided() for number in self._fit)

    def note_clock(self, node: str, ahead_s: float) -> None:
        """Note by how much a node's clock is ahead; a node that is too far off loses its cameras to others."""
        if not (reason := why_clock_refused(ahead_s)):
            return
        with self._lock:
            if self._fit.pop(node, None) is not None:
                self._placement.remove(node)
                self._refused[node] = reason, self._monotonic()
                log.warning("node_refused", extra={"node": self._seen[node].address, "reason": reason})

    def fit(self) -> dict[str, ClusterNode]:
        """Return the nodes that may take part, by Ray's identifier."""
        with self._lock:
            return dict(self._fit)

    def placed(self) -> list[tuple[str, int]]:
        """Return the placements that were made last: camera and epoch."""
        with self._lock:
            return list(self._placed)

    def nodes(self) -> dict[str, NodeInfo]:
        """Return what is known of the nodes, by Ray's identifier; of those that are gone, the last at each address."""
        with self._lock:
            cameras = self._placement.by_node()
            there = {node.address for node in self._seen.values() if node.alive}
            gone = {node.address: number for number, node in self._seen.items() if node.address not in there}
            return {
                number: node_info(
                    node,
                    self._reports.get(number),
                    self._state(number, node),
                    (tuple(cameras.get(number, ())), self._placement.used(number)),
                )
                for number, node in self._seen.items()
                if node.alive or gone.get(node.address) == number
            }

    def _state(self, number: str, node: ClusterNode) -> tuple[NodeState, str]:
        """Return how a node is, and why it is refused or gets no camera."""
        if not node.alive:
            return NodeState.GONE, ""
        if number in self._refused:
            return NodeState.REFUSED, self._refused[number][0]
        if number not in self._fit:
            return NodeState.NEW, ""
        if number in self._drained:
            return NodeState.DRAINED, ""
        return NodeState.OK, self._placement.why_small(number, set(self._cameras.values()))

    def state(self) -> SiteState:
        """Return where the cameras are."""
        with self._lock:
            where = {camera: self._placement.node_of(camera) for camera in sorted(self._cameras)}
            known = {camera: self._fit.get(node or "") for camera, node in where.items()}
            cameras = {camera: "" if node is None else node.address for camera, node in known.items()}
        return SiteState(self.site, socket.gethostname(), os.getpid(), cameras)

    def run(self, claim: Any) -> None:  # noqa: ANN401 - Ray's
        """Refresh again and again, and publish where the cameras are, until `stop`."""
        failed = ""
        while not self._stopped.wait(REFRESH_S):
            try:
                self.refresh()
                self.spares.tend(self._open())
                known = None if self.describe is None else self.describe()
                claim.set_state.remote(replace(self.state(), cluster=known))
                failed = ""
            except Exception as error:  # noqa: BLE001 - Ray's own: what runs goes on, and is asked directly
                reason = str(error) if isinstance(error, PasserbyError) else type(error).__name__
                if reason != failed:
                    log.warning("cluster_not_known", extra={"reason": reason})
                failed = reason

    def stop(self) -> None:
        """End `run`."""
        self._stopped.set()

    def _open(self) -> dict[str, ClusterNode]:
        """Return the nodes that may get cameras at present."""
        with self._lock:
            avoided = self._avoided()
            return {number: node for number, node in self._fit.items() if number not in avoided}

    def _avoided(self) -> frozenset[str]:
        now_s = self._monotonic()
        silent = {number for number, at_s in self._suspects.items() if now_s - at_s < SUSPECT_S}
        return self._drained | silent


def cost_of(camera: CameraSettings) -> Cost:
    """Return what a camera costs a node, with what Ray runs beside it."""
    need = need_of_camera(camera)
    return Cost(need.cores, need.memory_mb + ACTOR_MB)
