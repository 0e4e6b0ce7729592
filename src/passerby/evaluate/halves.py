"""Divides a labelled clip in two by time: one half to choose settings on, the other to measure them on."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from passerby.errors import UsageError
from passerby.evaluate.truth import Truth

APART_S: Final = 2.0
"""Time between the halves that counts for neither: whoever is seen at the division would be in both."""
LEAST_S: Final = 8.0


@dataclass(frozen=True, slots=True)
class Half:
    """A part of a labelled clip.

    Args:
        first: Number of its first frame, counted from 0.
        end: Number of the frame after its last.
        truth: Its labels; frames are counted from its first.
    """

    first: int
    end: int
    truth: Truth


def halves(truth: Truth, times_s: Sequence[float]) -> tuple[Half, Half]:
    """Return the first half of a clip, and the second without its first two seconds.

    The clip is divided by time, not by a hash of frames: the same person looks nearly the same in neighbouring frames,
    and would be in both parts.

    Args:
        truth: The labels of the clip.
        times_s: Times of its frames, s.

    Raises:
        UsageError: The clip is too short, or a half has no labels.
    """
    span_s = times_s[-1] - times_s[0] if times_s else 0.0
    if span_s < LEAST_S:
        msg = f"the clip lasts {span_s:.1f} s, too short to be divided; label {LEAST_S:g} s or more, better a minute"
        raise UsageError(msg)
    middle_s = times_s[0] + span_s / 2
    early = _part(truth, 0, bisect_left(times_s, middle_s), "first")
    late = _part(truth, bisect_left(times_s, middle_s + APART_S), len(times_s), "second")
    return early, late


def _part(truth: Truth, first: int, end: int, name: str) -> Half:
    frames = {frame - first: labels for frame, labels in truth.frames.items() if first <= frame < end}
    if not frames:
        msg = f"{truth.path}: the {name} half of the clip has no labels; label people in both halves"
        raise UsageError(msg)
    listed = truth.listed and frozenset(frame - first for frame in truth.listed if first <= frame < end)
    return Half(first, end, replace(truth, frames=frames, listed=listed))
