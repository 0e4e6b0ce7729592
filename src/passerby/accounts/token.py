"""API tokens: for scripts and services that sign in with each request."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from typing import Final

from passerby.accounts.account import Account, CameraGroups, cameras_of, principal_of
from passerby.accounts.permission import Action, Principal, PrincipalKind

PREFIX: Final = "passerby_"
"""All tokens begin with it, so that programs that search for leaked secrets find them."""
LONGEST_D: Final = 366
"""A token ends at the latest after so many days."""


@dataclass(frozen=True, slots=True)
class ApiToken:
    """A token, without its secret: that is shown once, and only its hash is stored.

    Args:
        number: Its number in the database.
        name: What it is for.
        owner: Number of the account that is responsible for it.
        actions: What it may do, at most; never more than its owner may.
        groups: Groups of cameras with which it may do so, at most; None = those of its owner.
        created_s: When it was made, UTC since 1970, s.
        ends_s: When it ends, UTC since 1970, s.
        camera: Of a ticket: the one camera that it opens, in pages of other origins and nowhere else; None = it is an
            API token.
    """

    number: int
    name: str
    owner: int
    actions: frozenset[Action]
    groups: frozenset[str] | None
    created_s: float
    ends_s: float
    camera: str | None = None


def new_secret(prefix: str = "") -> str:
    """Return a random secret of 32 bytes as text."""
    return prefix + secrets.token_urlsafe(32)


def hash_of(secret: str) -> str:
    """Return what is stored of a random secret: it has so many bits that its plain SHA-256 says nothing about it."""
    return hashlib.sha256(secret.encode()).hexdigest()


def principal_of_token(token: ApiToken, owner: Account, known: CameraGroups) -> Principal:
    """Return what somebody with a token may do: what the token and its owner both may.

    Args:
        token: The token.
        owner: The account that is responsible for it.
        known: The groups of the site.
    """
    limit = principal_of(owner, known)
    cameras = limit.cameras
    if token.groups is not None:
        own = cameras_of(token.groups, known)
        cameras = own if cameras is None or own is None else own & cameras
    if token.camera is not None:
        cameras = frozenset({token.camera}) if cameras is None else cameras & {token.camera}
    return Principal(f"{owner.name}/{token.name}", PrincipalKind.PROGRAM, token.actions & limit.actions, cameras)
