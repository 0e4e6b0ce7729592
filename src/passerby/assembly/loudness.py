"""How loud a covered copy is over time: highest levels only, from which no sound can be made."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from math import ceil
from pathlib import Path
from typing import Final

import numpy as np

from passerby.media.files.sound_block import SoundBlock, blocks, open_sound

PER_S: Final = 20
"""Levels per second: a word has four or five of them, and speech cannot be made of them."""
LEVELS: Final = 100
_RATE: Final = 8000
_SILENT: Final = 1e-4
"""Below it is only what encoders leave of silence."""
_LONGEST_S: Final = 24 * 3600
"""What comes later is not drawn: times of damaged files can be anything."""


@dataclass(frozen=True, slots=True)
class Loudness:
    """The levels of a file's sound.

    Args:
        per_s: Levels per second; the first is for the time 0 of the file.
        levels: The highest amplitude in each part, 0 to 100; 0 also where there is no sound.
    """

    per_s: int
    levels: list[int]


def loudness(copy: Path) -> Loudness | None:
    """Return how loud a covered copy is; None if it has no sound.

    Raises:
        SourceError: It cannot be read.
    """
    source, stream = open_sound(copy)
    with closing(source):
        if stream is None:
            return None
        highest: dict[int, float] = {}
        for block in blocks(source, stream, rate=_RATE):
            for part, level in _levels(block):
                highest[part] = max(level, highest.get(part, 0.0))
    count = max(highest, default=-1) + 1
    return Loudness(PER_S, [ceil(LEVELS * highest.get(part, 0.0)) for part in range(count)])


def _levels(block: SoundBlock) -> Iterator[tuple[int, float]]:
    """Yield the number of each part of which a block has samples, and the highest level in it, in [0, 1]."""
    samples = np.nan_to_num(np.abs(block.samples), nan=1.0).max(axis=0, initial=0.0)
    samples = np.where(samples > _SILENT, np.clip(samples, 0.0, 1.0), 0.0)
    parts = np.floor((float(block.time_s) * _RATE + np.arange(len(samples))) * PER_S / _RATE).astype(np.int64)
    for part in np.unique(parts):
        if 0 <= part < _LONGEST_S * PER_S:
            yield int(part), float(samples[parts == part].max())
