"""A gateway stores what nodes hand over: each record once, and nothing that a camera cannot have made."""

from __future__ import annotations

import errno
import json
import os
from pathlib import Path

import pytest
from tests.store.made import NOON_S, signal

from passerby.audit.audit_log import AuditLog
from passerby.audit.entry import AuditEntry, AuditKind
from passerby.audit.export import EntrySelection, selected
from passerby.audit.log_reader import LogReader
from passerby.cluster.delivery_receiver import DeliveryReceiver
from passerby.cluster.node_agent import NodeNews
from passerby.cluster.node_record import health_record, signal_record
from passerby.cluster.node_spool import SpooledRecords
from passerby.errors import AuditError
from passerby.health.status import CameraState, CameraStatus
from passerby.settings.site.site import SiteSettings
from passerby.signals.selection import Selection
from passerby.signals.signal import utc
from passerby.signals.window import WindowLength
from passerby.store.delivery import NodeOrigin, RecordKind
from passerby.store.row import row_of
from passerby.store.store import Store

PLACES = "lines:\n  - {name: gate, from_px: [0, 0], to_px: [100, 0]}\n"
EPOCH = NOON_S * 10**9
DOOR = NodeOrigin("a1", "arena", "door", EPOCH)
SIGNALS, HEALTH, AUDIT = RecordKind.SIGNALS, RecordKind.HEALTH, RecordKind.AUDIT


def news(*records: SpooledRecords) -> NodeNews:
    return NodeNews("a1", NOON_S, records)


def of(kind: RecordKind, *data: bytes, origin: NodeOrigin = DOOR, first: int = 1) -> SpooledRecords:
    return SpooledRecords(origin, kind, tuple(enumerate(data, first)))


def entry(at_s: float, kind: AuditKind = AuditKind.COVER_FAILED, *, camera: str = "door", account: str | None = None):
    return AuditEntry(kind, at_s, account, camera, {"reason": "a detector hangs"}).encoded()


def seconds(*at: int, **about: object) -> bytes:
    return signal_record([signal(each, each, **about) for each in at])


@pytest.fixture
def site(tmp_path: Path) -> SiteSettings:
    usual = {"address": "x.mp4", "purpose": "See that it works.", "legal_basis": "consent"}
    cameras = [{"name": name, **usual} for name in ("door", "yard")]
    return SiteSettings.model_validate({"site": "arena", "state_folder": tmp_path, "cameras": cameras})


@pytest.fixture
def audit(tmp_path: Path):
    with AuditLog(tmp_path, "test") as opened:
        yield opened


@pytest.fixture
def receiver(site, audit):
    made = DeliveryReceiver(site, audit.append, placed=list)
    yield made
    made.close()


def stored(folder: Path) -> list[float]:
    with Store(str(folder / "signals.db")) as store:
        wanted = Selection(WindowLength.SECOND, utc(NOON_S), utc(NOON_S + 1000))
        return [each.value for each in store.read(wanted)]


def entries(folder: Path) -> list[AuditEntry]:
    return [each for _, each in selected(LogReader(folder), EntrySelection())]


def test_each_record_is_stored_once_also_by_another_gateway_process(receiver, site, audit, tmp_path):
    down = health_record(CameraStatus("door", CameraState.DOWN, detail="it\nended"), NOON_S + 1)
    given = news(of(SIGNALS, seconds(0, 1), seconds(2)), of(HEALTH, down), of(AUDIT, entry(NOON_S + 2.5)))
    arrived = {(DOOR, SIGNALS): 2, (DOOR, HEALTH): 1, (DOOR, AUDIT): 1}
    assert receiver.receive(given) == receiver.receive(given) == arrived
    receiver.close()
    later = DeliveryReceiver(site, audit.append, placed=list)
    assert later.receive(given) == arrived
    assert later.receive(news(of(SIGNALS, seconds(3), first=3))) == {(DOOR, SIGNALS): 3}
    later.close()
    assert stored(tmp_path) == [0, 1, 2, 3]
    (found,) = entries(tmp_path)
    assert (found.kind, found.subject, found.at_s) == (AuditKind.COVER_FAILED, "door", NOON_S + 2.5)
    assert found.details == {"reason": "a detector hangs", "node": "a1", "epoch": str(EPOCH), "number": 1}
    with Store(str(tmp_path / "signals.db")) as store:
        (row,) = store.health("arena", "door", since_s=0)
    assert (row.state, row.detail) == ("down", "it ended")


def test_the_log_itself_says_which_entries_have_arrived(receiver, site, audit, tmp_path):
    given = news(of(AUDIT, entry(NOON_S + 1), entry(NOON_S + 2, AuditKind.COVER_RESTORED)))
    receiver.receive(given)
    (tmp_path / "audit" / "delivered.json").unlink()
    again = DeliveryReceiver(site, audit.append, placed=list)
    assert again.receive(given) == {(DOOR, AUDIT): 2}
    (tmp_path / "audit" / "delivered.json").write_text("[1]")
    audit.append(AuditEntry(AuditKind.STARTED, NOON_S, None))
    assert DeliveryReceiver(site, audit.append, placed=list).receive(given) == {(DOOR, AUDIT): 2}
    assert len(entries(tmp_path)) == 3


def test_an_orphans_rows_and_entries_are_refused_and_counted(site, audit, tmp_path):
    receiver = DeliveryReceiver(site, audit.append, placed=lambda: [("door", EPOCH + 10 * 10**9)])
    receiver.receive(news(of(SIGNALS, seconds(9), seconds(10)), of(AUDIT, entry(NOON_S + 9), entry(NOON_S + 11))))
    assert receiver.totals() == (0, 2, "")
    receiver.close()
    assert stored(tmp_path) == [9]
    assert [each.at_s for each in entries(tmp_path)] == [NOON_S + 9]


def test_a_camera_cannot_speak_for_other_places_sites_or_people(site, audit, tmp_path):
    path = tmp_path / "yard.yaml"
    path.write_text(PLACES)
    yard = site.cameras[1].model_copy(update={"places": path})
    receiver = DeliveryReceiver(site.model_copy(update={"cameras": (site.cameras[0], yard)}), audit.append, placed=list)
    wrong = [
        seconds(0),  # the gate is in view of the other camera
        seconds(1, place="hall", site="next-door"),
        signal_record([signal(2, 0, length_s=60, place="hall")]),
        json.dumps([[*row_of(signal(3, 3, place="hall"))[:6], "x"]]).encode(),
        b'[["arena"]]',
        b"{}",
        b"?",
    ]
    receiver.receive(news(of(SIGNALS, *wrong, seconds(4, place="hall"))))
    refused = [
        entry(NOON_S, AuditKind.SIGN_IN),
        entry(NOON_S, account="anna"),
        entry(NOON_S, camera="yard"),
        AuditEntry(AuditKind.COVER_FAILED, NOON_S, None, "door", {"node": "b2"}).encoded(),
        b"[]",
        b"?",
    ]
    receiver.receive(
        news(of(AUDIT, *refused), of(HEALTH, b"[1]", b'[-1,"ok","active","",""]', b'[1,"fine","none","",""]'))
    )
    receiver.receive(news(of(SIGNALS, seconds(5), origin=DOOR._replace(site="next-door"))))
    receiver.receive(news(of(SIGNALS, seconds(5), origin=DOOR._replace(node="b2"))))
    assert receiver.totals() == (0, len(wrong) + len(refused) + 3, "")
    receiver.close()
    assert stored(tmp_path) == [4]
    assert not entries(tmp_path)


def test_entries_are_logged_while_the_database_is_away_and_rows_follow(postgres, site, audit, tmp_path):
    from pydantic import SecretStr

    address = postgres.database()
    postgres.kill()
    signals = site.signals.model_copy(update={"store": SecretStr(address)})
    receiver = DeliveryReceiver(site.model_copy(update={"signals": signals}), audit.append, placed=list)
    given = news(of(SIGNALS, seconds(0)), of(AUDIT, entry(NOON_S + 1)))
    assert receiver.receive(given) == {(DOOR, AUDIT): 1}
    assert "does not" in receiver.problem or "closed" in receiver.problem or "starting" in receiver.problem
    assert "not-in-messages" not in receiver.problem
    postgres.start()
    assert receiver.receive(given) == {(DOOR, AUDIT): 1, (DOOR, SIGNALS): 1}
    assert receiver.problem == ""
    receiver.close()
    with Store(address) as store:
        assert store.delivered("arena")[DOOR, SIGNALS].number == 1
    assert len(entries(tmp_path)) == 1


def test_while_the_database_can_only_be_read_rows_wait_and_the_problem_is_named(postgres, site, audit, tmp_path):
    import psycopg
    from pydantic import SecretStr

    address = postgres.database()
    Store(address, create=True).close()
    name = address.partition("@/")[2].partition("?")[0]
    signals = site.signals.model_copy(update={"store": SecretStr(address)})
    receiver = DeliveryReceiver(site.model_copy(update={"signals": signals}), audit.append, placed=list)
    given = news(of(SIGNALS, seconds(0)), of(AUDIT, entry(NOON_S + 1)))
    with psycopg.connect(postgres.address("postgres"), autocommit=True) as connection:
        connection.execute(f"ALTER DATABASE {name} SET default_transaction_read_only = on")
        assert receiver.receive(given) == {(DOOR, AUDIT): 1}
        assert "can only be read; name the server" in receiver.problem
        connection.execute(f"ALTER DATABASE {name} RESET default_transaction_read_only")
    assert receiver.receive(given) == {(DOOR, AUDIT): 1, (DOOR, SIGNALS): 1}
    assert receiver.totals() == (0, 0, "")
    receiver.close()
    assert len(entries(tmp_path)) == 1


def test_an_audit_log_that_cannot_be_written_leaves_entries_on_the_node(site, audit, tmp_path):
    def full(_: AuditEntry) -> int:
        msg = f"{tmp_path}: {os.strerror(errno.ENOSPC)}"
        raise AuditError(msg)

    receiver = DeliveryReceiver(site, full, placed=list)
    given = news(of(SIGNALS, seconds(0)), of(AUDIT, entry(NOON_S + 1)))
    assert receiver.receive(given) == {(DOOR, SIGNALS): 1}
    assert "No space left" in receiver.problem
    receiver.close()
    assert DeliveryReceiver(site, audit.append, placed=list).receive(given)[DOOR, AUDIT] == 1
