"""Deletes recordings that are too old or take too much space."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from passerby.errors import OutputError
from passerby.outputs.recording.segment import OPEN, Segment, cameras, segments
from passerby.outputs.recording.segment_index import EARLIER_INDEX, INDEX

_JUMP_S: Final = 300.0
_TRUST_S: Final = 3600.0
"""The clock may have jumped ahead and may jump back: nothing is deleted because of its age for an hour."""
_LONGEST: Final = timedelta(hours=1)  # an open segment older than this belongs to a killed process

log = logging.getLogger(__name__)


class Retention:
    """Keeps a folder of recordings within its age and size limits; one for all cameras of a site.

    Args:
        folder: Folder of all recordings.
        keep_h: Hours after which a segment is deleted, counted from its first picture.
        disk_bytes: Space for all segments; beyond it the oldest are deleted, whatever their camera.
        clock: The system clock, UTC since 1970, s.
        steady: A clock that never jumps, s.
    """

    def __init__(
        self,
        folder: Path,
        *,
        keep_h: float,
        disk_bytes: int,
        clock: Callable[[], float],
        steady: Callable[[], float] = time.monotonic,
    ) -> None:
        self._folder = folder
        self._keep = timedelta(hours=keep_h)
        self._disk_bytes = disk_bytes
        self._clock = clock
        self._steady = steady
        self._seen = clock(), steady()
        self._trust_at = float("-inf")

    def sweep(self) -> list[Segment]:
        """Delete what exceeds the limits and return it; call it about once a minute.

        Raises:
            OutputError: The folder cannot be read or a file not deleted; the rest is deleted all the same.
        """
        failure: OSError | None = None
        erased = []
        try:
            kept = sorted(
                (each for name in cameras(self._folder) for each in segments(self._folder, name)),
                key=lambda segment: segment.begin,
            )
        except OSError as error:
            raise self._failed(error) from error
        for segment in self._surplus(kept):
            try:
                segment.path.unlink(missing_ok=True)
                erased.append(segment)
                _remove_empty(segment.path.parent)
            except OSError as error:
                failure = error
        if erased:
            log.info("recordings_deleted", extra={"segments": len(erased)})
        if failure is not None:
            raise self._failed(failure) from failure
        return erased

    def _surplus(self, kept: list[Segment]) -> list[Segment]:
        """Return which of all segments exceed the limits, oldest first."""
        oldest = (
            datetime.fromtimestamp(self._clock(), UTC) - self._keep
            if self._clock_is_steady()
            else datetime.min.replace(tzinfo=UTC)
        )
        too_much = sum(segment.size for segment in kept) - self._disk_bytes
        surplus = []
        for segment in kept:
            is_open = segment.path.suffix == OPEN
            if segment.begin < (oldest - _LONGEST if is_open else oldest) or (too_much > 0 and not is_open):
                surplus.append(segment)
                too_much -= segment.size
        return surplus

    def _clock_is_steady(self) -> bool:
        now_s, steady_s = self._clock(), self._steady()
        ahead_s = (now_s - self._seen[0]) - (steady_s - self._seen[1])
        self._seen = now_s, steady_s
        if abs(ahead_s) > _JUMP_S:
            self._trust_at = steady_s + _TRUST_S
            log.warning("clock_jumped", extra={"seconds": round(ahead_s)})
        return steady_s >= self._trust_at

    def _failed(self, error: OSError) -> OutputError:
        return OutputError(f"{self._folder}: recordings cannot be deleted ({error.strerror}); change its permissions")


def _remove_empty(day: Path) -> None:
    """Remove a day's folder once it contains no segment."""
    if {each.name for each in day.iterdir()} <= {INDEX, EARLIER_INDEX}:
        for name in (INDEX, EARLIER_INDEX):
            (day / name).unlink(missing_ok=True)
        day.rmdir()
