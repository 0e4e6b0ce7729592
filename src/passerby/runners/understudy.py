"""Stands in for a camera's process that is gone: viewers get a notice and not a stream that stands still."""

from __future__ import annotations

from datetime import UTC, datetime
from fractions import Fraction

from passerby.outputs.live_encoder import LiveEncoder
from passerby.outputs.stream_packet import StreamName, StreamPacket
from passerby.redact.redactor import notice
from passerby.signals.camera import CameraStatus, Redaction

NOTICE_S = 0.5
BEHIND_S = 1.0
"""Notices are dated back, so that the first pictures of the next process come after them."""
KBIT = 500
USUAL_SIZE = (1280, 720)
TICK = Fraction(1, 1_000_000)


class Understudy:
    """Encodes notices for the streams of one camera; one for each time that its process is gone."""

    def __init__(self) -> None:
        self._encoders: dict[StreamName, LiveEncoder] = {}

    def packet(self, stream: StreamName, status: CameraStatus, now_s: float) -> StreamPacket | None:
        """Return a notice of why there is no picture.

        Args:
            stream: For which stream.
            status: Of the camera: name, since when, why, and the size of its pictures.
            now_s: The present, UTC epoch, s.

        Raises:
            OutputError: It cannot be encoded.
        """
        width, height = (status.width, status.height) if status.width else USUAL_SIZE
        since = datetime.fromtimestamp(status.since_s, UTC)
        lines = [status.camera, f"no picture since {since:%H:%M:%S} UTC", status.detail]
        pts = round((now_s - BEHIND_S) * 1_000_000)
        frame = notice(lines, height=height, width=width, pts=pts, time_base=TICK)
        if stream not in self._encoders:
            self._encoders[stream] = LiveEncoder(stream, kbit=KBIT, rate=1 / NOTICE_S)
        self._encoders[stream].ask_key()  # whoever comes can begin with any of them
        return self._encoders[stream].encode(frame, Redaction.NONE)
