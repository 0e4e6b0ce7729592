"""What a gateway observes of itself for alert rules: its clock, its disk, and whether signals reach the database."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

from passerby.alerts.observation import CLOCK_JUMP, DISK_FREE, GATEWAY, NOT_STORED, Observation


class OwnObservations:
    """Observes the gateway.

    Args:
        clock: The system's clock, UTC since 1970, s.
        steady: A monotonic clock, s.
    """

    def __init__(self, clock: Callable[[], float], steady: Callable[[], float]) -> None:
        self._steady = steady
        self._offset_s = clock() - steady()

    def observe(self, now_s: float, over_s: float, *, folder: Path, stored: bool | None) -> Iterator[Observation]:
        """Yield what can be observed now.

        Args:
            now_s: The present, UTC since 1970, s.
            over_s: How long it stands for, s.
            folder: On the disk to look at.
            stored: Whether signals reach the database; None = the site has none.
        """
        jump_s = now_s - self._steady() - self._offset_s
        self._offset_s += jump_s
        figures = {CLOCK_JUMP: abs(jump_s)}
        free_bytes = _free_bytes(folder)
        if free_bytes is not None:
            figures[DISK_FREE] = free_bytes / 1e9
        if stored is not None:
            figures[NOT_STORED] = float(not stored)
        for quantity, value in figures.items():
            yield Observation(GATEWAY, quantity, value, now_s - over_s, now_s)


def _free_bytes(folder: Path) -> int | None:
    try:
        return shutil.disk_usage(folder).free
    except OSError:
        return None
