"""Which readings and maps of a camera's process are believed: it decodes what strangers send."""

from __future__ import annotations

from collections.abc import Iterable

from passerby.measure.foot_map import HOUR_S, FootMap
from passerby.measure.reading import Reading

TURN = " > "
"""Between the names of the lines of a turning movement."""
AHEAD_S = 60.0
"""Readings dated further ahead than this are refused: they would stop the clock of their windows and areas."""


def believable(readings: Iterable[Reading], places: frozenset[str], *, now_s: float) -> list[Reading]:
    """Return the readings that a camera can have made.

    Args:
        readings: What its process sent.
        places: Names of the places in its view.
        now_s: The current time, UTC since 1970, s.
    """
    latest_s = now_s + AHEAD_S
    return [each for each in readings if places.issuperset(each.place.split(TURN)) and each.time_s <= latest_s]


def believable_maps(maps: Iterable[FootMap], places: frozenset[str], *, now_s: float) -> list[FootMap]:
    """Return the maps of foot points that a camera can have made: of its own places, and of hours that have ended.

    Args:
        maps: What its process sent.
        places: Names of the places in its view.
        now_s: The current time, UTC since 1970, s.
    """
    return [each for each in maps if each.place in places and each.start_s + HOUR_S <= now_s + AHEAD_S]
