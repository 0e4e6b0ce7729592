"""Passwords, authenticator apps and invitations in the database of accounts."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy import delete, insert, select, update

from passerby.accounts.account import Account
from passerby.accounts.account_row import account_of, found, row_of_account
from passerby.accounts.store import AccountStore
from passerby.accounts.tables import ACCOUNT, BROWSER, INVITATION, PASSKEY, SESSION
from passerby.accounts.token import hash_of
from passerby.accounts.trail import nothing


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


class CredentialStore:
    """With what people sign in; the methods that change something call `record` last, as those of `AccountStore`.

    Args:
        store: The database of accounts.
    """

    def __init__(self, store: AccountStore) -> None:
        self._store = store

    def find(self, name: str) -> StoredCredentials | None:
        """Return with what the person of an account signs in; None = there is no such account.

        Raises:
            StoreError: They cannot be read.
        """
        with self._store.reading() as connection:
            row = found(connection, name)
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
        with self._store.changing(record) as connection:
            row = row_of_account(connection, name)
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
        with self._store.changing(record) as connection:
            row = row_of_account(connection, name)
            values = {"seed": seed, "step": step, "version": row.version + 1}
            connection.execute(update(ACCOUNT).where(ACCOUNT.c.number == row.number).values(values))

    def use_step(self, account: Account, step: int) -> bool:
        """Note that the code of a step was used; return whether this is its first use.

        Raises:
            StoreError: It cannot be written.
        """
        with self._store.changing() as connection:
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
        with self._store.changing(record) as connection:
            row = row_of_account(connection, name)
            connection.execute(delete(INVITATION).where(INVITATION.c.account == row.number))
            connection.execute(insert(INVITATION).values(hash=hash_of(secret), account=row.number, ends_s=ends_s))

    def invited(self, secret: str, *, now_s: float) -> Account | None:
        """Return whose password the person who has a secret may set; None = nobody's, or it has ended or was used.

        Raises:
            StoreError: It cannot be read.
        """
        open_ = (INVITATION.c.hash == hash_of(secret)) & (INVITATION.c.ends_s > now_s) & ~ACCOUNT.c.disabled
        with self._store.reading() as connection:
            row = connection.execute(select(ACCOUNT).join_from(INVITATION, ACCOUNT).where(open_)).one_or_none()
        return None if row is None else account_of(row)
