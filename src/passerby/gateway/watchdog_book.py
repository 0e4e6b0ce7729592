"""What watchdogs report to the gateway: findings that cover a camera whole, counts, and seeds of draws."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Final, Protocol
from zoneinfo import ZoneInfo

from passerby.audit.entry import AuditEntry, AuditKind, AuditSink
from passerby.errors import AuditError, UsageError
from passerby.gateway.watchdog_counts import DaySeed, ReportQuarter, WatchedCamera, load_counts, save_counts
from passerby.watchdog.exposure import exposed_head_frames_per_h
from passerby.watchdog.measured import CHANCE
from passerby.watchdog.schedule import commitment_of, day_of
from passerby.watchdog.standing import WatchdogStanding
from passerby.watchdog.tally import LookTally

WHOLE_S: Final = 60.0
"""How long a finding covers a camera whole."""
REASON: Final = "the watchdog found somebody who may be uncovered"
SILENT_S: Final = 360.0
"""Without a look for so long, the camera is not observed: a watchdog looks at least every 240 s, and reports in 60."""
SPAN_S: Final = 86_400.0
BUCKET_S: Final = 900.0
_STORED_S: Final = 2 * SPAN_S
"""The public log asks for the day that has just ended."""
_SEED_DAYS: Final = 7
MOST_WATCHDOGS: Final = 20

log = logging.getLogger(__name__)


class CoverRaiser(Protocol):
    """Covers a camera whole; it cannot take cover away."""

    def __call__(self, camera: str, for_s: float, reason: str, /) -> None:
        """Cover everything that the camera shows from now on, for so long."""
        ...


class WatchdogBook:
    """Takes what watchdogs report; its methods may be called from any thread.

    Args:
        state_folder: Where the counts are stored, so that a restart loses none.
        raise_cover: Covers a camera whole.
        clock: UTC since 1970, s.
        audit: Takes an entry for each finding and seed; None = there is no audit log.
    """

    def __init__(
        self, state_folder: Path, *, raise_cover: CoverRaiser, clock: Callable[[], float], audit: AuditSink | None
    ) -> None:
        self._path = state_folder / "watchdog.json"
        self._raise_cover = raise_cover
        self._clock = clock
        self._audit = audit
        self._lock = threading.Lock()
        self._cameras, self._seeds = load_counts(self._path)
        now_s = clock()
        for name, each in self._cameras.items():
            if 0 < (left_s := each.whole_until_s - now_s) <= WHOLE_S:
                raise_cover(name, left_s, REASON)

    def finding(self, by: str, camera: str, *, captured_s: float, heads: int) -> float:
        """Cover a camera whole at once, because a watchdog found somebody; nothing that fails later undoes that.

        Args:
            by: Name of the watchdog's token.
            camera: Name of the camera.
            captured_s: When the frame was captured, UTC since 1970, s.
            heads: How many people may be uncovered in it.

        Returns:
            Until when the camera is covered whole, UTC since 1970, s.
        """
        self._raise_cover(camera, WHOLE_S, REASON)
        now_s = self._clock()
        with self._lock:
            known = self._cameras.setdefault(camera, WatchedCamera())
            known.whole_until_s = max(known.whole_until_s, now_s + WHOLE_S)
            bucket = self._bucket(known, now_s)
            bucket.findings += 1
            bucket.by.add(by)
            self._save()
            until_s = known.whole_until_s
        self._note(AuditKind.WATCHDOG_FINDING, by, camera, captured_s=captured_s, heads=heads)
        return until_s

    def report(self, by: str, camera: str, tally: LookTally) -> None:
        """Add what a watchdog saw since its last report.

        Raises:
            UsageError: The report is of a longer span than there was since the last one, or of too many watchdogs.
        """
        now_s = self._clock()
        with self._lock:
            known = self._cameras.setdefault(camera, WatchedCamera())
            bucket = self._bucket(known, now_s)
            if tally.watched_s > BUCKET_S:
                msg = f"a report of {tally.watched_s:g} s is too long; report at least every {BUCKET_S:g} s"
                raise UsageError(msg)
            if by not in bucket.by and len(bucket.by) >= MOST_WATCHDOGS:
                msg = f"more than {MOST_WATCHDOGS} watchdogs report on camera '{camera}'; end some of them"
                raise UsageError(msg)
            bucket.tally += tally
            bucket.by.add(by)
            if tally.looks:  # a watchdog that gets no stream, or sees nothing, observes nothing
                known.looked_s = now_s
            self._save()

    def commit(self, by: str, day: date, commitment: str) -> None:
        """Take the hash of the seed of a day, before the day's draws are known to anybody else.

        Raises:
            UsageError: There is another one for this day: a watchdog cannot choose its draws afterwards.
            AuditError: It cannot be logged.
        """
        with self._lock:
            known = self._seeds.get((by, day.isoformat()))
            if known is not None:
                if known.commitment == commitment:
                    return
                msg = f"{by} has committed to a different seed for {day}; run one watchdog for each token"
                raise UsageError(msg)
        self._require(AuditKind.WATCHDOG_SEED, by, day=day.isoformat(), commitment=commitment)
        with self._lock:
            self._seeds[by, day.isoformat()] = DaySeed(commitment)
            self._forget_seeds()
            self._save()

    def reveal(self, by: str, day: date, seed: bytes) -> None:
        """Take the seed of a day that is over.

        Raises:
            UsageError: The day is not over, nothing was committed, or it is another seed.
            AuditError: It cannot be logged.
        """
        if day >= day_of(self._clock()):
            msg = f"{day} is not over (UTC): anyone who has the seed now could avoid the looks"
            raise UsageError(msg)
        with self._lock:
            known = self._seeds.get((by, day.isoformat()))
        if known is None:
            msg = f"{by} has not committed to a seed for {day}; without that, revealing one proves nothing"
            raise UsageError(msg)
        if known.seed == seed.hex():
            return
        if commitment_of(seed) != known.commitment:
            msg = f"this is not the seed that {by} committed to for {day}"
            raise UsageError(msg)
        self._require(AuditKind.WATCHDOG_SEED, by, day=day.isoformat(), commitment=known.commitment, seed=seed.hex())
        with self._lock:
            known.seed, known.revealed_s = seed.hex(), self._clock()
            self._save()

    def standing(self, camera: str) -> WatchdogStanding:
        """Return what can be said of a camera at present, over the last 24 hours."""
        now_s = self._clock()
        with self._lock:
            known = self._cameras.get(camera, WatchedCamera())
            return self._standing(camera, known, now_s - SPAN_S, now_s + 1)  # a quarter may begin this second

    def day(self, camera: str, day: str, zone: ZoneInfo) -> dict[str, object] | None:
        """Return what the public log says of a camera's day; None = no watchdog observed it.

        Args:
            camera: Its name.
            day: ISO 8601, in the zone.
            zone: The site's time zone.
        """
        begin = datetime.fromisoformat(day).replace(tzinfo=zone)
        end_s = (begin + timedelta(days=1)).timestamp()
        with self._lock:
            known = self._cameras.get(camera)
            if known is None:
                return None
            seen = self._standing(camera, known, begin.timestamp(), end_s)
            if not seen.watchdogs:
                return None
            days = {day, (begin - timedelta(days=1)).date().isoformat()}
            seeds = [(each_day, each) for (by, each_day), each in self._seeds.items() if by in seen.watchdogs]
        bound = seen.head_frames_per_h
        return {
            "watched_s": round(seen.tally.watched_s, 1),
            "looks": seen.tally.looks,
            "looks_missed": seen.tally.missed,
            "findings": seen.findings,
            "head_frames_per_h_at_most": None if bound is None else round(bound + 0.05, 1),
            "commitments": {at: each.commitment for at, each in sorted(seeds, key=lambda one: one[0]) if at in days},
            "seeds": {at: each.seed for at, each in sorted(seeds, key=lambda one: one[0]) if each.seed and at in days},
        }

    def _standing(self, camera: str, known: WatchedCamera, begin_s: float, end_s: float) -> WatchdogStanding:
        first, last = begin_s / BUCKET_S - 1, end_s / BUCKET_S
        within = [bucket for number, bucket in known.buckets.items() if first < number < last]
        tally = sum((bucket.tally for bucket in within), LookTally())
        now_s = self._clock()
        fresh = known.looked_s is not None and abs(now_s - known.looked_s) <= SILENT_S
        return WatchdogStanding(
            camera,
            observed=fresh and tally.looks > 0,
            looked_s=known.looked_s,
            over_s=round(end_s - begin_s, -1),
            tally=tally,
            head_frames_per_h=exposed_head_frames_per_h(tally, CHANCE),
            findings=sum(bucket.findings for bucket in within),
            whole_until_s=known.whole_until_s if known.whole_until_s > now_s else 0.0,
            watchdogs=tuple(sorted(frozenset().union(*(bucket.by for bucket in within)))),
        )

    def _bucket(self, known: WatchedCamera, now_s: float) -> ReportQuarter:
        number = int(now_s // BUCKET_S)
        for old in [each for each in known.buckets if each < number - _STORED_S / BUCKET_S]:
            del known.buckets[old]
        return known.buckets.setdefault(number, ReportQuarter())

    def _forget_seeds(self) -> None:
        first = (day_of(self._clock()) - timedelta(days=_SEED_DAYS)).isoformat()
        for key in [each for each in self._seeds if each[1] < first]:
            del self._seeds[key]

    def _note(self, kind: AuditKind, by: str, camera: str, **details: float) -> None:
        """Log what has happened already; that it cannot be logged must not undo it."""
        try:
            if self._audit is not None:
                self._audit.append(AuditEntry(kind, self._clock(), by, camera, details))
        except AuditError as error:
            log.error("audit_entries_lost", extra={"count": 1, "reason": str(error)})  # noqa: TRY400 - enough

    def _require(self, kind: AuditKind, by: str, **details: str) -> None:
        if self._audit is not None:
            self._audit.append(AuditEntry(kind, self._clock(), by, details=details))

    def _save(self) -> None:
        save_counts(self._path, self._cameras, self._seeds)
