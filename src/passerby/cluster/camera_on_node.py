"""One camera on a node of a cluster as the gateway sees it: placed, asked, and placed elsewhere when it is lost."""

from __future__ import annotations

import logging
import time
from typing import Any

from passerby.cluster.camera_work import Parcel
from passerby.cluster.engine import NoAnswer
from passerby.cluster.fleet import Fleet, Placed
from passerby.errors import OutputError, PasserbyError
from passerby.gateway import wire
from passerby.gateway.camera_host import HostListener
from passerby.gateway.camera_task import CameraTask
from passerby.gateway.hosted_camera import HostedCamera
from passerby.gateway.rate_limit import RateLimit
from passerby.health.status import CameraState, CameraStatus

BEGIN_S = 60.0
"""Starting a process on a node may take this long: it loads code."""
WAIT_S = 0.25
"""How long a node waits for something to send before it answers that there is nothing."""
POLL_S = 0.25
QUIET_S = 1.5
SILENCE_S = 5.0
"""A camera whose node does not answer for this long is placed on another one, if there is one."""
FAREWELL_S = 10.0
NO_ROOM_S = 2.0

log = logging.getLogger(__name__)


class CameraOnNode:
    """Keeps one camera running on some node; a `CameraHost`.

    Args:
        task: What it runs.
        listener: Where its messages and statuses go.
        fleet: The nodes.
    """

    def __init__(self, task: CameraTask, listener: HostListener, fleet: Fleet) -> None:
        self._camera = HostedCamera(task, listener, self._run)
        self._fleet = fleet
        self._kill_reason = ""

    @property
    def task(self) -> CameraTask:
        """What it runs."""
        return self._camera.task

    def start(self) -> None:
        """Start the camera; returns at once."""
        self._camera.thread.start()

    def stop(self) -> None:
        """Ask the camera to finish its recording and end; returns at once, see `join`."""
        self._camera.stopping.set()

    def join(self, timeout_s: float) -> None:
        """Wait until the camera has ended; a node that does not answer ends it by itself later."""
        self._camera.thread.join(timeout_s)
        self._fleet.forget(self.task.name)

    def status(self) -> CameraStatus:
        """Return how the camera is doing."""
        return self._camera.status

    def order(self, order: wire.CameraOrder) -> None:
        """Ask the camera for something."""
        self._camera.orders.put(order)

    def check(self) -> None:
        """Show notices while the camera gives no sign of life; called twice a second."""
        status = self._camera.status
        if status.state in {CameraState.DOWN, CameraState.NO_PICTURE} and not status.fps:
            self._camera.show_notices()

    def restart(self, reason: str) -> None:
        """End the camera's process at once; another one follows."""
        self._kill_reason = reason

    def _run(self) -> None:
        stopping = self._camera.stopping
        while not stopping.is_set():
            placed = self._fleet.place(self.task.camera)
            if isinstance(placed, str):
                self._camera.set_down(placed)
                stopping.wait(NO_ROOM_S)
                continue
            begun_s = time.monotonic()
            reason = self._run_on(placed)
            self._fleet.leave(self.task.name)
            if stopping.is_set():
                break
            node = placed.node.address
            log.error("camera_lost", extra={"camera": self.task.name, "node": node, "reason": reason})
            stopping.wait(self._camera.count_restart(f"node {node}: {reason}", lived_s=time.monotonic() - begun_s))

    def _run_on(self, placed: Placed) -> str:
        """Run the camera on a node until it is lost or stopped; return why it is lost."""
        self._kill_reason = ""
        self._camera.begin()
        engine = self._fleet.engine
        actor = None
        try:
            actor = self._fleet.spares.take(placed.node)
            engine.get(actor.begin.remote(self.task.to_json(), self._fleet.site, placed.epoch), timeout_s=BEGIN_S)
            reason = self._exchange(actor, placed)
            if self._camera.stopping.is_set() or reason == self._fleet.must_leave(placed) != "":
                engine.poll(actor.stop.remote(), timeout_s=FAREWELL_S)  # the recording is completed
        except PasserbyError as error:
            return " ".join(str(error).split())
        except Exception as error:  # noqa: BLE001 - whatever Ray raises costs a camera a restart, not its thread
            return f"its node cannot be used ({type(error).__name__})"
        else:
            return reason
        finally:
            if actor is not None:
                engine.end(actor)

    def _exchange(self, actor: Any, placed: Placed) -> str:  # noqa: ANN401 - Ray's
        """Exchange orders and messages until the camera is lost or stopped; return why, if it is lost."""
        acknowledged = 0
        limit = RateLimit(time.monotonic())
        heard_s = time.monotonic()
        asked = None
        while not self._camera.stopping.is_set():
            if reason := self._kill_reason or self._fleet.must_leave(placed):
                return reason
            if asked is None:
                orders = [wire.packed(self._camera.orders.get()) for _ in range(self._camera.orders.qsize())]
                asked = actor.exchange.remote(placed.epoch, orders, acknowledged, WAIT_S)
            answer = self._fleet.engine.poll(asked, timeout_s=POLL_S)
            if answer is NoAnswer.ENDED:
                return NoAnswer.ENDED.value
            if isinstance(answer, NoAnswer):
                if answer is NoAnswer.UNREACHABLE:
                    asked = None
                    self._camera.stopping.wait(POLL_S)
                silence_s = time.monotonic() - heard_s
                if silence_s > SILENCE_S and self._fleet.suspect(placed):
                    return f"no sign of life for {silence_s:.0f} s"
                if silence_s > QUIET_S:
                    self._camera.set_silent(time.time() - silence_s, answer.value)
                continue
            asked, heard_s = None, time.monotonic()
            try:
                acknowledged = self._receive(answer, placed, acknowledged, limit=limit)
            except OutputError as error:
                return str(error)
            if answer.ended:
                return str(answer.ended)
        return ""

    def _receive(self, answer: object, placed: Placed, acknowledged: int, *, limit: RateLimit) -> int:
        """Take what a node has sent, and return up to which number its readings have arrived.

        Raises:
            OutputError: It is of another camera or placement, not valid, or too much.
        """
        if not isinstance(answer, Parcel) or (answer.camera, answer.epoch) != (self.task.name, placed.epoch):
            msg = "what it sent is of another camera, or of an earlier placement; it was refused"
            raise OutputError(msg)
        for data in answer.messages:
            limit.spend(len(data), time.monotonic())
            self._camera.receive(wire.unpacked(data))
        for number, data in answer.readings:
            if number > acknowledged:  # repeated until acknowledged
                limit.spend(len(data), time.monotonic())
                self._camera.receive(wire.unpacked(data))
                acknowledged = number
        return acknowledged
