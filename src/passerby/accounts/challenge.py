"""Challenges: random numbers that a passkey signs, each good for one purpose, for minutes, and once."""

from __future__ import annotations

import hmac
import secrets
import struct
import threading
from collections.abc import Callable
from typing import Final

CHALLENGE_S: Final = 300
"""A passkey must answer within this time."""
_RANDOM: Final = 16
_SEALED: Final = 32
_FORM: Final = struct.Struct(">Q")


class Challenges:
    """Gives out challenges that are sealed with a key of this start; used from several threads.

    Nothing is stored of a challenge before its right answer: strangers who ask for many take no memory.

    Args:
        clock: Monotonic time, s.
        lasts_s: A challenge must be answered within this time, s.
    """

    def __init__(self, *, clock: Callable[[], float], lasts_s: int = CHALLENGE_S) -> None:
        self._clock = clock
        self._lasts_s = lasts_s
        self._key = secrets.token_bytes(32)
        self._used: dict[bytes, int] = {}
        self._lock = threading.Lock()

    def new(self, purpose: str) -> bytes:
        """Return a challenge.

        Args:
            purpose: What the answer is for; the same is asked for when it comes.
        """
        body = secrets.token_bytes(_RANDOM) + _FORM.pack(int(self._clock()) + self._lasts_s)
        return body + self._seal(body, purpose)

    def holds(self, challenge: bytes, purpose: str) -> bool:
        """Return whether a challenge was given out for a purpose, has not ended, and was not used."""
        body = challenge[:-_SEALED]
        if len(body) != _RANDOM + _FORM.size or not hmac.compare_digest(
            challenge[-_SEALED:], self._seal(body, purpose)
        ):
            return False
        return self._clock() < _end_s(challenge) and challenge not in self._used

    def use(self, challenge: bytes) -> bool:
        """Note that a challenge that `holds` was answered; return whether this is the first time."""
        now_s = self._clock()
        with self._lock:
            if challenge in self._used:
                return False
            self._used = {each: end_s for each, end_s in self._used.items() if end_s > now_s}
            self._used[challenge] = _end_s(challenge)
            return True

    def _seal(self, body: bytes, purpose: str) -> bytes:
        return hmac.digest(self._key, body + purpose.encode(), "sha256")


def _end_s(challenge: bytes) -> int:
    return int(_FORM.unpack_from(challenge, _RANDOM)[0])
