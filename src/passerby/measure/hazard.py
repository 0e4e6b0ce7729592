"""Entries into a zone where no one may be, reported as events of the zone."""

from __future__ import annotations

from collections import deque
from collections.abc import Collection

from passerby.measure.measure import Span, word
from passerby.measure.place import Zone
from passerby.measure.reading import Quantity, Reading
from passerby.measure.view import View
from passerby.vision.detections import Kind

SETTLE_S = 2.0
"""A person who was out of sight for less than this has not entered again."""


class ZoneEntries:
    """Counts how often the number of people in the zone rises above that of the last seconds.

    It does not matter how they came: over the edge, from behind a pillar, or because the view began. So no one inside
    is missed. A person who enters within `SETTLE_S` of another leaving is not counted. A point on an edge belongs to
    one side, by the rule of `Zone`.

    Source: our own definition: the increase of the number inside over its maximum in the last `SETTLE_S`.

    Args:
        zone: The hazard zone, such as a track bed or machine yard.
        kinds: Classes whose entry is an event.
    """

    def __init__(self, zone: Zone, kinds: Collection[Kind] = (Kind.PERSON,)) -> None:
        self._zone = zone
        self._kinds = tuple(kinds)
        self._past: dict[Kind, deque[tuple[float, int]]] = {kind: deque() for kind in self._kinds}
        self._entries: dict[Kind, int] = dict.fromkeys(self._kinds, 0)

    def observe(self, view: View) -> None:
        """Add one moment."""
        for kind, past in self._past.items():
            now = view.count(self._zone, (kind,))
            while past and past[0][0] < view.time_s - SETTLE_S:
                past.popleft()
            most = max((count for _, count in past), default=0)
            self._entries[kind] += max(0, now - most)
            past.append((view.time_s, now))

    def readings(self, span: Span) -> list[Reading]:
        """Return one event for each class that entered."""
        entries = self._entries
        self._entries = dict.fromkeys(self._kinds, 0)
        return [
            span.reading(self._zone.name, Quantity.ZONE_ENTRY, count, kind=word(kind))
            for kind, count in entries.items()
            if count
        ]
