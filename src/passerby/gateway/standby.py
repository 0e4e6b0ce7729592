"""Notices for viewers while a camera's process is gone or silent, so that a stream never just freezes."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from contextlib import suppress
from fractions import Fraction
from math import inf

from passerby.errors import OutputError
from passerby.health.notice_text import notice_lines
from passerby.health.status import CameraStatus, Redaction
from passerby.outputs.stream.encoder import LiveEncoder
from passerby.outputs.stream.packet import StreamName, StreamPacket
from passerby.redact.redactor import notice

NOTICE_S = 0.5
BEHIND_S = 1.0
"""Notices are dated back by this and the camera's delay, so that the next pictures follow them."""
STEP_S = 0.001
AHEAD_S = 1.0
"""A stream may be this far ahead of the clock: notices that follow a picture at once are dated after it."""
KBIT = 500
USUAL_SIZE = (1280, 720)
TICK = Fraction(1, 1_000_000)


class Standby:
    """Encodes notices for the streams of one camera during one outage of its process."""

    def __init__(self) -> None:
        self._encoders: dict[StreamName, LiveEncoder] = {}

    def packet(self, stream: StreamName, status: CameraStatus, time_s: float) -> StreamPacket | None:
        """Return a notice of why there is no picture.

        Args:
            stream: Which stream.
            status: The camera's name, since when it is down, why, and the size of its pictures.
            time_s: Time of the notice, UTC epoch, s.

        Raises:
            OutputError: It cannot be encoded.
        """
        width, height = (status.width, status.height) if status.width else USUAL_SIZE
        lines = notice_lines(status.camera, status.detail, lasts_s=time_s - status.since_s)
        frame = notice(lines, height=height, width=width, pts=round(time_s * 1_000_000), time_base=TICK)
        if stream not in self._encoders:
            self._encoders[stream] = LiveEncoder(stream, kbit=KBIT, rate=1 / NOTICE_S)
        self._encoders[stream].ask_key()  # a new viewer can start with any of them
        return self._encoders[stream].encode(frame, Redaction.NONE)


class StreamSwitch:
    """Switches a camera's streams between its process and notices: times ascend, each switch begins with a keyframe.

    Its methods may be called from several threads.

    Args:
        delay_s: The delay of the camera's pictures that its settings ask for.
        show: Receives what viewers get; never blocks.
    """

    def __init__(self, delay_s: float, show: Callable[[StreamPacket], None]) -> None:
        self._behind_s = BEHIND_S + delay_s
        self._show = show
        self._shown_s: dict[StreamName, float] = {}
        self._cut = set(StreamName)
        self._standby: Standby | None = None
        self._lock = threading.Lock()

    def begin(self, now_s: float) -> None:
        """Switch to a new process; times far ahead of the present (UTC epoch, s) do not hold it up."""
        with self._lock:
            self._cut = set(StreamName)
            self._shown_s = {stream: time_s for stream, time_s in self._shown_s.items() if time_s <= now_s + AHEAD_S}

    def show_packet(self, packet: StreamPacket) -> bool:
        """Show a packet of the process; return False if it is too late and a keyframe must follow."""
        with self._lock:
            late = packet.time_s <= self._shown_s.get(packet.stream, -inf)
            if late or (packet.stream in self._cut and not packet.key):
                self._cut.add(packet.stream)
                return False
            self._cut.discard(packet.stream)
            self._standby = None
            self._publish(packet)
            return True

    def show_notices(self, streams: Iterable[StreamName], status: CameraStatus, now_s: float) -> None:
        """Show notices; a process that resumes continues after them.

        Args:
            streams: The streams that have viewers.
            status: The camera's.
            now_s: The present, UTC epoch, s.
        """
        with self._lock:
            self._standby = self._standby or Standby()
            for stream in streams:
                time_s = max(now_s - self._behind_s, self._shown_s.get(stream, -inf) + STEP_S)
                with suppress(OutputError):  # a size that cannot be encoded: the process returns all the same
                    packet = self._standby.packet(stream, status, time_s)
                    if packet is not None:
                        self._cut.add(stream)
                        self._publish(packet)

    def _publish(self, packet: StreamPacket) -> None:
        self._shown_s[packet.stream] = packet.time_s
        self._show(packet)
