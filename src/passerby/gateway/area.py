"""Areas made of places of several cameras and counters: how many people are on a site or in a building."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from itertools import groupby
from operator import attrgetter

from passerby.measure.occupancy import NetOccupancy, SiteOccupancy
from passerby.measure.reading import Quantity, Reading
from passerby.settings.site.signals import AreaSettings
from passerby.signals.window import time_zone

RESUMED = timedelta(hours=1)
"""After a longer pause the number of people inside is unknown."""
LATE_S = 3.0
_time_s = attrgetter("time_s")


class Area:
    """One area: the sum of its zones, or what was counted at its doors.

    The observed share of its readings is the share of its zones or doors that are observed: a door whose camera is
    down, or whose counter missed a message, is not.

    Args:
        settings: Its zones or doors.
        timezone: Time zone of the time at which it is known to be empty.
    """

    def __init__(self, settings: AreaSettings, timezone: str) -> None:
        self.about = (settings, timezone)
        self.name = settings.name
        self.parts = frozenset(settings.zones or settings.doors)
        self._fused = SiteOccupancy(settings.name, settings.zones) if settings.zones else None
        self._net = NetOccupancy(settings.name, settings.doors) if settings.doors else None
        self._empty_at = None if settings.empty_at is None else time.fromisoformat(settings.empty_at)
        self._zone = time_zone(timezone)
        self._latest_of: dict[str, Reading] = {}
        self._latest_s = self._resumed_s = float("-inf")
        self._period: date | None = None

    @property
    def has_doors(self) -> bool:
        """Whether it adds up counts at doors, and so depends on the number that was known before."""
        return self._net is not None

    def known_since(self, now: datetime) -> datetime:
        """Return since when a number of an earlier run is still valid."""
        return max(now - RESUMED, self._emptied(now)) if self._empty_at else now - RESUMED

    def resume(self, persons: float, until_s: float) -> None:
        """Continue from the number inside of an earlier run, which includes all counts until then."""
        if self._net is not None:
            self._net.known(persons)
            self._latest_s = self._resumed_s = until_s

    def readings(self, given: list[Reading]) -> Iterator[Reading]:
        """Yield readings of the area from new readings of places, one for each moment at which a span ends."""
        ours = sorted((each for each in given if each.place in self.parts), key=_time_s)
        for time_s, ended in groupby(ours, key=_time_s):
            moment = list(ended)
            self._correct_drift(time_s - moment[0].span_s)  # first: what is counted afterwards belongs to the new day
            used = [each for each in moment if self._use(each)]
            if used and time_s > self._latest_s:
                self._latest_s = time_s
                yield self._reading(time_s, used[0].span_s)

    def _reading(self, time_s: float, span_s: float) -> Reading:
        if self._net is None:
            assert self._fused is not None  # noqa: S101 - an area is made of zones or of doors
            return self._fused.reading(time_s, span_s)
        self._correct_drift(time_s)
        span = (time_s, span_s, span_s * self._share(time_s))
        return Reading(self.name, Quantity.NET_OCCUPANCY, self._net.inside, *span, "door counts")

    def _use(self, reading: Reading) -> bool:
        """Add a reading of a place; return whether it counts for the area."""
        if self._fused is not None:
            self._fused.take(reading)
            return reading.quantity is Quantity.OCCUPANCY
        inwards = reading.value if reading.quantity is Quantity.CROSSINGS_IN else 0.0
        outwards = reading.value if reading.quantity is Quantity.CROSSINGS_OUT else 0.0
        if self._net is None or reading.kind not in {"", "person"} or reading.time_s <= self._resumed_s:
            return False
        self._net.count(reading.place, inwards=inwards, outwards=outwards)
        known = self._latest_of.get(reading.place)
        if known is None or reading.time_s >= known.time_s:
            self._latest_of[reading.place] = reading
        return True

    def _share(self, time_s: float) -> float:
        """Return the share of the doors that are observed; a counter reports each span at its end."""
        fresh = (each for each in self._latest_of.values() if time_s - each.time_s <= 2 * each.span_s + LATE_S)
        return min(1.0, sum(each.observed_s / each.span_s for each in fresh) / len(self.parts))

    def _correct_drift(self, time_s: float) -> None:
        """Set the number to zero when the area is known to be empty: what is left was miscounted at the doors."""
        if self._empty_at is None or self._net is None:
            return
        period = self._emptied(datetime.fromtimestamp(time_s, self._zone)).date()
        if self._period is not None and period > self._period:
            self._net.known(0.0)
        self._period = period if self._period is None else max(period, self._period)

    def _emptied(self, moment: datetime) -> datetime:
        """Return when the area was last known to be empty."""
        local = moment.astimezone(self._zone)
        emptied = datetime.combine(local.date(), self._empty_at or time(), self._zone)
        return emptied if emptied <= local else emptied - timedelta(days=1)
