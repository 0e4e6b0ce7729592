"""Forgets alerts that were resolved long ago, in memory and on the disk."""

from __future__ import annotations

from passerby.alerts.archive import AlertArchive
from passerby.alerts.book import AlertBook
from passerby.alerts.event import AlertEvent, AlertEventKind

HOUR_S, DAY_S = 3600.0, 86_400.0


class AlertRetention:
    """Sweeps once a day; each hour while the file is large.

    Args:
        book: The alerts.
        archive: The file of their events.
        keep_s: How long resolved alerts are stored, s.
    """

    def __init__(self, book: AlertBook, archive: AlertArchive, *, keep_s: float) -> None:
        self._book = book
        self._archive = archive
        self._keep_s = keep_s
        self._swept_s = 0.0

    def step(self, now_s: float) -> None:
        """Sweep if it is time to; now is UTC since 1970, s."""
        if abs(now_s - self._swept_s) > (HOUR_S if self._archive.is_large else DAY_S):
            self.sweep(now_s)

    def sweep(self, now_s: float) -> None:
        """Forget what was resolved long ago; the last event stays, because numbers continue from it.

        Args:
            now_s: The present, UTC since 1970, s.
        """
        self._swept_s = now_s
        last = self._archive.events[-1:]
        before = len(self._book.alerts)
        oldest_s = now_s - self._keep_s
        self._book.forget(oldest_s, keep={each.alert for each in last})
        if len(self._book.alerts) == before and not self._archive.is_large:
            return

        def wanted(event: AlertEvent) -> bool:
            if event.kind is AlertEventKind.HANDED_OVER:
                return event.time_s >= oldest_s or event in last
            return event.alert in self._book.alerts

        self._archive.retain(wanted)
