"""Times in a recording as people write them: seconds, MM:SS or HH:MM:SS."""

from __future__ import annotations

import re
from typing import Annotated, Any, Final

from pydantic import BeforeValidator, Field

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


Position = Annotated[float, BeforeValidator(position_s), Field(ge=0, le=LONGEST_S)]
"""A time in a recording, counted from its first frame, s."""
