"""Where all signals of a site come together: kept for good, and handed to whoever listens."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from types import TracebackType
from typing import Self

from passerby.signals.external import CounterResult, ExternalCounters
from passerby.signals.figures import PlaceFigures
from passerby.signals.hub import SignalHub
from passerby.signals.selection import Chart, Selection, SeriesKey
from passerby.signals.signal import PlaceSignal
from passerby.store import open_store
from passerby.store.recorder import DRAIN_S, RecorderState, SignalRecorder
from passerby.store.retention import RETENTION_DAYS


class SignalPipeline:
    """Takes signals from any thread; a context manager that brings them into the database while it is entered.

    Args:
        address: Of the store: a file, or postgresql://user@host/database; it need not answer yet.
        spool_folder: Where signals wait for the database.
        counters: What external counters send goes through here.
        clock: Returns the time, UTC since 1970, s.
        retention_days: Days that signals are kept, by the length of windows in seconds.
        drain_s: How often signals are brought into the database, s.

    Raises:
        UsageError: The address is none.
        StoreError: The spool folder cannot be written, or another program has it.
    """

    def __init__(
        self,
        address: str,
        spool_folder: Path,
        counters: ExternalCounters,
        *,
        clock: Callable[[], float],
        retention_days: Mapping[int, float] = RETENTION_DAYS,
        drain_s: float = DRAIN_S,
    ) -> None:
        self.hub = SignalHub()
        self.figures = PlaceFigures(clock=clock)
        self._address, self._counters = address, counters
        self._counting = threading.Lock()
        self._recorder = SignalRecorder(address, spool_folder, clock=clock, retention_days=retention_days)
        self._stop = threading.Event()
        run = {"every_s": drain_s}
        self._thread = threading.Thread(target=self._recorder.run, args=(self._stop,), kwargs=run, name="recorder")

    def __enter__(self) -> Self:
        """Begin to bring signals into the database."""
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        """Bring in what still waits, as far as the database takes it."""
        self._stop.set()
        self._thread.join()
        self._recorder.close()

    def reload(self, address: str, retention_days: Mapping[int, float], places: Iterable[str]) -> None:
        """Go on with another store, another retention and other external counters; those that stay go on counting.

        Raises:
            UsageError: The address is none; nothing has changed.
        """
        self._recorder.reload(address, retention_days)
        self._address = address
        self._counters.expect(places)

    @property
    def state(self) -> RecorderState:
        """How recording goes, for health and alerts."""
        return self._recorder.state

    def take(self, signals: Iterable[PlaceSignal]) -> None:
        """Tell signals to all who listen and keep them for good.

        Raises:
            StoreError: They were told, but not kept: the disk of the spool is full or failed.
        """
        given = list(signals)
        self.hub.publish(given)
        self.figures.add(given)
        self._recorder.write(given)

    def count(self, place: str, message: bytes | str) -> None:
        """Take the message of an external counter.

        Raises:
            UsageError: The message is wrong, or could tell people apart.
            StoreError: As `take`.
        """
        self.keep(self.hear(place, message))

    def hear(self, place: str, message: bytes | str) -> CounterResult:
        """Return what the message of an external counter comes to; nothing is told or kept yet.

        Raises:
            UsageError: The message is wrong, or could tell people apart.
        """
        with self._counting:
            return self._counters.receive(place, message)

    def keep(self, counted: CounterResult) -> None:
        """Tell what is new in the message of an external counter, and keep it for good.

        Raises:
            StoreError: As `take`.
        """
        self.take(counted.fresh)
        self._recorder.write(counted.repeats)

    def known(self) -> list[SeriesKey]:
        """Return what the kept signals are about.

        Raises:
            StoreError: The store cannot be read.
        """
        with open_store(self._address) as store:
            return store.known()

    def charts(self, wanted: Selection) -> list[Chart]:
        """Return kept signals in columns.

        Raises:
            StoreError: The store cannot be read.
        """
        with open_store(self._address) as store:
            return store.charts(wanted)
