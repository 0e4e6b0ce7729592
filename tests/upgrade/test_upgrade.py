"""The state of the first passerby with accounts, signals and an audit log is taken over as it was, and goes on.

`first_state.tar.gz` was made by `make_state.py` with the sources of commit 5217f853: accounts without passkeys and
identities, signals of which some wait in the spool, and an audit log whose key is of no use elsewhere.
"""

from __future__ import annotations

import sqlite3
import tarfile
from pathlib import Path

import pytest
from tests.upgrade.make_state import ENTRIES, NOON_S, PROGRAM, SIGNS_IN_WITH, STORED, WAITING, signal

from passerby.accounts.access_store import AccessStore
from passerby.accounts.credential_store import CredentialStore
from passerby.accounts.credentials.password import is_password
from passerby.accounts.permission import Action
from passerby.accounts.role import Role
from passerby.accounts.store import AccountStore
from passerby.accounts.tables import MIGRATIONS
from passerby.audit.audit_log import AuditLog
from passerby.audit.checkpoint import StoredCheckpoint
from passerby.audit.entry import AuditEntry, AuditKind
from passerby.audit.key_file import load_key
from passerby.audit.log_check import check_log
from passerby.audit.log_reader import LogReader
from passerby.errors import StoreError
from passerby.jobs.backup import back_up
from passerby.jobs.restore import restore
from passerby.storage.address import DatabaseAddress
from passerby.storage.engine import engine_for, transaction
from passerby.storage.migration import schema_version
from passerby.store import schema as signal_tables
from passerby.store.recorder import SignalRecorder
from passerby.store.store import Store

OLD = Path(__file__).with_name("first_state.tar.gz")
SITE = """\
site: arena
state_folder: state
cameras:
  - {name: door, address: rtsp://192.0.2.10/1, purpose: See that it goes on., legal_basis: consent}
"""


@pytest.fixture
def state(tmp_path: Path) -> Path:
    """The old state folder."""
    with tarfile.open(OLD) as archive:
        archive.extractall(tmp_path, filter="data")
    return tmp_path / "state"


def version(state: Path, name: str) -> str | None:
    address = DatabaseAddress(str(state / f"{name}.db"))
    with transaction(engine_for(address), address) as connection:
        return schema_version(connection, MIGRATIONS if name == "accounts" else signal_tables.MIGRATIONS)


def test_people_sign_in_as_before_and_get_what_is_new(state: Path) -> None:
    assert version(state, "accounts") == "a0002"
    with AccountStore(str(state / "accounts.db")) as store:
        anna, ben = store.accounts()
        assert (anna.name, anna.role, anna.groups, anna.disabled) == ("anna", Role.ADMINISTRATOR, None, False)
        assert (ben.name, ben.role, ben.groups, ben.has_password) == ("ben", Role.VIEWER, frozenset({"east"}), False)
        known = CredentialStore(store).find("anna")
        assert known is not None
        assert is_password(SIGNS_IN_WITH, known.password)
        assert not is_password(SIGNS_IN_WITH + "x", known.password)
        (token,) = AccessStore(store).tokens()
        assert (token.name, token.owner, token.actions) == (PROGRAM, anna.number, frozenset({Action.SEE_CAMERAS}))
        store.add("cleo", Role.VIEWER, None, now_s=NOON_S)
    assert version(state, "accounts") == "a0005"
    with AccountStore(str(state / "accounts.db")) as store:
        assert [each.name for each in store.accounts()] == ["anna", "ben", "cleo"]


def test_signals_are_all_there_once_also_those_that_waited_in_the_spool(state: Path) -> None:
    address = str(state / "signals.db")
    recorder = SignalRecorder(address, state / "spool", clock=lambda: float(NOON_S))
    recorder.write([signal(STORED + WAITING - 1), signal(STORED + WAITING)])  # one is a repetition
    assert recorder.drain().waiting_bytes == 0
    recorder.close()
    with Store(address) as store:
        (series,) = store.known()
        assert (series.site, series.place) == ("arena", "gate")
    with sqlite3.connect(address) as plain:
        rows = plain.execute("SELECT start_s, value FROM signal WHERE length_s = 1 ORDER BY start_s").fetchall()
    plain.close()
    assert rows == [(NOON_S + second, float(second % 7)) for second in range(STORED + WAITING + 1)]


def test_the_audit_log_verifies_as_it_was_and_goes_on_with_its_key(state: Path) -> None:
    key = load_key(state / "audit/log/log.vkey")
    before = StoredCheckpoint("before", (state / "audit/log/checkpoint").read_bytes())
    assert check_log(LogReader(state), key).problems == []
    with AuditLog(state, "arena") as log:
        assert log.append(AuditEntry(AuditKind.SIGN_IN, NOON_S + 999, "anna")) == ENTRIES
    report = check_log(LogReader(state), key, [before])
    assert (report.problems, report.size + report.newer) == ([], ENTRIES + 1)


def test_an_old_state_can_be_backed_up_and_restored_on_another_machine(state: Path, tmp_path: Path) -> None:
    (tmp_path / "site.yaml").write_text(SITE)
    back_up(tmp_path / "site.yaml", tmp_path / "b.tgz", tmp_path / "b.keys", clock=lambda: float(NOON_S))
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    restore(tmp_path / "b.tgz", tmp_path / "b.keys", elsewhere / "site.yaml")
    with AccountStore(str(elsewhere / "state/accounts.db")) as store:
        assert [each.name for each in store.accounts()] == ["anna", "ben"]
    assert version(elsewhere / "state", "accounts") == "a0005"
    assert not check_log(LogReader(elsewhere / "state"), load_key(elsewhere / "state/audit/log/log.vkey")).problems


def test_the_state_of_a_newer_passerby_is_refused_and_left_as_it_is(state: Path) -> None:
    address = DatabaseAddress(str(state / "accounts.db"))
    AccountStore(str(address.path)).close()
    engine = engine_for(address)
    with transaction(engine, address, writes=True) as connection:
        connection.exec_driver_sql("UPDATE passerby_accounts_version SET version_num = 'a0099'")
    engine.dispose()
    before = (state / "accounts.db").read_bytes()
    with pytest.raises(StoreError, match=r"made by a newer passerby \(schema a0099\); update passerby"):
        AccountStore(str(state / "accounts.db"))
    assert (state / "accounts.db").read_bytes() == before


def test_the_archive_holds_what_its_program_makes_and_nothing_else() -> None:
    with tarfile.open(OLD) as archive:
        tops = {name.split("/")[1] for name in archive.getnames() if "/" in name}
        assert sum(member.size for member in archive) < 300_000
    assert tops == {"accounts.db", "audit", "signals.db", "spool"}
