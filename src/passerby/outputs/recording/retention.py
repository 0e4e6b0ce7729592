"""Erases recordings that are too old or too many, or that leave too little space on the disk."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final, Protocol

from passerby.errors import OutputError
from passerby.outputs.recording.erasure import ErasureRecord
from passerby.outputs.recording.legal_hold import LegalHold
from passerby.outputs.recording.limits import DiskSpace, Limits, disk_space
from passerby.outputs.recording.segment import OPEN, Segment, cameras, segments
from passerby.outputs.recording.segment_index import EARLIER_INDEX, INDEX

_JUMP_S: Final = 300.0
_TRUST_S: Final = 3600.0
"""The clock may have jumped ahead and may jump back: nothing is deleted because of its age for an hour."""
_LONGEST: Final = timedelta(hours=1)  # an open segment older than this belongs to a killed process

log = logging.getLogger(__name__)


class HeldPeriods(Protocol):
    """What must not be erased."""

    def all(self) -> list[LegalHold]:
        """Return it.

        Raises:
            OutputError: It is not known: whoever erases must not go on.
        """
        ...


class Retention:
    """Keeps a folder of recordings within its age and size limits; one for all cameras of a site.

    Args:
        folder: Of all recordings.
        limits: What they may take.
        record: Where what is erased is written down before.
        holds: What must not be erased; None = nothing.
        clock: The system's clock, UTC since 1970, s.
        steady: A clock that never jumps, s.
        space: Returns the space of the folder's disk.
    """

    def __init__(  # noqa: PLR0913 - its clocks and disk come as arguments
        self,
        folder: Path,
        limits: Limits,
        *,
        record: ErasureRecord,
        holds: HeldPeriods | None = None,
        clock: Callable[[], float],
        steady: Callable[[], float] = time.monotonic,
        space: Callable[[Path], DiskSpace] = disk_space,
    ) -> None:
        self._folder = folder
        self._limits = limits
        self._record = record
        self._holds = holds
        self._clock = clock
        self._steady = steady
        self._space = space
        self._seen = clock(), steady()
        self._trust_at = float("-inf")

    def sweep(self) -> list[Segment]:
        """Delete what exceeds the limits and return it; call it about once a minute.

        Raises:
            OutputError: The folder cannot be read or a file not deleted; the rest is deleted all the same. Or legal
                holds cannot be read, and nothing is deleted.
        """
        holds = [] if self._holds is None else self._holds.all()
        try:
            kept = sorted(
                (each for name in cameras(self._folder) for each in segments(self._folder, name)),
                key=lambda segment: segment.begin,
            )
            free = [segment for segment in kept if not any(each.holds(segment) for each in holds)]
            held_bytes = sum(segment.size for segment in kept) - sum(segment.size for segment in free)
            surplus = self._surplus(free, held_bytes)
            surplus += self._for_space([segment for segment in free if segment not in surplus], surplus)
        except OSError as error:
            raise self._failed(error) from error
        return self._erase(surplus)

    def _erase(self, surplus: list[Segment]) -> list[Segment]:
        failure: OSError | None = None
        erased = []
        numbers = self._record.numbers(surplus)
        recorded = self._record.add(numbers)
        for segment in surplus:
            try:
                segment.path.unlink(missing_ok=True)
                erased.append(segment)
                _remove_empty(segment.path.parent)
            except OSError as error:
                failure = error

        if not recorded:  # a full disk takes the record only now
            self._record.add(numbers)
        if erased:
            log.info("recordings_deleted", extra={"segments": len(erased)})
        if failure is not None:
            raise self._failed(failure) from failure

        return erased

    def _surplus(self, kept: list[Segment], held_bytes: int) -> list[Segment]:
        """Return what must go of all segments that nobody holds for its age or the budget, the oldest first."""
        oldest = (
            datetime.fromtimestamp(self._clock(), UTC) - timedelta(hours=self._limits.keep_h)
            if self._clock_is_steady()
            else datetime.min.replace(tzinfo=UTC)
        )
        too_much = held_bytes + sum(segment.size for segment in kept) - self._limits.disk_bytes
        surplus = []
        for segment in kept:
            is_open = segment.path.suffix == OPEN
            if segment.begin < (oldest - _LONGEST if is_open else oldest) or (too_much > 0 and not is_open):
                surplus.append(segment)
                too_much -= segment.size
        return surplus

    def _for_space(self, kept: Sequence[Segment], surplus: Sequence[Segment]) -> list[Segment]:
        """Return what else must go until enough of the disk is free, the oldest first."""
        space = self._space(self._folder)
        lacking = self._limits.margin(space.total) - space.free - sum(segment.size for segment in surplus)
        wanted, more = lacking, []
        for segment in kept:
            if wanted <= 0:
                break
            if segment.path.suffix != OPEN:
                more.append(segment)
                wanted -= segment.size
        if lacking > 0:
            extra = {"folder": str(self._folder), "segments": len(more), "free_mb": space.free // 1_000_000}
            log.warning("disk_almost_full_recordings_erased", extra=extra)
        return more

    def _clock_is_steady(self) -> bool:
        now_s = self._clock()
        steady_s = self._steady()
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
