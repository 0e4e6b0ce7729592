"""Make the state of an earlier passerby, to be upgraded by tests: nothing in it is real, and no picture is in it.

In a folder with that version's `src`, which `git archive COMMIT src` gives:

    PYTHONPATH=src python make_state.py state.tar.gz
"""

from __future__ import annotations

import sys
import tarfile
import tempfile
from datetime import timedelta
from pathlib import Path

from passerby.accounts.access_store import AccessStore
from passerby.accounts.credentials.password import hashed
from passerby.accounts.permission import Action
from passerby.accounts.role import Role
from passerby.accounts.store import AccountStore
from passerby.accounts.token import ApiToken
from passerby.audit.audit_log import AuditLog
from passerby.audit.entry import AuditEntry, AuditKind
from passerby.measure.reading import Quantity
from passerby.signals.signal import PlaceSignal, utc
from passerby.store.recorder import SignalRecorder
from passerby.store.store import Store

NOON_S = 1_795_348_800
"""2026-11-22T12:00:00Z."""
ENTRIES = 300
STORED, WAITING = 90, 30
SIGNS_IN_WITH = "old and long enough 17"
PROGRAM = "script"


def signal(second: int) -> PlaceSignal:
    """Return the occupancy of one second."""
    start = utc(NOON_S + second)
    return PlaceSignal(
        site="arena",
        place="gate",
        estimator="tracks",
        kind="",
        quantity=Quantity.OCCUPANCY,
        value=float(second % 7),
        window_start=start,
        window_end=start + timedelta(seconds=1),
        coverage=1.0,
    )


def make(state: Path) -> None:
    """Fill the folder of a gateway."""
    with AccountStore(str(state / "accounts.db"), create=True) as accounts:
        anna = accounts.add("anna", Role.ADMINISTRATOR, None, now_s=NOON_S, password=hashed(SIGNS_IN_WITH))
        accounts.add("ben", Role.VIEWER, frozenset({"east"}), now_s=NOON_S)
        ends_s = NOON_S + 86_400
        token = ApiToken(0, PROGRAM, anna.number, frozenset({Action.SEE_CAMERAS}), None, NOON_S, ends_s)
        AccessStore(accounts).make_token(token)
    with Store(str(state / "signals.db"), create=True) as signals:
        signals.write([signal(second) for second in range(STORED)])
    recorder = SignalRecorder(str(state / "signals.db"), state / "spool", clock=lambda: float(NOON_S))
    recorder.write([signal(second) for second in range(STORED, STORED + WAITING)])
    recorder.close()  # not drained: these wait in the spool
    with AuditLog(state, "arena") as log:
        for number in range(ENTRIES):
            log.append(AuditEntry(AuditKind.VIEW_BEGAN, NOON_S + number, "anna", "door"))


def main(target: str) -> None:
    """Write the archive."""
    with tempfile.TemporaryDirectory() as folder:
        make(Path(folder))
        with tarfile.open(target, "w:gz", compresslevel=9) as archive:
            archive.add(folder, "state", filter=_plain)


def _plain(member: tarfile.TarInfo) -> tarfile.TarInfo:
    member.uid = member.gid = 0
    member.uname = member.gname = ""
    member.mtime = NOON_S
    return member


if __name__ == "__main__":
    main(sys.argv[1])
