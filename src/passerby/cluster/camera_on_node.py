"""One camera on a node of a cluster as the gateway sees it: placed, asked, and placed elsewhere when it is lost."""

from __future__ import annotations

import logging
import queue
import threading
import time
from dataclasses import replace
from typing import Any

from passerby.cluster.camera_work import CameraWork, Parcel
from passerby.cluster.engine import NoAnswer
from passerby.cluster.fleet import Fleet, Placed
from passerby.errors import OutputError, PasserbyError
from passerby.gateway import wire
from passerby.gateway.camera_host import HostListener
from passerby.gateway.camera_process import BACK_OFF_S, LONG_LIFE_S, added
from passerby.gateway.camera_task import CameraTask
from passerby.gateway.rate_limit import RateLimit
from passerby.gateway.standby import StreamSwitch
from passerby.health.status import CameraState, CameraStatus, Redaction
from passerby.outputs.stream.live_hub import Demand
from passerby.outputs.stream.packet import StreamPacket

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
        self._task = task
        self._listener = listener
        self._fleet = fleet
        self._orders: queue.SimpleQueue[wire.CameraOrder] = queue.SimpleQueue()
        self._stop = threading.Event()
        self._kill_reason = ""
        self._switch = StreamSwitch(task.camera.delay_s, lambda packet: listener.message(task.name, packet))
        self._restarts = 0
        self._before = CameraStatus(task.name)
        self._status = CameraStatus(task.name, since_s=time.time())
        self._thread = threading.Thread(target=self._run, name=f"passerby-{task.name}", daemon=True)

    @property
    def task(self) -> CameraTask:
        """What it runs."""
        return self._task

    def start(self) -> None:
        """Start the camera; returns at once."""
        self._thread.start()

    def stop(self) -> None:
        """Ask the camera to finish its recording and end; returns at once, see `join`."""
        self._stop.set()

    def join(self, timeout_s: float) -> None:
        """Wait until the camera has ended; a node that does not answer ends it by itself later."""
        self._thread.join(timeout_s)
        self._fleet.forget(self._task.name)

    def status(self) -> CameraStatus:
        """Return how the camera is doing."""
        return self._status

    def order(self, order: wire.CameraOrder) -> None:
        """Ask the camera for something."""
        self._orders.put(order)

    def check(self) -> None:
        """Show notices while the camera gives no sign of life; called twice a second."""
        if self._status.state in {CameraState.DOWN, CameraState.NO_PICTURE} and not self._status.fps:
            streams = [order.stream for order in self._listener.wanted(self._task.name) if order.demand]
            self._switch.show_notices(streams, self._status, time.time())

    def restart(self, reason: str) -> None:
        """End the camera's process at once; another one follows."""
        self._kill_reason = reason

    def _run(self) -> None:
        failures = 0
        while not self._stop.is_set():
            placed = self._fleet.place(self._task.camera)
            if isinstance(placed, str):
                self._set_down(placed)
                self._stop.wait(NO_ROOM_S)
                continue
            begun_s = time.monotonic()
            reason = self._run_on(placed)
            self._fleet.leave(self._task.name)
            if self._stop.is_set():
                break
            failures = 1 if time.monotonic() - begun_s > LONG_LIFE_S else failures + 1
            log.error("camera_lost", extra={"camera": self._task.name, "node": placed.node.address, "reason": reason})
            self._restarts += 1
            self._set_down(f"node {placed.node.address}: {reason}")
            self._before = self._status
            self._stop.wait(BACK_OFF_S[min(failures, len(BACK_OFF_S)) - 1])

    def _run_on(self, placed: Placed) -> str:
        """Run the camera on a node until it is lost or stopped; return why it is lost."""
        self._kill_reason = ""
        self._switch.begin(time.time())
        for order in self._listener.wanted(self._task.name):
            self.order(order)
        engine = self._fleet.engine
        actor = None
        try:
            actor = engine.actor(placed.node, CameraWork, self._task.name, placed.epoch, at_once=4)
            engine.get(actor.begin.remote(self._task.to_json(), self._fleet.site), timeout_s=BEGIN_S)
            reason = self._exchange(actor, placed)
            if self._stop.is_set() or reason == self._fleet.must_leave(placed) != "":
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
        while not self._stop.is_set():
            if reason := self._kill_reason or self._fleet.must_leave(placed):
                return reason
            if asked is None:
                orders = [wire.packed(self._orders.get()) for _ in range(self._orders.qsize())]
                asked = actor.exchange.remote(placed.epoch, orders, acknowledged, WAIT_S)
            answer = self._fleet.engine.poll(asked, timeout_s=POLL_S)
            if answer is NoAnswer.ENDED:
                return NoAnswer.ENDED.value
            if isinstance(answer, NoAnswer):
                if answer is NoAnswer.UNREACHABLE:
                    asked = None
                    self._stop.wait(POLL_S)
                silence_s = time.monotonic() - heard_s
                if silence_s > SILENCE_S and self._fleet.suspect(placed):
                    return f"no sign of life for {silence_s:.0f} s"
                if silence_s > QUIET_S:
                    self._set_quiet(time.time() - silence_s, answer.value)
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
        if not isinstance(answer, Parcel) or (answer.camera, answer.epoch) != (self._task.name, placed.epoch):
            msg = "what it sent is of another camera, or of an earlier placement; it was refused"
            raise OutputError(msg)
        for data in answer.messages:
            limit.spend(len(data), time.monotonic())
            self._take(wire.unpacked(data))
        for number, data in answer.readings:
            if number > acknowledged:  # repeated until acknowledged
                limit.spend(len(data), time.monotonic())
                self._take(wire.unpacked(data))
                acknowledged = number
        return acknowledged

    def _take(self, message: wire.Message) -> None:
        if isinstance(message, StreamPacket):
            if not self._switch.show_packet(message):
                self.order(wire.CameraOrder(Demand.KEY, message.stream))
        elif isinstance(message, CameraStatus):
            self._set_status(added(self._before, message))
        else:
            self._listener.message(self._task.name, message)

    def _set_down(self, reason: str) -> None:
        self._set_status(self._without_picture(CameraState.DOWN, reason, time.time()))

    def _set_quiet(self, since_s: float, reason: str) -> None:
        self._set_status(self._without_picture(CameraState.NO_PICTURE, reason, since_s))

    def _without_picture(self, state: CameraState, reason: str, since_s: float) -> CameraStatus:
        before = self._status
        gone = replace(before, fps=0.0, lag_ms=0.0, faults=frozenset(), redaction=Redaction.NONE)
        return replace(gone, state=state, since_s=before.since_s if before.state is state else since_s, detail=reason)

    def _set_status(self, status: CameraStatus) -> None:
        now = replace(status, camera=self._task.name, restarts=max(self._restarts, status.restarts))
        if now != self._status:
            self._status = now
            self._listener.status(now)
