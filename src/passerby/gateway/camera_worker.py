"""One camera's process: reads its feed, sends covered packets, and gives a sign of life twice a second."""

from __future__ import annotations

import ctypes
import gc
import os
import queue
import threading
import time
from collections import deque
from collections.abc import Callable
from contextlib import closing, suppress
from dataclasses import replace
from multiprocessing.connection import Connection
from pathlib import Path
from typing import NoReturn

from passerby.assembly.camera import live_loop
from passerby.errors import PasserbyError, UsageError
from passerby.gateway import wire
from passerby.gateway.camera_task import CameraTask
from passerby.gateway.sinks import sinks_of
from passerby.health.status import CameraStatus
from passerby.outputs.stream.camera_streams import CameraStreams
from passerby.outputs.stream.live_hub import Demand
from passerby.outputs.stream.packet import StreamName, StreamPacket
from passerby.outputs.stream.wall import WallPicture
from passerby.process.core_dump import forbid_core_dumps
from passerby.process.log_line import log_to_terminal
from passerby.settings.site.site import SiteSettings

BEAT_S = 0.5
FAREWELL_S = 5.0
RELEASE_S = 15.0
_M_MMAP_THRESHOLD, _M_ARENA_MAX = -3, -8  # of glibc's malloc.h
NICENESS = 5
"""Priority of a camera's process: a third of the gateway's share of a core that both want (Linux, `sched(7)`)."""
WAITING_MESSAGES = 100
"""When this many messages wait for the gateway, packets are dropped until the next keyframe."""
MOST_MESSAGES = 10_000
"""Statuses and readings of over an hour; beyond that the oldest are dropped."""


def work(task: str, state_folder: str, pipe: Connection) -> NoReturn:
    """Run one camera until the gateway ends or stops it, or until it cannot continue; then send the reason.

    Args:
        task: A `CameraTask` as JSON.
        state_folder: Where this machine keeps compiled networks, recordings and their key.
        pipe: To the gateway.
    """
    forbid_core_dumps()
    log_to_terminal()
    _give_way()
    _release_memory_at_once()
    orders = _Orders(pipe)
    outbox = Outbox(pipe)
    try:
        _run(CameraTask.from_json(task), Path(state_folder), orders, outbox=outbox)
        os._exit(0)
    except PasserbyError as error:
        reason = str(error)
    except Exception as error:  # noqa: BLE001 - a bug costs one camera a restart, and is reported in one line
        reason = f"{type(error).__name__}: {error}; this is a bug in passerby"
    outbox.finish(wire.Ending(" ".join(reason.split())))
    os._exit(1)  # a feed or detector that hangs in another thread must not keep the process alive


def _give_way() -> None:
    """Let the gateway's own process go first: pages, alerts and the audit log answer also when cameras take all cores.

    A camera that gets too little time covers its pictures whole, and says so.
    """
    os.nice(max(0, NICENESS - os.nice(0)))


def _release_memory_at_once() -> None:
    """Let the C library return freed pictures to the system at once; by default it keeps tens of megabytes."""
    with suppress(OSError, AttributeError):  # a C library other than glibc
        mallopt = ctypes.CDLL(None).mallopt
        mallopt(_M_MMAP_THRESHOLD, 1 << 18)
        mallopt(_M_ARENA_MAX, 2)


def _release_memory() -> None:
    """Return the memory that loading the networks left free between what stays in use: about 20 MB."""
    with suppress(OSError, AttributeError):  # as above
        ctypes.CDLL(None).malloc_trim(0)


def _run(task: CameraTask, state_folder: Path, orders: _Orders, *, outbox: Outbox) -> None:
    if task.problem:
        raise UsageError(task.problem)
    offset_s = time.time() - time.monotonic()
    camera = task.camera
    alone = SiteSettings(
        site=camera.name, state_folder=state_folder, cameras=(camera,), recording=task.recording
    )  # the node's own folders

    with closing(sinks_of(alone, camera)) as sinks:
        streams = CameraStreams(kbit=camera.bitrate_kbit, rate=camera.max_fps, always_full=bool(sinks))
        loop = live_loop(
            camera,
            masks=task.masks,
            places=task.places,
            plan=task.plan,
            state_folder=state_folder,
            clock=lambda: time.monotonic() + offset_s,
        )
        heartbeat = _Heartbeat(lambda: replace(loop.status(problem=sinks.problem), tries=sinks.tries), outbox)
        gc.freeze()  # what is loaded by now stays, so the collector need not visit it twice a second
        for shown in loop.pictures():
            if not orders.carry_out(streams, loop.cover_whole):
                return
            if sinks.want_key:
                streams.demand(StreamName.FULL, Demand.KEY)
            for stream in tuple(outbox.lost):
                streams.demand(stream, Demand.KEY)
            if shown is not None:
                for packet in streams.packets(shown.frame, shown.redaction):
                    sinks.write(packet)
                    outbox.send(packet)
                if (small := streams.wall(shown.frame, shown.redaction)) is not None:
                    outbox.send(small)
            measured, maps = loop.readings(), loop.foot_maps()
            if measured or maps:
                outbox.send(wire.Measured(tuple(measured), tuple(maps)))
            heartbeat.send_when_due()


class _Orders:
    """What the gateway asks for; the process ends when the gateway does."""

    def __init__(self, pipe: Connection) -> None:
        self._pipe = pipe
        self._waiting: queue.SimpleQueue[wire.CameraOrder] = queue.SimpleQueue()
        threading.Thread(target=self._listen, name="passerby-orders", daemon=True).start()

    def stop(self) -> None:
        """Ask the loop to end."""
        self._waiting.put(wire.CameraOrder(stop=True))

    def carry_out(self, streams: CameraStreams, cover_whole: Callable[[float, str], None]) -> bool:
        """Do what was asked; return whether to continue."""
        while not self._waiting.empty():
            order = self._waiting.get()
            if order.stop:
                return False
            if order.demand is not None:
                streams.demand(order.stream, order.demand)
            if order.cover_s:
                cover_whole(order.cover_s, order.cover_reason)
            if order.mosaic is not None:
                streams.mosaic = order.mosaic
        return True

    def _listen(self) -> None:
        try:
            while True:
                self._waiting.put(wire.order(self._pipe.recv_bytes()))
        except (EOFError, OSError, PasserbyError):
            self.stop()
        time.sleep(FAREWELL_S)  # so that the recording can be completed
        os._exit(0)


class _Heartbeat:
    """Sends the camera's status to the gateway as a sign of life."""

    def __init__(self, status: Callable[[], CameraStatus], outbox: Outbox) -> None:
        self._status = status
        self._outbox = outbox
        self._next_s = 0.0
        self._released_s = time.monotonic()

    def send_when_due(self) -> None:
        now_s = time.monotonic()
        if now_s - self._released_s >= RELEASE_S:
            self._released_s = now_s
            _release_memory()
        if now_s >= self._next_s:
            self._next_s = now_s + BEAT_S
            gc.collect()  # PyAV's pictures form reference cycles: without this, hundreds of MB of them pile up
            self._outbox.send(self._status())


class Outbox:
    """Sends messages in a thread of its own, so that a slow gateway never delays covering.

    Args:
        pipe: To the gateway.
    """

    def __init__(self, pipe: Connection) -> None:
        self.lost: set[StreamName] = set()
        self._pipe = pipe
        self._waiting: deque[wire.Message] = deque()
        self._more = threading.Condition()
        self._idle = True
        threading.Thread(target=self._run, name="passerby-send", daemon=True).start()

    def send(self, message: wire.Message) -> None:
        """Send a message; when too many wait, pictures are dropped, and then packets until the next keyframe."""
        with self._more:
            if len(self._waiting) >= WAITING_MESSAGES:
                kept = [each for each in self._waiting if not isinstance(each, StreamPacket | WallPicture)]
                self._waiting = deque(kept, maxlen=MOST_MESSAGES)
                self.lost |= set(StreamName)
            if isinstance(message, StreamPacket):
                if message.stream in self.lost and not message.key:
                    return
                self.lost.discard(message.stream)
            self._waiting.append(message)
            self._more.notify()

    def finish(self, message: wire.Message, patience_s: float = 1.0) -> None:
        """Send a last message and wait a moment until it has been sent."""
        self.send(message)
        until_s = time.monotonic() + patience_s
        with self._more:
            while not (self._idle and not self._waiting) and time.monotonic() < until_s:
                self._more.wait(0.05)

    def _run(self) -> None:
        try:
            while True:
                with self._more:
                    self._idle = not self._waiting
                    while not self._waiting:
                        self._more.wait()
                    message = self._waiting.popleft()
                    self._idle = False
                self._pipe.send_bytes(wire.packed(message))
        except OSError:
            return  # the gateway is gone; the thread that listens to it ends the process
