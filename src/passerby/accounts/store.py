"""Accounts in a database: written by a gateway and by the command line, at the same time."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self

from sqlalchemy import Connection, Row, delete, func, insert, select, update

from passerby.accounts.account import Account, checked_name
from passerby.accounts.role import Role
from passerby.accounts.tables import ACCOUNT, BROWSER, INVITATION, MIGRATIONS, PASSKEY, REVISION, SESSION
from passerby.accounts.token import hash_of
from passerby.accounts.trail import nothing
from passerby.errors import EditedError, UsageError
from passerby.storage.address import DatabaseAddress
from passerby.storage.engine import engine_for, transaction
from passerby.storage.migration import migrate


@dataclass(frozen=True, slots=True)
class StoredCredentials:
    """With what the person of an account signs in.

    Args:
        account: The account.
        password: Hash of the password; None = there is none.
        seed: Seed of the authenticator app; None = there is none.
        step: Number of the step whose code was accepted last.
    """

    account: Account
    password: str | None
    seed: str | None
    step: int


class AccountStore:
    """Accounts, and with what people sign in, in an SQLite file or a PostgreSQL database; a context manager.

    Methods that change something call `record` last: it writes the audit entry, and if it fails nothing is changed.

    Args:
        address: A file such as accounts.db, or postgresql://user@host/database.
        create: Whether to create the tables if they do not exist.

    Raises:
        UsageError: The address is not a file or a postgresql:// URL.
        StoreError: The database is missing, locked, full, damaged, or was not made by passerby.
    """

    def __init__(self, address: str, *, create: bool = False) -> None:
        self.address = DatabaseAddress(address, setting="accounts.store", example="accounts.db")
        self._engine = engine_for(self.address, mapped=False)  # processes that hold pictures map no shared files
        try:
            migrate(self._engine, self.address, MIGRATIONS, create=create)
        except BaseException:
            self.close()
            raise

    def __enter__(self) -> Self:
        """Return the store."""
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        """Close the store."""
        self.close()

    def close(self) -> None:
        """Close the database."""
        self._engine.dispose()

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """Give a connection that reads.

        Raises:
            StoreError: The database cannot be read.
        """
        with transaction(self._engine, self.address) as connection:
            yield connection

    @contextmanager
    def changing(self, record: Callable[[], object] = nothing) -> Iterator[Connection]:
        """Give a connection in a transaction that other programs notice.

        Args:
            record: Called before the change is committed; if it fails, nothing is changed.

        Raises:
            StoreError: The database cannot be written.
        """
        with transaction(self._engine, self.address, writes=True) as connection:
            connection.execute(update(REVISION).values(number=REVISION.c.number + 1))
            yield connection
            record()

    @contextmanager
    def writing_quietly(self) -> Iterator[Connection]:
        """Give a connection in a transaction that no other program needs to notice.

        Raises:
            StoreError: The database cannot be written.
        """
        with transaction(self._engine, self.address, writes=True) as connection:
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
            return account_of(_row(connection, name))

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
            row = _row(connection, name)
            if version is not None and row.version != version:
                msg = f"account {row.name} was changed by somebody else meanwhile; look at it again"
                raise EditedError(msg)
            values = {"role": role.value, "groups": _text(groups), "disabled": disabled, "version": row.version + 1}
            connection.execute(update(ACCOUNT).where(ACCOUNT.c.number == row.number).values(values))
            if not any(_administers(each) for each in accounts(connection)):
                msg = f"{row.name} is the last administrator of all cameras; make another one first"
                raise UsageError(msg)
            if disabled:
                connection.execute(delete(SESSION).where(SESSION.c.account == row.number))
            return account_of(_row(connection, name))

    def credentials(self, name: str) -> StoredCredentials | None:
        """Return with what the person of an account signs in; None = there is no such account.

        Raises:
            StoreError: They cannot be read.
        """
        with self.reading() as connection:
            chosen = select(ACCOUNT).where(ACCOUNT.c.folded == name.casefold())
            row = connection.execute(chosen).one_or_none()
        return None if row is None else StoredCredentials(account_of(row), row.password, row.seed, row.step)

    def set_password(
        self, name: str, password: str, *, reset: bool = False, record: Callable[[], object] = nothing
    ) -> None:
        """Set the password of an account: its sessions, known browsers and open invitations end.

        Args:
            name: Name of the account.
            password: Hash of the password.
            reset: Whether to remove all other credentials too: they may be lost or stolen.
            record: See above.

        Raises:
            UsageError: There is none of this name.
            StoreError: It cannot be written.
        """
        with self.changing(record) as connection:
            row = _row(connection, name)
            values: dict[str, object] = {"password": password, "version": row.version + 1}
            if reset:
                values["seed"] = None
            connection.execute(update(ACCOUNT).where(ACCOUNT.c.number == row.number).values(values))
            for table in (SESSION, BROWSER, INVITATION, *((PASSKEY,) if reset else ())):
                connection.execute(delete(table).where(table.c.account == row.number))

    def set_seed(self, name: str, seed: str | None, *, step: int, record: Callable[[], object] = nothing) -> None:
        """Set or remove the authenticator app of an account.

        Args:
            name: Name of the account.
            seed: Its seed; None = no code is needed any more.
            step: Number of the step whose code was accepted.
            record: See above.

        Raises:
            UsageError: There is none of this name.
            StoreError: It cannot be written.
        """
        with self.changing(record) as connection:
            row = _row(connection, name)
            values = {"seed": seed, "step": step, "version": row.version + 1}
            connection.execute(update(ACCOUNT).where(ACCOUNT.c.number == row.number).values(values))

    def use_step(self, account: Account, step: int) -> bool:
        """Note that the code of a step was used; return whether this is its first use.

        Raises:
            StoreError: It cannot be written.
        """
        with self.changing() as connection:
            unused = (ACCOUNT.c.number == account.number) & (ACCOUNT.c.step < step)
            return connection.execute(update(ACCOUNT).where(unused).values(step=step)).rowcount == 1

    def invite(self, name: str, secret: str, *, ends_s: float, record: Callable[[], object] = nothing) -> None:
        """Let the person who has a secret set the password of an account, once.

        Args:
            name: Name of the account.
            secret: The secret.
            ends_s: When it stops working, UTC since 1970, s.
            record: See above.

        Raises:
            UsageError: There is no account of this name.
            StoreError: It cannot be written.
        """
        with self.changing(record) as connection:
            row = _row(connection, name)
            connection.execute(delete(INVITATION).where(INVITATION.c.account == row.number))
            connection.execute(insert(INVITATION).values(hash=hash_of(secret), account=row.number, ends_s=ends_s))

    def invited(self, secret: str, *, now_s: float) -> Account | None:
        """Return whose password the person who has a secret may set; None = nobody's, or it has ended or was used.

        Raises:
            StoreError: It cannot be read.
        """
        open_ = (INVITATION.c.hash == hash_of(secret)) & (INVITATION.c.ends_s > now_s) & ~ACCOUNT.c.disabled
        with self.reading() as connection:
            row = connection.execute(select(ACCOUNT).join_from(INVITATION, ACCOUNT).where(open_)).one_or_none()
        return None if row is None else account_of(row)


def first_added(connection: Connection, name: str, *, password: str | None, now_s: float) -> Account:
    """Add the first administrator in an open transaction; arguments and errors as `AccountStore.add_first`."""
    if connection.execute(select(func.count()).select_from(ACCOUNT)).scalar_one():
        msg = "there are accounts already; ask an administrator for one"
        raise UsageError(msg)
    return added(connection, name, role=Role.ADMINISTRATOR, groups=None, password=password, now_s=now_s)


def accounts(connection: Connection) -> list[Account]:
    """Return all accounts by name."""
    return [account_of(row) for row in connection.execute(select(ACCOUNT).order_by(ACCOUNT.c.folded))]


def account_of(row: Row[Any]) -> Account:
    """Return the account in a row."""
    return Account(
        row.number,
        row.name,
        Role(row.role),
        names_of(row.groups),
        row.disabled,
        row.created_s,
        row.password is not None,
        row.seed is not None,
        row.version,
    )


def names_of(text: str | None) -> frozenset[str] | None:
    """Return the names in a column."""
    return None if text is None else frozenset(json.loads(text))


def _text(names: frozenset[str] | None) -> str | None:
    return None if names is None else json.dumps(sorted(names))


def _row(connection: Connection, name: str) -> Row[Any]:
    row = connection.execute(select(ACCOUNT).where(ACCOUNT.c.folded == name.casefold())).one_or_none()
    if row is None:
        msg = f"there is no account {name!r}; passerby account list shows all"
        raise UsageError(msg)
    return row


def added(
    connection: Connection,
    name: str,
    *,
    role: Role,
    groups: frozenset[str] | None,
    password: str | None,
    now_s: float,
) -> Account:
    """Add an account in an open transaction; arguments and errors as `AccountStore.add`."""
    folded = checked_name(name).casefold()
    if connection.execute(select(ACCOUNT.c.number).where(ACCOUNT.c.folded == folded)).one_or_none():
        msg = f"there is already an account {name!r}; choose another name"
        raise UsageError(msg)
    values: dict[str, object] = {"name": name, "folded": folded, "role": role.value, "groups": _text(groups)}
    values |= {"disabled": False, "created_s": now_s, "password": password, "step": 0, "version": 1}
    connection.execute(insert(ACCOUNT).values(values))
    return account_of(_row(connection, name))


def _administers(account: Account) -> bool:
    return account.role is Role.ADMINISTRATOR and account.groups is None and not account.disabled
