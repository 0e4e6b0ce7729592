"""Reads head points: a CSV file with the columns x and y, and frame if it belongs to a clip."""

from __future__ import annotations

import math
from pathlib import Path

from passerby.errors import UsageError
from passerby.evaluate.result import TruthFormat
from passerby.evaluate.truth import Rows, Truth, whole_number


def read_points(text: str, path: Path) -> Truth:
    """Read head points; the pixel that contains a point must be covered. Frames count from 0.

    Args:
        text: The file's text.
        path: The file, for messages.

    Raises:
        UsageError: A column is missing, a number is wrong, or there is no point.
    """
    header, *lines = text.splitlines() or [""]
    columns = [name.strip().lower() for name in header.split(",")]
    if not {"x", "y"} <= set(columns):
        msg = f"{path}: line 1: has no columns x and y; head points need them, and frame for a clip"
        raise UsageError(msg)

    rows = Rows(path)
    for number, line in enumerate(lines, 2):
        if not line.strip():
            continue
        try:
            values = dict(zip(columns, map(float, line.split(",")), strict=True))
            x = math.floor(values["x"])
            y = math.floor(values["y"])
            frame = values.get("frame", 0.0)
        except (ValueError, OverflowError) as error:  # too few or many cells, not a number, NaN or infinite
            msg = f"{path}: line {number}: {error}; give one finite number for each of {', '.join(columns)}"
            raise UsageError(msg) from error
        known = whole_number(frame, least=0)
        if known is None:
            msg = f"{path}: line {number}: frame {frame:g}: frame numbers must be whole numbers from 0; correct it"
            raise UsageError(msg)
        pixel = (x, y, x + 1, y + 1)
        rows.add(known, pixel, pixel, place=f"line {number}")

    return rows.truth(TruthFormat.POINTS, nothing="contains no point")
