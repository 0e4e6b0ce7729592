"""Accounts in a database: written by a gateway and by the command line, at the same time."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import Self

from sqlalchemy import Connection, delete, select, update

from passerby.accounts.account import Account
from passerby.accounts.account_row import (
    account_of,
    accounts,
    added,
    administers,
    first_added,
    found,
    row_of_account,
    text_of,
)
from passerby.accounts.role import Role
from passerby.accounts.tables import ACCOUNT, MIGRATIONS, REVISION, SESSION
from passerby.accounts.trail import nothing
from passerby.errors import EditedError, UsageError
from passerby.storage.address import DatabaseAddress
from passerby.storage.database import Database


class AccountStore:
    """Accounts in an SQLite file or a PostgreSQL database; a context manager.

    Methods that change something call `record` last: it writes the audit entry, and if it fails nothing is changed.

    Args:
        address: A file such as accounts.db, or postgresql://user@host/database.
        create: Whether to create the tables if they do not exist.

    Raises:
        UsageError: The address is not a file or a postgresql:// URL.
        StoreError: The database is missing, locked, full, damaged, or was not made by passerby.
    """

    def __init__(self, address: str, *, create: bool = False) -> None:
        where = DatabaseAddress(address, setting="accounts.store", example="accounts.db")
        # processes that hold pictures map no shared files
        self._database = Database(where, MIGRATIONS, create=create, mapped=False)

    def __enter__(self) -> Self:
        """Return the store."""
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        """Close the store."""
        self.close()

    def close(self) -> None:
        """Close the database."""
        self._database.close()

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """Give a connection that reads.

        Raises:
            StoreError: The database cannot be read.
        """
        with self._database.reading() as connection:
            yield connection

    @contextmanager
    def changing(self, record: Callable[[], object] = nothing) -> Iterator[Connection]:
        """Give a connection in a transaction that other programs notice.

        Args:
            record: Called before the change is committed; if it fails, nothing is changed.

        Raises:
            StoreError: The database cannot be written.
        """
        with self._database.writing() as connection:
            connection.execute(update(REVISION).values(number=REVISION.c.number + 1))
            yield connection
            record()

    @contextmanager
    def writing_quietly(self) -> Iterator[Connection]:
        """Give a connection in a transaction that no other program needs to notice.

        Raises:
            StoreError: The database cannot be written.
        """
        with self._database.writing() as connection:
            yield connection

    def revision(self) -> int:
        """Return a number that differs after each change.

        Raises:
            StoreError: It cannot be read.
        """
        with self.reading() as connection:
            return int(connection.execute(select(REVISION.c.number)).scalar_one())

    def accounts(self) -> list[Account]:
        """Return all accounts by name.

        Raises:
            StoreError: They cannot be read.
        """
        with self.reading() as connection:
            return accounts(connection)

    def account(self, name: str) -> Account:
        """Return an account.

        Raises:
            UsageError: There is none of this name.
            StoreError: It cannot be read.
        """
        with self.reading() as connection:
            return account_of(row_of_account(connection, name))

    def find(self, name: str) -> Account | None:
        """Return an account; None = there is none of this name.

        Raises:
            StoreError: It cannot be read.
        """
        with self.reading() as connection:
            row = found(connection, name)
        return None if row is None else account_of(row)

    def add(
        self,
        name: str,
        role: Role,
        groups: frozenset[str] | None,
        *,
        now_s: float,
        password: str | None = None,
        record: Callable[[], object] = nothing,
    ) -> Account:
        """Add an account.

        Args:
            name: Its name.
            role: What the person does.
            groups: Groups of cameras; None = all cameras.
            now_s: The current time, UTC since 1970, s.
            password: Hash of the password; None = the person cannot sign in yet.
            record: See above.

        Raises:
            UsageError: The name cannot be used, or there is an account of this name.
            StoreError: It cannot be written.
        """
        with self.changing(record) as connection:
            return added(connection, name, role=role, groups=groups, password=password, now_s=now_s)

    def add_first(self, name: str, password: str, *, now_s: float, record: Callable[[], object] = nothing) -> Account:
        """Add the first administrator.

        Args:
            name: Name of the account.
            password: Hash of the password.
            now_s: The current time, UTC since 1970, s.
            record: See above.

        Raises:
            UsageError: The name cannot be used, or there are accounts already.
            StoreError: It cannot be written.
        """
        with self.changing(record) as connection:
            return first_added(connection, name, password=password, now_s=now_s)

    def change(
        self,
        name: str,
        *,
        version: int | None,
        role: Role,
        groups: frozenset[str] | None,
        disabled: bool,
        record: Callable[[], object] = nothing,
    ) -> Account:
        """Change what an account may do; the sessions of a disabled account end.

        Args:
            name: Name of the account.
            version: The version that the change is based on; None = whatever it is.
            role: What the person does from now on.
            groups: Groups of cameras; None = all cameras.
            disabled: Whether nobody can sign in with it.
            record: See above.

        Raises:
            UsageError: There is none of this name, or no administrator of all cameras would be left.
            EditedError: Somebody else has changed it since that version.
            StoreError: It cannot be written.
        """
        with self.changing(record) as connection:
            row = row_of_account(connection, name)
            if version is not None and row.version != version:
                msg = f"account {row.name} has been changed by somebody else; read it again"
                raise EditedError(msg)
            values = {"role": role.value, "groups": text_of(groups), "disabled": disabled, "version": row.version + 1}
            connection.execute(update(ACCOUNT).where(ACCOUNT.c.number == row.number).values(values))
            if not any(administers(each) for each in accounts(connection)):
                msg = f"{row.name} is the last administrator of all cameras; make another one first"
                raise UsageError(msg)
            if disabled:
                connection.execute(delete(SESSION).where(SESSION.c.account == row.number))
            return account_of(row_of_account(connection, name))
