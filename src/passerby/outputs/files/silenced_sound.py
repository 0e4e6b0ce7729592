"""The sound of a recording with silence where it must not be heard, encoded anew and to the sample."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import cast

import av
import numpy as np
from av.audio.stream import AudioStream
from av.container import OutputContainer
from av.packet import Packet
from numpy.typing import NDArray

from passerby.errors import UsageError
from passerby.media.files.sound_block import blocks, open_sound
from passerby.media.sound_plan import SoundPlan, SpanS
from passerby.media.stretch import Excerpt

_BITEXACT = 1 << 23  # otherwise the encoder writes its name into the sound
_BELOW_ZERO = frozenset({"mp4", "mov"})
_AAC_RATES = (8000, 11025, 12000, 16000, 22050, 24000, 32000, 44100, 48000)
_USUAL_RATE = 48_000
_BITS_PER_CHANNEL = 96_000
_JITTER_S = Fraction(1, 500)
"""Times of containers are rounded: blocks that lie this close to one another follow without a gap."""
_LONGEST_GAP_S = 3600
"""After a longer gap the file's times are wrong, and the rest of the sound is left out."""


class SilencedSound:
    """The first audio stream of a file, heard only at given times.

    Args:
        plan: The recording, and when it is heard.
        target: Container to write to, before its first picture.
        excerpt: Which part of it to write; None = all.

    Raises:
        SourceError: The file cannot be read.
        UsageError: The container can hold no sound.
    """

    def __init__(self, plan: SoundPlan, target: OutputContainer, *, excerpt: Excerpt | None = None) -> None:
        self._source, stream = open_sound(plan.path)
        self._target = target
        self._audible = plan.audible or ()
        self._begins_s = excerpt.begins_s if excerpt else Fraction(0)
        self._ends_s = excerpt.ends_s if excerpt else None
        self._seek_s = self._begins_s if excerpt else None
        self._packets = iter(()) if stream is None else self._read(stream, self._added(stream))
        self._next = next(self._packets, None)

    def mux_until(self, time_s: Fraction | None) -> None:
        """Write the packets up to this time of the copy, s; None = all that remain.

        Raises:
            OSError: The target cannot be written.
            av.error.FFmpegError: The container rejects a packet.
        """
        while self._next is not None and (time_s is None or _time(self._next) <= time_s):
            self._target.mux(self._next)
            self._next = next(self._packets, None)

    def close(self) -> None:
        """Close the source; safe to repeat."""
        self._next = None
        self._source.close()

    def _added(self, stream: AudioStream) -> AudioStream:
        name = self._target.format.name
        codec = "libopus" if name == "webm" else "aac"
        self._rate = stream.rate if codec == "aac" and stream.rate in _AAC_RATES else _USUAL_RATE
        self._channels = min(2, stream.channels)
        layout = "mono" if self._channels == 1 else "stereo"
        try:
            added = cast("AudioStream", self._target.add_stream(codec, rate=self._rate, layout=layout))
        except (ValueError, av.FFmpegError) as error:
            msg = f"a {name} file cannot hold sound that is encoded anew; use .mp4 or .mkv, or leave the sound out"
            raise UsageError(msg) from error
        added.codec_context.flags |= _BITEXACT
        added.codec_context.bit_rate = _BITS_PER_CHANNEL * self._channels
        return added

    def _read(self, stream: AudioStream, target: AudioStream) -> Iterator[Packet[AudioStream]]:
        position: int | None = None
        layout = "mono" if self._channels == 1 else "stereo"
        for block in blocks(self._source, stream, rate=self._rate, layout=layout, since_s=self._seek_s):
            start = round((block.time_s - self._begins_s) * self._rate)
            position = max(0, start) if position is None else position
            if start - position > _LONGEST_GAP_S * self._rate:
                break
            if abs(start - position) <= _JITTER_S * self._rate:
                start = position
            samples = block.samples[:, max(0, position - start) :]
            if self._ends_s is not None:
                end = int((self._ends_s - self._begins_s) * self._rate)
                samples = samples[:, : max(0, end - max(start, position))]
            if not samples.shape[1]:
                continue
            while position < start:  # nothing could be decoded here
                gap = np.zeros((self._channels, min(self._rate, start - position)), np.float32)
                yield from self._encoded(target, gap, position)
                position += gap.shape[1]
            yield from self._encoded(target, self._silenced(samples, position), position)
            position += samples.shape[1]
        yield from self._wanted(target.encode(None))

    def _encoded(
        self, target: AudioStream, samples: NDArray[np.float32], position: int
    ) -> Iterator[Packet[AudioStream]]:
        layout = "mono" if self._channels == 1 else "stereo"
        frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(samples), format="fltp", layout=layout)
        frame.sample_rate = self._rate
        frame.time_base = Fraction(1, self._rate)
        frame.pts = position
        yield from self._wanted(target.encode(frame))

    def _wanted(self, packets: list[Packet[AudioStream]]) -> Iterator[Packet[AudioStream]]:
        """Yield packets that the container can hold: times before 0 would shift the pictures of some."""
        below_zero = self._target.format.name in _BELOW_ZERO
        yield from (each for each in packets if below_zero or (each.dts or 0) >= 0)

    def _silenced(self, samples: NDArray[np.float32], position: int) -> NDArray[np.float32]:
        """Return samples that are 0 wherever they are not known to be heard."""
        first_s = float(self._begins_s) + position / self._rate
        heard = np.zeros_like(samples)
        for span in self._audible:
            inner = _samples_of(span, first_s, rate=self._rate, count=samples.shape[1])
            heard[:, inner] = samples[:, inner]
        return heard


def _samples_of(span: SpanS, first_s: float, *, rate: int, count: int) -> slice:
    """Return which samples lie in a span, rounded inwards."""
    start, end = ((edge - first_s) * rate for edge in span)
    low = int(np.ceil(min(max(start, 0.0), count)))
    return slice(low, max(low, int(np.floor(min(max(end, 0.0), count)))))


def _time(packet: Packet[AudioStream]) -> Fraction:
    return (packet.dts or 0) * packet.time_base
