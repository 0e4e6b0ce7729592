"""Stands in for a camera's process that is gone or silent: viewers get a notice and not a stream that stands still."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from contextlib import suppress
from datetime import UTC, datetime
from fractions import Fraction
from math import inf

from passerby.errors import OutputError
from passerby.health.status import CameraStatus, Redaction
from passerby.outputs.stream.encoder import LiveEncoder
from passerby.outputs.stream.packet import StreamName, StreamPacket
from passerby.redact.redactor import notice

NOTICE_S = 0.5
BEHIND_S = 1.0
"""Notices are dated back by this and the camera's delay, so that the next pictures come after them."""
STEP_S = 0.001
KBIT = 500
USUAL_SIZE = (1280, 720)
TICK = Fraction(1, 1_000_000)


class Standby:
    """Encodes notices for the streams of one camera; one for each time that its process is gone."""

    def __init__(self) -> None:
        self._encoders: dict[StreamName, LiveEncoder] = {}

    def packet(self, stream: StreamName, status: CameraStatus, time_s: float) -> StreamPacket | None:
        """Return a notice of why there is no picture.

        Args:
            stream: For which stream.
            status: Of the camera: name, since when, why, and the size of its pictures.
            time_s: Of the notice, UTC epoch, s.

        Raises:
            OutputError: It cannot be encoded.
        """
        width, height = (status.width, status.height) if status.width else USUAL_SIZE
        since = datetime.fromtimestamp(status.since_s, UTC)
        lines = [status.camera, f"no picture since {since:%H:%M:%S} UTC", status.detail]
        frame = notice(lines, height=height, width=width, pts=round(time_s * 1_000_000), time_base=TICK)
        if stream not in self._encoders:
            self._encoders[stream] = LiveEncoder(stream, kbit=KBIT, rate=1 / NOTICE_S)
        self._encoders[stream].ask_key()  # whoever comes can begin with any of them
        return self._encoders[stream].encode(frame, Redaction.NONE)


class StandbyStage:
    """Where a camera's processes and their understudy take turns: on each stream time goes up, a key picture first.

    Its methods may be called from several threads.

    Args:
        delay_s: How long the camera's pictures wait on purpose.
        show: Takes what viewers get; never waits.
    """

    def __init__(self, delay_s: float, show: Callable[[StreamPacket], None]) -> None:
        self._behind_s, self._show = BEHIND_S + delay_s, show
        self._shown_s: dict[StreamName, float] = {}
        self._cut = set(StreamName)
        self._understudy: Standby | None = None
        self._lock = threading.Lock()

    def begin(self, now_s: float) -> None:
        """Let another process play; times that lie ahead of the present, UTC epoch, s, no longer hold it up."""
        with self._lock:
            self._cut = set(StreamName)
            self._shown_s = {stream: time_s for stream, time_s in self._shown_s.items() if time_s <= now_s}

    def play(self, packet: StreamPacket) -> bool:
        """Show what the process made; return False when it comes too late: it is to go on with a key picture."""
        with self._lock:
            late = packet.time_s <= self._shown_s.get(packet.stream, -inf)
            if late or (packet.stream in self._cut and not packet.key):
                self._cut.add(packet.stream)
                return False
            self._cut.discard(packet.stream)
            self._understudy = None
            self._out(packet)
            return True

    def stand_in(self, streams: Iterable[StreamName], status: CameraStatus, now_s: float) -> None:
        """Show notices; the process, if it wakes up, goes on behind them.

        Args:
            streams: Those that are watched.
            status: Of the camera.
            now_s: The present, UTC epoch, s.
        """
        with self._lock:
            self._understudy = self._understudy or Standby()
            for stream in streams:
                time_s = max(now_s - self._behind_s, self._shown_s.get(stream, -inf) + STEP_S)
                with suppress(OutputError):  # pictures of a size that cannot be encoded: the process comes all the same
                    packet = self._understudy.packet(stream, status, time_s)
                    if packet is not None:
                        self._cut.add(stream)
                        self._out(packet)

    def _out(self, packet: StreamPacket) -> None:
        self._shown_s[packet.stream] = packet.time_s
        self._show(packet)
