"""A gateway whose cameras are drawn, covered and encoded on the spot, and a web server in front of it."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from fractions import Fraction

import numpy as np
from tests.cameras import timecode

from passerby.health.status import CameraState, CameraStatus, Redaction
from passerby.listeners import Listeners
from passerby.media.frame import Frame
from passerby.media.layout import Layout
from passerby.outputs.stream.encoder import LiveEncoder
from passerby.outputs.stream.live_hub import Demand, LiveHub
from passerby.outputs.stream.packet import StreamName
from passerby.outputs.stream.wall import WallPicture, wall_picture
from passerby.redact.mask import Cover
from passerby.redact.redactor import RedactedFrame, blackout, redact
from passerby.redact.style import SolidStyle

US = Fraction(1, 1_000_000)
SIZES = {StreamName.FULL: (640, 360), StreamName.WALL: (320, 180)}
BUNCH = 1 << 24


def drawn(index: int, size: tuple[int, int], time_s: float) -> Frame:
    """Return a raw picture: a moving bar under a time code of its milliseconds."""
    width, height = size
    luma = np.full((height, width), 90 + 10 * (index % 8), np.uint8)
    left = (4 * index) % (width - 40)
    luma[height // 2 : height - height // 6, left : left + 40] = 220
    timecode.draw(luma, round(time_s * 1000) % BUNCH)
    chroma_u, chroma_v = np.full((2, height // 2, width // 2), 128, np.uint8)
    chroma_u[height // 4 :], chroma_v[height // 4 :] = 140, 110
    return Frame((luma, chroma_u, chroma_v), Layout.YUV420, round(time_s * 1e6), US, "acted")


class ActedGateway:
    """Cameras that draw 20 pictures a second each, encoded while somebody watches."""

    def __init__(self, *cameras: str, fps: float = 20.0) -> None:
        self.timezone = "Asia/Kathmandu"
        self.hub = LiveHub(self._demanded)
        self.demands: list[tuple[str, StreamName, Demand]] = []
        self._statuses = {
            name: CameraStatus(name, CameraState.OK, time.time(), Redaction.ACTIVE, width=640, height=360, fps=fps)
            for name in cameras
        }
        self._first = dict(self._statuses)
        self.walls = Listeners[tuple[str, WallPicture]]()
        self._listeners = Listeners[CameraStatus]()
        self._encoders: dict[tuple[str, StreamName], LiveEncoder] = {}
        self._lock = threading.Lock()
        self._period_s = 1 / fps
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._act, daemon=True)
        self._thread.start()

    def statuses(self) -> list[CameraStatus]:
        with self._lock:
            return list(self._statuses.values())

    @contextmanager
    def listen(self, callback: Callable[[CameraStatus], None]) -> Iterator[None]:
        with self._listeners.listen(callback):
            yield

    @contextmanager
    def listen_to_walls(self, callback: Callable[[str, WallPicture], None]) -> Iterator[None]:
        with self.walls.listen(lambda each: callback(*each)):
            yield

    def change(self, camera: str, **fields: object) -> None:
        """Change a camera's status, and tell those who listen."""
        with self._lock:
            status = self._statuses[camera] = replace(self._statuses[camera], **fields)
        self._listeners.publish(status)

    def remove(self, camera: str) -> None:
        """Take a camera away."""
        with self._lock:
            del self._statuses[camera]
        self.hub.close(camera)

    def restore(self) -> None:
        """Begin anew: all cameras are there and work."""
        with self._lock:
            self._statuses = {name: replace(each, since_s=time.time()) for name, each in self._first.items()}
            self.demands.clear()

    def close(self) -> None:
        self._over.set()
        self._thread.join()

    def _demanded(self, camera: str, stream: StreamName, demand: Demand) -> None:
        with self._lock:
            self.demands.append((camera, stream, demand))
            if demand is Demand.END:
                self._encoders.pop((camera, stream), None)
                return
            encoder = self._encoders.setdefault((camera, stream), LiveEncoder(stream, kbit=1000, rate=20))
            encoder.ask_key()

    def _act(self) -> None:
        index = 0
        while not self._over.wait(self._period_s):
            index += 1
            now = time.time()
            with self._lock:
                watched = dict(self._encoders)
                statuses = dict(self._statuses)
            for camera, status in statuses.items() if self.walls else ():
                if status.state is not CameraState.DOWN:
                    small = wall_picture(covered(drawn(index, (320, 180), now), status.redaction), status.redaction)
                    self.walls.publish((camera, small))
            for (camera, stream), encoder in watched.items():
                if camera not in statuses or statuses[camera].state is CameraState.DOWN:
                    continue
                frame = covered(drawn(index, SIZES[stream], now), statuses[camera].redaction)
                packet = encoder.encode(frame, statuses[camera].redaction)
                if packet is not None:
                    self.hub.publish(camera, packet)


def covered(frame: Frame, redaction: Redaction) -> RedactedFrame:
    """Cover a corner of a picture, or all of it."""
    if redaction is not Redaction.ACTIVE:
        return blackout(frame, "made up")
    height, width = frame.height, frame.width
    box = np.array([[width - width // 4, height // 4, width - 8, height - 8]], np.int32)
    return redact(frame, Cover(box, np.ones(1, np.bool_)), SolidStyle())
