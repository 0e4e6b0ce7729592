"""The outgoing streams of one camera, encoded only while somebody needs them."""

from __future__ import annotations

from passerby.health.status import Redaction
from passerby.outputs.stream.encoder import LiveEncoder
from passerby.outputs.stream.live_hub import Demand
from passerby.outputs.stream.packet import StreamName, StreamPacket
from passerby.outputs.stream.wall import WallPicture, wall_picture
from passerby.redact.redactor import RedactedFrame

MOSAIC_GAP_S = 0.19
"""A mosaic uses five pictures a second from each camera."""


class CameraStreams:
    """The streams of one camera.

    Args:
        kbit: Bit rate of the full stream, kbit/s.
        rate: Expected pictures a second.
        always_full: Whether the full stream is needed even if nobody watches: it is recorded or published.
    """

    def __init__(self, *, kbit: int, rate: float, always_full: bool = False) -> None:
        self.mosaic = False
        self._kbit = kbit
        self._rate = rate
        self._always = frozenset({StreamName.FULL}) if always_full else frozenset[StreamName]()
        self._encoders = {stream: LiveEncoder(stream, kbit=kbit, rate=rate) for stream in self._always}
        self._mosaic_s = 0.0

    def demand(self, stream: StreamName, what: Demand) -> None:
        """Handle a request from the viewers of a stream."""
        if what is not Demand.END:
            if stream not in self._encoders:
                self._encoders[stream] = LiveEncoder(stream, kbit=self._kbit, rate=self._rate)
            self._encoders[stream].ask_key()
        elif stream not in self._always:
            self._encoders.pop(stream, None)

    def packets(self, frame: RedactedFrame, redaction: Redaction) -> list[StreamPacket]:
        """Return a picture as a packet for each stream that is needed.

        Raises:
            OutputError: It cannot be encoded.
        """
        made = [encoder.encode(frame, redaction) for encoder in self._encoders.values()]
        return [packet for packet in made if packet is not None]

    def wall(self, frame: RedactedFrame, redaction: Redaction) -> WallPicture | None:
        """Return a small picture for a mosaic while one is watched, a few times a second."""
        time_s = float(frame.pts * frame.time_base)
        if not self.mosaic or time_s - self._mosaic_s < MOSAIC_GAP_S:
            return None
        self._mosaic_s = time_s
        return wall_picture(frame, redaction)
