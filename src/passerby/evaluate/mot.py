"""Reads ground truth of the MOT challenge: frame,person,x,y,width,height,counts,class,visibility."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from passerby.errors import UsageError
from passerby.evaluate.result import TruthFormat
from passerby.evaluate.truth import Rows, Truth, upper_part, whole_number

_CLASSES: Final = {1.0, -1.0}
"""Pedestrian, and what older files write for "no class"."""
_LEAST, _MOST = 6, 9


def read_mot(text: str, path: Path, *, upper: float) -> Truth:
    """Read MOT labels, which count frames from 1. Rows that do not count or are not a pedestrian are ignored.

    Args:
        text: The file's text.
        path: The file, for messages.
        upper: Share of a person's height that must be covered, from the top.

    Raises:
        UsageError: A row is wrong, or none is left.
    """
    rows = Rows(path)
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip():
            continue
        first, person, x, y, width, height, counts, kind = _values(line, path, number)
        if counts != 1 or kind not in _CLASSES:
            continue
        frame = whole_number(first, least=1)
        who = whole_number(person, least=-1)
        if frame is None or who is None:
            msg = f"{path}: line {number}: frame {first:g}, person {person:g}: use whole numbers, frames from 1"
            raise UsageError(msg)
        body = (x, y, x + width, y + height)
        rows.add(frame - 1, upper_part(body, height, upper), body, person=who, place=f"line {number}")

    return rows.truth(TruthFormat.MOT, nothing="has no row that counts (7th number 1) for a pedestrian (8th number 1)")


def _values(line: str, path: Path, number: int) -> list[float]:
    """Return the first eight numbers of a row."""
    cells = line.split(",")
    try:
        values = [float(cell) for cell in cells[:_MOST]]
    except ValueError as error:
        msg = f"{path}: line {number}: {error}; a row is frame,person,x,y,width,height,counts,class,visibility"
        raise UsageError(msg) from error
    if len(values) < _LEAST:
        msg = f"{path}: line {number}: has {len(values)} numbers; a row is frame,person,x,y,width,height,..."
        raise UsageError(msg)
    if any(value != value for value in values):  # noqa: PLR0124 - only NaN differs from itself
        msg = f"{path}: line {number}: contains NaN; correct or remove the row"
        raise UsageError(msg)
    return (values + [1.0, 1.0][max(0, len(values) - _LEAST) :])[:8]
