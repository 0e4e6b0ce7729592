"""Brings the schema of a database up to date."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from alembic.operations import Operations
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.script.revision import RevisionError
from sqlalchemy import Engine, inspect, text

from passerby.errors import StoreError
from passerby.storage.address import DatabaseAddress
from passerby.storage.engine import transaction

_MIGRATING = 0x70617373  # any number that no other program of the database takes


@dataclass(frozen=True, slots=True)
class Migrations:
    """The steps that a schema took, and what its tables hold.

    Args:
        folder: Of Alembic's steps, in `versions`, a file each.
        holds: What the tables hold, in the plural, for messages.
    """

    folder: Path
    holds: str


def migrate(engine: Engine, address: DatabaseAddress, migrations: Migrations, *, create: bool) -> None:
    """Bring the schema up to date, making it if need be.

    Args:
        engine: Of the database.
        address: For messages.
        migrations: The steps to the present schema.
        create: Whether an empty database becomes a store.

    Raises:
        StoreError: The database is none of passerby, or was made by a newer one.
    """
    if address.is_file and not create and not address.path.is_file():
        msg = f"{address}: there is no store here; check the name, or write {migrations.holds} first"
        raise StoreError(msg)
    script = ScriptDirectory(str(migrations.folder))
    with transaction(engine, address) as connection:
        if MigrationContext.configure(connection).get_current_revision() == script.get_current_head():
            return
    with transaction(engine, address, writes=True) as connection:
        if not address.is_file:  # SQLite's transaction keeps others out by itself
            connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _MIGRATING})
        context = MigrationContext.configure(connection)
        current = context.get_current_revision()  # again: another program may have been quicker
        if current is None and (inspect(connection).get_table_names() or not create):
            msg = f"{address}: this database holds no {migrations.holds} of passerby; name another one"
            raise StoreError(msg)
        _upgrade(context, script, current, address)


def _upgrade(context: MigrationContext, script: ScriptDirectory, current: str | None, address: DatabaseAddress) -> None:
    try:
        steps = list(script.iterate_revisions("head", current or "base"))
    except RevisionError as error:
        msg = f"{address}: a newer passerby made this store (schema {current}); update passerby"
        raise StoreError(msg) from error
    with Operations.context(context):
        for step in reversed(steps):
            step.module.upgrade()
            context.stamp(script, step.revision)
