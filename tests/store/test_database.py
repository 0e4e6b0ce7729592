from __future__ import annotations

import sqlite3
import threading
from contextlib import contextmanager

import pytest
from alembic.autogenerate import compare_metadata
from sqlalchemy import text
from tests.store.conftest import PASSWORD
from tests.store.made import signal
from tests.waiting import PATIENCE_S

from passerby.errors import StoreError, UsageError
from passerby.signals.selection import Selection
from passerby.signals.window import WindowLength
from passerby.storage.address import DatabaseAddress
from passerby.storage.engine import engine_for, transaction
from passerby.store.schema import METADATA, MIGRATIONS
from passerby.store.store import Store


@contextmanager
def connected(address):
    where = DatabaseAddress(address)
    engine = engine_for(where)
    with transaction(engine, where, writes=True) as connection:
        yield connection
    engine.dispose()


def test_the_migrated_tables_are_those_of_the_schema(address):
    with Store(address, create=True), connected(address) as connection:
        assert compare_metadata(MIGRATIONS.context(connection), METADATA) == []


def test_a_store_is_opened_again_as_it_was(address):
    with Store(address, create=True) as store:
        store.write([signal(1)])
        extent = store.extent()
    with Store(address) as store:
        assert store.extent() == extent


def test_programs_that_start_at_once_make_one_store(address):
    together, failed = threading.Barrier(4), []

    def start(number):
        together.wait()
        try:
            with Store(address, create=True) as store:
                store.write([signal(number, number)])
        except StoreError as error:
            failed.append(error)

    threads = [threading.Thread(target=start, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE_S)
    assert not failed
    with Store(address) as store:
        assert len(store.known()) == 1


def test_a_store_of_a_newer_passerby_is_refused(address):
    with Store(address, create=True):
        pass
    with connected(address) as connection:
        connection.execute(text("UPDATE passerby_signals_version SET version_num = '9999'"))
    with pytest.raises(StoreError, match="update passerby"):
        Store(address)


def test_nothing_is_made_where_a_store_is_only_read(tmp_path):
    with pytest.raises(StoreError, match="there is no store here"):
        Store(str(tmp_path / "absent.db"))
    assert not list(tmp_path.iterdir())


def test_an_empty_database_that_is_only_read_stays_empty(postgres):
    empty = postgres.database()
    for _ in range(2):
        with pytest.raises(StoreError, match="contains no signals of passerby"):
            Store(empty)


def test_the_database_of_another_program_is_left_alone(tmp_path):
    path = tmp_path / "other.db"
    with sqlite3.connect(path) as other:
        other.execute("CREATE TABLE people (name)")
    other.close()
    with pytest.raises(StoreError, match="contains no signals of passerby"):
        Store(str(path), create=True)


def test_a_file_that_is_no_database_is_left_alone(tmp_path):
    path = tmp_path / "notes.txt"
    path.write_text("no database at all\n" * 100)
    with pytest.raises(StoreError, match="this is not a database"):
        Store(str(path), create=True)
    assert path.read_text().startswith("no database")


def test_a_damaged_database_is_said_to_be_damaged(tmp_path):
    path = tmp_path / "signals.db"
    with Store(str(path), create=True) as store:
        store.write([signal(value, value) for value in range(1000)])
    with path.open("r+b") as file:
        file.seek(4096)
        file.write(b"\xff" * 40_000)
    with pytest.raises(StoreError, match="damaged"), Store(str(path)) as store:
        store.write([signal(1)])


@pytest.mark.parametrize(
    "wrong",
    [
        "postgresql://ann:not-in-messages@localhost:port/db",
        "postgresql://ann:not-in-messages@[::1/db",
        "mysql://ann:not-in-messages@localhost/db",
        "sqlite://",
        "",
    ],
)
def test_a_wrong_address_is_refused_without_its_password(wrong):
    with pytest.raises(UsageError) as refused:
        Store(wrong)
    assert PASSWORD not in str(refused.value)


@pytest.mark.parametrize(
    ("address", "mend"),
    [
        ("postgresql://ann:not-in-messages@127.0.0.1:1/db", "the database does not answer"),
        ("postgresql://ann:not-in-messages@/db?host=/nowhere", "the database does not answer"),
        ("postgresql://ann@127.0.0.1:1/db?password=not-in-messages", "the database does not answer"),
        ("postgresql://ann:not-in-messages@no.such.host.invalid/db", "the host is unknown"),
        ("postgresql://ann:not-in-messages@127.0.0.1/db?sslmode=not-in-messages", "the database failed"),
    ],
)
def test_a_database_that_does_not_answer_is_named_without_its_password(address, mend):
    with pytest.raises(StoreError, match=mend) as refused:
        Store(address, create=True)
    assert PASSWORD not in str(refused.value)
    assert "\n" not in str(refused.value)


def test_a_wrong_password_is_not_shown(postgres):
    with pytest.raises(StoreError, match="the user or password is wrong") as refused:
        Store(postgres.address("postgres", "also-not-in-messages"), create=True)
    assert "also-not" not in str(refused.value)


def test_an_address_shows_no_password():
    for text_ in ("postgresql://ann:pw-123@db/signals", "postgresql://ann@db/signals?password=pw-123"):
        assert "pw-123" not in f"{DatabaseAddress(text_)} {DatabaseAddress(text_)!r}"


def test_a_store_of_the_first_version_gets_its_bounds(tmp_path):
    address = str(tmp_path / "signals.db")
    with Store(address, create=True) as store:
        store.write([signal(4, 0, estimator="lower bound", low=4.0), signal(7, 1)])
    with sqlite3.connect(address) as old:  # as the first version left it
        for name in ("low", "high"):
            old.execute(f"ALTER TABLE signal DROP COLUMN {name}")
        for name in ("delivered", "placed", "health", "foot_map"):
            old.execute(f"DROP TABLE {name}")
        old.execute("ALTER TABLE passerby_signals_version RENAME TO alembic_version")
        old.execute("UPDATE alembic_version SET version_num = '0001'")
    old.close()
    with Store(address) as store:
        start, end = store.extent()
        told = list(store.read(Selection(WindowLength.SECOND, start, end)))
    assert [(each.value, each.low, each.high) for each in told] == [(4, 4, None), (7, None, None)]
