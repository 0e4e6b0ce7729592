"""A contact sheet of a covered copy: its most covered frames, frames near the mean, and random ones."""

from __future__ import annotations

from array import array
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Final

from passerby.assembly.copy_frames import copy_pictures
from passerby.outputs.files.contact_sheet import Tile, write_sheet

EACH: Final = 6
"""Frames of each sort: one row of the sheet."""
SIDE_PX: Final = 320
_APART_S: Final = 1.0
"""Frames of one sort lie this far apart, while there are enough: neighbours look alike."""
ALIKE: Final = 0.02
"""Where the most and the least covered frame differ by less, none is the worst: they are taken at even distances."""
_LINE: Final = 44
"""Characters that fit under a picture."""


@dataclass(frozen=True, slots=True)
class ChosenFrame:
    """A frame for the sheet.

    Args:
        index: Its number, counted from 0.
        sort: Why it was chosen ("" = all frames are covered alike).
        time_s: Its time, s.
        share: Covered share of it, in [0, 1].
        whole: Why it is covered whole ("" = it is not).
    """

    index: int
    sort: str
    time_s: float
    share: float
    whole: str


class ShareLog:
    """Stores how much of each frame is covered: 12 bytes a frame, and the reasons of those covered whole."""

    def __init__(self) -> None:
        self._times_s = array("d")
        self._shares = array("f")
        self._whole: dict[int, str] = {}

    def add(self, time_s: float, share: float, whole: str) -> None:
        """Add a frame: its time in s, its covered share in [0, 1], and why all of it is covered ("" = it is not)."""
        if whole:
            self._whole[len(self._shares)] = whole
        self._times_s.append(time_s)
        self._shares.append(share)

    @property
    def alike(self) -> bool:
        """Whether all frames are covered by nearly the same share, so that none is the worst."""
        return not self._whole and max(self._shares, default=0.0) - min(self._shares, default=0.0) < ALIKE

    def chosen(self) -> list[ChosenFrame]:
        """Return frames for a sheet, none twice: the most covered, those nearest to the mean, and random ones.

        Frames that are all covered alike are taken at even distances instead.
        """
        count = len(self._shares)
        if not count:
            return []
        if self.alike:
            most = min(count, 3 * EACH)
            return [self._frame(index * count // most, "") for index in range(most)]
        mean = sum(self._shares) / count
        by_share = sorted(range(count), key=lambda index: -self._shares[index])
        orders = {
            "most covered": [index for index in by_share if self._shares[index] >= max(self._shares) / 2],
            "near the mean": sorted(range(count), key=lambda index: abs(self._shares[index] - mean)),
            "random": Random(count).sample(range(count), count),  # noqa: S311 - a choice of pictures, no secret
        }
        found: list[ChosenFrame] = []
        for sort, order in orders.items():
            taken = {each.index for each in found}
            found += [self._frame(index, sort) for index in sorted(self._spread(order, taken))]
        return found

    def _spread(self, order: list[int], taken: set[int]) -> list[int]:
        """Return the first of an order that lie apart, filled up with others where there are too few."""
        free = [index for index in order if index not in taken]
        apart: list[int] = []
        for index in free:
            if all(abs(self._times_s[index] - self._times_s[other]) >= _APART_S for other in apart):
                apart.append(index)
            if len(apart) == EACH:
                return apart
        return apart + [index for index in free if index not in apart][: EACH - len(apart)]

    def _frame(self, index: int, sort: str) -> ChosenFrame:
        return ChosenFrame(index, sort, self._times_s[index], self._shares[index], self._whole.get(index, ""))


def write_copy_sheet(copy: Path, shares: ShareLog, path: Path, *, replace: bool = False) -> None:
    """Write a contact sheet of a covered copy as PNG.

    Args:
        copy: The covered copy: only it is read, never its source.
        shares: How much of each of its frames is covered.
        path: The sheet.
        replace: Whether an existing file may be replaced.

    Raises:
        SourceError: The copy cannot be read.
        OutputError: The sheet cannot be written.
    """
    chosen = shares.chosen()
    pictures = copy_pictures(copy, {each.index for each in chosen}, side_px=SIDE_PX)
    tiles = [Tile(pictures[each.index], _lines(each)) for each in chosen if each.index in pictures]
    title = f"{copy.name}: {len(tiles)} frames of the copy"
    if shares.alike and len(tiles) > 1:
        title += ", at even distances, because all of its frames are covered alike"
    write_sheet(path, tiles, title=title, tile_px=SIDE_PX, replace=replace)


def _lines(frame: ChosenFrame) -> tuple[str, ...]:
    first = f"{frame.sort}: {frame.share:.0%} covered" if frame.sort else f"{frame.share:.0%} covered"
    second = f"{frame.time_s:.2f} s, frame {frame.index}"
    reason = frame.whole if len(frame.whole) <= _LINE else f"{frame.whole[: _LINE - 3]}..."
    return (first, second, reason)
