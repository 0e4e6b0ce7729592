"""A bounded queue of packets for a thread that may be slow; after a loss it continues at a keyframe."""

from __future__ import annotations

import threading
from collections import deque

from passerby.outputs.stream.packet import StreamPacket


class PacketQueue:
    """Connects an encoder, which never blocks, and a thread that writes.

    Args:
        most: If this many packets wait, all are dropped and the queue continues at the next keyframe.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._waiting: deque[StreamPacket] = deque()
        self._in_step = self._closed = False
        self._more = threading.Condition()
        self.behind = False
        """Whether packets were lost and the reader has not caught up since."""

    def put(self, packet: StreamPacket) -> bool:
        """Add a packet; return whether it was accepted: after a loss only a keyframe is."""
        with self._more:
            if len(self._waiting) >= self._most:
                self._waiting.clear()
                self._in_step = False
                self.behind = True
            self._in_step = self._in_step or packet.key
            if self._in_step:
                self._waiting.append(packet)
                self._more.notify()
            return self._in_step

    def take(self) -> StreamPacket | None:
        """Wait for the next packet and return it; None if the queue is closed and empty."""
        with self._more:
            while not (self._waiting or self._closed):
                self.behind = False
                self._more.wait()
            return self._waiting.popleft() if self._waiting else None

    def close(self, *, drop: bool = False) -> None:
        """Make `take` return None after the packets that still wait, or at once."""
        with self._more:
            self._closed = True
            if drop:
                self._waiting.clear()
            self._more.notify_all()
