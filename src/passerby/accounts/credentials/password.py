"""Passwords: how strong one must be, and how it is stored (Argon2id)."""

from __future__ import annotations

from collections.abc import Collection
from functools import cache
from typing import Final

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from zxcvbn import zxcvbn

from passerby.errors import UsageError

SHORTEST: Final = 10
LONGEST: Final = 256
_CHECKED: Final = 72
"""zxcvbn takes long for long passwords; whoever types more than this has a strong one already."""
_STRONG: Final = 3
"""Score of zxcvbn from which a password withstands 10^8 guesses."""
# RFC 9106, second recommended option: 64 MiB, 3 passes, 4 lanes
_HASHER: Final = PasswordHasher(time_cost=3, memory_cost=65_536, parallelism=4)


def require_strong(password: str, about: Collection[str] = ()) -> None:
    """Refuse a password that can be guessed.

    Args:
        password: The password.
        about: Words that an attacker would try first, such as the account's name.

    Raises:
        UsageError: It is too short, too long or too easy to guess; the message says how to make a better one.
    """
    if len(password) < SHORTEST:
        msg = f"the password has {len(password)} characters; use at least {SHORTEST}"
        raise UsageError(msg)
    if len(password) > LONGEST:
        msg = f"the password has {len(password)} characters; use at most {LONGEST}"
        raise UsageError(msg)

    found = zxcvbn(password[:_CHECKED], user_inputs=["passerby", *about], max_length=_CHECKED)
    if found["score"] < _STRONG:
        feedback = found["feedback"]
        reason = feedback["warning"] or "it is among the first that an attacker tries"
        advice = " ".join(feedback["suggestions"]) or "Use four or more unusual words."
        msg = f"the password is easy to guess ({reason.rstrip('.')}). {advice}"
        raise UsageError(msg)


def hashed(password: str) -> str:
    """Return what is stored of a password: an Argon2id hash with its own random salt."""
    return _HASHER.hash(password)


def is_password(password: str, stored: str | None) -> bool:
    """Return whether a password is the one that was hashed; takes as long if there is none.

    Args:
        password: What somebody typed.
        stored: The hash; None = there is no such account or it has no password.
    """
    try:
        _HASHER.verify(stored or _nobodys(), password[:LONGEST])
    except (VerificationError, InvalidHashError):
        return False
    return stored is not None


@cache
def _nobodys() -> str:
    return _HASHER.hash("")
