"""Signing in through a reverse proxy that has checked who somebody is."""

from __future__ import annotations

import hmac
import ipaddress
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from passerby.accounts.account import Account
from passerby.accounts.back_off import BackOff
from passerby.accounts.sign_in import Origin
from passerby.accounts.store import AccountStore
from passerby.accounts.trail import Trail
from passerby.audit.entry import AuditKind
from passerby.errors import SignInError

Headers: TypeAlias = Callable[[str], Sequence[str]]
"""Returns all values of a request's header."""


@dataclass(frozen=True, slots=True)
class ProxyTrust:
    """What a reverse proxy adds to each request.

    Args:
        user_header: Header with the name of the account.
        secret_header: Header with the secret.
        secret: What only the proxy and the gateway know: without it nothing that it adds counts.
        address_header: Header whose last entry is the visitor's IP address; "" = the proxy passes none on.
    """

    user_header: str
    secret_header: str
    secret: str = field(repr=False)
    address_header: str = ""


class ProxySignIn:
    """Believes the headers of a reverse proxy, if they come with the secret; used from several threads.

    Args:
        store: The database of accounts.
        trail: Gets an entry for each failure.
        trust: What the proxy adds; None = there is no such proxy, and nothing counts.
        monotonic: Monotonic time, s.
    """

    def __init__(
        self,
        store: AccountStore,
        trail: Trail,
        trust: ProxyTrust | None,
        *,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._store = store
        self._trail = trail
        self._trust = trust
        self._back_off = BackOff(clock=monotonic)

    @property
    def enabled(self) -> bool:
        """Whether the site file names a proxy."""
        return self._trust is not None

    def named(self, headers: Headers) -> str:
        """Return the name of the account that the proxy vouches for; "" = it vouches for nobody.

        Args:
            headers: Those of the request.
        """
        if self._trust is None or not _genuine(self._trust, headers):
            return ""
        names = headers(self._trust.user_header)
        return names[0].strip() if len(names) == 1 else ""  # of two names, one is not of the proxy

    def address(self, headers: Headers) -> str:
        """Return the IP address of the visitor for whom the proxy asks; "" = it names none.

        Only the last entry counts, which is the proxy's own: those before it are what the visitor sent.

        Args:
            headers: Those of the request.
        """
        if self._trust is None or not self._trust.address_header or not _genuine(self._trust, headers):
            return ""
        entries = ",".join(headers(self._trust.address_header))
        return _ip_address(entries.rpartition(",")[2].strip())

    def identify(self, headers: Headers, origin: Origin) -> Account:
        """Return whose account the proxy vouches for.

        Args:
            headers: Those of the request.
            origin: Where the request comes from.

        Raises:
            SignInError: The secret is missing or wrong, no name is given, or the account is unknown or disabled.
            TooManyTriesError: Too many attempts failed before.
            StoreError: The database cannot be read.
        """
        name = self.named(headers)
        if not name:
            with self._back_off.attempt("", origin.address, ""):
                raise self._refused(None, origin, "this request does not come through the reverse proxy; sign in here")
        account = self._store.find(name)
        if account is None or account.disabled:
            known = None if account is None else account.name
            msg = "the reverse proxy names an account that cannot be used here; ask an administrator of this site"
            raise self._refused(known, origin, msg)
        return account

    def _refused(self, account: str | None, origin: Origin, reason: str) -> SignInError:
        self._trail.note(AuditKind.SIGN_IN_FAILED, account, address=origin.address, way="proxy")
        return SignInError(reason)


def _genuine(trust: ProxyTrust, headers: Headers) -> bool:
    """Return whether a request comes through the proxy."""
    secrets = headers(trust.secret_header)
    return len(secrets) == 1 and hmac.compare_digest(secrets[0].encode(), trust.secret.encode())


def _ip_address(text: str) -> str:
    """Return the IP address in an entry such as 192.0.2.7:4711 or [2001:db8::7]; "" = there is none."""
    bare = text.partition("]")[0][1:] if text.startswith("[") else text
    if bare.count(":") == 1:
        bare = bare.partition(":")[0]
    try:
        return str(ipaddress.ip_address(bare))
    except ValueError:
        return ""
