"""Hours of the week in a site's time zone: when a rule applies, and when nobody is notified."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo

WHOLE_WEEK = frozenset(range(7))
DAY_MIN = 24 * 60


@dataclass(frozen=True, slots=True)
class WeekHours:
    """A span of hours on some days; one that ends at or before its start lasts until the next day.

    Args:
        days: Days on which it starts, 0 = Monday.
        start_min: Local time at which it starts, minutes since midnight.
        end_min: Local time at which it ends (not included), minutes since midnight.
    """

    days: frozenset[int]
    start_min: int
    end_min: int

    def include(self, moment: datetime) -> bool:
        """Return whether a local time lies in these hours.

        >>> night = WeekHours(frozenset({4}), 22 * 60, 6 * 60)  # Friday, 22:00 to 06:00
        >>> night.include(datetime(2026, 11, 28, 5, 59, tzinfo=UTC))  # Saturday morning
        True
        """
        minute = moment.hour * 60 + moment.minute
        today = moment.weekday()
        if self.end_min > self.start_min:
            return today in self.days and self.start_min <= minute < self.end_min
        yesterday = (today - 1) % 7
        return (today in self.days and minute >= self.start_min) or (yesterday in self.days and minute < self.end_min)

    @property
    def length_s(self) -> float:
        """Usual length on one day, s."""
        return 60.0 * ((self.end_min - self.start_min - 1) % DAY_MIN + 1)


def include(hours: Sequence[WeekHours], time_s: float, zone: tzinfo) -> bool:
    """Return whether a time lies in one of several spans of hours.

    Args:
        hours: The spans.
        time_s: UTC since 1970, s.
        zone: The site's time zone.
    """
    if not hours:
        return False
    moment = (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=time_s)).astimezone(zone)
    return any(each.include(moment) for each in hours)
