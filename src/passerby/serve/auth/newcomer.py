"""Somebody who has proved who they are gets a new session."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Request, Response

from passerby.accounts.account import Account
from passerby.accounts.accounts import Accounts
from passerby.accounts.sign_in import Origin
from passerby.audit.entry import AuditKind
from passerby.serve.auth.cookie import Cookies
from passerby.serve.auth.visitor import AccountsHere, CookiesHere, OriginHere, cookie_session


@dataclass(frozen=True, slots=True)
class Newcomer:
    """A browser that asks for a session.

    Args:
        accounts: The accounts of the site.
        cookies: The cookies of this gateway.
        origin: Where the request comes from.
        session: Session of this browser, which the new one replaces; "" = it has none.
        agent: How the browser describes itself.
    """

    accounts: Accounts
    cookies: Cookies
    origin: Origin
    session: str
    agent: str

    def admit(
        self, account: Account, *, way: str = "password", answer: Response | None = None, unchanged: bool = False
    ) -> Response:
        """Return the answer to somebody who has proved whose account it is; an old session of this browser ends.

        Args:
            account: The account.
            way: How they have proved it, for the audit log.
            answer: The answer to which cookies are added; None = an empty one.
            unchanged: Whether the account must not have changed since they proved it.

        Raises:
            AuditError: The sign-in cannot be logged: there is none.
            SignInError: The password was changed while it was compared.
            StoreError: The session cannot be written.
        """
        self.accounts.trail.note(AuditKind.SIGN_IN, account.name, address=self.origin.address, way=way)
        if self.session:
            self.accounts.sessions.sign_out(self.session)
        secret = self.accounts.sessions.open(
            account, address=self.origin.address, browser=self.agent, unchanged=unchanged
        )
        # only guesses of passwords are counted by known browsers
        browser = self.accounts.passwords.remember_browser(account, self.origin) if account.has_password else ""
        return self.cookies.set(answer or Response(status_code=204), session=secret, browser=browser)


async def _newcomer(request: Request, accounts: AccountsHere, cookies: CookiesHere, origin: OriginHere) -> Newcomer:
    return Newcomer(accounts, cookies, origin, cookie_session(request), request.headers.get("user-agent", ""))


NewcomerHere = Annotated[Newcomer, Depends(_newcomer)]
