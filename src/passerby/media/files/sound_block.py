"""Decodes sound to blocks of samples, each at its own time; what cannot be decoded is a gap."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from av.audio.frame import AudioFrame
from av.audio.resampler import AudioResampler
from av.audio.stream import AudioStream
from av.container import InputContainer
from numpy.typing import NDArray

from passerby.media.files.container import open_recording

_BEFORE_S = 1
"""How long before a time sound is read from, s: decoders need a moment, and containers may not know the exact place."""


@dataclass(frozen=True, slots=True)
class SoundBlock:
    """Some decoded sound.

    Args:
        time_s: Time of its first sample, s, in the recording's own times.
        samples: Shape (channels, N) float32, in [-1, 1].
    """

    time_s: Fraction
    samples: NDArray[np.float32]


def open_sound(path: Path) -> tuple[InputContainer, AudioStream | None]:
    """Open a recording and the sound that players play: the first stream of it; None if there is none.

    Raises:
        SourceError: It cannot be read.
    """
    source, _ = open_recording(path)
    return source, source.streams.audio[0] if source.streams.audio else None


def blocks(
    source: InputContainer, stream: AudioStream, *, rate: int, layout: str = "", since_s: Fraction | None = None
) -> Iterator[SoundBlock]:
    """Yield the sound of a stream in order of time.

    Args:
        source: The open recording.
        stream: One of its streams.
        rate: Samples per second.
        layout: FFmpeg's name for the channels; "" = as they are.
        since_s: Sound well before this time, s, may be left out; None = all is wanted.
    """
    if since_s is not None:
        with suppress(av.FFmpegError):
            source.seek(int((since_s - _BEFORE_S) * av.time_base))
    converter: AudioResampler | None = None
    form: tuple[str, str, int] | None = None
    for frame in _frames(source, stream):
        now = (frame.format.name, frame.layout.name, frame.sample_rate)
        if converter is None or now != form:
            converter, form = AudioResampler(format="fltp", layout=layout or frame.layout.name, rate=rate), now
        try:
            made = converter.resample(frame)
        except (av.FFmpegError, ValueError):
            converter = None
            continue
        for each in made:
            if each.pts is not None and each.time_base is not None:
                yield SoundBlock(each.pts * each.time_base, np.asarray(each.to_ndarray(), np.float32))


def _frames(source: InputContainer, stream: AudioStream) -> Iterator[AudioFrame]:
    """Yield what can be decoded; what a damaged file no longer yields is missing."""
    try:
        for packet in source.demux(stream):
            with suppress(av.FFmpegError):
                yield from packet.decode()
    except av.FFmpegError:
        return
