"""Times on the command line: with an offset, or in a time zone."""

from __future__ import annotations

from datetime import datetime, timedelta, tzinfo

from passerby.errors import UsageError

SKIPPED = timedelta(hours=3)
"""Longer than any time that a clock change skips or repeats."""


def moment(text: str, flag: str, zone: tzinfo) -> datetime:
    """Return the time that was entered; without an offset, it is in the given time zone.

    Raises:
        UsageError: It is not a time, or a clock change skips or repeats it.
    """
    try:
        found = datetime.fromisoformat(text)
    except ValueError as error:
        msg = f"{flag} {text}: not a time; write it as 2026-11-22T08:00 or 2026-11-22T08:00+01:00"
        raise UsageError(msg) from error

    if found.tzinfo is not None:
        return found
    one, other = (found.replace(tzinfo=zone, fold=fold) for fold in (0, 1))
    if one.utcoffset() != other.utcoffset():
        twice = (one.utcoffset() or timedelta()) > (other.utcoffset() or timedelta())
        what = f"occurs twice in {zone}" if twice else f"does not exist in {zone}"
        texts = [(found - SKIPPED).replace(tzinfo=zone), (found + SKIPPED).replace(tzinfo=zone)]
        offsets = [f"{each:%z}"[:3] + ":" + f"{each:%z}"[3:5] for each in texts]
        written = " or ".join(f"{found.isoformat(timespec='minutes')}{offset}" for offset in offsets)
        msg = f"{flag} {text}: this time {what}, because the clocks change; add the offset: {written}"
        raise UsageError(msg)

    return one
