"""Opens a database, and says in one line what is wrong with it."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.pool import ConnectionPoolEntry, NullPool

from passerby.errors import StoreError
from passerby.storage.address import DatabaseAddress

BUSY_S = 5.0
"""How long another program's transaction is waited for."""

_MENDS = {
    "is the server running": "no database answers; start it, or check host and port",
    "no such file": "there is no store here; check the name",
    "disk is full": "the disk is full; free some space",
    "database or disk is full": "the disk is full; free some space",
    "no space left": "the database's disk is full; free some space there",
    "locked": "another program holds the database; end it, or wait until it is done",
    "is not a database": "this is no database; name another file",
    "malformed": "the database is damaged; restore it from a copy",
    "readonly": "the database may not be written; change its permissions",
    "unable to open": "the database cannot be opened; check that its folder exists and may be written",
    "disk i/o": "the disk failed; check it",
    "password authentication failed": "user or password are wrong; set PGPASSWORD or ~/.pgpass",
    "no password supplied": "a password is asked for; set PGPASSWORD or ~/.pgpass",
    "does not exist": "user or database do not exist; create them first",
    "connection refused": "no database answers; start it, or check host and port",
    "connection timeout": "no database answers in time; check host, port and network",
    "timeout expired": "no database answers in time; check host, port and network",
    "could not translate host": "the host is unknown; check its name",
    "failed to resolve host": "the host is unknown; check its name",
    "no such table": "the store was exchanged or emptied; start again",
    "closed the connection": "the database went away; start it again",
    "permission denied": "the user may not do this; grant it to them",
}


def engine_for(address: DatabaseAddress) -> Engine:
    """Return an engine; nothing is connected to yet."""
    if not address.is_file:
        wait = {"connect_timeout": round(BUSY_S)}
        return create_engine(address.url, connect_args=wait, hide_parameters=True, pool_pre_ping=True)
    # opened anew each time: a file that was removed or exchanged meanwhile is noticed
    engine = create_engine(address.url, connect_args={"timeout": BUSY_S}, hide_parameters=True, poolclass=NullPool)
    event.listen(engine, "connect", _prepare)
    event.listen(engine, "begin", _begin)
    return engine


def _prepare(connection: DBAPIConnection, _entry: ConnectionPoolEntry) -> None:
    if isinstance(connection, sqlite3.Connection):
        connection.isolation_level = None  # `_begin` begins: sqlite3 would leave out changes of the schema
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=FULL")  # what is committed outlives a loss of power


def _begin(connection: Connection) -> None:
    # who reads first and writes then would fail where another has written in between
    writes = connection.get_execution_options().get("writes", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


@contextmanager
def transaction(engine: Engine, address: DatabaseAddress, *, writes: bool = False) -> Iterator[Connection]:
    """Give a connection within a transaction; commit at the end, undo all on an error.

    Raises:
        StoreError: The database is missing, locked, full, damaged or refuses.
    """
    try:
        with engine.connect() as connection:
            connection = connection.execution_options(writes=writes)  # noqa: PLW2901 - the same connection
            with connection.begin():
                yield connection
    except SQLAlchemyError as error:
        raise _store_error(address, error) from error


def _store_error(address: DatabaseAddress, error: SQLAlchemyError) -> StoreError:
    said = address.without_secrets(str(getattr(error, "orig", None) or error))
    mend = next((mend for words, mend in _MENDS.items() if words in said.lower()), f"the database failed: {said}")
    return StoreError(f"{address}: {mend}")
