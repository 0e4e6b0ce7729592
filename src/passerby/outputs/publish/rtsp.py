"""Publishes a camera's covered stream to another server by RTSP, without ever blocking the camera."""

from __future__ import annotations

import json
import logging
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from typing import IO, Final

from passerby.errors import OutputError
from passerby.media.address import Address
from passerby.outputs.publish.rtsp_process import FAILED, HEAD, PATIENCE_S, REFUSED, TAKEN
from passerby.outputs.stream.packet import StreamPacket
from passerby.outputs.stream.packet_queue import PacketQueue

WAITING_PACKETS: Final = 150
"""Packets that may wait for the server before pictures are dropped: 6 s at 25 pictures a second."""
RETRY_S: Final = (1.0, 2.0, 5.0, 10.0)
"""Waits between attempts, s; the last one is repeated."""
REFUSED_RETRY_S: Final = 60.0
"""Wait after a rejected password: more frequent attempts would look like guessing."""
STEADY_S: Final = 10.0
"""Time without failures or dropped pictures before a problem is cleared: a server can accept and then fail at once."""

log = logging.getLogger(__name__)


class Publisher:
    """Publishes the full covered stream of one camera by RTSP RECORD, and reconnects whenever it is lost.

    `write` never blocks: a separate thread passes the packets to a separate process, see `publishing`.

    Args:
        address: rtsp:// or rtsps://, with credentials if the server needs them (digest or basic).
        camera: Its name, for the log.
        transport: "tcp" or "udp".
        clock: A monotonic clock, s.

    Raises:
        OutputError: The address has another form.
    """

    def __init__(
        self,
        address: Address,
        *,
        camera: str = "",
        transport: str = "tcp",
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        if address.scheme not in {"rtsp", "rtsps"}:
            msg = f"camera {camera!r}: cannot publish to {address}; use an address like rtsp://server:port/name"
            raise OutputError(msg)
        self._address, self._camera, self._transport, self._clock = address, camera, transport, clock
        self._session: _Session | None = None
        self._retry_at = self._slow_until = float("-inf")
        self._failure = self._last_reason = ""
        self._wants_key, self._closing = True, False
        self.tries = 0
        """Failed attempts since the last success."""
        self._queue = PacketQueue(WAITING_PACKETS)
        self._thread = threading.Thread(target=self._run, name=f"publish {camera}", daemon=True)
        self._thread.start()

    @property
    def problem(self) -> str:
        """Why nothing is published at present, in one line that says what to do; "" = no problem."""
        if self._failure or self._clock() >= self._slow_until:
            return self._failure
        return f"{self._address}: the server is too slow, pictures were dropped; lower bitrate_kbit"

    @property
    def wants_key(self) -> bool:
        """Whether it waits for a keyframe."""
        return self._wants_key and self._clock() >= self._retry_at

    def write(self, packet: StreamPacket) -> None:
        """Add one packet; never blocks."""
        if not self._queue.put(packet):
            self._wants_key = True
        if self._queue.behind:
            self._slow_until = self._clock() + STEADY_S

    def close(self, timeout_s: float = 3.0) -> None:
        """Disconnect from the server; safe to repeat. Waits at most `timeout_s` for a server that does not respond."""
        self._closing = True
        self._queue.close(drop=True)
        self._thread.join(timeout_s)
        session = self._session
        if session is not None and self._thread.is_alive():
            session.kill()
            self._thread.join(timeout_s)

    def _run(self) -> None:
        try:
            while (packet := self._queue.take()) is not None:
                try:
                    self._take(packet)
                except OutputError as error:
                    self._stop(error)
        finally:
            self._end()
            if not self._closing:
                self._failure = f"{self._address}: the publisher failed; restart the camera"

    def _take(self, packet: StreamPacket) -> None:
        if packet.key and self._session is not None and not self._session.fits(packet):
            self._end()
        if self._session is None and packet.key and self._clock() >= self._retry_at:
            self._session = _Session(self._address, self._transport, packet, self._clock())
        if self._session is None:
            self._wants_key = True
            return
        self._session.send(packet)
        self._wants_key = False
        if self._failure and self._clock() - self._session.began >= STEADY_S:
            log.info("publishing_resumed", extra={"camera": self._camera, "tries": self.tries})
            self._failure, self.tries = "", 0

    def _stop(self, error: OutputError) -> None:
        reason, session = str(error), self._session
        if not self._failure:
            log.warning("publishing_stopped", extra={"camera": self._camera, "reason": reason})
        if not self._failure or reason == self._last_reason:  # a new reason is reported once it has occurred twice
            self._failure = reason
        self._last_reason = reason
        wait_s = RETRY_S[min(self.tries, len(RETRY_S) - 1)]
        self._retry_at = self._clock() + (REFUSED_RETRY_S if session is not None and session.refused else wait_s)
        self.tries, self._wants_key = self.tries + 1, True
        self._end()

    def _end(self) -> None:
        if self._session is not None:
            self._session.end()
            self._session = None


class _Session:
    """A process that publishes pictures of one size.

    Raises:
        OutputError: It cannot be started.
    """

    def __init__(self, address: Address, transport: str, first: StreamPacket, began: float) -> None:
        self._address = address
        self._size_px = first.width, first.height
        self._begin_s = first.time_s
        self.began = began
        self.refused = False
        command = [sys.executable, "-m", "passerby.outputs.publish.rtsp_process"]
        try:
            self._process = subprocess.Popen(  # noqa: S603 - runs only our own module
                command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
            )
        except OSError as error:
            msg = f"{address}: cannot start a process to publish ({error.strerror}); stop other processes"
            raise OutputError(msg) from error
        session = {"url": address.url, "transport": transport, "width": first.width, "height": first.height}
        self._put(json.dumps(session).encode() + b"\n")

    def fits(self, packet: StreamPacket) -> bool:
        """Return whether a packet has the session's size."""
        return (packet.width, packet.height) == self._size_px

    def send(self, packet: StreamPacket) -> None:
        """Send one packet and wait until the server has taken it.

        Raises:
            OutputError: The session has ended.
        """
        time_us = max(0, round((packet.time_s - self._begin_s) * 1_000_000))
        self._put(HEAD.pack(len(packet.data), time_us, packet.key) + packet.data)
        answer = self._pipe(self._process.stdout).read(1)
        if answer == TAKEN:
            return
        self.refused = answer == REFUSED
        reason = self._pipe(self._process.stdout).read(500).decode(errors="replace")
        if answer not in {REFUSED, FAILED}:
            reason = f"the server accepted no data for {PATIENCE_S} s"
        mend = "check the user and password for publishing" if self.refused else "retrying"
        msg = f"{self._address}: publishing failed ({' '.join(reason.split())}); {mend}"
        raise OutputError(msg)

    def end(self) -> None:
        """Disconnect from the server, if it responds."""
        with suppress(OSError):
            self._pipe(self._process.stdin).close()
        try:
            self._process.wait(2)
        except subprocess.TimeoutExpired:
            self.kill()
            self._process.wait()
        self._pipe(self._process.stdout).close()

    def kill(self) -> None:
        """End the process immediately."""
        self._process.kill()

    def _put(self, data: bytes) -> None:
        pipe = self._pipe(self._process.stdin)
        with suppress(OSError):  # the reason is in the process's answer
            pipe.write(data)
            pipe.flush()

    @staticmethod
    def _pipe(pipe: IO[bytes] | None) -> IO[bytes]:
        if pipe is None:
            msg = "a process was started without pipes"
            raise OutputError(msg)
        return pipe
