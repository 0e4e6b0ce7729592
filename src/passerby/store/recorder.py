"""Brings signals into a store without losing one: first to the spool, from there to the database."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from passerby.errors import StoreError
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


@dataclass(frozen=True, slots=True)
class RecorderState:
    """How recording goes, for health and alerts.

    Args:
        waiting_bytes: What lies in the spool.
        database: Why the database takes nothing ("" = it does).
        spool: Why signals are refused and lost ("" = none is).
    """

    waiting_bytes: int
    database: str
    spool: str


class SignalRecorder:
    """Records signals: what `write` returned for is never lost, whatever becomes of the database.

    `write` may be called from any thread; `drain` and `run` from one other.

    Args:
        address: Of the store; it need not answer yet.
        spool_folder: Where signals wait; one recorder a folder.
        clock: Returns the time, UTC since 1970, s; what is erased depends on it, so it has no default.
        retention_days: Days that signals are kept, by the length of windows in seconds.

    Raises:
        UsageError: The address is none.
        StoreError: The spool folder cannot be written, or another program has it.
    """

    def __init__(
        self,
        address: str,
        spool_folder: Path,
        *,
        clock: Callable[[], float],
        retention_days: Mapping[int, float] = RETENTION_DAYS,
    ) -> None:
        DatabaseAddress(address)  # a wrong one is refused at once, a database that does not answer is waited for
        self._address, self._retention_days, self._clock = address, retention_days, clock
        self._spool = Spool(spool_folder)
        self._busy = threading.Lock()
        self._store: Store | None = None
        self._opened = address
        self._erased_s = float("-inf")
        self._faults = {"database": "", "spool": ""}

    @property
    def state(self) -> RecorderState:
        """How recording goes."""
        return RecorderState(self._spool.waiting_bytes, **self._faults)

    def reload(self, address: str, retention_days: Mapping[int, float]) -> None:
        """Bring signals into another store from now on, those that wait included; may be called from any thread.

        Args:
            address: As at the start.
            retention_days: As at the start.

        Raises:
            UsageError: The address is none; nothing has changed.
        """
        DatabaseAddress(address)
        self._address, self._retention_days = address, retention_days

    def write(self, signals: Iterable[PlaceSignal]) -> None:
        """Keep signals for good.

        Raises:
            StoreError: The disk of the spool is full or failed: these signals are not kept, earlier ones are.
        """
        rows = [row_of(signal) for signal in signals]
        if not rows:
            return
        try:
            with self._busy:
                self._spool.append(rows)
        except StoreError as error:
            self._tell("spool", str(error))
            raise
        self._tell("spool", "")

    def drain(self) -> RecorderState:
        """Bring what waits into the database, as far as that takes it, and return how it goes."""
        try:
            if self._opened != self._address:
                self._let_go()
            if self._store is None:
                self._opened = self._address
                self._store = Store(self._opened, create=True)
            self._ship(self._store)
            with self._busy:
                self._spool.turn()  # only once the database takes older ones: else segments would be many and small
            self._ship(self._store)
            self._erase(self._store)
        except StoreError as error:
            self._tell("database", str(error))
            self._let_go()  # opened anew, and brought up to date, next time
        else:
            self._tell("database", "")
        return self.state

    def run(self, stop: threading.Event, *, every_s: float = DRAIN_S) -> None:
        """Drain again and again until `stop` is set, and once more then."""
        while not stop.wait(every_s):
            self.drain()
        self.drain()

    def close(self) -> None:
        """Let store and spool go; what waits stays in the spool and is shipped by the next recorder."""
        self._let_go()
        self._spool.close()

    def _let_go(self) -> None:
        if self._store is not None:
            self._store.close()
            self._store = None

    def _ship(self, store: Store) -> None:
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

    def _erase(self, store: Store) -> None:
        now_s = self._clock()
        if abs(now_s - self._erased_s) >= ERASE_S:
            self._erased_s = now_s
            log.info("signals erased", extra={"count": store.erase(now_s, self._retention_days)})

    def _tell(self, part: str, fault: str) -> None:
        if bool(fault) != bool(self._faults[part]):
            log.log(logging.ERROR if fault else logging.INFO, "recording changed", extra={"part": part, "fault": fault})
        self._faults[part] = fault
