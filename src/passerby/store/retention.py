"""How long signals are stored, by the length of their windows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlalchemy import Connection, delete

from passerby.store.schema import SIGNAL

DAY_S = 86_400
RETENTION_DAYS: Mapping[int, float] = {1: 3, 10: 3, 60: 90, 900: 1826, 3600: 1826}
"""Days that signals are stored, by the length of their windows in seconds: what could still be linked to a person who
was seen at that second is deleted with the recordings, after 72 h; hours are stored for five years."""


def erase(connection: Connection, series: Sequence[int], now_s: float, retention_days: Mapping[int, float]) -> int:
    """Delete signals that are older than allowed, and return their number.

    Args:
        connection: In a transaction that writes.
        series: Numbers of the series to check.
        now_s: The current time, UTC since 1970.
        retention_days: Days by the length of windows in seconds; a length that is absent is stored without limit.
    """
    erased = 0
    for length_s, days in retention_days.items():
        old_s = now_s - days * DAY_S - length_s
        for number in series:  # one by one: each is a range of the primary key
            kept = SIGNAL.c
            old = delete(SIGNAL).where(kept.length_s == length_s, kept.series == number, kept.start_s <= old_s)
            erased += connection.execute(old).rowcount
    return erased
