"""The latest measurement of each place and the totals since the start, for clients that poll."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable

from passerby.measure.reading import Aggregate, Quantity
from passerby.signals.signal import PlaceSignal

FRESH_S = 60.0
"""A signal older than this plus its own window is no longer current: it is absent, not zero."""
FigureKey = tuple[str, Quantity, str]
"""Place, quantity and kind."""


class PlaceFigures:
    """Stores the latest signal of each quantity of each place; safe to use from several threads.

    Args:
        clock: Returns the time, UTC since 1970, s.
    """

    def __init__(self, *, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._latest: dict[FigureKey, PlaceSignal] = {}
        self._totals: dict[FigureKey, float] = {}
        self._busy = threading.Lock()

    def add(self, signals: Iterable[PlaceSignal]) -> None:
        """Add new signals."""
        with self._busy:
            for signal in signals:
                about = (signal.place, signal.quantity, signal.kind)
                if signal.quantity.aggregate in {Aggregate.SUM, Aggregate.EVENT}:
                    self._totals[about] = self._totals.get(about, 0.0) + signal.value
                else:
                    self._latest[about] = signal

    def latest(self) -> list[PlaceSignal]:
        """Return the latest signals that are still current, sorted."""
        now_s = self._clock()
        with self._busy:
            fresh = [each for each in self._latest.values() if now_s - each.window_end.timestamp() <= _holds_s(each)]
        return sorted(fresh, key=lambda each: (each.quantity, each.place, each.kind))

    def totals(self) -> dict[FigureKey, float]:
        """Return the totals of counts since the start."""
        with self._busy:
            return dict(sorted(self._totals.items()))


def _holds_s(signal: PlaceSignal) -> float:
    """Return how long a signal is current after its window, s: one sent each minute must last until the next."""
    return FRESH_S + signal.length_s
