"""What nodes hand over is stored once: a repeat changes nothing, a gap is counted, an orphan's rows are refused."""

from __future__ import annotations

import pytest
from tests.store.made import NOON_S, signal

from passerby.errors import StoreError
from passerby.signals.selection import Selection
from passerby.signals.signal import utc
from passerby.signals.window import WindowLength
from passerby.store import arrival
from passerby.store.delivery import (
    DeliveryMark,
    HealthRow,
    NodeDelivery,
    NodeOrigin,
    NodeRecord,
    PlacedCamera,
    RecordKind,
)
from passerby.store.row import row_of
from passerby.store.store import Store

EPOCH = NOON_S * 10**9
DOOR = NodeOrigin("a1", "arena", "door", EPOCH)


def rows(*seconds, origin=DOOR, first=1):
    records = [NodeRecord(n, signals=(row_of(signal(s, s)),)) for n, s in enumerate(seconds, first)]
    return NodeDelivery(origin, RecordKind.SIGNALS, tuple(records))


def health(*seconds, origin=DOOR, first=1):
    made = [HealthRow((NOON_S + second) * 10**6, "ok", "active", "", "") for second in seconds]
    return NodeDelivery(origin, RecordKind.HEALTH, tuple(NodeRecord(n, health=(r,)) for n, r in enumerate(made, first)))


def stored(store, length=WindowLength.SECOND):
    wanted = Selection(length, utc(NOON_S), utc(NOON_S + 10_000))
    return [each.value for each in store.read(wanted)]


@pytest.fixture
def store(address):
    with Store(address, create=True) as made:
        yield made


def test_a_repeat_changes_nothing_and_what_follows_is_stored(store):
    both = [rows(0, 1, 2), health(0)]
    first = store.receive(both, [])
    assert first[DOOR, RecordKind.SIGNALS][0] == DeliveryMark(3)
    assert (first[DOOR, RecordKind.SIGNALS][1].stored, first[DOOR, RecordKind.HEALTH][1].stored) == (3, 1)
    again = store.receive(both, [])
    assert [counts.stored for _, counts in again.values()] == [0, 0]
    store.receive([rows(1, 2, 3, first=2), health(0, 5)], [])
    assert stored(store) == [0, 1, 2, 3]
    assert [each.at_us // 10**6 - NOON_S for each in store.health("arena", "door", since_s=0)] == [0, 5]
    assert store.delivered("arena") == {
        (DOOR, RecordKind.SIGNALS): DeliveryMark(4),
        (DOOR, RecordKind.HEALTH): DeliveryMark(2),
    }


def test_a_number_that_never_comes_is_counted_as_lost(store):
    store.receive([rows(0)], [])
    store.receive([rows(5, 6, first=4)], [])
    mark, counts = store.receive([rows(5, 6, 9, first=4)], [])[DOOR, RecordKind.SIGNALS]
    assert (mark, counts.lost) == (DeliveryMark(6, lost=2), 0)
    assert stored(store) == [0, 5, 6, 9]


def test_what_an_orphan_makes_after_a_later_placement_began_is_refused_and_counted(store):
    later = PlacedCamera("arena", "door", EPOCH + 10 * 10**9)
    given = [rows(8, 9, 10, 11), health(9, 12)]
    done = store.receive(given, [later])
    mark, counts = done[DOOR, RecordKind.SIGNALS]
    assert (mark.number, counts.stored, counts.refused, counts.late) == (4, 2, 2, 2)
    assert done[DOOR, RecordKind.HEALTH][1].late == 1
    assert stored(store) == [8, 9]
    of_later = rows(10, 11, 12, origin=DOOR._replace(node="b2", epoch=later.epoch))
    assert store.receive([of_later], [])[of_later.origin, RecordKind.SIGNALS][1].stored == 3
    assert stored(store) == [8, 9, 10, 11, 12]
    another = rows(20, origin=DOOR._replace(camera="yard"))
    assert store.receive([another], [])[another.origin, RecordKind.SIGNALS][1].refused == 0


def test_a_later_placement_is_known_from_its_own_records_too(store):
    later = DOOR._replace(node="b2", epoch=EPOCH + 10 * 10**9)
    store.receive([health(10, origin=later)], [])
    assert store.placed("arena") == [later.placed]
    assert store.receive([rows(11)], [])[DOOR, RecordKind.SIGNALS][1].late == 1


def test_rows_and_mark_are_written_together_or_not_at_all(store, monkeypatch):
    def fails(*_):
        msg = "made up"
        raise StoreError(msg)

    monkeypatch.setattr(arrival, "_set_marks", fails)
    with pytest.raises(StoreError):
        store.receive([rows(0), health(0)], [])
    monkeypatch.undo()
    assert stored(store) == []
    assert store.delivered("arena") == {}
    assert store.receive([rows(0), health(0)], [])[DOOR, RecordKind.SIGNALS][0] == DeliveryMark(1)
    assert stored(store) == [0]


def test_rows_roll_up_once_whatever_is_repeated(store):
    for _ in range(3):
        store.receive([rows(*range(60))], [])
    assert stored(store, WindowLength.MINUTE) == [pytest.approx(29.5)]


def test_what_is_old_is_erased_and_the_present_placement_stays_known(store):
    later = DOOR._replace(epoch=EPOCH + 10 * 10**9)
    store.receive([rows(0), health(0), health(20, origin=later)], [])
    store.erase(NOON_S + 91 * arrival.DAY_S)
    assert store.health("arena", "door", since_s=0) == []
    assert store.placed("arena") == [later.placed]
    assert list(store.delivered("arena")) == [(later, RecordKind.HEALTH)]


def test_a_database_that_can_only_be_read_says_so_and_takes_what_waited_later(postgres):
    import psycopg

    address = postgres.database()
    with Store(address, create=True) as store:
        name = address.partition("@/")[2].partition("?")[0]
        with psycopg.connect(postgres.address("postgres"), autocommit=True) as connection:
            connection.execute(f"ALTER DATABASE {name} SET default_transaction_read_only = on")
    with Store(address) as store, pytest.raises(StoreError, match="can only be read; name the server"):
        store.receive([rows(0)], [])
    with psycopg.connect(postgres.address("postgres"), autocommit=True) as connection:
        connection.execute(f"ALTER DATABASE {name} RESET default_transaction_read_only")
    with Store(address) as store:
        store.receive([rows(0)], [])
        assert stored(store) == [0]
