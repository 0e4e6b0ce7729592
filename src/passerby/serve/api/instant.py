"""Times in requests, and the time zone that they must name."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Final, TypeAlias

from fastapi import HTTPException, Query
from pydantic import AfterValidator, AwareDatetime

_YEARS: Final = range(1971, 2200)


def _in_utc(at: datetime) -> datetime:
    if at.year not in _YEARS:
        msg = f"the year must be between {_YEARS.start} and {_YEARS.stop - 1}"
        raise ValueError(msg)
    return at.astimezone(UTC)


Instant: TypeAlias = Annotated[AwareDatetime, AfterValidator(_in_utc)]
"""A time with its offset; it arrives in UTC."""
Start: TypeAlias = Annotated[Instant, Query(description="Start, with an offset, such as 2026-11-22T14:30:00+01:00.")]
End: TypeAlias = Annotated[Instant, Query(description="End, as start.")]


def require_period(begin: datetime, end: datetime, *, longest_h: float) -> None:
    """Refuse a period that is empty or too long.

    Raises:
        HTTPException: 422, with the reason.
    """
    if begin >= end:
        raise HTTPException(422, "the start is not before the end; swap them")
    if (end - begin).total_seconds() > longest_h * 3600:
        raise HTTPException(422, f"the period is longer than {longest_h:g} h; ask for shorter ones")
