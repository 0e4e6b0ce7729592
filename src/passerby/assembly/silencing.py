"""Decides when the sound of a copy is silent: reads the sound once, before the pictures are covered."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from passerby.media.files.sound_block import SoundBlock, blocks, open_sound
from passerby.media.sound_plan import ALWAYS, SoundPlan, SpanS, without
from passerby.media.stretch import Excerpt
from passerby.redact.speech import BY_HAND, JudgedSound, Silence, audible_of
from passerby.vision.models.catalogue import model_named
from passerby.vision.models.files import locate
from passerby.vision.nets.speech_finder import CHUNK, RATE, SpeechFinder

_MOST_CHANNELS = 8
"""More are rare; what further ones hold would not be judged, so all sound is silent then."""
_GAP = RATE // 100
"""Samples by which a block may be off its time before a gap counts."""


@dataclass(frozen=True, slots=True)
class SilencedPlan:
    """The sound of one copy, and where it is silent.

    Args:
        plan: What is written.
        silences: When it is silent, and why.
    """

    plan: SoundPlan
    silences: tuple[Silence, ...]


def by_hand(path: Path, muted: Sequence[SpanS]) -> SilencedPlan:
    """Return the sound of a recording that is silent only at times that somebody named, s, in its own times."""
    silences = tuple(Silence(*span, BY_HAND) for span in sorted(muted))
    return SilencedPlan(SoundPlan(path, without([ALWAYS], muted)), silences)


def without_speech(path: Path, muted: Sequence[SpanS], excerpt: Excerpt | None) -> SilencedPlan:
    """Return the sound of a recording without speech: each channel is judged, and one that speaks silences all.

    Args:
        path: The recording.
        muted: Further times that are silent, s, in its own times.
        excerpt: The part of it that is needed; None = all.

    Raises:
        SourceError: The recording cannot be read.
        ModelError: The network is missing or damaged.
        DetectorError: The network fails its self-test or the runtime.
    """
    network = locate(model_named(SpeechFinder.name))
    SpeechFinder(network).test()
    heard, silences = audible_of(_judged(path, network, excerpt), muted)
    return SilencedPlan(SoundPlan(path, heard), tuple(silences))


def _judged(path: Path, network: Path, excerpt: Excerpt | None) -> Iterator[JudgedSound]:
    """Yield the pieces of the main sound with the highest likelihood of any channel."""
    source, stream = open_sound(path)
    with closing(source):
        if stream is None or stream.channels > _MOST_CHANNELS:
            return
        finders = [SpeechFinder(network) for _ in range(stream.channels)]
        since_s = None if excerpt is None else excerpt.begins_s
        for start_s, chunk in _chunks(blocks(source, stream, rate=RATE, since_s=since_s), len(finders)):
            if excerpt is not None and excerpt.ends_s is not None and start_s > excerpt.ends_s + 1:
                return
            likely = max(finder.likelihood(each) for finder, each in zip(finders, chunk, strict=True))
            yield JudgedSound(float(start_s), float(start_s + Fraction(CHUNK, RATE)), likely)


def _chunks(sound: Iterator[SoundBlock], channels: int) -> Iterator[tuple[Fraction, NDArray[np.float32]]]:
    """Yield chunks of 512 samples, shape (channels, 512), with their times; none spans a gap.

    The last samples before a gap, fewer than a chunk, are not judged, and nor is sound with other channels.
    """
    held = np.zeros((channels, 0), np.float32)
    start_s = Fraction(0)
    for block in sound:
        if block.samples.shape[0] != channels:
            held = held[:, :0]
            continue
        expected_s = start_s + Fraction(held.shape[1], RATE)
        if not held.shape[1] or abs(block.time_s - expected_s) * RATE > _GAP:
            held, start_s = block.samples, block.time_s
        else:
            held = np.concatenate((held, block.samples), axis=1)
        while held.shape[1] >= CHUNK:
            yield start_s, held[:, :CHUNK]
            held = held[:, CHUNK:]
            start_s += Fraction(CHUNK, RATE)
