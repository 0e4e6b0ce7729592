"""How long somebody must wait who signs in with wrong credentials again and again; nobody else waits for it."""

from __future__ import annotations

import hmac
import secrets
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final, TypeAlias

from passerby.accounts.address_group import address_group
from passerby.errors import SignInError, TooManyTriesError

_FREE_OF_ACCOUNT, _FREE_OF_ADDRESS = 4, 20
_LONGEST_S: Final = 900.0
_FORGOTTEN_S: Final = 3600.0
_MOST: Final = 10_000

_TRIES, _TRIES_S = 20, 60.0
_ADDRESSES: Final = 1000

_Key: TypeAlias = tuple[str, ...]


@dataclass(slots=True)
class _Failures:
    count: int = 0
    last_s: float = 0.0


class BackOff:
    """Counts failed sign-ins by account and address, by address, and by known browser; several threads may use it.

    After 4 failures for one account from one address, or 20 from one address, the next attempt from there waits 1 s,
    and each further one twice as long, up to 15 minutes. A browser in which the person has signed in before is counted
    by itself alone: whatever strangers do, from wherever, that person gets in, and from another address too.

    Args:
        clock: Monotonic time, s.
    """

    def __init__(self, *, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._busy = threading.Lock()
        self._failures: dict[_Key, _Failures] = {}

    @contextmanager
    def attempt(self, account: str, address: str, browser: str) -> Iterator[None]:
        """Refuse an attempt that comes too early, which is not even looked at; else count it if the block fails.

        It counts as failed until the block has ended: of many attempts at once, no more are looked at than one by one.

        Args:
            account: Name of the account, as it was typed; "" = only the address counts.
            address: Where the attempt comes from.
            browser: Hash of the secret of a browser that is known to this account; "" = it is not known.

        Raises:
            TooManyTriesError: Too many failed before.
        """
        keys = _keys(account, address, browser)
        with self._busy:
            wait_s = max(self._wait_s(key, free) for key, free in keys)
            if wait_s > 0:
                raise TooManyTriesError(int(wait_s) + 1)
            now_s = self._clock()
            before_s = {key: self._count(key, now_s) for key, _ in keys}
        try:
            yield
        except BaseException as error:
            if isinstance(error, TooManyTriesError) or not isinstance(error, SignInError):  # nobody has looked at it
                self._take_back(before_s, now_s)
            raise
        self._take_back(before_s, now_s)
        if account:
            with self._busy:  # those of the address stay, as others may share it
                self._failures.pop(keys[0][0], None)

    def _count(self, key: _Key, now_s: float) -> float:
        """Count a failure; return when the one before was."""
        found = self._failures.pop(key, None) or _Failures()
        self._failures[key] = found  # the most recent is forgotten last
        while len(self._failures) > _MOST:
            del self._failures[next(iter(self._failures))]
        before_s, found.last_s = found.last_s, now_s
        found.count += 1
        return before_s

    def _take_back(self, before_s: Mapping[_Key, float], now_s: float) -> None:
        """Take back what `_count` counted and returned; failures that came meanwhile stay."""
        with self._busy:
            for key, last_s in before_s.items():
                found = self._failures.get(key)
                if found is None:
                    continue
                found.count -= 1
                if found.last_s == now_s:
                    found.last_s = last_s
                if found.count <= 0:
                    del self._failures[key]

    def _wait_s(self, key: _Key, free: int) -> float:
        found = self._failures.get(key)
        if found is None:
            return 0.0
        past_s = self._clock() - found.last_s
        if past_s > _FORGOTTEN_S:
            del self._failures[key]
            return 0.0
        extra = found.count - free
        return 0.0 if extra < 0 else min(2.0 ** min(extra, 20), _LONGEST_S) - past_s


def _keys(account: str, address: str, browser: str) -> list[tuple[_Key, int]]:
    """Return by what an attempt is counted, and how many failures are free."""
    name = account.casefold()[:64]
    if browser:
        return [(("browser", browser), _FREE_OF_ACCOUNT)]
    group = address_group(address)
    return [(("account", name, group), _FREE_OF_ACCOUNT), (("address", group), _FREE_OF_ADDRESS)]


class WrongTokens:
    """Counts different wrong tokens and links by address: the right one is always accepted, whatever came before.

    Several threads may use it. A script that repeats an old one makes nobody wait.

    Args:
        clock: Monotonic time, s.
    """

    def __init__(self, *, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._busy = threading.Lock()
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
        with self._busy:
            recent = {each: at for each, at in self._wrong.pop(group, {}).items() if now - at < _TRIES_S}
            self._wrong[group] = recent  # the most recent group is forgotten last
            if len(self._wrong) > _ADDRESSES:
                del self._wrong[next(iter(self._wrong))]
            if seal not in recent and len(recent) >= _TRIES:
                raise TooManyTriesError(int(_TRIES_S - (now - min(recent.values()))) + 1)
            recent.setdefault(seal, now)
        return SignInError(reason)
