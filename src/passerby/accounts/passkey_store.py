"""Passkeys in the database of accounts."""

from __future__ import annotations

import base64
import hmac
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Connection, Row, delete, func, insert, select, update

from passerby.accounts.account import Account
from passerby.accounts.account_row import account_of, first_added
from passerby.accounts.credentials.passkey import PublicKey
from passerby.accounts.store import AccountStore
from passerby.accounts.tables import ACCOUNT, IDENTITY, PASSKEY, SECRET
from passerby.accounts.trail import nothing
from passerby.errors import UsageError

MOST_PASSKEYS: Final = 20
"""Passkeys of one account."""
LONGEST_LABEL: Final = 64


@dataclass(frozen=True, slots=True)
class Passkey:
    """A passkey of an account.

    Args:
        number: Its number in the database.
        account: Number of the account.
        key: Its public half.
        host: Host name under which it works.
        name: What the person calls it.
        created_s: When it was made, UTC since 1970, s.
        used_s: When it was used last, UTC since 1970, s; None = never.
    """

    number: int
    account: int
    key: PublicKey
    host: str
    name: str
    created_s: float
    used_s: float | None = None


class PasskeyStore:
    """Passkeys; the methods that change something call `record` last, as those of `AccountStore`.

    Args:
        store: The database of accounts.

    Raises:
        StoreError: It cannot be read.
    """

    def __init__(self, store: AccountStore) -> None:
        self._store = store
        with store.reading() as connection:
            self._secret = bytes.fromhex(connection.execute(select(SECRET.c.key)).scalar_one())

    def handle(self, name: str) -> bytes:
        """Return by which devices know an account: 32 bytes that say nothing about it.

        Args:
            name: Name of the account, whatever its letters' case.
        """
        return self._derived("handle", name)

    def decoy(self, name: str) -> str:
        """Return the id of a passkey that does not exist; always the same for a name, whether or not it is known."""
        return base64.urlsafe_b64encode(self._derived("decoy", name)).decode().rstrip("=")

    def of_account(self, account: Account) -> list[Passkey]:
        """Return the passkeys of an account, oldest first.

        Raises:
            StoreError: They cannot be read.
        """
        chosen = select(PASSKEY).where(PASSKEY.c.account == account.number).order_by(PASSKEY.c.number)
        with self._store.reading() as connection:
            return [_passkey(row) for row in connection.execute(chosen)]

    def find(self, credential: str) -> tuple[Passkey, Account] | None:
        """Return a passkey and whose it is; None = it is not known.

        Raises:
            StoreError: It cannot be read.
        """
        with self._store.reading() as connection:
            row = connection.execute(select(PASSKEY).where(PASSKEY.c.credential == credential)).one_or_none()
            if row is None:
                return None
            owner = connection.execute(select(ACCOUNT).where(ACCOUNT.c.number == row.account)).one()
            return _passkey(row), account_of(owner)

    def add(self, wanted: Passkey, record: Callable[[], object] = nothing) -> Passkey:
        """Add a passkey and return it with its number.

        Raises:
            UsageError: It is there already, the account has too many, or its name cannot be used.
            StoreError: It cannot be written.
        """
        with self._store.changing(record) as connection:
            return _added(connection, wanted, wanted.account)

    def add_first(self, account: str, wanted: Passkey, record: Callable[[], object] = nothing) -> Account:
        """Add the first administrator, who signs in with a passkey; that of `wanted` does not matter.

        Raises:
            UsageError: The name cannot be used, or there are accounts already.
            StoreError: It cannot be written.
        """
        with self._store.changing(record) as connection:
            made = first_added(connection, account, password=None, now_s=wanted.created_s)
            _added(connection, wanted, made.number)
            return made

    def rename(self, account: Account, number: int, name: str, record: Callable[[], object] = nothing) -> None:
        """Give a passkey another name.

        Raises:
            UsageError: The account has none of this number, or the name cannot be used.
            StoreError: It cannot be written.
        """
        own = (PASSKEY.c.number == number) & (PASSKEY.c.account == account.number)
        with self._store.changing(record) as connection:
            if not connection.execute(update(PASSKEY).where(own).values(name=_label(name))).rowcount:
                raise _unknown(number)

    def remove(self, account: Account, number: int, record: Callable[[], object] = nothing) -> None:
        """Remove a passkey.

        Raises:
            UsageError: The account has none of this number, or nobody could sign in with it any more.
            StoreError: It cannot be written.
        """
        own = PASSKEY.c.account == account.number
        with self._store.changing(record) as connection:
            if not connection.execute(delete(PASSKEY).where(own & (PASSKEY.c.number == number))).rowcount:
                raise _unknown(number)
            if not _can_sign_in(connection, account.number):
                msg = "this is the only way to sign in with this account; set a password or add another passkey first"
                raise UsageError(msg)

    def _derived(self, purpose: str, name: str) -> bytes:
        return hmac.digest(self._secret, f"{purpose}\n{name.casefold()}".encode(), "sha256")

    def note_use(self, passkey: Passkey, count: int, *, now_s: float) -> bool:
        """Write that a passkey was used; return False if it was used since it was read, or was removed.

        Args:
            passkey: The passkey as it was read.
            count: Its new count.
            now_s: The current time, UTC since 1970, s.

        Raises:
            StoreError: It cannot be written.
        """
        same = (PASSKEY.c.number == passkey.number) & (PASSKEY.c.uses == passkey.key.count)
        with self._store.writing_quietly() as connection:
            return connection.execute(update(PASSKEY).where(same).values(uses=count, used_s=now_s)).rowcount == 1


def _added(connection: Connection, wanted: Passkey, account: int) -> Passkey:
    own = PASSKEY.c.account == account
    if connection.execute(select(func.count()).select_from(PASSKEY).where(own)).scalar_one() >= MOST_PASSKEYS:
        msg = f"an account has at most {MOST_PASSKEYS} passkeys; remove one first"
        raise UsageError(msg)
    same = PASSKEY.c.credential == wanted.key.credential
    if connection.execute(select(PASSKEY.c.number).where(same)).first():
        msg = "this passkey is there already; use another device, or remove it first"
        raise UsageError(msg)
    values = {"account": account, "credential": wanted.key.credential, "key": wanted.key.key, "uses": wanted.key.count}
    values |= {"host": wanted.host, "name": _label(wanted.name), "created_s": wanted.created_s}
    connection.execute(insert(PASSKEY).values(values))
    return _passkey(connection.execute(select(PASSKEY).where(same)).one())


def _can_sign_in(connection: Connection, account: int) -> bool:
    ways = (
        select(ACCOUNT.c.number).where((ACCOUNT.c.number == account) & ACCOUNT.c.password.is_not(None)),
        select(PASSKEY.c.number).where(PASSKEY.c.account == account),
        select(IDENTITY.c.account).where(IDENTITY.c.account == account),
    )
    return any(connection.execute(each).first() for each in ways)


def _passkey(row: Row[Any]) -> Passkey:
    key = PublicKey(row.credential, row.key, row.uses)
    return Passkey(row.number, row.account, key, row.host, row.name, row.created_s, row.used_s)


def _label(name: str) -> str:
    label = name.strip()
    if not (0 < len(label) <= LONGEST_LABEL and label.isprintable()):
        msg = f"a passkey needs a name of 1 to {LONGEST_LABEL} characters, such as: phone"
        raise UsageError(msg)
    return label


def _unknown(number: int) -> UsageError:
    return UsageError(f"you have no passkey {number}; /api/account/passkeys lists them")
