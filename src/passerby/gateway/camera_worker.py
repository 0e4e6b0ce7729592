"""One camera's process: feed in, covered packets out, and a sign of life twice a second."""

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
from dataclasses import dataclass, replace
from multiprocessing.connection import Connection
from typing import NoReturn

from passerby.assembly.camera import live_loop
from passerby.errors import PasserbyError
from passerby.gateway import wire
from passerby.gateway.sinks import sinks_of
from passerby.health.status import CameraStatus
from passerby.outputs.stream.camera_streams import CameraStreams
from passerby.outputs.stream.live_hub import Demand
from passerby.outputs.stream.packet import StreamName, StreamPacket
from passerby.outputs.stream.wall import WallPicture
from passerby.process.core_dump import forbid_core_dumps
from passerby.process.log_line import log_to_terminal
from passerby.settings.site.camera import CameraSettings
from passerby.settings.site.site import SiteSettings

BEAT_S = 0.5
FAREWELL_S = 5.0
TIDY_S = 15.0
_M_MMAP_THRESHOLD, _M_ARENA_MAX = -3, -8  # of glibc's malloc.h
WAITING_MESSAGES = 100
"""A gateway that is this far behind loses packets, until the next key picture."""
MOST_MESSAGES = 10_000
"""Statuses and readings of over an hour; beyond, the oldest go."""


@dataclass(frozen=True, slots=True)
class CameraTask:
    """What a camera's process is told when it starts.

    Args:
        camera: The camera's settings, secrets included.
        site: What it needs to know of the site; no other camera's secrets.
        digest: Of its masks and places: with other ones it is another task.
    """

    camera: CameraSettings
    site: SiteSettings
    digest: str = ""


def work(task: CameraTask, pipe: Connection) -> NoReturn:
    """Run one camera until the gateway goes or stops it, or it cannot go on; then say why."""
    forbid_core_dumps()
    log_to_terminal()
    _spare_memory()
    orders = _Orders(pipe)
    outbox = Outbox(pipe)
    try:
        _run(task, orders, outbox)
        os._exit(0)
    except PasserbyError as error:
        reason = str(error)
    except Exception as error:  # noqa: BLE001 - the last resort: a bug costs one camera a restart, and says so in one line
        reason = f"{type(error).__name__}: {error}; this is a bug in passerby"
    outbox.finish(wire.Ending(" ".join(reason.split())))
    os._exit(1)  # a feed or detector that hangs in another thread must not keep the process


def _spare_memory() -> None:
    """Let the C library give freed pictures back at once; of its own accord it keeps tens of megabytes."""
    with suppress(OSError, AttributeError):  # a C library other than glibc
        mallopt = ctypes.CDLL(None).mallopt
        mallopt(_M_MMAP_THRESHOLD, 1 << 18)
        mallopt(_M_ARENA_MAX, 2)


def _give_back_memory() -> None:
    """Give back what loading the networks left free between what stays: about 20 MB."""
    with suppress(OSError, AttributeError):  # as above
        ctypes.CDLL(None).malloc_trim(0)


def _run(task: CameraTask, orders: _Orders, outbox: Outbox) -> None:
    offset_s = time.time() - time.monotonic()
    camera = task.camera
    with closing(sinks_of(task.site, camera)) as sinks:
        streams = CameraStreams(kbit=camera.bitrate_kbit, rate=camera.max_fps, always_full=bool(sinks))
        state = task.site.state_folder
        loop = live_loop(camera, state_folder=state, clock=lambda: time.monotonic() + offset_s)
        beat = _Beat(lambda: replace(loop.status(problem=sinks.problem), tries=sinks.tries), outbox)
        gc.freeze()  # what is loaded by now stays: the collector need not look at it twice a second
        for shown in loop.pictures():
            if not orders.obey(streams):
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
            if measured := loop.readings():
                outbox.send(wire.Measured(tuple(measured)))
            beat.give()


class _Orders:
    """What the gateway asks; without a gateway there is nothing to live for."""

    def __init__(self, pipe: Connection) -> None:
        self._pipe = pipe
        self._waiting: queue.SimpleQueue[wire.CameraOrder] = queue.SimpleQueue()
        threading.Thread(target=self._listen, name="passerby-orders", daemon=True).start()

    def stop(self) -> None:
        """Ask for the end."""
        self._waiting.put(wire.CameraOrder(stop=True))

    def obey(self, streams: CameraStreams) -> bool:
        """Do what was asked; return whether to go on."""
        while not self._waiting.empty():
            order = self._waiting.get()
            if order.stop:
                return False
            if order.demand is not None:
                streams.demand(order.stream, order.demand)
            if order.mosaic is not None:
                streams.mosaic = order.mosaic
        return True

    def _listen(self) -> None:
        try:
            while True:
                self._waiting.put(wire.order(self._pipe.recv_bytes()))
        except (EOFError, OSError, PasserbyError):
            self.stop()
        time.sleep(FAREWELL_S)  # for the recording to be completed
        os._exit(0)


class _Beat:
    """Tells the gateway how the camera is doing, as a sign of life."""

    def __init__(self, status: Callable[[], CameraStatus], outbox: Outbox) -> None:
        self._status, self._outbox = status, outbox
        self._next_s = 0.0
        self._tidied_s = time.monotonic()

    def give(self) -> None:
        now_s = time.monotonic()
        if now_s - self._tidied_s >= TIDY_S:
            self._tidied_s = now_s
            _give_back_memory()
        if now_s >= self._next_s:
            self._next_s = now_s + BEAT_S
            gc.collect()  # PyAV's pictures lie in reference cycles: left alone, hundreds of MB of them wait
            self._outbox.send(self._status())


class Outbox:
    """Sends messages in a thread of its own: a slow gateway never holds up covering.

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
        """Send a message; when too many wait, pictures are left out, and then packets up to a key picture."""
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
        """Send a last message and wait for a while until it has gone."""
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
            return  # the gateway is gone; who listens to it ends the process
