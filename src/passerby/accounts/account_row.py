"""Rows of accounts, in a transaction that somebody else has opened."""

from __future__ import annotations

import json
from typing import Any

from sqlalchemy import Connection, Row, func, insert, select

from passerby.accounts.account import Account, checked_name
from passerby.accounts.role import Role
from passerby.accounts.tables import ACCOUNT
from passerby.errors import UsageError


def accounts(connection: Connection) -> list[Account]:
    """Return all accounts by name."""
    return [account_of(row) for row in connection.execute(select(ACCOUNT).order_by(ACCOUNT.c.folded))]


def found(connection: Connection, name: str) -> Row[Any] | None:
    """Return the row of an account; None = no account has this name."""
    return connection.execute(select(ACCOUNT).where(ACCOUNT.c.folded == name.casefold())).one_or_none()


def row_of_account(connection: Connection, name: str) -> Row[Any]:
    """Return the row of an account.

    Raises:
        UsageError: No account has this name.
    """
    row = found(connection, name)
    if row is None:
        msg = f"there is no account {name!r}; passerby account list shows all"
        raise UsageError(msg)
    return row


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
    values: dict[str, object] = {"name": name, "folded": folded, "role": role.value, "groups": text_of(groups)}
    values |= {"disabled": False, "created_s": now_s, "password": password, "step": 0, "version": 1}
    connection.execute(insert(ACCOUNT).values(values))
    return account_of(row_of_account(connection, name))


def first_added(connection: Connection, name: str, *, password: str | None, now_s: float) -> Account:
    """Add the first administrator in an open transaction; arguments and errors as `AccountStore.add_first`."""
    if connection.execute(select(func.count()).select_from(ACCOUNT)).scalar_one():
        msg = "there are accounts already; ask an administrator for one"
        raise UsageError(msg)
    return added(connection, name, role=Role.ADMINISTRATOR, groups=None, password=password, now_s=now_s)


def administers(account: Account) -> bool:
    """Return whether an account can change everything."""
    return account.role is Role.ADMINISTRATOR and account.groups is None and not account.disabled


def names_of(text: str | None) -> frozenset[str] | None:
    """Return the names in a column."""
    return None if text is None else frozenset(json.loads(text))


def text_of(names: frozenset[str] | None) -> str | None:
    """Return names as a column holds them."""
    return None if names is None else json.dumps(sorted(names))
