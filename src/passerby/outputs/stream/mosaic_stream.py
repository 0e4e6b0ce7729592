"""The mosaic as a stream: composed and encoded once for all its viewers, and only while there are any."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from typing import TypeAlias

from passerby.errors import OutputError
from passerby.health.status import Redaction
from passerby.outputs.stream.h264 import H264
from passerby.outputs.stream.live_hub import Demand, LiveHub
from passerby.outputs.stream.mosaic import MosaicComposer
from passerby.outputs.stream.packet import StreamName, StreamPacket
from passerby.outputs.stream.wall import WallPicture

FPS = 8
_KBIT = 1500
STALE_S = 3.0
"""An older picture is no longer shown: nothing on the wall may look live that is not."""
AHEAD_S = 1.0
"""Limit for timestamps ahead of the clock: one camera's process must not stop the clock of all."""
NAME = "mosaic"

Walls: TypeAlias = Callable[[Callable[[str, WallPicture], None]], AbstractContextManager[None]]

log = logging.getLogger(__name__)


class MosaicStream:
    """Composes, encodes and sends the mosaic of all cameras.

    Viewers subscribe to `NAME`, `StreamName.WALL` of its `hub`.

    Args:
        cameras: Returns the cameras to show, in order.
        walls: Calls back with small covered pictures while it is entered.
    """

    def __init__(self, cameras: Callable[[], Sequence[str]], walls: Walls) -> None:
        self.hub = LiveHub(self._demanded)
        self._cameras = cameras
        self._walls = walls
        self._key = threading.Event()
        self._lock = threading.Lock()
        self._work: _Work | None = None

    def _demanded(self, _camera: str, _stream: StreamName, demand: Demand) -> None:
        self._key.set()
        if demand is Demand.KEY:
            return
        with self._lock:
            if not self.hub.watched(NAME, StreamName.WALL):
                self._work = None
            elif self._work is None:
                work = self._work = _Work(self._cameras)
                threading.Thread(target=self._run, args=(work,), name="passerby-mosaic", daemon=True).start()

    def _run(self, work: _Work) -> None:
        try:
            with self._walls(work.take):
                while self._work is work:
                    key = self._key.is_set()
                    packet = work.packet(key=key)
                    if packet.key and key:
                        self._key.clear()
                    with self._lock:  # packets of one encoder must not mix with those of the next
                        if self._work is work:
                            self.hub.publish(NAME, packet)
                    work.wait()
        except OutputError as error:
            log.error("mosaic_stopped", extra={"reason": str(error)})  # noqa: TRY400 - expected: no traceback needed
            with self._lock:
                self._work = None if self._work is work else self._work
            self.hub.close(NAME)


class _Work:
    """One run from the first viewer to the last."""

    def __init__(self, cameras: Callable[[], Sequence[str]]) -> None:
        self._cameras = cameras
        self._mosaic = MosaicComposer(cameras())
        self._pictures: dict[str, tuple[float, WallPicture]] = {}
        self._codec: H264 | None = None
        self._last_us = 0
        self._next_s = time.monotonic()

    def take(self, camera: str, picture: WallPicture) -> None:
        """Store the last picture of a camera."""
        self._pictures[camera] = time.monotonic(), picture

    def packet(self, *, key: bool) -> StreamPacket:
        """Return the pictures to show now."""
        cameras = tuple(self._cameras())
        if cameras != self._mosaic.cameras:
            self._mosaic = MosaicComposer(cameras)
            self._codec = None

        grid = self._mosaic.grid
        if self._codec is None:
            self._codec = H264(grid.width, grid.height, rate=FPS, kbit=_KBIT)
        oldest = time.monotonic() - STALE_S
        fresh = {camera: picture for camera, (at, picture) in list(self._pictures.items()) if at > oldest}
        newest_s = max((picture.time_s for picture in fresh.values()), default=time.time())
        newest_s = min(newest_s, time.time() + AHEAD_S)
        self._last_us = max(self._last_us + 1, round(newest_s * 1e6))
        data, begins = self._codec.encode(self._mosaic.packed(fresh), self._last_us, key=key)
        time_s = self._last_us / 1e6

        return StreamPacket(StreamName.WALL, data, begins, time_s, grid.width, grid.height, Redaction.ACTIVE)

    def wait(self) -> None:
        """Wait to keep the rate; lost time is not caught up."""
        self._next_s = max(self._next_s + 1 / FPS, time.monotonic())
        time.sleep(max(0.0, self._next_s - time.monotonic()))
