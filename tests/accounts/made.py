"""Made-up accounts with a clock that tests set."""

from __future__ import annotations

from pathlib import Path

from tests.serve.served import prepare, stored_password

from passerby.accounts.accounts import Accounts
from passerby.accounts.permission import Action
from passerby.accounts.role import Role
from passerby.accounts.session import SessionLimits
from passerby.accounts.token import ApiToken

GROUPS = {"east": frozenset({"door", "hall"}), "west": frozenset({"gate"})}
NOON_S = 1_800_000_000.0
HOUR_S, DAY_S = 3600.0, 86_400.0


class Clock:
    """A clock that stands still."""

    def __init__(self, now_s: float = NOON_S) -> None:
        self.now_s = now_s

    def __call__(self) -> float:
        return self.now_s


def accounts_at(address: str | Path, clock: Clock, limits: SessionLimits | None = None) -> Accounts:
    """Return the accounts of a site with two groups of cameras; nothing follows the database but the test."""
    if "://" not in str(address):
        prepare(Path(address))
    return Accounts(str(address), site="arena", clock=clock, limits=limits or SessionLimits(), groups=GROUPS)


def add(accounts: Accounts, name: str, role: Role = Role.OPERATOR, groups: frozenset[str] | None = None):
    """Add somebody who signs in with `PASSWORD` of `tests.serve.served`."""
    made = accounts.store.add(name, role, groups, now_s=NOON_S, password=stored_password())
    accounts.sessions.refresh()
    return made


def add_token(accounts: Accounts, owner: str, *, groups: frozenset[str] | None = None, days: float = 1) -> str:
    """Return a new token of somebody that may do everything that they may."""
    number = accounts.store.account(owner).number
    begin_s = accounts.clock()
    wanted = ApiToken(0, "script", number, frozenset(Action), groups, begin_s, begin_s + days * DAY_S)
    secret = accounts.access.make_token(wanted)[1]
    accounts.sessions.refresh()
    return secret
