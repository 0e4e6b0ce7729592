"""The accounts of a site as the gateway uses them: the database, who is signed in, and how people sign in."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection
from contextlib import ExitStack
from types import TracebackType
from typing import TYPE_CHECKING, Self

from passerby.accounts.access_store import AccessStore
from passerby.accounts.account import CameraGroups
from passerby.accounts.approval import Approvals
from passerby.accounts.credential_store import CredentialStore
from passerby.accounts.oidc_plan import OidcPlan
from passerby.accounts.passkey_sign_in import PasskeySignIn
from passerby.accounts.proxy_sign_in import ProxySignIn, ProxyTrust
from passerby.accounts.refusal import Refusals
from passerby.accounts.request_pace import RequestPace
from passerby.accounts.session import SessionLimits, Sessions
from passerby.accounts.sign_in import PasswordSignIn
from passerby.accounts.store import AccountStore
from passerby.accounts.ticket import StreamPasses, Tickets
from passerby.accounts.trail import Trail
from passerby.accounts.two_person_request import Matter
from passerby.audit.entry import AuditSink
from passerby.errors import UsageError
from passerby.installation import how_to_install

if TYPE_CHECKING:
    from passerby.accounts.oidc_sign_in import OidcSignIn
    from passerby.accounts.oidc_sign_out import OidcSignOut


class Accounts:
    """The accounts of a site; a context manager that follows the database while it is entered.

    Args:
        address: A file such as accounts.db, or postgresql://user@host/database; created if missing.
        site: Name of the site, as authenticator apps show it.
        clock: The system's clock, UTC since 1970, s.
        limits: When sessions end.
        groups: Groups of cameras of the site.
        audit: The audit log; None = the site has none.
        proxy: The reverse proxy that may say who somebody is; None = there is none.
        oidc: The OpenID provider; None = there is none.
        request_s: How long a request for a second person counts, s.
        two_persons: What needs a second person; by default everything that can.

    Raises:
        UsageError: The address is not a file or a postgresql:// URL, or signing in by OpenID is not installed.
        StoreError: The database is missing, locked, full, damaged, or was not made by passerby.
    """

    def __init__(  # noqa: PLR0913 - where accounts are wired together
        self,
        address: str,
        *,
        site: str,
        clock: Callable[[], float],
        limits: SessionLimits,
        groups: CameraGroups | None = None,
        audit: AuditSink | None = None,
        proxy: ProxyTrust | None = None,
        oidc: OidcPlan | None = None,
        request_s: float = 86_400.0,
        two_persons: Collection[Matter] = frozenset(Matter),
    ) -> None:
        self.site = site
        self.clock = clock
        self.trail = Trail(audit, clock=clock)
        self.refusals = Refusals(self.trail, clock=clock)
        with ExitStack() as opened:
            self.store = opened.enter_context(AccountStore(address, create=True))
            self.access = AccessStore(self.store)
            self.credentials = CredentialStore(self.store)
            self.sessions = Sessions(self.store, clock=clock, limits=limits, groups=groups or {})
            self.passwords = PasswordSignIn(self.store, self.trail, clock=clock)
            self.proxy = ProxySignIn(self.store, self.trail, proxy)
            self.oidc = None if oidc is None else _oidc(self.store, self.trail, oidc, clock)
            self.oidc_out = (
                None if oidc is None else _oidc_out(self.store, self.sessions, self.trail, oidc, clock=clock)
            )
            self.passkeys = PasskeySignIn(self.store, self.trail, site=site, clock=clock)
            self.approvals = Approvals(self.store, self.trail, clock=clock, lasts_s=request_s, needed=two_persons)
            self.tickets = Tickets()
            self.passes = StreamPasses()
            self.pace = RequestPace(clock=time.monotonic)
            opened.pop_all()  # the store stays open until this is left

    def __enter__(self) -> Self:
        """Follow the database."""
        self.sessions.__enter__()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        """Stop and close the database."""
        self.sessions.__exit__(kind, error, at)
        self.store.close()


def _oidc(store: AccountStore, trail: Trail, plan: OidcPlan, clock: Callable[[], float]) -> OidcSignIn:
    try:
        from passerby.accounts.oidc_sign_in import OidcSignIn  # noqa: PLC0415 - an optional package
    except ModuleNotFoundError as error:
        msg = f"accounts.oidc needs authlib, httpx and joserfc: {how_to_install('oidc')}"
        raise UsageError(msg) from error
    return OidcSignIn(store, trail, plan, clock=clock)


def _oidc_out(
    store: AccountStore, sessions: Sessions, trail: Trail, plan: OidcPlan, *, clock: Callable[[], float]
) -> OidcSignOut:
    from passerby.accounts.oidc_sign_out import OidcSignOut  # noqa: PLC0415 - an optional package

    return OidcSignOut(store, sessions, trail, plan, clock=clock)
