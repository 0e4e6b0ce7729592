"""Records of a node as bytes: made there, and checked here before anything of them is stored."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence

from pydantic import ValidationError

from passerby.audit.entry import AuditEntry, AuditKind, decoded
from passerby.errors import AuditError, StoreError
from passerby.gateway.wire import LATEST_S, one_line
from passerby.health.status import CameraState, CameraStatus, Redaction
from passerby.media.fault import Fault
from passerby.signals.signal import PlaceSignal
from passerby.store.delivery import HealthRow, NodeRecord
from passerby.store.row import Row, row_of, signal_of

FROM_NODES = frozenset({AuditKind.COVER_FAILED, AuditKind.COVER_RESTORED})
"""What a node may add to the audit log; everything else is done by people or by the gateway."""
_DETAILS = frozenset({"reason", "lasted_s", "now"})


def signal_record(signals: Sequence[PlaceSignal]) -> bytes:
    """Return signals as a record."""
    return json.dumps([row_of(each) for each in signals], separators=(",", ":"), allow_nan=False).encode()


def health_record(status: CameraStatus, at_s: float) -> bytes:
    """Return a change of a camera's status as a record.

    Args:
        status: The status.
        at_s: When it changed, UTC since 1970, s.
    """
    faults = ",".join(sorted(status.faults))
    row = HealthRow(round(at_s * 1e6), status.state, status.redaction, faults, one_line(status.detail))
    return json.dumps(row, separators=(",", ":")).encode()


def parsed_signals(number: int, data: bytes, *, may: Callable[[Row], bool]) -> NodeRecord:
    """Return a record of signals; rows that are none, or that the camera cannot have made, are counted as refused.

    Args:
        number: Its number.
        data: What `signal_record` made.
        may: Whether the camera can have measured a row.
    """
    good: list[Row] = []
    try:
        given = json.loads(data)
    except ValueError:
        given = None
    if not isinstance(given, list):
        return NodeRecord(number, refused=1)
    for each in given:
        try:
            row = row_of(signal_of(Row(*each)))
            if row == Row(*each) and may(row):
                good.append(row)
        except (TypeError, ValueError, ValidationError, OverflowError, StoreError):
            continue
    return NodeRecord(number, signals=tuple(good), refused=len(given) - len(good))


def parsed_health(number: int, data: bytes) -> NodeRecord:
    """Return a record of a change of status; one that is not valid is counted as refused.

    Args:
        number: Its number.
        data: What `health_record` made.
    """
    try:
        at_us, state, redaction, faults, detail = json.loads(data)
        if not 0 <= at_us <= LATEST_S * 1e6:
            return NodeRecord(number, refused=1)
        names = ",".join(sorted(Fault(each) for each in faults.split(",") if each))
        row = HealthRow(int(at_us), CameraState(state).value, Redaction(redaction).value, names, one_line(detail))
    except (TypeError, ValueError, AttributeError):
        return NodeRecord(number, refused=1)
    return NodeRecord(number, health=(row,))


def parsed_entry(data: bytes, *, camera: str) -> AuditEntry | None:
    """Return the audit entry in a record; None = a node may not add it.

    Args:
        data: An entry as `AuditEntry.encoded` made it.
        camera: Name of the camera that the record is about.
    """
    try:
        entry = decoded(data)
    except (TypeError, ValueError, AuditError):
        return None
    own = entry.account is None and entry.subject == camera
    if not own or entry.kind not in FROM_NODES or not 0 <= entry.at_s <= LATEST_S:
        return None
    details = {name: one_line(each) if isinstance(each, str) else each for name, each in entry.details.items()}
    return AuditEntry(entry.kind, entry.at_s, None, camera, details) if details.keys() <= _DETAILS else None
