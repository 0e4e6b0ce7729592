"""Where all signals of a site come together: stored, and passed to everything that listens."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

from passerby.measure.foot_map import FootMap
from passerby.signals.external import CounterResult, ExternalCounters
from passerby.signals.figures import PlaceFigures
from passerby.signals.hub import SignalHub
from passerby.signals.selection import Chart, Selection, SeriesKey
from passerby.signals.signal import PlaceSignal
from passerby.store import open_store
from passerby.store.recorder import DRAIN_S, RecorderState, SignalRecorder
from passerby.store.retention import RETENTION_DAYS


class SignalPipeline:
    """Takes signals from any thread; a context manager that writes them to the database while it is entered.

    Args:
        address: Of the store: a file, or postgresql://user@host/database; it need not answer yet.
        spool_folder: Where signals wait for the database.
        counters: Checks what external counters send.
        clock: Returns the time, UTC since 1970, s.
        retention_days: Days that signals are kept, by the length of windows in seconds.
        drain_s: How often signals are written to the database, s.

    Raises:
        UsageError: The address is not a file or a postgresql:// URL.
        StoreError: The spool folder cannot be written, or another program uses it.
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
        self._address = address
        self._counters = counters
        self._counting = threading.Lock()
        self._recorder = SignalRecorder(address, spool_folder, clock=clock, retention_days=retention_days)
        self._stop = threading.Event()
        run = {"every_s": drain_s}
        self._thread = threading.Thread(target=self._recorder.run, args=(self._stop,), kwargs=run, name="recorder")

    def __enter__(self) -> Self:
        """Start to write signals to the database."""
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        """Write what still waits, as far as the database accepts it."""
        self._stop.set()
        self._thread.join()
        self._recorder.close()

    def reload(self, address: str, retention_days: Mapping[int, float], places: Iterable[str]) -> None:
        """Continue with another store, retention and set of external counters; counters that stay keep their state.

        Raises:
            UsageError: The address is not a file or a postgresql:// URL; nothing has changed.
        """
        self._recorder.reload(address, retention_days)
        self._address = address
        self._counters.expect(places)

    @property
    def state(self) -> RecorderState:
        """How recording goes, for health and alerts."""
        return self._recorder.state

    def publish(self, signals: Iterable[PlaceSignal]) -> None:
        """Pass signals to all listeners and store them.

        Raises:
            StoreError: They were passed on, but not stored: the disk of the spool is full or failed.
        """
        given = list(signals)
        self.show(given)
        self._recorder.write(given)

    def show(self, signals: Sequence[PlaceSignal]) -> None:
        """Pass signals to all listeners, without storing them."""
        self.hub.publish(signals)
        self.figures.add(signals)

    def count(self, place: str, message: bytes | str) -> None:
        """Process the message of an external counter.

        Raises:
            UsageError: The message is wrong, or could tell people apart.
            StoreError: As `publish`.
        """
        self.publish_count(self.parse_count(place, message))

    def parse_count(self, place: str, message: bytes | str) -> CounterResult:
        """Return what is new in the message of an external counter; nothing is published or stored yet.

        Raises:
            UsageError: The message is wrong, or could tell people apart.
        """
        with self._counting:
            return self._counters.receive(place, message)

    def publish_count(self, counted: CounterResult) -> None:
        """Publish what is new in the message of an external counter, and store it.

        Raises:
            StoreError: As `publish`.
        """
        self.publish(counted.fresh)
        self._recorder.write(counted.repeats)

    def record_foot_maps(self, site: str, maps: Iterable[FootMap]) -> None:
        """Store maps of foot points with the next signals."""
        self._recorder.write_foot_maps(site, maps)

    def foot_maps(self, site: str, place: str, *, start_s: float, end_s: float) -> list[FootMap]:
        """Return a zone's maps of foot points of the hours that begin within a span of time, oldest first.

        Raises:
            StoreError: The store cannot be read.
        """
        with open_store(self._address) as store:
            return store.foot_maps(site, place, start_s=start_s, end_s=end_s)

    def known(self) -> list[SeriesKey]:
        """Return what the stored signals are about.

        Raises:
            StoreError: The store cannot be read.
        """
        with open_store(self._address) as store:
            return store.known()

    def charts(self, wanted: Selection) -> list[Chart]:
        """Return stored signals in columns.

        Raises:
            StoreError: The store cannot be read.
        """
        with open_store(self._address) as store:
            return store.charts(wanted)
