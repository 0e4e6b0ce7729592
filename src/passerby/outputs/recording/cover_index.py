"""How a camera's recording is covered over time: shares of equal steps, for a timeline."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

import numpy as np
from numpy.typing import NDArray

from passerby.outputs.recording.cover_seconds import COVERED, NO_PICTURE, WHOLE
from passerby.outputs.recording.segment import Segment

_LONGEST: Final = timedelta(hours=1)
"""No segment is longer."""
_COVERED, _UNKNOWN, _WHOLE, _NO_PICTURE = 1, 2, 3, 4
_CODES: Final = np.full(128, _UNKNOWN, np.uint8)
for _letter, _code in ((COVERED, _COVERED), (WHOLE, _WHOLE), (NO_PICTURE, _NO_PICTURE)):
    _CODES[ord(_letter)] = _code
_SECOND: Final = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class CoverIndex:
    """Shares of each step of a period, [0, 1]; what is left of a step up to 1 was not recorded.

    Args:
        begin: Start of the first step, UTC.
        step_s: Length of a step, s.
        covered: People are covered.
        whole: At least one picture of the second is covered whole.
        no_picture: The camera gave no picture, and a notice was recorded.
        unknown: Recorded, but how it is covered is not known (yet): it is being written, or was cut off.
    """

    begin: datetime
    step_s: int
    covered: tuple[float, ...]
    whole: tuple[float, ...]
    no_picture: tuple[float, ...]
    unknown: tuple[float, ...]


def cover_index(chosen: Iterable[Segment], begin: datetime, end: datetime, step_s: int) -> CoverIndex:
    """Return how a period is covered, exact to a second.

    Args:
        chosen: Segments of one camera that can reach into the period.
        begin: Start, UTC.
        end: End, UTC; the last step may reach beyond it.
        step_s: Length of a step, s.
    """
    steps = -(-(end - begin) // timedelta(seconds=step_s))
    seconds = np.zeros(steps * step_s, np.uint8)
    for segment in chosen:
        codes = _codes(segment)
        first = round((segment.begin - begin) / _SECOND)
        at, until = max(0, first), min(len(seconds), first + len(codes))
        if at < until:
            seconds[at:until] = np.maximum(seconds[at:until], codes[at - first : until - first])
    table = seconds.reshape(steps, step_s)
    shares = (_share(table, code) for code in (_COVERED, _WHOLE, _NO_PICTURE, _UNKNOWN))
    return CoverIndex(begin, step_s, *shares)


def _share(table: NDArray[np.uint8], code: int) -> tuple[float, ...]:
    return tuple(np.round((table == code).mean(axis=1), 4).tolist())


def _codes(segment: Segment) -> NDArray[np.uint8]:
    """Return a code for each second of a segment."""
    if segment.cover.isascii() and segment.cover:
        return _CODES[np.frombuffer(segment.cover.encode(), np.uint8)]
    length = max(1, round((_end(segment) - segment.begin) / _SECOND))
    return np.full(length, _code_of_all(segment), np.uint8)


def _code_of_all(segment: Segment) -> int:
    """Return how all pictures of a segment are covered, if an earlier version wrote how many are."""
    if segment.whole is None or segment.notices is None or not segment.pictures:
        return _UNKNOWN
    if not segment.whole + segment.notices:
        return _COVERED
    if segment.whole >= segment.pictures:
        return _WHOLE
    return _NO_PICTURE if segment.notices >= segment.pictures else _UNKNOWN


def _end(segment: Segment) -> datetime:
    """Return the end of a segment, or if it is being written, when its file was written last."""
    if segment.end is not None:
        return segment.end
    with suppress(OSError):  # deleted in the meantime
        written = datetime.fromtimestamp(segment.path.stat().st_mtime, UTC)
        return min(max(written, segment.begin), segment.begin + _LONGEST)
    return segment.begin
