"""Times in a recording as people write them: seconds, MM:SS or HH:MM:SS."""

from __future__ import annotations

import re
from typing import Annotated, Any, Final

from pydantic import AfterValidator, BeforeValidator, Field

LONGEST_S: Final = 360_000.0
_WRITTEN = re.compile(r"(?:(?:(?P<h>\d{1,3}):)?(?P<m>\d{1,4}):)?(?P<s>\d{1,7}(?:\.\d{1,9})?)", re.ASCII)
_SIXTY = 60
_HOW = "give seconds, MM:SS or HH:MM:SS, such as 12.5, 01:30 or 1:02:30.25"


def position_s(written: Any) -> Any:  # noqa: ANN401 - whatever is validated
    """Return a time in s from how it is written; numbers are left as they are.

    Raises:
        ValueError: It is no such time.

    >>> position_s("12.5"), position_s("01:30"), position_s("1:02:30.25")
    (12.5, 90.0, 3750.25)
    """
    if not isinstance(written, str):
        return written
    match = _WRITTEN.fullmatch(written.strip())
    if match is None:
        raise ValueError(_HOW)
    hours, minutes, seconds = int(match["h"] or 0), int(match["m"] or 0), float(match["s"])
    if (match["m"] and seconds >= _SIXTY) or (match["h"] and minutes >= _SIXTY):
        raise ValueError(_HOW)
    return round(_SIXTY * (_SIXTY * hours + minutes) + seconds, 9)


def span_s(written: Any) -> Any:  # noqa: ANN401 - as above
    """Return start and end, s, from `00:10-00:14`; other values are left as they are.

    Raises:
        ValueError: It has another form, or does not end after it starts.

    >>> span_s("00:10-00:14.5")
    (10.0, 14.5)
    """
    if not isinstance(written, str):
        return written
    start, dash, end = written.partition("-")
    if not (dash and _WRITTEN.fullmatch(start.strip()) and _WRITTEN.fullmatch(end.strip())):
        msg = "give a start and an end, such as 00:10-00:14 or 3.5-8"
        raise ValueError(msg)
    return position_s(start), position_s(end)


def in_order(span: tuple[float, float]) -> tuple[float, float]:
    """Return a span that ends after it starts.

    Raises:
        ValueError: It does not.
    """
    if not all(0 <= each <= LONGEST_S for each in span):
        msg = f"give times from 0 to {LONGEST_S:g} s"
        raise ValueError(msg)
    if span[1] <= span[0]:
        msg = f"ends at {span[1]:g} s, which is not after its start at {span[0]:g} s; give a later end"
        raise ValueError(msg)
    return span


Position = Annotated[float, BeforeValidator(position_s), Field(ge=0, le=LONGEST_S)]
"""A time in a recording, counted from its first frame, s."""
MutedSpan = Annotated[tuple[float, float], BeforeValidator(span_s), AfterValidator(in_order)]
"""A start and an end in a recording."""
