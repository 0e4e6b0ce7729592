"""A store of signals: one database that several programs write and read at once."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from types import TracebackType
from typing import Self

from sqlalchemy import select

from passerby.errors import UsageError
from passerby.measure.foot_map import HOUR_S, FootMap
from passerby.signals.selection import Chart, Selection, SeriesKey
from passerby.signals.signal import PlaceSignal, utc
from passerby.signals.window import WindowLength
from passerby.storage.address import DatabaseAddress
from passerby.storage.database import Database
from passerby.store.arrival import erase_deliveries, health_of, marks_of, placements, receive
from passerby.store.delivery import (
    DeliveryCounts,
    DeliveryMark,
    HealthRow,
    NodeDelivery,
    NodeOrigin,
    PlacedCamera,
    RecordKind,
)
from passerby.store.foot_map import erase_foot_maps, read_foot_maps, write_foot_maps
from passerby.store.query import charts, extent_s, known, read
from passerby.store.retention import RETENTION_DAYS, erase
from passerby.store.row import KEPT_S, Row, row_of, signal_of
from passerby.store.schema import ARRIVALS, MIGRATIONS, SERIES, SIGNAL
from passerby.store.write import write

POLL_S = 1.0
ERASED_AT_ONCE = 100
"""Series per transaction: other writers wait no longer than it takes."""


class Store:
    """Signals in an SQLite file or a PostgreSQL database; a context manager.

    Args:
        address: A file such as signals.db, or postgresql://user@host/database.
        create: Whether to create the store if it does not exist.

    Raises:
        UsageError: The address is not a file or a postgresql:// URL.
        StoreError: The database is missing, locked, full, damaged, or was not made by passerby.
    """

    def __init__(self, address: str, *, create: bool = False) -> None:
        self._database = Database(DatabaseAddress(address), MIGRATIONS, create=create)

    @property
    def address(self) -> DatabaseAddress:
        """Where it is."""
        return self._database.address

    def __enter__(self) -> Self:
        """Return the store."""
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        """Close the store."""
        self.close()

    def close(self) -> None:
        """Close the database."""
        self._database.close()

    def write(self, signals: Iterable[PlaceSignal]) -> None:
        """Write signals, all or none; a repeat changes nothing, and of two for one window the better observed stays.

        Raises:
            StoreError: They could not be written, or a window has a length that is not stored (see `KEPT_S`).
        """
        self.write_rows([row_of(signal) for signal in signals])

    def write_rows(self, rows: Sequence[Row]) -> None:
        """Write signals as rows, all or none.

        Raises:
            StoreError: They could not be written.
        """
        with self._database.writing() as connection:
            write(connection, rows)

    def write_foot_maps(self, maps: Sequence[tuple[str, FootMap]]) -> None:
        """Write maps of foot points, each with the name of its site, all or none; a repeat changes nothing.

        Raises:
            StoreError: They could not be written.
        """
        with self._database.writing() as connection:
            write_foot_maps(connection, maps)

    def foot_maps(self, site: str, place: str, *, start_s: float, end_s: float) -> list[FootMap]:
        """Return a zone's maps of foot points of the hours that begin within a span of time, oldest first.

        Args:
            site: Name of the site.
            place: Name of the zone.
            start_s: Begin of the span, UTC since 1970, s.
            end_s: End of the span (not included).

        Raises:
            StoreError: They cannot be read.
        """
        with self._database.reading() as connection:
            return read_foot_maps(connection, site, place, start_s=start_s, end_s=end_s)

    def receive(
        self, deliveries: Iterable[NodeDelivery], placed: Iterable[PlacedCamera]
    ) -> dict[tuple[NodeOrigin, RecordKind], tuple[DeliveryMark, DeliveryCounts]]:
        """Write what nodes of a cluster hand over, each record once; all or none.

        Args:
            deliveries: What they hand over; each placement and kind once.
            placed: The placements that the gateway knows of.

        Returns:
            How far each delivery has arrived now, and what has changed.

        Raises:
            StoreError: Nothing was written.
        """
        with self._database.writing() as connection:
            return receive(connection, deliveries, placed)

    def delivered(self, site: str) -> dict[tuple[NodeOrigin, RecordKind], DeliveryMark]:
        """Return how far the records of each placement of a site have arrived.

        Raises:
            StoreError: It cannot be read.
        """
        with self._database.reading() as connection:
            return marks_of(connection, site)

    def placed(self, site: str) -> list[PlacedCamera]:
        """Return the placements of a site's cameras on nodes that are known.

        Raises:
            StoreError: They cannot be read.
        """
        with self._database.reading() as connection:
            return placements(connection, site)

    def health(self, site: str, camera: str, *, since_s: float) -> list[HealthRow]:
        """Return the changes of a camera's status that nodes of a cluster saw, oldest first.

        Args:
            site: Name of the site.
            camera: Name of the camera.
            since_s: Since when, UTC since 1970, s.

        Raises:
            StoreError: They cannot be read.
        """
        with self._database.reading() as connection:
            return health_of(connection, site, camera, since_s)

    def read(self, wanted: Selection) -> Iterator[PlaceSignal]:
        """Yield the signals of a selection, sorted by what they are about and then by time.

        Raises:
            StoreError: They cannot be read.
        """
        with self._database.reading() as connection:
            yield from read(connection, wanted)

    def charts(self, wanted: Selection) -> list[Chart]:
        """Return the signals of a selection in columns.

        Raises:
            StoreError: They cannot be read.
        """
        with self._database.reading() as connection:
            return charts(connection, wanted)

    def known(self) -> list[SeriesKey]:
        """Return what the signals are about, sorted.

        Raises:
            StoreError: It cannot be read.
        """
        with self._database.reading() as connection:
            return known(connection)

    def extent(self) -> tuple[datetime, datetime] | None:
        """Return the first and last time with signals, UTC; None if there are none.

        Raises:
            StoreError: They cannot be read.
        """
        with self._database.reading() as connection:
            found = extent_s(connection)
        return None if found is None else (utc(found[0]), utc(found[1]))

    def erase(self, now_s: float, retention_days: Mapping[int, float] = RETENTION_DAYS) -> int:
        """Delete what is older than allowed, and return the number of deleted signals.

        Raises:
            StoreError: They could not be deleted.
        """
        with self._database.reading() as connection:
            series = connection.execute(select(SERIES.c.series)).scalars().all()
        erased = 0
        for first in range(0, len(series), ERASED_AT_ONCE):
            with self._database.writing() as connection:
                erased += erase(connection, series[first : first + ERASED_AT_ONCE], now_s, retention_days)
        with self._database.writing() as connection:
            erase_deliveries(connection, now_s)
            if (days := retention_days.get(HOUR_S)) is not None:
                erase_foot_maps(connection, now_s, days)
        return erased

    def follow(
        self,
        length: WindowLength,
        *,
        places: frozenset[str] = frozenset(),
        poll_s: float = POLL_S,
        stop: Callable[[], bool] = lambda: False,
    ) -> Iterator[PlaceSignal]:
        """Yield signals as they arrive, from now on, whoever writes them; a corrected one is yielded again.

        Args:
            length: Length of their windows; one that is stored.
            places: Names of places; empty = all.
            poll_s: How long to wait if nothing new is there, s.
            stop: Called after each query; True ends the stream.

        Raises:
            UsageError: Windows of this length are computed on request, and do not arrive.
            StoreError: They cannot be read.
        """
        _refuse_made(length)
        arrived = self._arrived()
        while not stop():
            newest = self._arrived()
            if newest == arrived:
                time.sleep(poll_s)
                continue
            yield from self._between(arrived, newest, length, places)
            arrived = newest

    async def stream(
        self, length: WindowLength, *, places: frozenset[str] = frozenset(), poll_s: float = POLL_S
    ) -> AsyncIterator[PlaceSignal]:
        """Yield signals as they arrive, from now on, as `follow` does, without blocking an event loop.

        Args:
            length: Length of their windows; one that is stored.
            places: Names of places; empty = all.
            poll_s: How long to wait if nothing new is there, s.

        Raises:
            UsageError: Windows of this length are computed on request, and do not arrive.
            StoreError: They cannot be read.
        """
        _refuse_made(length)
        arrived = await asyncio.to_thread(self._arrived)
        while True:
            newest = await asyncio.to_thread(self._arrived)
            for signal in await asyncio.to_thread(self._between, arrived, newest, length, places):
                yield signal
            if newest == arrived:
                await asyncio.sleep(poll_s)
            arrived = newest

    def _arrived(self) -> int:
        with self._database.reading() as connection:
            return int(connection.execute(select(ARRIVALS.c.last)).scalar_one())

    def _between(self, after: int, last: int, length: WindowLength, places: frozenset[str]) -> list[PlaceSignal]:
        if after == last:
            return []
        kept, of = SIGNAL.c, SERIES.c
        chosen = (
            select(
                *(of.site, of.place, of.quantity, of.kind),
                *(kept.length_s, kept.start_s, kept.value, kept.observed_us, kept.estimator),
                *(kept.low, kept.high),
            )
            .join_from(SIGNAL, SERIES)
            .where(kept.length_s == length.seconds, kept.arrived > after, kept.arrived <= last)
            .order_by(kept.arrived, kept.start_s)
        )
        if places:
            chosen = chosen.where(of.place.in_(sorted(places)))
        with self._database.reading() as connection:
            return [signal_of(Row(*each)) for each in connection.execute(chosen)]


def _refuse_made(length: WindowLength) -> None:
    if length.seconds not in KEPT_S:
        msg = f"windows of {length} are computed on request; follow 1s, 10s, 1min, 15min or 1h"
        raise UsageError(msg)
