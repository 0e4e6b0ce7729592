"""A database that is open gives transactions, and one that cannot be used is closed again."""

from __future__ import annotations

import pytest
from sqlalchemy import text

from passerby.accounts.tables import MIGRATIONS as ACCOUNTS
from passerby.errors import StoreError
from passerby.storage.address import DatabaseAddress
from passerby.storage.database import Database
from passerby.store.schema import MIGRATIONS as SIGNALS


def test_what_is_written_is_read_and_what_fails_halfway_is_not(tmp_path):
    database = Database(DatabaseAddress(str(tmp_path / "a.db")), SIGNALS, create=True)
    with database.writing() as connection:
        connection.execute(text("CREATE TABLE note (words TEXT)"))
        connection.execute(text("INSERT INTO note VALUES ('first')"))
    with pytest.raises(ZeroDivisionError):
        _write_half(database)
    with database.reading() as connection:
        assert connection.execute(text("SELECT words FROM note")).scalars().all() == ["first"]
    database.close()


def test_a_database_of_other_tables_is_refused_and_left_as_it_was(tmp_path):
    where = DatabaseAddress(str(tmp_path / "a.db"))
    Database(where, SIGNALS, create=True).close()
    before = where.path.read_bytes()
    with pytest.raises(StoreError, match=r"a\.db"):
        Database(where, ACCOUNTS, create=True, mapped=False)
    assert where.path.read_bytes() == before


def _write_half(database):
    with database.writing() as connection:
        connection.execute(text("INSERT INTO note VALUES ('second')"))
        _ = 1 / 0
