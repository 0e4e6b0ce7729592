"""Passes encoded covered pictures to viewers, and requests them only while somebody watches."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from enum import Enum
from types import TracebackType
from typing import Protocol, Self

from passerby.outputs.stream.packet import StreamName, StreamPacket

WAITING_PACKETS = 150
"""Packets that may wait for a viewer before it skips to the next keyframe: 6 s at 25 pictures a second."""
WAITING_BYTES = 32 << 20
"""Bytes that may wait for a viewer before it skips to the next keyframe: 6 s at 40 Mbit/s."""


class Demand(Enum):
    """Requests of viewers about a stream."""

    BEGIN = "begin"
    """Somebody watches: encode, starting with a keyframe."""
    KEY = "key"
    """A viewer lost packets: send a keyframe soon. Repeated until one arrives."""
    END = "end"
    """Nobody watches any more: stop encoding."""


class Subscription:
    """One viewer of one stream; a context manager that unsubscribes at the end.

    Args:
        hub: The hub that the packets come from.
        camera: Name of the camera.
        stream: Which of its streams.
        notify: Called, from another thread, whenever a packet arrives or the stream is closed.
    """

    def __init__(self, hub: LiveHub, camera: str, stream: StreamName, notify: Callable[[], None]) -> None:
        self.camera = camera
        self.stream = stream
        self.closed = False
        self._hub = hub
        self._notify = notify
        self._waiting: deque[StreamPacket] = deque()
        self._waiting_bytes = 0
        self._in_step = False
        self._more = threading.Condition()

    def __enter__(self) -> Self:
        """Subscribe; packets begin at the next keyframe."""
        self._hub._join(self)  # noqa: SLF001 - the two classes form one mechanism
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        """Unsubscribe."""
        self._hub._leave(self)  # noqa: SLF001 - as above

    def take(self, timeout_s: float = 0.0) -> StreamPacket | None:
        """Return the next packet, or None if none arrived in time or the stream is closed."""
        with self._more:
            if not self._waiting and not self.closed and timeout_s > 0:
                self._more.wait(timeout_s)
            if not self._waiting:
                return None
            packet = self._waiting.popleft()
            self._waiting_bytes -= len(packet.data)
            return packet

    def _put(self, packet: StreamPacket) -> bool:
        """Add a packet; return whether a keyframe is needed to continue."""
        with self._more:
            if len(self._waiting) >= WAITING_PACKETS or self._waiting_bytes > WAITING_BYTES:
                self._waiting.clear()
                self._waiting_bytes = 0
                self._in_step = False
            if not (self._in_step or packet.key):
                return True
            self._in_step = True
            self._waiting.append(packet)
            self._waiting_bytes += len(packet.data)
            self._more.notify_all()
        self._notify()
        return False

    def _close(self) -> None:
        with self._more:
            self.closed = True
            self._more.notify_all()
        self._notify()


class Streams(Protocol):
    """Where viewers get covered streams from: all of them, or those that somebody may watch."""

    def subscribe(self, camera: str, stream: StreamName, *, notify: Callable[[], None]) -> Subscription:
        """Return a subscription; it begins when it is entered."""
        ...


class LiveHub:
    """Distributes covered streams to their viewers.

    Args:
        demand: Called with camera, stream and the viewers' request, outside the hub's lock.
    """

    def __init__(self, demand: Callable[[str, StreamName, Demand], None]) -> None:
        self._demand = demand
        self._viewers: dict[tuple[str, StreamName], list[Subscription]] = {}
        self._lock = threading.Lock()

    def subscribe(self, camera: str, stream: StreamName, *, notify: Callable[[], None] = lambda: None) -> Subscription:
        """Return a subscription; it starts when it is entered as a context manager."""
        return Subscription(self, camera, stream, notify)

    def publish(self, camera: str, packet: StreamPacket) -> None:
        """Send a packet to all viewers of its stream."""
        with self._lock:
            viewers = list(self._viewers.get((camera, packet.stream), ()))
        lost = [viewer._put(packet) for viewer in viewers]  # noqa: SLF001 - the two classes form one mechanism
        if any(lost):
            self._demand(camera, packet.stream, Demand.KEY)

    def watched(self, camera: str, stream: StreamName) -> bool:
        """Return whether anybody watches."""
        with self._lock:
            return bool(self._viewers.get((camera, stream)))

    def close(self, camera: str) -> None:
        """End all subscriptions to a removed camera."""
        with self._lock:
            gone = [viewer for key in list(self._viewers) if key[0] == camera for viewer in self._viewers.pop(key)]
        for viewer in gone:
            viewer._close()  # noqa: SLF001 - as above

    def _join(self, viewer: Subscription) -> None:
        with self._lock:
            self._viewers.setdefault((viewer.camera, viewer.stream), []).append(viewer)
        self._demand(viewer.camera, viewer.stream, Demand.BEGIN)

    def _leave(self, viewer: Subscription) -> None:
        key = (viewer.camera, viewer.stream)
        with self._lock:
            viewers = self._viewers.get(key, [])
            if viewer not in viewers:
                return
            viewers.remove(viewer)
            last = not viewers
            if last:
                del self._viewers[key]
        if last:
            self._demand(viewer.camera, viewer.stream, Demand.END)
