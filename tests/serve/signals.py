"""Signals of a made-up site: persons in an area and crossings of a line, with a gap of an hour."""

from __future__ import annotations

import math

from passerby.measure.foot_map import HOUR_S, LEAST, FootMap
from passerby.measure.place import Space
from passerby.measure.reading import Quantity
from passerby.signals.hub import SignalHub
from passerby.signals.selection import Chart, SeriesKey

PERIOD_S = 86_400
GAP_S = (7 * 3600, 6 * 3600)
"""Nothing was observed from so long before the end until so long before it."""


class SignalsStub:
    """A source whose values follow the time of day, as far as they are asked for."""

    site = "arena"

    def __init__(self, clock) -> None:
        self.hub = SignalHub()
        self.clock = clock
        self.series = [
            SeriesKey("arena", "door-yard", Quantity.OCCUPANCY, ""),
            SeriesKey("arena", "door-yard", Quantity.DENSITY, ""),
            SeriesKey("arena", "gate", Quantity.CROSSINGS_IN, ""),
        ]

    def owners(self, site, place):
        return frozenset({"door"})

    def known(self):
        return self.series

    def foot_maps(self, site, place, *, start_s, end_s):
        """Return a map for each hour but two: people cross a hall of 12 by 7 m, most of them along its diagonal."""
        hours = range(
            math.ceil(start_s / HOUR_S) * HOUR_S, math.floor(min(end_s, self.clock()) / HOUR_S) * HOUR_S, HOUR_S
        )
        cells = [round(90 * math.exp(-((row - column * 7 / 12) ** 2))) for row in range(7) for column in range(12)]
        counts = tuple(each if each >= LEAST else 0 for each in cells)
        if place != "door-yard":
            return []
        about = (3600.0, Space.GROUND, 1.0, -2, 3, 12)
        return [FootMap(place, at, *about, counts) for at in (*hours[:5], *hours[7:])]

    def charts(self, wanted):
        chosen = [each for each in self.series if not wanted.places or each.place in wanted.places]
        return [self._chart(each, wanted) for each in chosen]

    def _chart(self, key, wanted):
        step = wanted.length.seconds
        first = math.ceil(wanted.start.timestamp() / step) * step
        now_s = self.clock()
        starts = [
            at
            for at in range(first, math.ceil(wanted.end.timestamp()), step)
            if not now_s - GAP_S[0] < at < now_s - GAP_S[1]
        ]
        values = [round(20 + 15 * math.sin(2 * math.pi * at / PERIOD_S), 1) for at in starts]
        return Chart(
            *key,
            tuple(starts),
            tuple(values),
            tuple(1.0 if at % (8 * step) else 0.5 for at in starts),
            tuple(value - 3 for value in values),
            tuple(value + 4 for value in values),
        )
