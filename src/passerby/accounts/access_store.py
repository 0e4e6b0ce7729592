"""Sessions, known browsers and API tokens in the database of accounts."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from sqlalchemy import Connection, bindparam, delete, insert, select, update

from passerby.accounts.account import Account, checked_name
from passerby.accounts.account_row import accounts, names_of
from passerby.accounts.permission import Action
from passerby.accounts.store import AccountStore
from passerby.accounts.tables import ACCOUNT, BROWSER, REVISION, SESSION, TOKEN
from passerby.accounts.token import LONGEST_D, PREFIX, ApiToken, hash_of, new_secret
from passerby.accounts.trail import nothing
from passerby.errors import SignInError, UsageError

MOST_SESSIONS: Final = 100
"""Sessions of one account at once; a further one ends the one that was unused for longest."""
_MOST_BROWSERS: Final = 20


@dataclass(frozen=True, slots=True)
class Session:
    """Somebody who is signed in with a browser.

    Args:
        number: Its number in the database.
        account: Number of the account.
        created_s: When they signed in, UTC since 1970, s.
        used_s: When it was used last, as far as the database knows, UTC since 1970, s.
        address: Address from which they signed in.
        browser: How the browser describes itself.
    """

    number: int
    account: int
    created_s: float
    used_s: float
    address: str
    browser: str


@dataclass(frozen=True, slots=True)
class Snapshot:
    """All accounts, sessions and tokens at one moment.

    Args:
        revision: The number of the state.
        accounts: By number.
        sessions: By the hash of their secret.
        tokens: By the hash of their secret.
    """

    revision: int
    accounts: Mapping[int, Account]
    sessions: Mapping[str, Session]
    tokens: Mapping[str, ApiToken]


class AccessStore:
    """Who is signed in, and which tokens there are.

    Args:
        store: The database of accounts.
    """

    def __init__(self, store: AccountStore) -> None:
        self._store = store

    def snapshot(self) -> Snapshot:
        """Return everything as it is now.

        Raises:
            StoreError: It cannot be read.
        """
        with self._store.reading() as connection:
            return Snapshot(
                int(connection.execute(select(REVISION.c.number)).scalar_one()),
                {each.number: each for each in accounts(connection)},
                _sessions(connection),
                _tokens(connection),
            )

    def open(self, session: Session, hash_: str, *, version: int | None) -> Session:
        """Add a session and return it with its number; the oldest of too many ends.

        Args:
            session: The session.
            hash_: Hash of its secret.
            version: Version of the account when the person proved who they are; None = whatever it is.

        Raises:
            SignInError: The account was changed since: what was proved may no longer hold.
            StoreError: It cannot be written.
        """
        own = SESSION.c.account == session.account
        values = {name: getattr(session, name) for name in ("account", "created_s", "used_s", "address", "browser")}
        with self._store.changing() as connection:
            if version is not None:
                now = select(ACCOUNT.c.version).where(ACCOUNT.c.number == session.account)
                if connection.execute(now).scalar_one_or_none() != version:
                    msg = "this account was changed at this moment; sign in again"
                    raise SignInError(msg)
            old = select(SESSION.c.number).where(own).order_by(SESSION.c.used_s.desc()).offset(MOST_SESSIONS - 1)
            connection.execute(delete(SESSION).where(SESSION.c.number.in_(connection.execute(old).scalars().all())))
            connection.execute(insert(SESSION).values(values | {"hash": hash_}))
            return _sessions(connection, hash_)[hash_]

    def end(self, hashes: Iterable[str]) -> None:
        """End sessions; those that have ended do not matter.

        Raises:
            StoreError: It cannot be written.
        """
        with self._store.changing() as connection:
            connection.execute(delete(SESSION).where(SESSION.c.hash.in_(list(hashes))))

    def note_use(self, used_s: Mapping[str, float]) -> None:
        """Write when sessions were used last; this is no change that others must notice.

        Args:
            used_s: UTC since 1970, s, by the hash of the session's secret.

        Raises:
            StoreError: It cannot be written.
        """
        if not used_s:
            return
        line = update(SESSION).where(SESSION.c.hash == bindparam("which")).values(used_s=bindparam("at_s"))
        with self._store.writing_quietly() as connection:
            connection.execute(line, [{"which": hash_, "at_s": at_s} for hash_, at_s in used_s.items()])

    def remember_browser(self, hash_: str, account: int, *, now_s: float) -> None:
        """Note that somebody has signed in with a browser.

        Raises:
            StoreError: It cannot be written.
        """
        own = BROWSER.c.account == account
        with self._store.writing_quietly() as connection:
            old = select(BROWSER.c.hash).where(own).order_by(BROWSER.c.created_s.desc()).offset(_MOST_BROWSERS - 1)
            connection.execute(delete(BROWSER).where(BROWSER.c.hash.in_(connection.execute(old).scalars().all())))
            connection.execute(insert(BROWSER).values(hash=hash_, account=account, created_s=now_s))

    def knows_browser(self, hash_: str, account: int) -> bool:
        """Return whether the person of an account has signed in with a browser before.

        Raises:
            StoreError: It cannot be read.
        """
        known = (BROWSER.c.hash == hash_) & (BROWSER.c.account == account)
        with self._store.reading() as connection:
            return connection.execute(select(BROWSER.c.hash).where(known)).one_or_none() is not None

    def make_token(self, wanted: ApiToken, record: Callable[[], object] = nothing) -> tuple[ApiToken, str]:
        """Make a token; return it with its number, and its secret, which is stored nowhere.

        Args:
            wanted: The token; its number does not matter.
            record: Writes the audit entry; if it fails, there is no token.

        Raises:
            UsageError: Its name cannot be used, its owner has a token of this name, or it ends too early or too late.
            StoreError: It cannot be written.
        """
        lasts_s = wanted.ends_s - wanted.created_s
        if not 0 < lasts_s <= LONGEST_D * 86_400:
            msg = f"a token ends after today and within {LONGEST_D} days; choose another end"
            raise UsageError(msg)
        secret = new_secret(PREFIX)
        same = (TOKEN.c.owner == wanted.owner) & (TOKEN.c.name == checked_name(wanted.name))
        groups = None if wanted.groups is None else json.dumps(sorted(wanted.groups))
        values = {"hash": hash_of(secret), "name": wanted.name, "owner": wanted.owner, "groups": groups}
        values |= {"actions": json.dumps(sorted(wanted.actions))}
        values |= {"created_s": wanted.created_s, "ends_s": wanted.ends_s, "camera": wanted.camera}
        with self._store.changing(record) as connection:
            if connection.execute(select(TOKEN.c.number).where(same)).first():
                msg = f"there is already a token {wanted.name!r} of this account; choose another name"
                raise UsageError(msg)
            connection.execute(insert(TOKEN).values(values))
            return _tokens(connection)[hash_of(secret)], secret

    def tokens(self) -> list[ApiToken]:
        """Return all tokens, oldest first.

        Raises:
            StoreError: They cannot be read.
        """
        with self._store.reading() as connection:
            return sorted(_tokens(connection).values(), key=lambda each: each.number)

    def revoke(self, number: int, record: Callable[[], object] = nothing) -> bool:
        """Delete a token; return whether there was one.

        Args:
            number: Number of the token.
            record: Writes the audit entry; if it fails, the token stays.

        Raises:
            StoreError: It cannot be written.
        """
        with self._store.changing(record) as connection:
            return connection.execute(delete(TOKEN).where(TOKEN.c.number == number)).rowcount == 1


def _sessions(connection: Connection, hash_: str | None = None) -> dict[str, Session]:
    chosen = select(SESSION) if hash_ is None else select(SESSION).where(SESSION.c.hash == hash_)
    return {
        row.hash: Session(row.number, row.account, row.created_s, row.used_s, row.address, row.browser)
        for row in connection.execute(chosen)
    }


def _tokens(connection: Connection) -> dict[str, ApiToken]:
    return {
        row.hash: ApiToken(
            row.number,
            row.name,
            row.owner,
            frozenset(action for action in Action if action in json.loads(row.actions)),
            names_of(row.groups),
            row.created_s,
            row.ends_s,
            row.camera,
        )
        for row in connection.execute(select(TOKEN))
    }
