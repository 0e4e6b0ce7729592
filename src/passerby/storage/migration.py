"""Brings the schema of a database up to date."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from pathlib import Path

from alembic.operations import Operations
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.script.revision import RevisionError
from sqlalchemy import Connection, Engine, inspect, text

from passerby.errors import NoStoreError, StoreError
from passerby.storage.address import DatabaseAddress
from passerby.storage.engine import MIGRATION_S, transaction

_UPGRADING = threading.Lock()
"""One at a time in a process: a step finds its database by a global of Alembic's, which two threads would share."""
_MIGRATING = 0x70617373  # any number that no other program of the database uses
_OWN, _VERSION = "passerby_", "_version"
_USUAL = "alembic_version"
"""Where earlier versions of passerby stored the version of a schema; a database could then hold one schema only."""


@dataclass(frozen=True, slots=True)
class Migrations:
    """The migrations of a schema, and what its tables contain.

    Args:
        folder: Folder of Alembic's migrations, in `versions`, one per file.
        holds: What the tables contain, in the plural, for messages.
    """

    folder: Path
    holds: str

    @property
    def version_table(self) -> str:
        """Name of the table with the schema's version: each has its own, so one database can hold several schemas."""
        return f"{_OWN}{self.holds}{_VERSION}"

    def context(self, connection: Connection) -> MigrationContext:
        """Return where Alembic reads and writes the version of this schema."""
        return MigrationContext.configure(connection, opts={"version_table": self.version_table})


def migrate(
    engine: Engine, address: DatabaseAddress, migrations: Migrations, *, create: bool, until: str = "head"
) -> None:
    """Bring the schema up to date, creating it if needed.

    Args:
        engine: Engine of the database.
        address: Its address, for messages.
        migrations: The migrations to the present schema.
        create: Whether to create the store in an empty database.
        until: Version of the schema to stop at, to fill it with what an older passerby stored.

    Raises:
        NoStoreError: There is no database, or passerby did not make it.
        StoreError: It was made by a newer version.
    """
    if address.is_file and not create and not address.path.is_file():
        msg = f"{address}: there is no store here; check the name, or write {migrations.holds} first"
        raise NoStoreError(msg)

    script = ScriptDirectory(str(migrations.folder))
    with transaction(engine, address) as connection:
        if migrations.context(connection).get_current_revision() == script.get_current_head():
            return

    with transaction(engine, address, writes=True, wait_s=MIGRATION_S) as connection:
        if not address.is_file:  # SQLite's transaction already excludes others
            connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _MIGRATING})
        context = migrations.context(connection)
        current = context.get_current_revision()  # again: another program may have been faster
        if current is None:
            current = _adopted(connection, migrations, script)
        if current is None and (_is_foreign(connection, address) or not create):
            msg = f"{address}: this database contains no {migrations.holds} of passerby; name another one"
            raise NoStoreError(msg)
        _upgrade(context, script, (current, until), address)


def schema_version(connection: Connection, migrations: Migrations) -> str | None:
    """Return the version of the schema that a database has, also if an older passerby wrote it; None = it has none."""
    own = migrations.context(connection).get_current_revision()
    return own or _usual_version(connection, ScriptDirectory(str(migrations.folder)))


def _upgrade(
    context: MigrationContext, script: ScriptDirectory, span: tuple[str | None, str], address: DatabaseAddress
) -> None:
    current, until = span
    try:
        steps = list(script.iterate_revisions(until, current or "base"))
    except RevisionError as error:
        newer = current if until == "head" else until
        msg = f"{address}: this store was made by a newer passerby (schema {newer}); update passerby"
        raise StoreError(msg) from error
    with _UPGRADING, Operations.context(context):
        for step in reversed(steps):
            step.module.upgrade()
            context.stamp(script, step.revision)


def _adopted(connection: Connection, migrations: Migrations, script: ScriptDirectory) -> str | None:
    """Take over the version that an older passerby wrote into Alembic's usual table; None = it wrote none."""
    found = _usual_version(connection, script)
    if found is None:
        return None
    connection.execute(text(f"ALTER TABLE {_USUAL} RENAME TO {migrations.version_table}"))
    return found


def _usual_version(connection: Connection, script: ScriptDirectory) -> str | None:
    """Return the version of this schema in Alembic's usual table; None = it has none of it."""
    found = MigrationContext.configure(connection).get_current_revision()
    return found if found in {each.revision for each in script.walk_revisions()} else None


def _is_foreign(connection: Connection, address: DatabaseAddress) -> bool:
    """Return whether a database is in use by something else: a server's may hold several schemas of passerby."""
    names = set(inspect(connection).get_table_names())
    of_passerby = any(name.startswith(_OWN) and name.endswith(_VERSION) for name in names)
    return bool(names) and (address.is_file or not of_passerby)
