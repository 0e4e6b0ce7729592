"""A camera's covered stream to something slow that may fail, without ever holding up the camera.

A thread of its own hands the packets on. After a failure it waits, tries again at a key picture, and reports that all
is well only when it has gone well for a while.
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
    """What a sink's thread works with. Only `interrupt` is called from another thread."""

    def write(self, packet: StreamPacket, *, may_begin: bool) -> bool:
        """Hand one packet on, if something is begun or may begin with it.

        Args:
            packet: The packet.
            may_begin: Whether it is a key picture, and it may be tried now.

        Returns:
            Whether a key picture is needed to go on.

        Raises:
            OutputError: It failed.
        """
        ...

    def steady(self, failed_s: float) -> bool:
        """Return whether it has gone well for long enough since a failure at this time of the sink's clock, s."""
        ...

    def abandon(self, tries: int) -> float:
        """Give up what failed.

        Args:
            tries: How often it had failed before since it last went well.

        Returns:
            How long to wait until it is tried again, s.
        """
        ...

    def finish(self) -> None:
        """Complete what was begun.

        Raises:
            OutputError: It failed.
        """
        ...

    def release(self) -> None:
        """Let go of everything, at the end of the thread."""
        ...

    def interrupt(self) -> None:
        """End what hangs, so that the thread can end."""
        ...


@dataclass(frozen=True, slots=True)
class SinkTraits:
    """How one kind of sink behaves, and its words.

    Args:
        camera: Name of the camera, for the log.
        thread: Name of the thread.
        stopped: Event in the log when it fails.
        resumed: Event in the log when it goes well again.
        too_slow: Problem that is shown while packets are lost.
        crashed: Problem that is shown when the thread has ended by itself.
        waiting_packets: A writer that is this far behind loses packets.
        steady_s: So long no packet must be lost before all is well again, s.
        close_s: How long `close` waits for the thread, s.
        drop: Whether `close` drops what still waits.
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
    """Takes the packets of one camera's stream; nothing here ever waits but `close`.

    Args:
        writer: Where the packets go.
        traits: How this kind of sink behaves.
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
        """How often it has failed since it last went well."""
        self._queue = PacketQueue(traits.waiting_packets)
        self._thread = threading.Thread(target=self._run, name=traits.thread, daemon=True)
        self._thread.start()

    @property
    def problem(self) -> str:
        """Why nothing is handed on at the moment, in one line with the fix; "" = all is well."""
        if self._failure or self._clock() >= self._slow_until:
            return self._failure
        return self._traits.too_slow

    @property
    def wants_key(self) -> bool:
        """Whether a key picture is needed to go on."""
        return self._wants_key and self._clock() >= self._retry_at

    def write(self, packet: StreamPacket) -> None:
        """Queue one packet; never waits."""
        if not self._queue.put(packet):
            self._wants_key = True
        if self._queue.behind:
            self._slow_until = self._clock() + self._traits.steady_s

    def close(self, timeout_s: float | None = None) -> None:
        """Complete what was begun; harmless when repeated.

        Args:
            timeout_s: How long to wait for what hangs, s; None = as the traits say.
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
            with suppress(OutputError):  # it ends anyway; what was handed on before is good
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
            self._failure = ""
            self.tries = 0

    def _fail(self, reason: str) -> None:
        if not self._failure:
            log.error(self._traits.stopped, extra={"camera": self._traits.camera, "reason": reason})
        if not self._failure or reason == self._last_reason:  # another reason is shown when it has come twice
            self._failure = reason
        self._last_reason = reason

        self._failed_at = self._clock()
        self._retry_at = self._failed_at + self._writer.abandon(self.tries)
        self.tries += 1
        self._wants_key = True
