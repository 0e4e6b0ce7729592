"""Signing in by an OpenID provider: whose account it is, and what its claims let somebody do here."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final

from passerby.accounts.account import Account
from passerby.accounts.back_off import BackOff
from passerby.accounts.challenge import Challenges
from passerby.accounts.credentials.oidc import Provider
from passerby.accounts.identity_store import Identity, IdentityStore
from passerby.accounts.oidc_plan import ATTEMPT_S, OidcPlan, RoleRule
from passerby.accounts.sign_in import Origin
from passerby.accounts.store import AccountStore
from passerby.accounts.trail import Trail
from passerby.audit.entry import AuditKind
from passerby.errors import ProviderError, TooManyTriesError, UsageError

_PURPOSE: Final = "oidc"
_AT_ONCE: Final = 4
"""Sign-ins that wait for the provider at the same time: the threads that answer other requests must not all wait."""


@dataclass(frozen=True, slots=True)
class Departure:
    """A browser that goes to the provider.

    Args:
        address: Where it goes.
        attempt: What it keeps meanwhile, in a cookie; the provider's answer counts only together with it.
    """

    address: str
    attempt: str


class OidcSignIn:
    """Sends people to an OpenID provider and takes them back; used from several threads.

    Args:
        store: The database of accounts.
        trail: Gets an entry for each failure, and each account that is made or changed.
        plan: The provider, and what its claims mean.
        clock: The system's clock, UTC since 1970, s.
        monotonic: Monotonic time, s.
    """

    def __init__(
        self,
        store: AccountStore,
        trail: Trail,
        plan: OidcPlan,
        *,
        clock: Callable[[], float],
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._store = store
        self._identities = IdentityStore(store)
        self._trail = trail
        self._plan = plan
        self._clock = clock
        self._provider = Provider(plan, clock=clock, monotonic=monotonic)
        self._attempts = Challenges(clock=monotonic, lasts_s=ATTEMPT_S)
        self._back_off = BackOff(clock=monotonic)
        self._talking = threading.BoundedSemaphore(_AT_ONCE)

    def begin(self, redirect: str) -> Departure:
        """Return where a browser goes to sign in.

        Args:
            redirect: Where it comes back to.

        Raises:
            ProviderError: The provider does not answer, or answers nonsense.
            TooManyTriesError: Very many people sign in at once.
        """
        attempt = self._attempts.new(_PURPOSE)
        parts = {each: _derived(attempt, each) for each in ("state", "nonce", "verifier")}
        with self._turn():
            address = self._provider.address(redirect, **parts)
        return Departure(address, _text(attempt))

    def identify(self, answer: Mapping[str, str], attempt: str, redirect: str, origin: Origin) -> Account:
        """Return whose account it is: that of issuer and subject, which is made if the claims give a role.

        Args:
            answer: What the browser brings back: code and state.
            attempt: What it has kept in its cookie.
            redirect: As in `begin`.
            origin: Where the attempt comes from.

        Raises:
            ProviderError: Something of it is wrong, or the person has no role or may not use their account.
            TooManyTriesError: Too many attempts failed before, or very many people sign in at once.
            StoreError: The database cannot be read or written.
        """
        with self._back_off.attempt("", origin.address, ""):
            try:
                return self._account(self._claims(answer, attempt, redirect))
            except ProviderError as error:
                details = {"address": origin.address, "way": "oidc", "reason": error.why}
                self._trail.note(AuditKind.SIGN_IN_FAILED, error.account or None, **details)
                raise

    def _claims(self, answer: Mapping[str, str], kept: str, redirect: str) -> dict[str, Any]:
        attempt = _bytes(kept)
        right = hmac.compare_digest(answer.get("state", "").encode(), _derived(attempt, "state").encode())
        if not right or not self._attempts.holds(attempt, _PURPOSE):
            msg = "this sign-in was not started in this browser, or took too long; sign in again"
            raise ProviderError(msg, "state")
        if not answer.get("code"):
            msg = "the sign-in provider refused, or you cancelled; sign in again, or another way"
            raise ProviderError(msg, "answer")
        nonce, verifier = _derived(attempt, "nonce"), _derived(attempt, "verifier")
        with self._turn():
            claims = self._provider.claims(answer["code"], redirect, nonce=nonce, verifier=verifier)
        if not self._attempts.use(attempt):
            msg = "this sign-in was completed already; sign in again"
            raise ProviderError(msg, "state")
        return claims

    def _account(self, claims: Mapping[str, Any]) -> Account:
        identity = Identity(self._plan.issuer, str(claims["sub"]))
        account, rule = self._identities.find(identity), self._plan.rule(claims)
        known = "" if account is None else account.name
        if account is not None and account.disabled:
            msg = "this account is disabled; ask an administrator of this site"
            raise ProviderError(msg, "disabled", known)
        if rule is None:
            msg = "the sign-in provider gives you no role at this site; ask an administrator of this site"
            raise ProviderError(msg, "role", known)
        try:
            return self._made(identity, claims, rule) if account is None else self._updated(account, rule)
        except UsageError as error:
            raise ProviderError(error, "account", known) from error

    def _made(self, identity: Identity, claims: Mapping[str, Any], rule: RoleRule) -> Account:
        name = str(claims.get(self._plan.name_claim, ""))

        def record() -> None:
            self._trail.note(AuditKind.ACCOUNT_ADDED, name, name, **_rights(rule))

        return self._identities.add(identity, name, rule, now_s=self._clock(), record=record)

    def _updated(self, account: Account, rule: RoleRule) -> Account:
        if (account.role, account.groups) == (rule.role, rule.groups):
            return account
        return self._store.change(
            account.name,
            version=account.version,
            role=rule.role,
            groups=rule.groups,
            disabled=False,
            record=lambda: self._trail.note(AuditKind.ACCOUNT_CHANGED, account.name, account.name, **_rights(rule)),
        )

    @contextmanager
    def _turn(self) -> Iterator[None]:
        if not self._talking.acquire(blocking=False):
            raise TooManyTriesError(5)
        try:
            yield
        finally:
            self._talking.release()


def _rights(rule: RoleRule) -> dict[str, str]:
    groups = "all cameras" if rule.groups is None else ", ".join(sorted(rule.groups))
    return {"role": rule.role, "groups": groups, "by": "oidc"}


def _derived(attempt: bytes, part: str) -> str:
    """Return state, nonce or verifier of an attempt: none of them reveals the attempt or another one."""
    return _text(hashlib.sha256(part.encode() + attempt).digest())


def _text(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def _bytes(text: str) -> bytes:
    try:
        return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except (binascii.Error, ValueError):
        return b""
