"""Writes signals to a store without losing one: first to the spool, from there to the database."""

from __future__ import annotations

import logging
import threading
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from passerby.errors import StoreError
from passerby.measure.foot_map import FootMap
from passerby.signals.signal import PlaceSignal
from passerby.storage.address import DatabaseAddress
from passerby.store.retention import RETENTION_DAYS
from passerby.store.row import Row, row_of
from passerby.store.spool import Spool
from passerby.store.store import Store

log = logging.getLogger(__name__)

DRAIN_S = 5.0
ERASE_S = 3600.0
ROWS_AT_ONCE = 50_000
MOST_FOOT_MAPS = 10_000
"""Maps of foot points that wait for the database; beyond that the oldest are dropped."""


@dataclass(frozen=True, slots=True)
class RecorderState:
    """How recording works at present, for status and alerts.

    Args:
        waiting_bytes: Size of the spool.
        database: Why the database accepts nothing ("" = it does).
        spool: Why signals are refused and lost ("" = none are).
    """

    waiting_bytes: int
    database: str
    spool: str


class SignalRecorder:
    """Records signals: once `write` has returned, they are not lost, whatever happens to the database.

    `write` may be called from any thread; `drain` and `run` from one other thread.

    Args:
        address: Address of the store; it need not be available yet.
        spool_folder: Folder for waiting signals; one recorder per folder.
        clock: Returns the time, UTC since 1970, s; it decides what is deleted, so it has no default.
        retention_days: Days that signals are kept, by the length of windows in seconds.

    Raises:
        UsageError: The address is not a file or a postgresql:// URL.
        StoreError: The spool folder cannot be written, or another program uses it.
    """

    def __init__(
        self,
        address: str,
        spool_folder: Path,
        *,
        clock: Callable[[], float],
        retention_days: Mapping[int, float] = RETENTION_DAYS,
    ) -> None:
        DatabaseAddress(address)  # a wrong one is refused at once; for a database that does not answer, we wait
        self._address = address
        self._retention_days = retention_days
        self._clock = clock
        self._spool = Spool(spool_folder)
        self._busy = threading.Lock()
        self._store: Store | None = None
        self._opened = address
        self._erased_s = float("-inf")
        self._faults = {"database": "", "spool": ""}
        self._foot_maps: deque[tuple[str, FootMap]] = deque(maxlen=MOST_FOOT_MAPS)

    @property
    def state(self) -> RecorderState:
        """How recording works at present."""
        return RecorderState(self._spool.waiting_bytes, **self._faults)

    def reload(self, address: str, retention_days: Mapping[int, float]) -> None:
        """Write signals to another store from now on, including those that wait; may be called from any thread.

        Args:
            address: As for the constructor.
            retention_days: As for the constructor.

        Raises:
            UsageError: The address is not a file or a postgresql:// URL; nothing has changed.
        """
        DatabaseAddress(address)
        self._address = address
        self._retention_days = retention_days

    def write(self, signals: Iterable[PlaceSignal]) -> None:
        """Store signals durably.

        Raises:
            StoreError: The disk of the spool is full or failed: these signals are lost, earlier ones are not.
        """
        rows = [row_of(signal) for signal in signals]
        if not rows:
            return
        try:
            with self._busy:
                self._spool.append(rows)
        except StoreError as error:
            self._set_fault("spool", str(error))
            raise
        self._set_fault("spool", "")

    def write_foot_maps(self, site: str, maps: Iterable[FootMap]) -> None:
        """Let maps of foot points wait for the database, in memory: one that ends with the gateway is a gap."""
        with self._busy:
            self._foot_maps.extend((site, each) for each in maps)

    def drain(self) -> RecorderState:
        """Write what waits to the database, as far as it accepts it, and return the state of recording."""
        try:
            if self._opened != self._address:
                self._close_store()
            if self._store is None:
                self._opened = self._address
                self._store = Store(self._opened, create=True)
            self._write_waiting(self._store)
            with self._busy:
                self._spool.turn()  # only once the database accepts older ones: else segments would be many and small
            self._write_waiting(self._store)
            self._write_foot_maps(self._store)
            self._erase(self._store)
        except StoreError as error:
            self._set_fault("database", str(error))
            self._close_store()  # next time, it is opened again and its schema updated
        else:
            self._set_fault("database", "")

        return self.state

    def run(self, stop: threading.Event, *, every_s: float = DRAIN_S) -> None:
        """Drain repeatedly until `stop` is set, and then once more."""
        while not stop.wait(every_s):
            self.drain()
        self.drain()

    def close(self) -> None:
        """Close store and spool; what waits stays in the spool, and the next recorder writes it to the database."""
        self._close_store()
        self._spool.close()

    def _close_store(self) -> None:
        if self._store is not None:
            self._store.close()
            self._store = None

    def _write_waiting(self, store: Store) -> None:
        with self._busy:
            waiting = self._spool.segments()
        for segment in waiting:
            rows: list[Row] = []
            for record in self._spool.read(segment):
                rows += record
                if len(rows) >= ROWS_AT_ONCE:
                    store.write_rows(rows)
                    rows = []
            store.write_rows(rows)
            with self._busy:
                self._spool.remove(segment)  # only now: a kill in between repeats it, and a repeat changes nothing

    def _write_foot_maps(self, store: Store) -> None:
        with self._busy:
            waiting = list(self._foot_maps)
        if not waiting:
            return
        store.write_foot_maps(waiting)
        with self._busy:  # only now: what the database refuses is tried again
            for each in waiting:
                if self._foot_maps and self._foot_maps[0] is each:
                    self._foot_maps.popleft()

    def _erase(self, store: Store) -> None:
        now_s = self._clock()
        if abs(now_s - self._erased_s) >= ERASE_S:
            self._erased_s = now_s
            log.info("signals_deleted", extra={"count": store.erase(now_s, self._retention_days)})

    def _set_fault(self, part: str, fault: str) -> None:
        if bool(fault) != bool(self._faults[part]):
            log.log(
                logging.ERROR if fault else logging.INFO,
                "signal_recording_changed",
                extra={"part": part, "fault": fault},
            )
        self._faults[part] = fault
