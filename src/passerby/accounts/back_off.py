"""How long somebody must wait who signs in with wrong credentials again and again; nobody else waits for it."""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from passerby.accounts.address_group import address_group
from passerby.errors import SignInError, TooManyTriesError

_FREE_OF_ACCOUNT, _FREE_OF_ADDRESS = 4, 20
_LONGEST_S: Final = 900.0
_FORGOTTEN_S: Final = 3600.0
_MOST: Final = 10_000

_TRIES, _TRIES_S = 20, 60.0
_ADDRESSES: Final = 1000


@dataclass(slots=True)
class _Failures:
    count: int = 0
    last_s: float = 0.0


class BackOff:
    """Counts failed sign-ins by account and address, by address, and by known browser.

    After 4 failures for one account from one address, or 20 from one address, the next attempt from there waits 1 s,
    and each further one twice as long, up to 15 minutes. A browser in which the person has signed in before is counted
    by itself alone: whatever strangers do, from wherever, that person gets in, and from another address too.

    Args:
        clock: Monotonic time, s.
    """

    def __init__(self, *, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._failures: dict[tuple[str, ...], _Failures] = {}

    def require_turn(self, account: str, address: str, browser: str) -> None:
        """Refuse an attempt that comes too early; it is not even looked at.

        Args:
            account: Name of the account, as it was typed.
            address: Where the attempt comes from.
            browser: Hash of the secret of a browser that is known to this account; "" = it is not known.

        Raises:
            TooManyTriesError: Too many failed before.
        """
        wait_s = max(self._wait_s(key, free) for key, free in _keys(account, address, browser))
        if wait_s > 0:
            raise TooManyTriesError(int(wait_s) + 1)

    def fail(self, account: str, address: str, browser: str) -> None:
        """Count a failed attempt; arguments as `require_turn`."""
        for key, _ in _keys(account, address, browser):
            found = self._failures.pop(key, None) or _Failures()
            self._failures[key] = found  # the most recent is forgotten last
            found.count, found.last_s = found.count + 1, self._clock()
        while len(self._failures) > _MOST:
            del self._failures[next(iter(self._failures))]

    def succeed(self, account: str, address: str, browser: str) -> None:
        """Forget the failures of this account from there; those of the address stay, as others may share it."""
        self._failures.pop(_keys(account, address, browser)[0][0], None)

    def _wait_s(self, key: tuple[str, ...], free: int) -> float:
        found = self._failures.get(key)
        if found is None:
            return 0.0
        past_s = self._clock() - found.last_s
        if past_s > _FORGOTTEN_S:
            del self._failures[key]
            return 0.0
        extra = found.count - free
        return 0.0 if extra < 0 else min(2.0 ** min(extra, 20), _LONGEST_S) - past_s


def _keys(account: str, address: str, browser: str) -> list[tuple[tuple[str, ...], int]]:
    """Return by what an attempt is counted, and how many failures are free."""
    name = account.casefold()[:64]
    if browser:
        return [(("browser", browser), _FREE_OF_ACCOUNT)]
    group = address_group(address)
    return [(("account", name, group), _FREE_OF_ACCOUNT), (("address", group), _FREE_OF_ADDRESS)]


class WrongTokens:
    """Counts different wrong tokens and links by address: the right one is always accepted, whatever came before.

    A script that repeats an old one makes nobody wait.

    Args:
        clock: Monotonic time, s.
    """

    def __init__(self, *, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._wrong: dict[str, dict[bytes, float]] = {}
        self._key = secrets.token_bytes(32)

    def refuse(self, token: str, address: str, reason: str) -> SignInError:
        """Count a wrong token and return the error for it.

        Args:
            token: The token.
            address: Where the request comes from.
            reason: What is wrong, for the message.

        Raises:
            TooManyTriesError: Too many different ones came from this address before.
        """
        now, group = self._clock(), address_group(address)
        seal = hmac.digest(self._key, token.encode(), "sha256")  # no token is kept, and a wrong one may be a typo
        recent = {each: at for each, at in self._wrong.pop(group, {}).items() if now - at < _TRIES_S}
        self._wrong[group] = recent  # the most recent group is forgotten last
        if len(self._wrong) > _ADDRESSES:
            del self._wrong[next(iter(self._wrong))]
        if seal not in recent and len(recent) >= _TRIES:
            raise TooManyTriesError(int(_TRIES_S - (now - min(recent.values()))) + 1)
        recent.setdefault(seal, now)
        return SignInError(reason)
