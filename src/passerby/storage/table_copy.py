"""Copies the tables of a schema out of a database and into another one, of whatever kind: lines of JSON between."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Any, Final

from sqlalchemy import Connection, Engine, Integer, MetaData, Table, delete, insert, inspect, select, text

from passerby.errors import NoStoreError, UsageError
from passerby.storage.address import DatabaseAddress
from passerby.storage.engine import engine_for, transaction
from passerby.storage.migration import Migrations, migrate, schema_version

_AT_ONCE: Final = 1000


def copied_out(address: DatabaseAddress, migrations: Migrations, schema: MetaData) -> Iterator[bytes]:
    """Yield the rows of a schema as lines of JSON, as they were at one moment; others may write meanwhile.

    Args:
        address: Address of the database; its schema may be that of an older version.
        migrations: The migrations of the schema.
        schema: Its tables.

    Raises:
        NoStoreError: There is no such schema.
        StoreError: The database cannot be read.
    """
    if address.is_file and not address.path.is_file():
        msg = f"{address}: there is no store here"
        raise NoStoreError(msg)
    engine = engine_for(address, mapped=False)
    if not address.is_file:
        engine = engine.execution_options(isolation_level="REPEATABLE READ")
    try:
        with transaction(engine, address) as connection:
            version = schema_version(connection, migrations)
            if version is None:
                msg = f"{address}: this database contains no {migrations.holds} of passerby"
                raise NoStoreError(msg)
            yield _line({"holds": migrations.holds, "version": version})
            there = set(inspect(connection).get_table_names())
            for table in (each for each in schema.sorted_tables if each.name in there):
                found = Table(table.name, MetaData(), autoload_with=connection)
                yield _line({"table": found.name, "columns": [column.name for column in found.columns]})
                for row in connection.execution_options(yield_per=_AT_ONCE).execute(select(found)):
                    yield _line(list(row))
    finally:
        engine.dispose()


def copy_in(address: DatabaseAddress, migrations: Migrations, schema: MetaData, lines: Iterable[bytes]) -> None:
    """Make a schema in an empty database as it was when `lines` were written, fill it, and bring it up to date.

    Args:
        address: Address of the database.
        migrations: The migrations of the schema.
        schema: Its tables.
        lines: What `copied_out` yielded.

    Raises:
        UsageError: The lines are no copy of this schema.
        StoreError: The database holds something, or cannot be written, or the copy is of a newer version.
    """
    parts = iter(lines)
    head = _parsed(next(parts, b""))
    if not isinstance(head, dict) or head.get("holds") != migrations.holds:
        msg = f"this is not a copy of {migrations.holds}"
        raise UsageError(msg)
    engine = engine_for(address, mapped=False)
    try:
        migrate(engine, address, migrations, create=True, until=str(head.get("version")))
        with transaction(engine, address, writes=True) as connection:
            _require_empty(connection, address, migrations, schema)
            _fill(connection, schema, parts)
        migrate(engine, address, migrations, create=False)
    finally:
        engine.dispose()


def is_empty(address: DatabaseAddress, migrations: Migrations, schema: MetaData) -> bool:
    """Return whether a database holds nothing of a schema but what an empty one has.

    Raises:
        StoreError: It cannot be read.
    """
    if address.is_file:
        return not address.path.exists()
    engine = engine_for(address)
    try:
        with transaction(engine, address) as connection:
            return schema_version(connection, migrations) is None or not _filled(connection, schema)
    finally:
        engine.dispose()


def emptied(address: DatabaseAddress, tables: Iterable[Table]) -> None:
    """Delete all rows of tables, those that exist.

    Args:
        address: Address of the database.
        tables: The tables, each after those that it refers to.

    Raises:
        StoreError: The database cannot be written.
    """
    engine: Engine = engine_for(address, mapped=False)
    try:
        with transaction(engine, address, writes=True) as connection:
            there = set(inspect(connection).get_table_names())
            for table in reversed(list(tables)):
                if table.name in there:
                    connection.execute(delete(table))
    finally:
        engine.dispose()


def _require_empty(connection: Connection, address: DatabaseAddress, migrations: Migrations, schema: MetaData) -> None:
    if _filled(connection, schema):
        msg = f"{address}: it contains {migrations.holds} already; name an empty database"
        raise UsageError(msg)


def _filled(connection: Connection, schema: MetaData) -> bool:
    """Return whether a table has rows that were not made with it."""
    there = set(inspect(connection).get_table_names())
    return any(
        connection.execute(select(table.c[0]).limit(1)).first() is not None
        for table in schema.sorted_tables
        if table.name in there and _counts(table)
    )


def _counts(table: Table) -> bool:
    """Return whether the rows of a table are somebody's data: tables of a single row have it from the start."""
    return "single" not in table.c


def _fill(connection: Connection, schema: MetaData, parts: Iterator[bytes]) -> None:
    known = {table.name for table in schema.sorted_tables}
    table: Table | None = None
    columns: list[str] = []
    waiting: list[dict[str, Any]] = []
    filled: list[Table] = []
    for line in parts:
        said = _parsed(line)
        if isinstance(said, dict):
            _write(connection, table, waiting)
            name, columns = str(said.get("table")), [str(each) for each in said.get("columns", ())]
            if name not in known:
                msg = f"the copy has a table '{name}', which passerby does not have"
                raise UsageError(msg)
            table = Table(name, MetaData(), autoload_with=connection)
            if set(columns) - {column.name for column in table.columns}:
                msg = f"the copy has other columns in '{name}' than passerby"
                raise UsageError(msg)
            connection.execute(delete(table))  # the rows that are made with the tables
            filled.append(table)
            continue
        if table is None or not isinstance(said, list) or len(said) != len(columns):
            msg = "the copy of a table is damaged"
            raise UsageError(msg)
        waiting.append(dict(zip(columns, said, strict=True)))
        if len(waiting) >= _AT_ONCE:
            _write(connection, table, waiting)
    _write(connection, table, waiting)
    for each in filled:
        _continue_numbers(connection, each)


def _write(connection: Connection, table: Table | None, waiting: list[dict[str, Any]]) -> None:
    if table is not None and waiting:
        connection.execute(insert(table), waiting)
    waiting.clear()


def _continue_numbers(connection: Connection, table: Table) -> None:
    """Let PostgreSQL number new rows after those that are there; SQLite does so by itself."""
    if connection.dialect.name != "postgresql":
        return
    (first, *more) = table.primary_key.columns
    if more or not isinstance(first.type, Integer):
        return
    named = {"table": table.name, "column": first.name}
    sequence = connection.execute(text("SELECT pg_get_serial_sequence(:table, :column)"), named).scalar()
    if sequence is not None:
        last = max(1, connection.execute(select(first).order_by(first.desc()).limit(1)).scalar() or 0)
        connection.execute(text("SELECT setval(:sequence, :last)"), {"sequence": sequence, "last": last})


def _line(said: object) -> bytes:
    return json.dumps(said, separators=(",", ":"), ensure_ascii=False).encode()


def _parsed(line: bytes) -> object:
    try:
        return json.loads(line)
    except ValueError as error:
        msg = "the copy of a table is damaged"
        raise UsageError(msg) from error
