"""Opens a database, and explains in one line what is wrong with it."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.pool import ConnectionPoolEntry, NullPool

from passerby.errors import NoStoreError, StoreError
from passerby.storage.address import DatabaseAddress

CONNECT_S = 5.0
"""How long to wait for a database server."""
BUSY_S = 15.0
"""How long to wait for other programs' transactions on a database file: on a busy machine, several in a row."""
_AGAIN_S = 0.01
MIGRATION_S = 60.0
"""How long to wait for another program that brings the schema up to date; several may start at once."""

_MENDS = {
    "is the server running": "the database does not answer; start it, or check host and port",
    "no such file": "there is no store here; check the name",
    "disk is full": "the disk is full; free some space",
    "database or disk is full": "the disk is full; free some space",
    "no space left": "the database's disk is full; free some space there",
    "locked": "another program has locked the database; stop it, or wait until it is done",
    "is not a database": "this is not a database; name another file",
    "malformed": "the database is damaged; restore it from a backup",
    "read-only": "the database can only be read; name the server that can be written, or end its read-only mode",
    "the database system is": "the database is starting or stopping; it is tried again",
    "terminating connection": "the database closed the connection; start it again",
    "readonly": "no permission to write to the database; change its permissions",
    "unable to open": "the database cannot be opened; check that its folder exists and can be written",
    "disk i/o": "the disk failed; check it",
    "password authentication failed": "the user or password is wrong; set PGPASSWORD or ~/.pgpass",
    "no password supplied": "the database asks for a password; set PGPASSWORD or ~/.pgpass",
    "does not exist": "the user or database does not exist; create it first",
    "connection refused": "the database does not answer; start it, or check host and port",
    "connection timeout": "the database does not answer in time; check host, port and network",
    "timeout expired": "the database does not answer in time; check host, port and network",
    "could not translate host": "the host is unknown; check its name",
    "name or service not known": "the host is unknown; check its name",
    "failed to resolve host": "the host is unknown; check its name",
    "no such table": "the store was replaced or emptied; restart passerby",
    "closed the connection": "the database closed the connection; start it again",
    "permission denied": "the user lacks a permission; grant it",
}

_NOT_THERE = frozenset({"no such file", "is not a database", "does not exist"})
"""Causes that mean that the address names no store, not that a store failed."""


def engine_for(address: DatabaseAddress, *, mapped: bool = True) -> Engine:
    """Return an engine; it is not connected yet.

    Args:
        address: Address of the database.
        mapped: Whether processes share memory for a file, so that readers do not wait for writers. Without it, nothing
            is mapped, which is enough for what is seldom written.
    """
    if not address.is_file:
        wait = {"connect_timeout": round(CONNECT_S)}
        return create_engine(address.url, connect_args=wait, hide_parameters=True, pool_pre_ping=True)
    # opened for each transaction, so that a removed or replaced file is noticed
    engine = create_engine(address.url, connect_args={"timeout": BUSY_S}, hide_parameters=True, poolclass=NullPool)
    event.listen(engine, "connect", _prepare_mapped if mapped else _prepare)
    event.listen(engine, "begin", _begin)
    return engine


def _prepare(connection: DBAPIConnection, _entry: ConnectionPoolEntry) -> None:
    if isinstance(connection, sqlite3.Connection):
        connection.isolation_level = None  # `_begin` starts transactions: sqlite3 would not include schema changes
        connection.execute("PRAGMA synchronous=FULL")  # committed data survives a power failure


def _prepare_mapped(connection: DBAPIConnection, entry: ConnectionPoolEntry) -> None:
    _prepare(connection, entry)
    if isinstance(connection, sqlite3.Connection):
        _log_ahead(connection)


def _log_ahead(connection: sqlite3.Connection) -> None:
    """Change a file to write-ahead logging; where several do so at once, SQLite refuses some without waiting."""
    deadline_s = time.monotonic() + BUSY_S
    while True:
        try:
            connection.execute("PRAGMA journal_mode=WAL")
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_BUSY or time.monotonic() > deadline_s:
                raise
            time.sleep(_AGAIN_S)
        else:
            return


def _begin(connection: Connection) -> None:
    # a transaction that reads first and writes later would fail if another has written in between
    options = connection.get_execution_options()
    writes, wait_s = options.get("writes", False), options.get("wait_s") or BUSY_S
    connection.exec_driver_sql(f"PRAGMA busy_timeout = {round(1000 * wait_s)}")
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


@contextmanager
def transaction(
    engine: Engine, address: DatabaseAddress, *, writes: bool = False, wait_s: float | None = None
) -> Iterator[Connection]:
    """Give a connection in a transaction; commit at the end, roll back on an error.

    Args:
        engine: Engine of the database.
        address: Its address, for messages.
        writes: Whether the transaction will write.
        wait_s: How long to wait for other programs' transactions on a database file, s; None = `BUSY_S`.

    Raises:
        StoreError: The database is missing, locked, full, damaged, or reports an error.
    """
    try:
        with engine.connect() as connection:
            connection = connection.execution_options(writes=writes, wait_s=wait_s)  # noqa: PLW2901 - the same connection
            with connection.begin():
                yield connection
    except SQLAlchemyError as error:
        raise _store_error(address, error) from error


def _store_error(address: DatabaseAddress, error: SQLAlchemyError) -> StoreError:
    said = address.without_secrets(str(getattr(error, "orig", None) or error))
    cause = next((words for words in _MENDS if words in said.lower()), "")
    text = f"{address}: {_MENDS.get(cause) or f'the database failed: {said}'}"
    return NoStoreError(text) if cause in _NOT_THERE else StoreError(text)
