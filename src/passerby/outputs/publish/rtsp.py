"""Publishes a camera's covered stream to another server by RTSP."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from typing import IO, Final

from passerby.errors import OutputError
from passerby.media.address import Address
from passerby.outputs.packet_sink import PacketSink, SinkTraits
from passerby.outputs.publish.rtsp_process import FAILED, HEAD, PATIENCE_S, REFUSED, TAKEN
from passerby.outputs.stream.packet import StreamPacket

WAITING_PACKETS: Final = 150
"""Packets that may wait for the server before pictures are dropped: 6 s at 25 pictures a second."""
RETRY_S: Final = (1.0, 2.0, 5.0, 10.0)
"""Waits between attempts, s; the last one is repeated."""
REFUSED_RETRY_S: Final = 60.0
"""Wait after a rejected password: more frequent attempts would look like guessing."""
STEADY_S: Final = 10.0
"""Time without failures or dropped pictures before a problem is cleared: a server can accept and then fail at once."""


def publisher(
    address: Address, *, camera: str = "", transport: str = "tcp", clock: Callable[[], float] = time.monotonic
) -> PacketSink:
    """Return a sink that publishes the full covered stream of one camera by RTSP RECORD and retries after failures.

    Args:
        address: rtsp:// or rtsps://, with credentials if the server needs them (digest or basic).
        camera: Its name, for the log.
        transport: "tcp" or "udp".
        clock: A monotonic clock, s.

    Raises:
        OutputError: The address has another form.
    """
    if address.scheme not in {"rtsp", "rtsps"}:
        msg = f"camera {camera!r}: cannot publish to {address}; use an address like rtsp://server:port/name"
        raise OutputError(msg)

    traits = SinkTraits(
        camera=camera,
        thread=f"publish {camera}",
        stopped="publishing_stopped",
        resumed="publishing_resumed",
        too_slow=f"{address}: the server is too slow, pictures were dropped; lower bitrate_kbit",
        crashed=f"{address}: the publisher failed; restart the camera",
        waiting_packets=WAITING_PACKETS,
        steady_s=STEADY_S,
        close_s=3.0,
        drop=True,
    )
    return PacketSink(RtspWriter(address, transport, clock=clock), traits, clock=clock)


class RtspWriter:
    """Sends packets to a server, in sessions of pictures of one size; a `PacketWriter`.

    Args:
        address: Address of the server, with credentials.
        transport: "tcp" or "udp".
        clock: A monotonic clock, s.
    """

    def __init__(self, address: Address, transport: str, *, clock: Callable[[], float]) -> None:
        self._address = address
        self._transport = transport
        self._clock = clock
        self._session: _Session | None = None

    def write(self, packet: StreamPacket, *, may_begin: bool) -> bool:
        """Send one packet; return whether a keyframe is needed to start a session."""
        if packet.key and self._session is not None and not self._session.fits(packet):
            self.release()
        if self._session is None and may_begin:
            self._session = _Session(self._address, self._transport, packet, self._clock())
        if self._session is None:
            return True
        self._session.send(packet)
        return False

    def steady(self, failed_s: float) -> bool:  # noqa: ARG002 - each session began after the failure
        """Return whether the session has accepted pictures for `STEADY_S`."""
        return self._session is not None and self._clock() - self._session.began >= STEADY_S

    def abandon(self, tries: int) -> float:
        """End the session."""
        refused = self._session is not None and self._session.refused
        self.release()
        return REFUSED_RETRY_S if refused else RETRY_S[min(tries, len(RETRY_S) - 1)]

    def finish(self) -> None:
        """End the session."""
        self.release()

    def release(self) -> None:
        """End the session, if there is one."""
        if self._session is not None:
            self._session.end()
            self._session = None

    def interrupt(self) -> None:
        """End the session's process immediately."""
        session = self._session
        if session is not None:
            session.kill()


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
