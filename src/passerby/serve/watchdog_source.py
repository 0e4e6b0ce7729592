"""What the API needs of the part of the gateway that takes the reports of watchdogs."""

from __future__ import annotations

from datetime import date
from typing import Protocol

from passerby.watchdog.standing import WatchdogStanding
from passerby.watchdog.tally import LookTally


class WatchdogSource(Protocol):
    """What watchdogs reported; used from several threads."""

    def standing(self, camera: str, /) -> WatchdogStanding:
        """Return what can be said of a camera at present."""
        ...

    def finding(self, by: str, camera: str, *, captured_s: float, heads: int) -> float:
        """Cover a camera whole at once; return until when it is, UTC since 1970, s."""
        ...

    def report(self, by: str, camera: str, tally: LookTally) -> None:
        """Add what a watchdog saw since its last report."""
        ...

    def commit(self, by: str, day: date, commitment: str) -> None:
        """Take the hash of the seed of a day."""
        ...

    def reveal(self, by: str, day: date, seed: bytes) -> None:
        """Take the seed of a day that is over."""
        ...
