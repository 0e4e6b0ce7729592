"""Codes of an authenticator app (TOTP, RFC 6238): six digits, a new one every 30 s, each accepted once."""

from __future__ import annotations

import hmac
import re
from typing import Final

import pyotp

_STEP_S: Final = 30
_TOLERANCE: Final = 1
"""Steps by which the clock of a phone may be off."""


def new_seed() -> str:
    """Return a random seed to be stored in the app, in base 32."""
    return pyotp.random_base32(32)


def app_address(seed: str, account: str, site: str) -> str:
    """Return the seed as the address that authenticator apps open.

    >>> app_address("JBSWY3DP" * 4, "anna", "arena")
    'otpauth://totp/passerby%20arena:anna?secret=JBSWY3DPJBSWY3DPJBSWY3DPJBSWY3DP&issuer=passerby%20arena'
    """
    return pyotp.TOTP(seed).provisioning_uri(name=account, issuer_name=f"passerby {site}")


def step_of(code: str, seed: str, now_s: float, *, after: int) -> int | None:
    """Return the number of the 30 s to which a code belongs; None = it is wrong, too old, or was used before.

    Args:
        code: What somebody typed; spaces do not matter.
        seed: The seed in their app.
        now_s: The current time, UTC since 1970, s.
        after: Number of the step whose code was accepted last: only later ones count.
    """
    typed = re.sub(r"\s", "", code)
    if not (typed.isascii() and typed.isdigit()):
        return None
    app = pyotp.TOTP(seed, interval=_STEP_S)
    now = int(now_s // _STEP_S)
    found = None
    for step in range(now - _TOLERANCE, now + _TOLERANCE + 1):  # all of them, so that the time says nothing
        if hmac.compare_digest(app.generate_otp(step), typed) and step > after:
            found = step
    return found
