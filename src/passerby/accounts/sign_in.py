"""Signing in with a password, and a code of an authenticator app if the account has one."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

from passerby.accounts.access_store import AccessStore
from passerby.accounts.account import Account
from passerby.accounts.back_off import BackOff, WrongTokens
from passerby.accounts.credential_store import CredentialStore, StoredCredentials
from passerby.accounts.credentials.password import hashed, is_password, require_strong
from passerby.accounts.credentials.totp import step_of
from passerby.accounts.role import Role
from passerby.accounts.store import AccountStore
from passerby.accounts.token import hash_of, new_secret
from passerby.accounts.trail import Trail
from passerby.audit.entry import AuditKind
from passerby.errors import ProofError, SignInError, TooManyTriesError

INVITED_S: Final = 72 * 3600.0
"""A link with which somebody sets their password can be used within this time."""
_AT_ONCE: Final = 2
"""Passwords that are checked at the same time: each takes 64 MiB and a processor."""
_WAITING: Final = 8
_QUEUE_S: Final = 10.0
_WRONG: Final = "account, password or code is wrong"


@dataclass(frozen=True, slots=True)
class Origin:
    """Where an attempt to sign in comes from.

    Args:
        address: IP address.
        browser: Secret of a browser in which somebody signed in before; "" = none.
    """

    address: str
    browser: str = ""


class PasswordSignIn:
    """Checks passwords and codes; used from several threads.

    Args:
        store: The database of accounts.
        trail: Gets an entry for each sign-in, each failure, and each password that is set.
        clock: The system's clock, UTC since 1970, s.
        monotonic: Monotonic time, s.
    """

    def __init__(
        self,
        store: AccountStore,
        trail: Trail,
        *,
        clock: Callable[[], float],
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._store = store
        self._trail = trail
        self._access = AccessStore(store)
        self._credentials = CredentialStore(store)
        self._clock = clock
        self._back_off = BackOff(clock=monotonic)
        self._wrong_links = WrongTokens(clock=monotonic)
        self._hashing = threading.BoundedSemaphore(_AT_ONCE)
        self._queue = threading.BoundedSemaphore(_AT_ONCE + _WAITING)
        self._first = new_secret()

    @property
    def first_secret(self) -> str:
        """What the person needs who makes the first administrator; only the log of this start has it."""
        return self._first

    def identify(self, name: str, password: str, code: str, origin: Origin) -> Account:
        """Return whose account it is.

        Args:
            name: Name of the account.
            password: The password.
            code: The code of the authenticator app; "" = none was typed.
            origin: Where the attempt comes from.

        Raises:
            SignInError: Something of it is wrong; the error does not say what.
            TooManyTriesError: Too many attempts failed before, or very many people sign in at once.
            StoreError: The database cannot be read.
        """
        found = self._credentials.find(name)
        browser = self._known_browser(found, origin)
        with self._back_off.attempt(name, origin.address, browser):
            right = self._is_password(password, None if found is None else found.password)
            if found is None or not right or found.account.disabled or not self._is_code(found, code):
                known = None if found is None else found.account.name  # what was typed may be a password
                self._trail.note(AuditKind.SIGN_IN_FAILED, known, address=origin.address)
                raise SignInError(_WRONG)
        return found.account

    def remember_browser(self, account: Account, origin: Origin) -> str:
        """Return the secret of the browser in which somebody has signed in; a new one if it has none.

        Raises:
            StoreError: The database cannot be written.
        """
        if origin.browser and self._access.knows_browser(hash_of(origin.browser), account.number):
            return origin.browser
        secret = new_secret()
        self._access.remember_browser(hash_of(secret), account.number, now_s=self._clock())
        return secret

    def add_first(self, secret: str, name: str, password: str, address: str) -> Account:
        """Make the first administrator.

        Args:
            secret: What `first_secret` was when the gateway printed it.
            name: Name of the account.
            password: Its password.
            address: Where the request comes from.

        Raises:
            SignInError: The secret is wrong, or is that of another start.
            TooManyTriesError: It is wrong, and too many wrong ones came before.
            UsageError: The name cannot be used, the password is weak, or there are accounts already.
            StoreError: The database cannot be written.
        """
        self.require_first(secret, address)
        require_strong(password, [name])
        stored = self.hash(password)

        def record() -> None:
            self._trail.note(AuditKind.ACCOUNT_ADDED, name, name, role=Role.ADMINISTRATOR, by="first link")

        return self._store.add_first(name, stored, now_s=self._clock(), record=record)

    def require_first(self, secret: str, address: str) -> None:
        """Refuse somebody who does not have `first_secret`; arguments and errors as `add_first`."""
        if hash_of(secret) != hash_of(self._first):
            msg = "this link is of another start of passerby up; use the one that it printed last"
            raise self._wrong_links.refuse(secret, address, msg)

    def accept(self, secret: str, password: str, address: str) -> Account:
        """Set the password of an account with a link.

        Args:
            secret: The secret of the link.
            password: The new password.
            address: Where the request comes from.

        Raises:
            SignInError: The link is wrong, was used, or has ended.
            TooManyTriesError: It is wrong, and too many wrong ones came before.
            UsageError: The password is weak.
            StoreError: The database cannot be written.
        """
        account = self.require_invited(secret, address)
        require_strong(password, [account.name])
        stored = self.hash(password)

        def record() -> None:
            self._trail.note(
                AuditKind.ACCOUNT_CHANGED, account.name, account.name, credential="password set with a link"
            )

        self._credentials.accept(secret, stored, now_s=self._clock(), record=record)
        return self._store.account(account.name)

    def require_invited(self, secret: str, address: str) -> Account:
        """Return for whose account a link is; arguments and errors as `accept`."""
        account = self._credentials.invited(secret, now_s=self._clock())
        if account is None:
            msg = "this link was used, or has ended; ask an administrator for a new one"
            raise self._wrong_links.refuse(secret, address, msg)
        return account

    def invite(self, name: str, *, by: str, lasts_s: float = INVITED_S) -> str:
        """Return the secret of a link with which somebody can set the password or a passkey of an account, once.

        Args:
            name: Name of the account.
            by: Who asks for the link.
            lasts_s: How long it can be used, s.

        Raises:
            UsageError: There is no account of this name.
            StoreError: The database cannot be written.
        """
        secret = new_secret()

        def record() -> None:
            self._trail.note(AuditKind.ACCOUNT_CHANGED, by, name, credential="invitation")

        self._credentials.invite(name, secret, ends_s=self._clock() + lasts_s, record=record)
        return secret

    def hash(self, password: str) -> str:
        """Return what is stored of a password.

        Raises:
            TooManyTriesError: Very many people sign in at once.
        """
        with self._turn():
            return hashed(password)

    def require_password(self, account: Account, password: str, origin: Origin) -> None:
        """Refuse a change of credentials by somebody who does not know the current password.

        Raises:
            ProofError: It is wrong.
            TooManyTriesError: Too many attempts failed before, or very many people sign in at once.
            StoreError: The database cannot be read.
        """
        found = self._credentials.find(account.name)
        browser = self._known_browser(found, origin)
        with self._back_off.attempt(account.name, origin.address, browser):
            if not self._is_password(password, None if found is None else found.password):
                details = {"address": origin.address, "asked": "current password"}
                self._trail.note(AuditKind.SIGN_IN_FAILED, account.name, **details)
                msg = "the current password is wrong"
                raise ProofError(msg)

    def _known_browser(self, found: StoredCredentials | None, origin: Origin) -> str:
        if found is None or not origin.browser:
            return ""
        hash_ = hash_of(origin.browser)
        return hash_ if self._access.knows_browser(hash_, found.account.number) else ""

    def _is_password(self, password: str, stored: str | None) -> bool:
        with self._turn():
            return is_password(password, stored)

    def _is_code(self, found: StoredCredentials, code: str) -> bool:
        if found.seed is None:
            return True
        step = step_of(code, found.seed, self._clock(), after=found.step)
        return step is not None and self._credentials.use_step(found.account, step)

    @contextmanager
    def _turn(self) -> Iterator[None]:
        if not self._queue.acquire(blocking=False):  # the threads that answer other requests must not all wait here
            raise TooManyTriesError(int(_QUEUE_S))
        try:
            with self._hashing:
                yield
        finally:
            self._queue.release()
