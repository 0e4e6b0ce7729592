"""Who people are at an OpenID provider, in the database of accounts."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy import insert, select

from passerby.accounts.account import Account
from passerby.accounts.account_row import account_of, added
from passerby.accounts.oidc_plan import RoleRule
from passerby.accounts.store import AccountStore
from passerby.accounts.tables import ACCOUNT, IDENTITY
from passerby.accounts.trail import nothing
from passerby.errors import UsageError

_LONGEST = 255


@dataclass(frozen=True, slots=True)
class Identity:
    """A person at a provider: their name there may change, and this may not.

    Args:
        issuer: The provider.
        subject: The person.
    """

    issuer: str
    subject: str


class IdentityStore:
    """Accounts by issuer and subject.

    Args:
        store: The database of accounts.
    """

    def __init__(self, store: AccountStore) -> None:
        self._store = store

    def find(self, identity: Identity) -> Account | None:
        """Return the account of somebody; None = they have none.

        Raises:
            StoreError: It cannot be read.
        """
        same = (IDENTITY.c.issuer == identity.issuer) & (IDENTITY.c.subject == identity.subject)
        with self._store.reading() as connection:
            row = connection.execute(select(ACCOUNT).join_from(IDENTITY, ACCOUNT).where(same)).one_or_none()
        return None if row is None else account_of(row)

    def add(
        self, identity: Identity, name: str, rule: RoleRule, *, now_s: float, record: Callable[[], object] = nothing
    ) -> Account:
        """Make the account of somebody.

        Args:
            identity: Who it is.
            name: Name of the account.
            rule: What they may do.
            now_s: The current time, UTC since 1970, s.
            record: As in `AccountStore`.

        Raises:
            UsageError: The name cannot be used, or is that of another account: that one is not taken over.
            StoreError: It cannot be written.
        """
        if not 0 < len(identity.subject) <= _LONGEST:
            msg = f"the sign-in provider names a subject that is not 1 to {_LONGEST} characters long"
            raise UsageError(msg)
        with self._store.changing(record) as connection:
            made = added(connection, name, role=rule.role, groups=rule.groups, password=None, now_s=now_s)
            values = {"issuer": identity.issuer, "subject": identity.subject, "account": made.number}
            connection.execute(insert(IDENTITY).values(values))
            return made
