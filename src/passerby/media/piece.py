"""How a long recording is cut into pieces that processes cover side by side, and joined without a seam."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise

from passerby.media.stretch import ROUNDING_S, Stretch


@dataclass(frozen=True, slots=True)
class RecordingPiece:
    """What one process covers of a long recording; all times count from its first picture, s.

    Args:
        reach: What the process reads: before the frames that it covers, so that it knows what came before, and after
            them, so that it looks ahead.
        own: Frames that only this process covers.
        seam_s: Length of the seams before and after them, s: the pieces on both sides cover these frames, and what
            either of them covers is covered in the copy.
    """

    reach: Stretch
    own: Stretch
    seam_s: Fraction

    def owns(self, time_s: Fraction) -> bool:
        """Return whether only this piece covers a frame at that time."""
        return not (self.own.before(time_s) or self.own.after(time_s))

    def shares(self, time_s: Fraction) -> bool:
        """Return whether a frame at that time lies in one of its seams."""
        start_s = max(Fraction(0), self.own.from_s - self.seam_s)
        end_s = None if self.own.until_s is None else self.own.until_s + self.seam_s
        around = Stretch(start_s, end_s)
        return not (self.owns(time_s) or around.before(time_s) or around.after(time_s))


@dataclass(frozen=True, slots=True)
class FrameTimes:
    """When the frames of a recording are shown, in its own units of time, ascending.

    Args:
        pts: Of all frames.
        keys: Of those that can be decoded without the ones before them.
        time_base: Unit of time, s.
    """

    pts: tuple[int, ...]
    keys: tuple[int, ...]
    time_base: Fraction

    @property
    def length_s(self) -> Fraction:
        """Time between the first frame and the last, s."""
        return (self.pts[-1] - self.pts[0]) * self.time_base

    def after_start_s(self, pts: int) -> Fraction:
        """Return a time as it counts from the first frame, s."""
        return (pts - self.pts[0]) * self.time_base

    def within(self, stretch: Stretch) -> bool:
        """Return whether a frame lies in a stretch."""
        start = self.pts[0] + int((stretch.from_s - ROUNDING_S) / self.time_base)
        near = self.pts[max(0, bisect_left(self.pts, start)) :][:4]
        times = [self.after_start_s(pts) for pts in near]
        return any(not (stretch.before(time_s) or stretch.after(time_s)) for time_s in times)


def cut(times: FrameTimes, *, piece_s: float, overlap_s: float, ahead_s: float, warm_s: float) -> list[RecordingPiece]:
    """Cut a recording at key frames into pieces of about one length; a single one if it is too short.

    Args:
        times: Of its frames.
        piece_s: Wanted length, s.
        overlap_s: How far a seam extends to both sides of a cut, s.
        ahead_s: How much a piece reads beyond a seam, s.
        warm_s: How much a piece reads before a seam, s.
    """
    cuts = _cuts(times, Fraction(piece_s), least_s=Fraction(4 * overlap_s))
    overlap, ahead, warm = Fraction(overlap_s), Fraction(ahead_s), Fraction(warm_s)
    pieces = []
    for start_s, end_s in zip([None, *cuts], [*cuts, None], strict=True):
        own = Stretch(Fraction(0) if start_s is None else start_s + overlap, None if end_s is None else end_s - overlap)
        first_s = Fraction(0) if start_s is None else max(Fraction(0), start_s - overlap - warm)
        last_s = None if end_s is None else end_s + overlap + ahead
        pieces.append(RecordingPiece(Stretch(first_s, last_s), own, 2 * overlap))
    alone = [RecordingPiece(Stretch(), Stretch(), Fraction(0))]
    parts = [each.own for each in pieces] + seams(pieces)
    return pieces if all(times.within(part) for part in parts) else alone


def seams(pieces: Sequence[RecordingPiece]) -> list[Stretch]:
    """Return the stretches that two pieces share, in order."""
    return [Stretch(before.own.until_s or Fraction(0), after.own.from_s) for before, after in pairwise(pieces)]


def _cuts(times: FrameTimes, piece_s: Fraction, *, least_s: Fraction) -> list[Fraction]:
    """Return times of key frames that cut a recording into parts of about a length, none shorter than `least_s`."""
    count = min(round(times.length_s / piece_s), len(times.keys))  # times may be nonsense
    keys = [times.after_start_s(pts) for pts in times.keys]
    found: list[Fraction] = []
    for number in range(1, count):
        wanted_s = times.length_s * number / count
        after = bisect_left(keys, wanted_s)
        near = min(keys[max(0, after - 1) : after + 1], key=lambda key_s: abs(key_s - wanted_s), default=Fraction(0))
        if near - (found[-1] if found else 0) >= least_s and times.length_s - near >= least_s:
            found.append(near)
    return found
