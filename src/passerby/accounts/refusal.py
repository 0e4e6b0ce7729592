"""What somebody who is signed in may not do and tried to: written into the audit log, so that it cannot be flooded."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from passerby.accounts.trail import Trail
from passerby.audit.entry import AuditKind, Detail
from passerby.errors import AuditError

SPAN_S: Final = 3600.0
"""So long, the same refusal of the same person is counted with the first one."""
MOST_COUNTED: Final = 10_000
"""Refusals that are counted at a time; the oldest are forgotten first, and would be written again."""

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Refusal:
    """Something that was refused; none of it is chosen by whoever asked, or it could fill the log.

    Args:
        account: The account or token that asked.
        route: The method and the path that the program declares, with the names of its parameters.
        action: The permission that was needed; "" = none by itself.
        camera: Name of a camera of the site; "" = none was named.
        second_person: Whether only the consent of a second person was missing.
    """

    account: str
    route: str
    action: str = ""
    camera: str = ""
    second_person: bool = False


@dataclass(slots=True)
class _Count:
    since_s: float
    times: int = 0


class Refusals:
    """Writes refusals; several threads may use it at once.

    The first of each kind in an hour is an entry, then the 10th, the 100th and so on, with the number in `times`:
    whoever asks a thousand times leaves four entries. A refusal that cannot be logged stays a refusal.

    Args:
        trail: Writes into the audit log.
        clock: The system's clock, UTC since 1970, s.
    """

    def __init__(self, trail: Trail, *, clock: Callable[[], float]) -> None:
        self._trail = trail
        self._clock = clock
        self._busy = threading.Lock()
        self._counts: dict[Refusal, _Count] = {}

    def note(self, refusal: Refusal) -> None:
        """Count a refusal, and write it if it is the first, the 10th, the 100th and so on of its hour."""
        times = self._counted(refusal)
        if times not in {10**power for power in range(len(str(times)))}:
            return
        details: dict[str, Detail] = {"route": refusal.route, "times": times}
        if refusal.action:
            details["action"] = refusal.action
        if refusal.second_person:
            details["second_person"] = "nobody has agreed"
        try:
            self._trail.note(AuditKind.ACCESS_REFUSED, refusal.account, refusal.camera, **details)
        except AuditError as error:
            log.warning("refusal_not_audited", extra={"reason": str(error)})

    def _counted(self, refusal: Refusal) -> int:
        """Return how often this was refused within the hour."""
        now_s = self._clock()
        with self._busy:
            count = self._counts.get(refusal)
            if count is None or not 0 <= now_s - count.since_s < SPAN_S:
                self._counts.pop(refusal, None)
                while len(self._counts) >= MOST_COUNTED:
                    del self._counts[next(iter(self._counts))]
                count = self._counts[refusal] = _Count(now_s)
            count.times += 1
            return count.times
