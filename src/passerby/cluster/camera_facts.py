"""What a node writes down about one camera: signals, changes of its status, and failures of cover."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Sequence

from pydantic import ValidationError

from passerby.audit.entry import AuditEntry, AuditKind
from passerby.cluster.node_record import health_record, signal_record
from passerby.cluster.placement_spool import PlacementSpool
from passerby.errors import MeasureError, StoreError
from passerby.health.settled import Settled
from passerby.health.status import CameraState, CameraStatus
from passerby.measure.reading import Aggregate, Reading
from passerby.signals.signal import PlaceSignal
from passerby.signals.window import WindowLength, Windows
from passerby.store.delivery import NodeOrigin, RecordKind

log = logging.getLogger(__name__)


class CameraFacts:
    """Writes down what one placement of a camera finds; its methods may be called from any thread.

    Args:
        spool: Where it is written.
        origin: The placement.
        clock: The system's clock, UTC since 1970, s.
        monotonic: A clock that never goes back, s.
        failed: Called with the reason when something cannot be written that must not be lost.
    """

    def __init__(
        self,
        spool: PlacementSpool,
        origin: NodeOrigin,
        *,
        clock: Callable[[], float],
        monotonic: Callable[[], float],
        failed: Callable[[str], None],
    ) -> None:
        self._spool = spool
        self._origin = origin
        self._clock, self._monotonic = clock, monotonic
        self._failed = failed
        self._windows = Windows(origin.site, WindowLength.SECOND)
        self._settled = Settled()
        self._published: CameraStatus | None = None
        self._whole_since_s: float | None = None
        self._problem = ""
        self._closed = False
        self._busy = threading.Lock()

    def measured(self, readings: Sequence[Reading]) -> None:
        """Write the windows that these readings complete; an event is one of its own."""
        events = [each for each in readings if each.quantity.aggregate is Aggregate.EVENT]
        others = [each for each in readings if each.quantity.aggregate is not Aggregate.EVENT]
        with self._busy:
            if self._closed:
                return
            try:
                at_once = Windows(self._origin.site, WindowLength.SECOND)
                self._write_signals([*at_once.add(events), *at_once.close(), *self._windows.add(others)])
            except (MeasureError, ValidationError) as error:  # the camera's process sent impossible times or values
                log.warning("readings_refused", extra={"camera": self._origin.camera, "reason": type(error).__name__})

    def status(self, status: CameraStatus) -> None:
        """Write a change of the camera's status that lasts, and failures of cover as the audit log has them."""
        with self._busy:
            if self._closed:
                return
            at_s = self._clock()
            settled = self._settled.observe(status, now_s=self._monotonic(), time_s=at_s)
            if self._published is None or _news(settled) != _news(self._published):
                self._published = settled
                self._write(RecordKind.HEALTH, health_record(settled, at_s))
            whole = settled.state is CameraState.COVERED_WHOLE
            if whole and self._whole_since_s is None:
                self._whole_since_s = at_s
                self._write_entry(AuditKind.COVER_FAILED, at_s, {"reason": settled.detail})
            elif not whole and self._whole_since_s is not None:
                self._write_restored(at_s, settled.state.value)

    def close(self) -> None:
        """Write the windows that are still open, and that cover which failed does so no more; safe to repeat."""
        with self._busy:
            if self._closed:
                return
            self._closed = True
            self._write_signals(self._windows.close())
            if self._whole_since_s is not None:
                self._write_restored(self._clock(), "the camera stopped")
            self._spool.close()

    def _write_restored(self, at_s: float, now: str) -> None:
        lasted_s = max(0.0, at_s - (self._whole_since_s or at_s))
        self._whole_since_s = None
        self._write_entry(AuditKind.COVER_RESTORED, at_s, {"lasted_s": round(lasted_s, 1), "now": now})

    def _write_entry(self, kind: AuditKind, at_s: float, details: dict[str, str | int | float | bool | None]) -> None:
        entry = AuditEntry(kind, at_s, None, self._origin.camera, details)
        self._write(RecordKind.AUDIT, entry.encoded())

    def _write(self, kind: RecordKind, data: bytes) -> None:
        try:
            self._spool.append(kind, data)
        except StoreError as error:
            self._failed(str(error))

    def _write_signals(self, signals: Sequence[PlaceSignal]) -> None:
        if not signals:
            return
        problem = ""
        try:
            self._spool.append(RecordKind.SIGNALS, signal_record(signals))
        except StoreError as error:  # the gateway counts what is missing
            problem = str(error)
        if problem and problem != self._problem:
            log.error("signals_not_stored", extra={"camera": self._origin.camera, "reason": problem})
        self._problem = problem


def _news(status: CameraStatus) -> tuple[object, ...]:
    return status.state, status.redaction, status.faults, status.detail
