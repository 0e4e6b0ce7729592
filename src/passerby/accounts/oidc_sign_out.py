"""Signing out at an OpenID provider, and being told by it that somebody has signed out there."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Final

from passerby.accounts.account import Account
from passerby.accounts.back_off import BackOff
from passerby.accounts.credentials.oidc import LOGOUT_S, Provider
from passerby.accounts.identity_store import Identity, IdentityStore
from passerby.accounts.oidc_plan import OidcPlan
from passerby.accounts.session import Sessions
from passerby.accounts.store import AccountStore
from passerby.accounts.trail import Trail
from passerby.audit.entry import AuditKind
from passerby.errors import ProviderError, TooManyTriesError

_AT_ONCE: Final = 2
"""Messages of the provider that are checked at the same time: the threads that answer others must not all wait."""


class OidcSignOut:
    """Ends sessions here and at the provider together; used from several threads.

    Args:
        store: The database of accounts.
        sessions: Who is signed in.
        trail: Gets an entry when the provider ends sessions.
        plan: The provider.
        clock: The system's clock, UTC since 1970, s.
        monotonic: Monotonic time, s.
    """

    def __init__(
        self,
        store: AccountStore,
        sessions: Sessions,
        trail: Trail,
        plan: OidcPlan,
        *,
        clock: Callable[[], float],
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._identities = IdentityStore(store)
        self._sessions = sessions
        self._trail = trail
        self._plan = plan
        self._clock = clock
        self._provider = Provider(plan, clock=clock, monotonic=monotonic)
        self._back_off = BackOff(clock=monotonic)
        self._turns = threading.BoundedSemaphore(_AT_ONCE)
        self._lock = threading.Lock()
        self._seen: dict[str, float] = {}

    def address(self, account: Account, back: str) -> str:
        """Return where a browser goes to sign out at the provider too.

        Args:
            account: Who signs out.
            back: Where the provider sends the browser afterwards.

        Returns:
            The address; "" = the account is not of the provider, or the provider does not answer or cannot do it.
        """
        if not self._plan.sign_out_there or not self._identities.has(account, self._plan.issuer):
            return ""
        try:
            return self._provider.sign_out_address(back)
        except ProviderError:
            return ""  # signing out here must work nevertheless

    def receive(self, token: str, address: str) -> None:
        """End all sessions of the person of whom the provider says that they have signed out.

        Args:
            token: The logout token.
            address: Where the message comes from.

        Raises:
            ProviderError: The token is forged, late, for somebody else, or was used before; or the provider is down.
            TooManyTriesError: Too many were wrong before.
            StoreError: The database cannot be read.
        """
        with self._back_off.attempt("", address, ""):
            if not self._turns.acquire(blocking=False):
                raise TooManyTriesError(5)
            try:
                said = self._provider.signed_out(token)
                account = self._identities.find(Identity(self._plan.issuer, said.subject))
                sessions = {} if account is None else self._sessions.of_account(account)
                self._use(said.number)  # last: while the database is away, the provider sends it again
            finally:
                self._turns.release()
        if account is not None:
            self._sessions.sign_out(*sessions)
            self._trail.note(AuditKind.SIGN_OUT, account.name, sessions="all", by="oidc")

    def _use(self, number: str) -> None:
        now_s = self._clock()
        with self._lock:
            self._seen = {each: at_s for each, at_s in self._seen.items() if abs(now_s - at_s) < 2 * LOGOUT_S}
            if number in self._seen:
                msg = "this message of the sign-in provider was received before"
                raise ProviderError(msg, "answer")
            self._seen[number] = now_s
