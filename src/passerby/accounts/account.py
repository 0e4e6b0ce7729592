"""Accounts, and what each may do with which cameras."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, TypeAlias

from passerby.accounts.permission import Principal, PrincipalKind
from passerby.accounts.role import ACTIONS_OF, Role
from passerby.errors import UsageError

LONGEST_NAME: Final = 64
_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.@-]{0,63}")

CameraGroups: TypeAlias = Mapping[str, frozenset[str]]
"""Names of cameras by the name of their group."""


@dataclass(frozen=True, slots=True)
class Account:
    """An account of a person.

    Args:
        number: Its number in the database.
        name: Its name, unique whatever its letters' case.
        role: What the person does.
        groups: Groups of cameras with which they may do it; None = all cameras.
        disabled: Whether nobody can sign in with it.
        created_s: When it was made, UTC since 1970, s.
        has_password: Whether there is a password.
        has_code: Whether a code of an authenticator app is needed as well.
        version: Grows with each change.
    """

    number: int
    name: str
    role: Role
    groups: frozenset[str] | None
    disabled: bool
    created_s: float
    has_password: bool
    has_code: bool
    version: int


def cameras_of(groups: frozenset[str] | None, known: CameraGroups) -> frozenset[str] | None:
    """Return the cameras of groups; a group that no longer exists has none.

    Args:
        groups: Names of groups; None = all cameras.
        known: The groups of the site.

    >>> sorted(cameras_of(frozenset({"east", "gone"}), {"east": frozenset({"door", "hall"})}))
    ['door', 'hall']
    """
    if groups is None:
        return None
    return frozenset().union(*(known.get(group, frozenset()) for group in groups))


def principal_of(account: Account, known: CameraGroups) -> Principal:
    """Return what the person of an account may do; nothing if the account is disabled.

    Args:
        account: The account.
        known: The groups of the site.
    """
    actions = frozenset() if account.disabled else ACTIONS_OF[account.role]
    return Principal(account.name, PrincipalKind.PERSON, actions, cameras_of(account.groups, known))


def checked_name(name: str) -> str:
    """Return the name of an account or token if it is one.

    Raises:
        UsageError: It is empty, too long, or has other characters than these.
    """
    if not _NAME.fullmatch(name):
        msg = f"{name!r} cannot be the name of an account or token; use 1 to {LONGEST_NAME} letters, digits and . _ - @"
        raise UsageError(msg)
    return name
