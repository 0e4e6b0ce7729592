"""Who is signed in: sessions of browsers and tokens of scripts, checked in memory, kept in the database."""

from __future__ import annotations

import asyncio
import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from types import TracebackType
from typing import Final, Self

from passerby.accounts.access_store import AccessStore, Session, Snapshot
from passerby.accounts.account import Account, CameraGroups, principal_of
from passerby.accounts.back_off import WrongTokens
from passerby.accounts.permission import Principal, may_all_of
from passerby.accounts.store import AccountStore
from passerby.accounts.token import hash_of, new_secret, principal_of_token
from passerby.errors import SignInError, StoreError

POLL_S: Final = 1.0
"""What another program changes in the database counts after this time at the latest."""
STALE_S: Final = 300.0
"""If the database is away for longer than this, nobody is admitted until it is back: a session may have been ended."""
_CHECK_S: Final = 1.0
_WRITE_EVERY: Final = 30  # polls

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class SessionLimits:
    """When a session ends.

    Args:
        idle_s: So long after its last use, s.
        absolute_s: So long after signing in, however much it is used, s.
    """

    idle_s: float = 12 * 3600.0
    absolute_s: float = 7 * 86_400.0


class Sessions:
    """Who is signed in, and what they may do; a context manager that follows the database while it is entered.

    A session is named by the hash of its secret: the secret itself is in the browser's cookie, or in the script, only.
    Questions are answered from memory, so that a database that is away stops no stream. The methods that change
    something write to the database, and block while they do.

    Args:
        store: The database of accounts.
        clock: The system's clock, UTC since 1970, s.
        limits: When sessions end.
        groups: Groups of cameras of the site.

    Raises:
        StoreError: The database cannot be read.
    """

    def __init__(
        self, store: AccountStore, *, clock: Callable[[], float], limits: SessionLimits, groups: CameraGroups
    ) -> None:
        self._store = store
        self._access = AccessStore(store)
        self._clock = clock
        self._limits = limits
        self._groups = groups
        self._wrong = WrongTokens(clock=time.monotonic)
        self._changing = threading.Lock()
        self._ended: set[str] = set()
        self._used_s: dict[str, float] = {}
        self._known = self._access.snapshot()
        self._known_at_s = time.monotonic()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._follow, name="accounts", daemon=True)

    def __enter__(self) -> Self:
        """Follow the database."""
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        """Stop, and write when sessions were used last."""
        self._stop.set()
        self._thread.join(POLL_S + 10)
        self._write_use()

    @property
    def empty(self) -> bool:
        """Whether there is no account yet."""
        return not self._known.accounts

    @property
    def groups(self) -> CameraGroups:
        """Names of cameras by group."""
        return self._groups

    def set_groups(self, groups: CameraGroups) -> None:
        """Take other groups of cameras: they count at once, in open sessions too."""
        self._groups = groups

    # --- who asks ----------------------------------------------------------------------------------

    def of_cookie(self, secret: str) -> str:
        """Return the session of a browser.

        Raises:
            SignInError: There is no such session, or it has ended.
        """
        session = hash_of(secret)
        if session not in self._known.sessions:
            raise _signed_out()
        self.principal(session)
        return session

    def of_bearer(self, token: str, address: str) -> str:
        """Return the lasting session of a script that sends its token with each request.

        Args:
            token: The token that the script sent.
            address: Where the request comes from.

        Raises:
            SignInError: The token is wrong, or has ended.
            TooManyTriesError: It is wrong, and too many different wrong ones came from there before.
        """
        session = hash_of(token)
        known = self._known.tokens.get(session)
        if known is None or known.camera is not None:
            msg = "this is not a token of this gateway; make one with: passerby token create"
            raise self._wrong.refuse(token, address, msg)
        self.principal(session)
        return session

    def of_ticket(self, ticket: str, address: str) -> str:
        """Return the lasting session of a page of another origin that shows one camera.

        Args:
            ticket: The ticket that the page sent.
            address: Where the request comes from.

        Raises:
            SignInError: It is no ticket, or has ended.
            TooManyTriesError: It is wrong, and too many different wrong ones came from there before.
        """
        session = hash_of(ticket)
        known = self._known.tokens.get(session)
        if known is None or known.camera is None:
            msg = (
                "this is not a ticket for a camera of this gateway; make one in the console, under People, Other pages"
            )
            raise self._wrong.refuse(ticket, address, msg)
        self.principal(session)
        return session

    def knows(self, *, cookie: str = "", token: str = "") -> bool:
        """Return whether a cookie or token belongs to somebody who is signed in; a wrong one is no attempt."""
        session, held = (hash_of(token), self._known.tokens) if token else (hash_of(cookie), self._known.sessions)
        return session in held and self.alive(session)

    def principal(self, session: str) -> Principal:
        """Return whose session it is, and what they may do now; asking counts as use.

        Raises:
            SignInError: There is no such session, or it has ended.
            StoreError: The database has been away for so long that this is no longer known.
        """
        known = self._fresh()
        now_s = self._clock()
        if (token := known.tokens.get(session)) is not None:
            owner = known.accounts.get(token.owner)
            if owner is None or owner.disabled:
                raise _signed_out()
            if now_s >= token.ends_s:
                msg = f"the token {token.name} has ended; make a new one with: passerby token create"
                raise SignInError(msg)
            return principal_of_token(token, owner, self._groups)

        account = self.account(session)
        self._used_s[session] = now_s
        return principal_of(account, self._groups)

    def account(self, session: str) -> Account:
        """Return the account of a browser's session; this is no use of it.

        Raises:
            SignInError: There is no such session, or it has ended.
            StoreError: The database has been away for so long that this is no longer known.
        """
        known = self._fresh()
        found = known.sessions.get(session)
        account = None if found is None else known.accounts.get(found.account)
        if found is None or account is None or account.disabled or session in self._ended:
            raise _signed_out()
        now_s = self._clock()
        idle_s = now_s - max(found.used_s, self._used_s.get(session, 0.0))
        if idle_s >= self._limits.idle_s or now_s - found.created_s >= self._limits.absolute_s:
            raise _signed_out()
        return account

    def alive(self, session: str) -> bool:
        """Return whether a session has not ended; asking counts as use."""
        try:
            self.principal(session)
        except (SignInError, StoreError):
            return False
        return True

    def holds(self, session: str, before: Principal) -> bool:
        """Return whether a session has not ended and may still do all that it could; asking counts as use.

        Args:
            session: The session.
            before: What it could do when its stream began.
        """
        try:
            return may_all_of(self.principal(session), before)
        except (SignInError, StoreError):
            return False

    async def over(self, session: str, before: Principal) -> None:
        """Return soon after a session has ended, or may no longer do all that it could; arguments as of `holds`."""
        while self.holds(session, before):
            await asyncio.sleep(_CHECK_S)

    # --- changes; they wait for the database -------------------------------------------------------

    def open(self, account: Account, *, address: str, browser: str, unchanged: bool = False) -> str:
        """Sign somebody in who has proved who they are; return the secret of their new session.

        Args:
            account: The account, as it was when they proved it.
            address: Address from which they sign in.
            browser: How their browser describes itself.
            unchanged: Whether the account must not have changed since; a change of its password ends all sessions.

        Raises:
            SignInError: It has changed.
            StoreError: The database cannot be written.
        """
        secret = new_secret()
        now_s = self._clock()
        made = Session(0, account.number, now_s, now_s, address[:64], browser[:120])
        with self._changing:
            made = self._access.open(made, hash_of(secret), version=account.version if unchanged else None)
            self._load()
        return secret

    def sign_out(self, *sessions: str) -> None:
        """End sessions at once: their streams end with them. The database follows, even if it is away now."""
        self._ended.update(sessions)
        try:
            self._write_ended()
        except StoreError as error:
            log.warning("sessions_not_ended_in_database", extra={"reason": str(error)})

    def of_account(self, account: Account) -> dict[str, Session]:
        """Return the sessions of an account that have not ended, by name, with the time of their last use."""
        return {
            name: replace(each, used_s=max(each.used_s, self._used_s.get(name, 0.0)))
            for name, each in self._fresh().sessions.items()
            if each.account == account.number and self._lives(name)
        }

    def refresh(self) -> None:
        """Read what was changed in the database.

        Raises:
            StoreError: It cannot be read.
        """
        with self._changing:
            if self._store.revision() != self._known.revision:
                self._load()
            self._known_at_s = time.monotonic()

    def _lives(self, session: str) -> bool:
        try:
            self.account(session)
        except SignInError:
            return False
        return True

    def _load(self) -> None:
        self._known = known = self._access.snapshot()
        self._known_at_s = time.monotonic()
        used_s = dict(self._used_s)  # copied in one step: requests add to it meanwhile
        self._used_s = {name: at_s for name, at_s in used_s.items() if name in known.sessions}

    def _fresh(self) -> Snapshot:
        if time.monotonic() - self._known_at_s > STALE_S:
            msg = "the database of accounts does not answer; nobody is admitted until it does"
            raise StoreError(msg)
        return self._known

    def _follow(self) -> None:
        polls = 0
        away = ""
        while not self._stop.wait(POLL_S):
            polls += 1
            try:
                if self._ended:
                    self._write_ended()
                if polls % _WRITE_EVERY == 0:
                    self._write_use()
                    self._forget_expired()
                self.refresh()
            except StoreError as error:
                if str(error) != away:
                    log.warning("accounts_away", extra={"reason": str(error)})
                away = str(error)
            else:
                away = ""

    def _write_ended(self) -> None:
        with self._changing:
            ended = set(self._ended)
            self._access.end(ended)
            self._load()
            self._ended -= ended

    def _forget_expired(self) -> None:
        if expired := [name for name in self._known.sessions if not self._lives(name)]:
            with self._changing:
                self._access.end(expired)
                self._load()

    def _write_use(self) -> None:
        try:
            self._access.note_use(dict(self._used_s))
        except StoreError as error:
            log.warning("session_use_not_written", extra={"reason": str(error)})


def _signed_out() -> SignInError:
    return SignInError("sign in first")
