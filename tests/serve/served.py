"""A web server with accounts: an administrator who signs in with a password, and their API token."""

from __future__ import annotations

import time
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from types import TracebackType

from argon2 import PasswordHasher

from passerby.accounts.accounts import Accounts
from passerby.accounts.permission import Action
from passerby.accounts.role import Role
from passerby.accounts.session import SessionLimits
from passerby.accounts.store import AccountStore
from passerby.accounts.token import ApiToken
from passerby.audit.entry import AuditSink
from passerby.serve.gateway import Gateway
from passerby.serve.server import WebServer
from passerby.serve.signal_source import SignalSource
from passerby.settings.site.web import WebSettings

PASSWORD = "violet-harbour-9-lanterns"  # noqa: S105 - made up
LOGIN = {"account": "anna", "password": PASSWORD}
DAY_S = 86_400


@cache
def stored_password() -> str:
    """Return a hash of `PASSWORD` that is quick to check: a stored hash says itself how much work it takes.

    With the work of real ones, each sign-in of the tests would take a sixth of a second of processor time.
    """
    return PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(PASSWORD)


@cache
def _empty() -> bytes:
    with TemporaryDirectory(prefix="passerby-accounts-") as folder:
        path = Path(folder) / "accounts.db"
        AccountStore(str(path), create=True).close()
        return path.read_bytes()


def prepare(path: Path) -> None:
    """Write an empty database of accounts, unless there is one: its tables are made once, not for each test."""
    if not path.exists():
        path.write_bytes(_empty())


def add_person(
    accounts: Accounts, name: str, role: Role = Role.ADMINISTRATOR, groups: frozenset[str] | None = None
) -> None:
    """Add somebody who signs in with `PASSWORD`."""
    accounts.store.add(name, role, groups, now_s=time.time(), password=stored_password())
    accounts.sessions.refresh()


def token_of(
    accounts: Accounts,
    owner: str,
    *,
    name: str = "script",
    actions: frozenset[Action] = frozenset(Action),
    groups: frozenset[str] | None = None,
) -> str:
    """Return a new API token of somebody, for a day."""
    now_s = time.time()
    number = accounts.store.account(owner).number
    wanted = ApiToken(0, name, number, actions, groups, now_s, now_s + DAY_S)
    secret = accounts.access.make_token(wanted)[1]
    accounts.sessions.refresh()
    return secret


def token_in(state_folder: Path) -> str:
    """Add the administrator anna to a gateway's state folder, and return an API token of hers."""
    state_folder.mkdir(parents=True, exist_ok=True)
    with Accounts(str(state_folder / "accounts.db"), site="", clock=time.time, limits=SessionLimits()) as accounts:
        add_person(accounts, "anna")
        return token_of(accounts, "anna")


class Served(WebServer):
    """A web server with the administrator anna, whose password is `PASSWORD` and whose API token is `token`."""

    def __init__(
        self,
        gateway: Gateway,
        web: WebSettings,
        source: SignalSource | None = None,
        *,
        state_folder: Path | None = None,
        groups: dict[str, frozenset[str]] | None = None,
        audit: AuditSink | None = None,
        **more: object,
    ) -> None:
        self._folder = TemporaryDirectory(prefix="passerby-accounts-")
        path = Path(self._folder.name) / "accounts.db"
        prepare(path)
        limits = SessionLimits()
        self.accounts = Accounts(
            str(path), site="arena", clock=time.time, limits=limits, groups=groups, audit=audit, **more
        )
        add_person(self.accounts, "anna")
        self.token = token_of(self.accounts, "anna")
        try:
            super().__init__(gateway, web, source, accounts=self.accounts, state_folder=state_folder)
        except BaseException:
            self._clean()
            raise

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        super().__exit__(kind, error, at)
        self._clean()

    def _clean(self) -> None:
        self.accounts.store.close()
        self._folder.cleanup()
