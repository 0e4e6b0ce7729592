"""Sends a camera's covered stream to a target that may be slow or fail, without ever blocking the camera.

A separate thread sends the packets. After a failure it waits and retries at a keyframe; it clears the problem only
after a while without failures.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Protocol

from passerby.errors import OutputError
from passerby.outputs.stream.packet import StreamPacket
from passerby.outputs.stream.packet_queue import PacketQueue

log = logging.getLogger(__name__)


class PacketWriter(Protocol):
    """What a sink's thread writes to. Only `interrupt` is called from another thread."""

    def write(self, packet: StreamPacket, *, may_begin: bool) -> bool:
        """Write one packet, if something is open or may be opened with it.

        Args:
            packet: The packet.
            may_begin: Whether it is a keyframe and the time for a retry has come.

        Returns:
            Whether a keyframe is needed to continue.

        Raises:
            OutputError: Writing failed.
        """
        ...

    def steady(self, failed_s: float) -> bool:
        """Return whether there has been no failure for long enough since one at this time of the sink's clock, s."""
        ...

    def abandon(self, tries: int) -> float:
        """Give up what failed.

        Args:
            tries: Failed attempts since the last success.

        Returns:
            How long to wait before the next attempt, s.
        """
        ...

    def finish(self) -> None:
        """Complete what is open.

        Raises:
            OutputError: Writing failed.
        """
        ...

    def release(self) -> None:
        """Release everything, at the end of the thread."""
        ...

    def interrupt(self) -> None:
        """Stop what is blocked, so that the thread can end."""
        ...


@dataclass(frozen=True, slots=True)
class SinkTraits:
    """The behaviour and messages of one kind of sink.

    Args:
        camera: Name of the camera, for the log.
        thread: Name of the thread.
        stopped: Log event when it fails.
        resumed: Log event when it works again.
        too_slow: Problem shown while packets are lost.
        crashed: Problem shown if the thread has ended because of a bug.
        waiting_packets: Packets that may wait before they are dropped.
        steady_s: Time without a lost packet before the problem is cleared, s.
        close_s: How long `close` waits for the thread, s.
        drop: Whether `close` drops the packets that still wait.
    """

    camera: str
    thread: str
    stopped: str
    resumed: str
    too_slow: str
    crashed: str
    waiting_packets: int
    steady_s: float
    close_s: float
    drop: bool = False


class PacketSink:
    """Takes the packets of one camera's stream; only `close` ever blocks.

    Args:
        writer: Writes the packets.
        traits: Behaviour of this kind of sink.
        clock: A monotonic clock, s.
    """

    def __init__(
        self, writer: PacketWriter, traits: SinkTraits, *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._writer = writer
        self._traits = traits
        self._clock = clock
        self._retry_at = self._failed_at = self._slow_until = float("-inf")
        self._failure = ""
        self._last_reason = ""
        self._wants_key = True
        self._closing = False
        self.tries = 0
        """Failed attempts since the last success."""
        self._queue = PacketQueue(traits.waiting_packets)
        self._thread = threading.Thread(target=self._run, name=traits.thread, daemon=True)
        self._thread.start()

    @property
    def problem(self) -> str:
        """Why nothing is sent at present, in one line that says what to do; "" = no problem."""
        if self._failure or self._clock() >= self._slow_until:
            return self._failure
        return self._traits.too_slow

    @property
    def wants_key(self) -> bool:
        """Whether a keyframe is needed to continue."""
        return self._wants_key and self._clock() >= self._retry_at

    def write(self, packet: StreamPacket) -> None:
        """Queue one packet; never blocks."""
        if not self._queue.put(packet):
            self._wants_key = True
        if self._queue.behind:
            self._slow_until = self._clock() + self._traits.steady_s

    def close(self, timeout_s: float | None = None) -> None:
        """Complete what is open; safe to repeat.

        Args:
            timeout_s: How long to wait for a blocked writer, s; None = as in the traits.
        """
        patience_s = self._traits.close_s if timeout_s is None else timeout_s
        self._closing = True
        self._queue.close(drop=self._traits.drop)
        self._thread.join(patience_s)
        if self._thread.is_alive():
            self._writer.interrupt()
            self._thread.join(patience_s)

    def _run(self) -> None:
        try:
            while (packet := self._queue.take()) is not None:
                try:
                    self._hand_on(packet)
                except OutputError as error:
                    self._fail(str(error))
            with suppress(OutputError):  # it ends anyway; what was written before is good
                self._writer.finish()
        finally:
            self._writer.release()
            if not self._closing:
                self._failure = self._traits.crashed

    def _hand_on(self, packet: StreamPacket) -> None:
        may_begin = packet.key and self._clock() >= self._retry_at
        self._wants_key = self._writer.write(packet, may_begin=may_begin)
        if self._failure and self._writer.steady(self._failed_at):
            log.info(self._traits.resumed, extra={"camera": self._traits.camera, "tries": self.tries})
            self.tries = 0
            self._failure = ""  # last: who sees no problem sees no tries

    def _fail(self, reason: str) -> None:
        self._failed_at = self._clock()
        self._retry_at = self._failed_at + self._writer.abandon(self.tries)  # first: who sees the problem sees the wait
        self._wants_key = True

        if not self._failure:
            log.error(self._traits.stopped, extra={"camera": self._traits.camera, "reason": reason})
        if not self._failure or reason == self._last_reason:  # a new reason is shown once it has occurred twice
            self._failure = reason
        self._last_reason = reason
        self.tries += 1
