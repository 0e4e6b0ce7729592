"""A database that is open, with its schema up to date."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Connection

from passerby.storage.address import DatabaseAddress
from passerby.storage.engine import engine_for, transaction
from passerby.storage.migration import Migrations, migrate


class Database:
    """An SQLite file or a PostgreSQL database; used from several threads.

    Args:
        address: Its address.
        migrations: The migrations to the present schema.
        create: Whether to create the tables if they do not exist.
        mapped: See `engine_for`.

    Raises:
        StoreError: The database is missing, locked, full, damaged, or was not made by passerby.
    """

    def __init__(
        self, address: DatabaseAddress, migrations: Migrations, *, create: bool = False, mapped: bool = True
    ) -> None:
        self.address = address
        self._engine = engine_for(address, mapped=mapped)
        try:
            migrate(self._engine, address, migrations, create=create)
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Close it."""
        self._engine.dispose()

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """Give a connection in a transaction that reads.

        Raises:
            StoreError: The database cannot be read.
        """
        with transaction(self._engine, self.address) as connection:
            yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """Give a connection in a transaction that writes: all or nothing.

        Raises:
            StoreError: The database cannot be written.
        """
        with transaction(self._engine, self.address, writes=True) as connection:
            yield connection
