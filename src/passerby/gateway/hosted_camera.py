"""What every host of a camera shares: its thread, orders that wait, its streams, and its status across restarts."""

from __future__ import annotations

import queue
import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import replace

from passerby.gateway import wire
from passerby.gateway.camera_host import HostListener
from passerby.gateway.camera_task import CameraTask
from passerby.gateway.standby import StreamSwitch
from passerby.health.status import CameraState, CameraStatus, Redaction
from passerby.outputs.stream.live_hub import Demand
from passerby.outputs.stream.packet import StreamPacket

BACK_OFF_S = (0.0, 0.5, 1.0, 2.0, 5.0, 10.0)
"""Delays before a process that ended is started again; they grow while it keeps ending soon."""
LONG_LIFE_S = 30.0


class HostedCamera:
    """One camera of a host, from the gateway's side; its processes come and go.

    Args:
        task: What it runs.
        listener: Where its messages and statuses go.
        run: Starts the camera's process again and again until `stopping` is set; runs in a thread of its own.
    """

    def __init__(self, task: CameraTask, listener: HostListener, run: Callable[[], None]) -> None:
        self.task = task
        self.name = task.name
        self.orders: queue.SimpleQueue[wire.CameraOrder] = queue.SimpleQueue()
        self.stopping = threading.Event()
        self.thread = threading.Thread(target=run, name=f"passerby-{task.name}", daemon=True)
        self._listener = listener
        self._switch = StreamSwitch(task.camera.delay_s, lambda packet: listener.message(task.name, packet))
        self._failures = 0
        self._restarts = 0
        self._before = CameraStatus(task.name)
        self._status = CameraStatus(task.name, since_s=time.time())

    @property
    def status(self) -> CameraStatus:
        """How the camera is doing; its counters continue those of earlier processes."""
        return self._status

    def begin(self) -> None:
        """Switch to a process that has just started, and order what viewers want at present."""
        self._switch.begin(time.time())
        for order in self._listener.wanted(self.name):
            self.orders.put(order)

    def receive(self, message: wire.Message) -> None:
        """Take what the camera's process has sent."""
        if isinstance(message, StreamPacket):
            if not self._switch.show_packet(message):
                self.orders.put(wire.CameraOrder(Demand.KEY, message.stream))
        elif isinstance(message, CameraStatus):
            self._set_status(added(self._before, message))
        else:
            self._listener.message(self.name, message)

    def set_down(self, reason: str) -> None:
        """Report that the camera does not run."""
        self._set_status(self._without_picture(CameraState.DOWN, reason, time.time()))

    def set_silent(self, since_s: float, reason: str) -> None:
        """Report that there is no picture, but that there may be one again without a restart.

        Args:
            since_s: UTC since 1970, s.
            reason: Why, in one line.
        """
        self._set_status(self._without_picture(CameraState.NO_PICTURE, reason, since_s))

    def count_restart(self, reason: str, *, lived_s: float) -> float:
        """Report that the process has ended, hold on to its counters, and return the delay before the next one, s.

        Args:
            reason: Why it ended, in one line.
            lived_s: How long it ran, s.
        """
        self._failures = 1 if lived_s > LONG_LIFE_S else self._failures + 1
        self._restarts += 1
        self.set_down(reason)
        self._before = self._status
        return BACK_OFF_S[min(self._failures, len(BACK_OFF_S)) - 1]

    def show_notices(self) -> None:
        """Show why there is no picture, in the streams that have viewers."""
        streams = [order.stream for order in self._listener.wanted(self.name) if order.demand]
        self._switch.show_notices(streams, self._status, time.time())

    def _without_picture(self, state: CameraState, reason: str, since_s: float) -> CameraStatus:
        before = self._status
        gone = replace(before, fps=0.0, lag_ms=0.0, faults=frozenset(), redaction=Redaction.NONE)
        return replace(gone, state=state, since_s=before.since_s if before.state is state else since_s, detail=reason)

    def _set_status(self, status: CameraStatus) -> None:
        """Report a status, also one that has not changed: what is published must last, which repeats show."""
        self._status = replace(status, camera=self.name, restarts=max(self._restarts, status.restarts))
        self._listener.status(self._status)


def added(before: CameraStatus, now: CameraStatus) -> CameraStatus:
    """Return a status whose counters continue those of the earlier processes."""
    return replace(
        now,
        frames_total=before.frames_total + now.frames_total,
        withheld=dict(Counter(before.withheld) + Counter(now.withheld)),
        latency_counts=tuple(a + b for a, b in zip(before.latency_counts, now.latency_counts, strict=True)),
        latency_sum_s=before.latency_sum_s + now.latency_sum_s,
        self_tests=before.self_tests + now.self_tests,
        self_tests_failed=before.self_tests_failed + now.self_tests_failed,
    )
