"""A backup of a running gateway restores onto an empty machine as it was, and a wrong one changes nothing there."""

from __future__ import annotations

import json
import shutil
import tarfile
import threading
from pathlib import Path

import pytest
from tests.serve.served import stored_password
from tests.store.conftest import postgres
from tests.store.made import NOON_S, signal

from passerby.accounts.access_store import AccessStore, Session
from passerby.accounts.credential_store import CredentialStore
from passerby.accounts.permission import Action
from passerby.accounts.role import Role
from passerby.accounts.store import AccountStore
from passerby.accounts.tables import METADATA, MIGRATIONS
from passerby.accounts.token import ApiToken
from passerby.audit.audit_log import AuditLog
from passerby.audit.checkpoint import StoredCheckpoint
from passerby.audit.entry import AuditEntry, AuditKind
from passerby.audit.key_file import load_key
from passerby.audit.log_check import check_log
from passerby.audit.log_reader import LogReader
from passerby.cli.app import run
from passerby.errors import AuditError, PasserbyError, UsageError
from passerby.jobs import backup_file
from passerby.jobs.backup import back_up
from passerby.jobs.restore import restore
from passerby.storage.address import DatabaseAddress
from passerby.storage.engine import engine_for, transaction
from passerby.storage.migration import migrate, schema_version
from passerby.storage.table_copy import copied_out, copy_in, is_empty
from passerby.store import schema as signal_tables
from passerby.store.store import Store

pytestmark = [pytest.mark.served]
__all__ = ["postgres"]
SITE = """\
# kept with its comments
site: arena
state_folder: state
cameras:
  - name: door
    address: rtsp://10.0.0.5/1
    username: viewer
    password: top-secret-words
    purpose: See that a backup works.
    legal_basis: consent
    masks: [masks/door.json]
{more}
"""
MASK = '{"masks": [{"box": [0, 0, 1, 0.1], "unit": "share"}]}'


def entry(number: int) -> AuditEntry:
    return AuditEntry(AuditKind.VIEW_BEGAN, NOON_S + number, "anna", "door")


class Machine:
    """A gateway's folder, with accounts, signals, an audit log and alerts."""

    def __init__(self, folder: Path, *, accounts: str = "", signals: str = "") -> None:
        self.folder = folder
        self.site = folder / "site.yaml"
        self.state = folder / "state"
        (folder / "masks").mkdir(parents=True)
        (folder / "masks/door.json").write_text(MASK)
        more = [f"accounts: {{store: '{accounts}'}}"] if accounts else []
        more += [f"signals: {{store: '{signals}'}}"] if signals else []
        self.site.write_text(SITE.format(more="\n".join(more)))
        self.state.mkdir(mode=0o700)
        self._find_stores(accounts, signals)
        with AccountStore(self.accounts, create=True) as store:
            store.add("anna", Role.ADMINISTRATOR, None, now_s=NOON_S, password=stored_password())
            wanted = ApiToken(0, "script", 1, frozenset({Action.SEE_CAMERAS}), None, NOON_S, NOON_S + 86_400)
            AccessStore(store).make_token(wanted)
        with Store(self.signals, create=True) as store:
            store.write(signal(1.0, second) for second in range(5))
        (self.state / "recording.key").write_bytes(b"k" * 32)
        (self.state / "gateway.id").write_text("0123456789abcdef")
        (self.state / "alerts.log").write_bytes(b"")
        self.log(260)

    def _find_stores(self, accounts: str = "", signals: str = "") -> None:
        self.accounts = accounts or str(self.state / "accounts.db")
        self.signals = signals or str(self.state / "signals.db")

    def moved(self, folder: Path) -> Machine:
        """Return a copy of a machine whose databases are files."""
        made = object.__new__(Machine)
        made.folder, made.site, made.state = folder, folder / "site.yaml", folder / "state"
        made._find_stores()
        return made

    def rows(self) -> list[bytes]:
        """Return all signals and accounts."""
        of_signals = copied_out(DatabaseAddress(self.signals), signal_tables.MIGRATIONS, signal_tables.METADATA)
        return sorted([*of_signals, *copied_out(DatabaseAddress(self.accounts), MIGRATIONS, METADATA)])

    def log(self, count: int) -> None:
        with AuditLog(self.state, "arena") as log:
            for number in range(count):
                log.append(entry(number))

    def wipe(self) -> None:
        """Lose everything on this machine's disk."""
        shutil.rmtree(self.state)
        shutil.rmtree(self.folder / "masks")
        self.site.unlink()


def everything(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


@pytest.fixture(params=["sqlite", "postgresql"])
def machine(request, tmp_path) -> Machine:
    if request.param == "sqlite":
        return Machine(tmp_path / "gateway")
    address = request.getfixturevalue("postgres").database()
    return Machine(tmp_path / "gateway", accounts=address, signals=address)


@pytest.fixture(scope="module")
def template(tmp_path_factory) -> Machine:
    """A machine with its backup, made once: an entry of the log is a sync of the disk."""
    folder = tmp_path_factory.mktemp("template")
    made = Machine(folder / "gateway")
    back_up(made.site, folder / "backup.tgz", folder / "backup.keys", clock=lambda: NOON_S)
    return made


@pytest.fixture
def saved(template, tmp_path) -> tuple[Machine, Path, Path]:
    shutil.copytree(template.folder.parent, tmp_path, dirs_exist_ok=True)
    return template.moved(tmp_path / "gateway"), tmp_path / "backup.tgz", tmp_path / "backup.keys"


def test_what_was_backed_up_while_it_was_written_to_is_back_on_an_empty_machine(machine, tmp_path, request):
    target, keys = tmp_path / "backup.tgz", tmp_path / "backup.keys"
    over = threading.Event()

    def work() -> None:
        with AuditLog(machine.state, "arena") as log:
            number = 0
            while not over.wait(0.002):
                log.append(entry(number := number + 1))

    writer = threading.Thread(target=work)
    writer.start()
    try:
        back_up(machine.site, target, keys, clock=lambda: NOON_S)
    finally:
        over.set()
        writer.join()
    text, rows = machine.site.read_text(), machine.rows()
    later = StoredCheckpoint("later", (machine.state / "audit/log/checkpoint").read_bytes())
    key = load_key(machine.state / "audit/log/log.vkey")
    if machine.accounts.startswith("postgresql"):
        fresh = request.getfixturevalue("postgres").database()
        with tarfile.open(keys) as archive:
            assert fresh not in archive.getnames()
        _use_database(keys, machine.accounts, fresh)
        text = text.replace(machine.accounts, fresh)
        machine.accounts = machine.signals = fresh
    machine.wipe()
    restore(target, keys, machine.site)

    assert machine.site.read_text() == text
    assert (machine.folder / "masks/door.json").read_text() == MASK
    assert (machine.state / "recording.key").read_bytes() == b"k" * 32
    assert machine.rows() == rows
    with AccountStore(machine.accounts) as store:
        assert [each.name for each in store.accounts()] == ["anna"]
        assert [each.name for each in AccessStore(store).tokens()] == ["script"]
        store.add("ben", Role.VIEWER, None, now_s=NOON_S, password=stored_password())  # numbers go on
    with Store(machine.signals) as store:
        store.write([signal(1.0, 7)])
    reader = LogReader(machine.state)
    report = check_log(reader, key)
    assert (report.problems, report.size + report.newer >= 260) == ([], True)
    machine.log(3)  # it goes on, with the same key
    assert not check_log(LogReader(machine.state), key).problems
    assert check_log(LogReader(machine.state), key, [later]).problems  # a witness sees what was lost


def test_sessions_and_links_of_the_time_of_the_backup_count_no_more(saved, tmp_path):
    machine, target, keys = saved[0], tmp_path / "second.tgz", tmp_path / "second.keys"
    with AccountStore(machine.accounts) as store:
        AccessStore(store).open(Session(0, 1, NOON_S, NOON_S, "10.0.0.1", "Firefox"), "a" * 64, version=None)
        CredentialStore(store).invite("anna", "of the link", ends_s=NOON_S + 60)
    back_up(machine.site, target, keys, clock=lambda: NOON_S)
    machine.wipe()
    restore(target, keys, machine.site)
    with AccountStore(machine.accounts) as store:
        assert not AccessStore(store).snapshot().sessions
        assert CredentialStore(store).invited("of the link", now_s=NOON_S) is None
        assert [each.name for each in AccessStore(store).tokens()] == ["script"]


def _use_database(keys: Path, before: str, now: str) -> None:
    """Write another address into the site file beside the keys, as somebody does who moves to another server."""
    folder = keys.with_suffix(".open")
    with backup_file.opened_archive(keys, backup_file.KEYS) as (manifest, archive):
        backup_file.extract(keys, archive, manifest, folder)
    site = folder / "site.yaml"
    site.write_text(site.read_text().replace(before, now))
    keys.unlink()
    backup_file.write_archive(keys, manifest, folder)


def test_keys_and_passwords_are_in_the_second_file_alone_and_both_are_private(saved):
    machine, target, keys = saved
    assert {path.stat().st_mode & 0o777 for path in (target, keys)} == {0o600}
    with tarfile.open(target) as archive:
        held = {name: archive.extractfile(name).read() for name in archive.getnames()}
    assert not [name for name in held if name.endswith(("/key", ".key", "-key.pem"))]
    assert not [name for name, data in held.items() if b"top-secret-words" in data or b"k" * 32 in data]
    signing = (machine.state / "audit/key").read_bytes()
    assert not [name for name, data in held.items() if signing.strip() in data]
    with tarfile.open(keys) as archive:
        assert {"state/audit/key", "state/recording.key", "site.yaml"} <= set(archive.getnames())
    left = [path.name for path in machine.folder.parent.iterdir()]
    assert sorted(left) == ["backup.keys", "backup.tgz", "gateway"]


def test_a_second_backup_replaces_none(saved):
    machine, target, keys = saved
    before = target.read_bytes(), keys.read_bytes()
    with pytest.raises(UsageError, match="already exists"):
        back_up(machine.site, target, keys.with_name("other.keys"), clock=lambda: NOON_S)
    with pytest.raises(UsageError, match="already exists"):
        back_up(machine.site, target.with_name("other.tgz"), keys, clock=lambda: NOON_S)
    assert (target.read_bytes(), keys.read_bytes()) == before
    assert sorted(path.name for path in target.parent.iterdir()) == ["backup.keys", "backup.tgz", "gateway"]


def damaged(path: Path) -> None:
    data = bytearray(path.read_bytes())
    for at in range(len(data) // 3, len(data) // 3 + 50):
        data[at] ^= 0xFF
    path.write_bytes(data)


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def foreign(path: Path) -> None:
    path.write_bytes(b"PK\x03\x04 no archive of ours")


def gone(path: Path) -> None:
    path.unlink()


def changed(path: Path) -> None:
    """Replace a member, and leave the manifest as it was."""
    folder = path.with_suffix(".open")
    with tarfile.open(path) as archive:
        archive.extractall(folder, filter="data")
    (folder / "databases/accounts.jsonl").write_text('{"holds":"accounts","version":"a0004"}\n')
    with tarfile.open(path, "w:gz") as archive:
        for name in ["manifest.json", *sorted(everything(folder).keys() - {"manifest.json"})]:
            archive.add(folder / name, name)
    shutil.rmtree(folder)


def newer(path: Path) -> None:
    folder = path.with_suffix(".open")
    with tarfile.open(path) as archive:
        archive.extractall(folder, filter="data")
    said = json.loads((folder / "manifest.json").read_text())
    (folder / "manifest.json").write_text(json.dumps(said | {"format": 99, "software": "9.0"}))
    with tarfile.open(path, "w:gz") as archive:
        for name in ["manifest.json", *sorted(everything(folder).keys() - {"manifest.json"})]:
            archive.add(folder / name, name)
    shutil.rmtree(folder)


@pytest.mark.parametrize("harm", [damaged, cut, foreign, gone, changed, newer])
def test_a_backup_that_is_damaged_foreign_or_of_a_newer_version_changes_nothing(saved, harm):
    machine, target, keys = saved
    machine.wipe()
    harm(target)
    with pytest.raises(UsageError) as raised:
        restore(target, keys, machine.site)
    assert str(target) in str(raised.value)
    assert "\n" not in str(raised.value)
    assert not everything(machine.folder)
    assert not list(machine.folder.rglob("*"))


def test_keys_of_another_backup_are_refused(saved, tmp_path):
    machine, target, _ = saved
    other = tmp_path / "other.keys"
    back_up(machine.site, tmp_path / "other.tgz", other, clock=lambda: NOON_S)
    machine.wipe()
    with pytest.raises(UsageError, match="keys of another backup"):
        restore(target, other, machine.site)
    with pytest.raises(UsageError, match="give the backup first"):
        restore(other, target, machine.site)
    assert not everything(machine.folder)


@pytest.mark.parametrize("left", ["site.yaml", "state/accounts.db", "masks/door.json"])
def test_a_machine_that_is_not_empty_stays_as_it_is(saved, left):
    machine, target, keys = saved
    kept = machine.folder / left
    data = kept.read_bytes()
    machine.wipe()
    kept.parent.mkdir(parents=True, exist_ok=True)
    kept.write_bytes(data)
    with pytest.raises(UsageError, match="restore replaces nothing"):
        restore(target, keys, machine.site)
    assert everything(machine.folder) == {left: data}


def test_a_database_that_is_not_empty_stays_as_it_is(postgres, tmp_path):
    address = postgres.database()
    machine = Machine(tmp_path / "gateway", accounts=address, signals=address)
    target, keys = tmp_path / "backup.tgz", tmp_path / "backup.keys"
    back_up(machine.site, target, keys, clock=lambda: NOON_S)
    machine.wipe()
    with pytest.raises(UsageError, match="contains accounts already"):
        restore(target, keys, machine.site)
    assert not everything(machine.folder)
    with AccountStore(address) as store:
        assert [each.name for each in store.accounts()] == ["anna"]


def test_what_fails_in_the_middle_leaves_nothing_behind(saved, monkeypatch):
    machine, target, keys = saved
    machine.wipe()
    machine.folder.chmod(0o755)

    def full(source: Path, place: Path) -> None:
        if place.name == "site.yaml":
            raise OSError(28, "No space left on device")
        moved(source, place)

    moved = shutil.move
    monkeypatch.setattr(shutil, "move", full)
    with pytest.raises(PasserbyError, match="disk is full"):
        restore(target, keys, machine.site)
    assert not everything(machine.folder)


def test_a_backup_with_an_audit_log_that_does_not_hold_is_refused(saved, tmp_path):
    machine, _, _ = saved
    tile = next((machine.state / "audit/log/tile/entries").rglob("0*"))
    data = bytearray(tile.read_bytes())
    data[len(data) // 2] ^= 1
    tile.chmod(0o600)
    tile.write_bytes(data)
    other, apart = tmp_path / "other.tgz", tmp_path / "other.keys"
    back_up(machine.site, other, apart, clock=lambda: NOON_S)
    machine.wipe()
    with pytest.raises(AuditError, match="is not intact"):
        restore(other, apart, machine.site)
    assert not everything(machine.folder)


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_a_copy_of_an_older_schema_is_brought_up_to_date(kind, tmp_path, request):
    old = DatabaseAddress(str(tmp_path / "old.db"))
    engine = engine_for(old, mapped=False)
    migrate(engine, old, MIGRATIONS, create=True, until="a0001")
    with transaction(engine, old, writes=True) as connection:
        connection.exec_driver_sql(
            "INSERT INTO account (number, name, folded, role, disabled, created_s, step, version) "
            "VALUES (7, 'anna', 'anna', 'administrator', 0, 1.0, 0, 1)"
        )
    lines = list(copied_out(old, MIGRATIONS, METADATA))
    text = request.getfixturevalue("postgres").database() if kind == "postgresql" else str(tmp_path / "new.db")
    new = DatabaseAddress(text)
    assert is_empty(new, MIGRATIONS, METADATA)
    copy_in(new, MIGRATIONS, METADATA, lines)
    assert not is_empty(new, MIGRATIONS, METADATA)
    made = engine_for(new, mapped=False)
    with transaction(made, new) as connection:
        assert schema_version(connection, MIGRATIONS) == "a0005"
    made.dispose()
    with AccountStore(text) as store:
        assert [(each.number, each.name) for each in store.accounts()] == [(7, "anna")]
        assert store.add("ben", Role.VIEWER, None, now_s=NOON_S, password=stored_password()).number == 8


def test_on_the_command_line_both_say_what_they_did_and_a_wrong_use_is_one_line_and_status_2(saved, capsys):
    machine, target, keys = saved
    more = str(target.with_name("more.tgz"))
    assert run(["backup", str(machine.site), more]) == 0
    assert f"{more}.keys: its keys" in capsys.readouterr().out
    order = ["restore", str(target), "--keys", str(keys), "--site", str(machine.site)]
    assert run(order) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert "restore replaces nothing" in line
    machine.wipe()
    assert run(order) == 0
    assert "later checkpoint" in capsys.readouterr().out
    assert machine.site.is_file()
