"""The public log of cover failures: one entry for each camera and day, as static files that any web server serves."""

from __future__ import annotations

import hashlib
import json
import logging
import threading
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self
from zoneinfo import ZoneInfo

from passerby.audit.audit_log import audit_folder
from passerby.audit.cover_day import CoverDay
from passerby.audit.log_reader import LogReader
from passerby.audit.tile_log import TileLog
from passerby.errors import AuditError, UsageError
from passerby.gateway.site_audit import settings_sha256
from passerby.health.serviceability import LONGEST_STEP_S, serviceable
from passerby.health.status import CameraState, CameraStatus
from passerby.outputs.log_origin import log_origin
from passerby.settings.site.site import SiteSettings
from passerby.version import __version__

STEP_S: Final = 1.0
SAVE_S: Final = 60.0
OTHER: Final = "another reason"

log = logging.getLogger(__name__)


@dataclass(slots=True)
class _Tally:
    """A camera's day so far."""

    observed_s: float = 0.0
    good_s: float = 0.0
    frames: int = 0
    failures: int = 0
    tests: int = 0
    tests_failed: int = 0
    whole: dict[str, int] = field(default_factory=dict)


class CoverLog:
    """Counts how well cameras cover, and writes each day to the public log when it is over.

    Args:
        site: The site; it has a folder for the log.
        folder: That folder.
        statuses: Returns the status of each camera; quick.
        clock: The system's clock, UTC since 1970, s.
        networks: Returns the SHA-256 of each network on this machine, by name.
    """

    def __init__(
        self,
        site: SiteSettings,
        folder: Path,
        *,
        statuses: Callable[[], Iterable[CameraStatus]],
        clock: Callable[[], float],
        networks: Callable[[], Mapping[str, str]],
    ) -> None:
        self._site = site
        self._folder = folder
        self._state = audit_folder(site.state_folder) / "public"
        self._statuses = statuses
        self._clock = clock
        self.watchdog: Callable[[str, str, ZoneInfo], dict[str, object] | None] = _unwatched
        """Returns what watchdogs reported about a camera's day; None = none did. May be set before the start."""
        self._networks = networks
        self._zone = ZoneInfo(site.timezone)
        self._day = ""
        self._tallies: dict[str, _Tally] = {}
        self._waiting: list[str] = []
        self._before: dict[str, CameraStatus] = {}
        self._seen_s: float | None = None
        self._saved_s = float("-inf")
        self._failure = ""
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="passerby-cover-log", daemon=True)

    def __enter__(self) -> Self:
        """Take up the day, and count."""
        self._load()
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        """Save the day so far."""
        self._stop.set()
        self._thread.join()
        self._save()

    def reload(self, site: SiteSettings) -> None:
        """Count by another site file from now on; its folder for the log takes effect at the next start."""
        self._site = site
        self._zone = ZoneInfo(site.timezone)

    def observe(self) -> None:
        """Count what happened since the last call; write the days that are over."""
        now_s = self._clock()
        step_s = 0.0 if self._seen_s is None else now_s - self._seen_s
        self._seen_s = now_s
        day = datetime.fromtimestamp(now_s, self._zone).date().isoformat()
        if day > self._day:  # a clock that is put back adds to the day that began
            if self._day:
                self._end_day()
            self._day, self._tallies = day, {}
            self._saved_s = float("-inf")
        for status in self._statuses():
            self._add(status, step_s if 0 < step_s <= LONGEST_STEP_S else 0.0)
        if abs(now_s - self._saved_s) >= SAVE_S:
            self._saved_s = now_s
            self._save()
            if self._waiting:
                self._write()

    def _add(self, status: CameraStatus, step_s: float) -> None:
        tally = self._tallies.setdefault(status.camera, _Tally())
        before = self._before.get(status.camera)
        if before is None or status.frames_total < before.frames_total:
            before = CameraStatus(status.camera)  # its counters began anew
        self._before[status.camera] = status
        tally.observed_s += step_s
        tally.good_s += step_s * serviceable(status)
        tally.frames += status.frames_total - before.frames_total
        tally.tests += max(0, status.self_tests - before.self_tests)
        tally.tests_failed += max(0, status.self_tests_failed - before.self_tests_failed)
        failing = status.state is CameraState.COVERED_WHOLE
        tally.failures += failing and before.state is not CameraState.COVERED_WHOLE
        for reason, count in status.withheld.items():
            if (more := count - before.withheld.get(reason, 0)) > 0:
                public = public_reason(reason)
                tally.whole[public] = tally.whole.get(public, 0) + more

    def _end_day(self) -> None:
        """Make the day's entries; they wait until they can be written."""
        try:
            networks = hashlib.sha256(json.dumps(dict(self._networks()), sort_keys=True).encode()).hexdigest()
        except OSError as error:
            log.warning("cover_networks_unknown", extra={"reason": str(error)})
            networks = ""
        for camera, tally in sorted(self._tallies.items()):
            self._waiting.append(self._entry(camera, tally, networks).encoded().decode())

    def _write(self) -> None:
        """Write the entries that wait."""
        try:
            origin = log_origin(self._site.site, "cover", self._site.state_folder)
            public = TileLog(self._folder, self._state, origin=origin, public=True)
            try:
                while self._waiting:
                    public.append(self._waiting[0].encode())
                    del self._waiting[0]
                    self._save()
                public.publish()
            finally:
                public.close()
        except AuditError as error:
            if str(error) != self._failure:
                log.error("cover_log_failed", extra={"reason": str(error)})  # noqa: TRY400 - the reason is enough
            self._failure = str(error)
        else:
            self._failure = ""

    def _entry(self, camera: str, tally: _Tally, networks_sha256: str) -> CoverDay:
        return CoverDay(
            site=self._site.site,
            camera=camera,
            day=self._day,
            observed_s=round(tally.observed_s, 1),
            frames_shown=tally.frames,
            covered_whole=dict(sorted(tally.whole.items())),
            cover_failures=tally.failures,
            self_tests=tally.tests,
            self_tests_failed=tally.tests_failed,
            serviceability=round(min(1.0, tally.good_s / tally.observed_s), 4) if tally.observed_s else 0.0,
            networks_sha256=networks_sha256,
            settings_sha256=settings_sha256(self._site),
            software=__version__,
            watchdog=self.watchdog(camera, self._day, self._zone),
        )

    def _run(self) -> None:
        while not self._stop.wait(STEP_S):
            self.observe()

    @property
    def _path(self) -> Path:
        return self._state / "day.json"

    def _load(self) -> None:
        """Take up the tallies of the day from before a restart."""
        try:
            kept = json.loads(self._path.read_text(encoding="utf-8"))
            self._tallies = {camera: _tally(each) for camera, each in kept["cameras"].items()}
            self._waiting = list(map(str, kept["waiting"]))
            self._day = str(kept["day"])
        except FileNotFoundError:
            pass
        except (OSError, ValueError, TypeError, KeyError, AttributeError) as error:
            log.warning("cover_day_lost", extra={"reason": str(error)})
        if self._waiting:  # a kill may have come between writing an entry and noting that
            there = self._written()
            self._waiting = [each for each in self._waiting if each not in there]

    def _written(self) -> set[str]:
        """Return the entries of the public log; none if there is no log yet, or it cannot be read."""
        try:
            return {data.decode() for _, data in LogReader(self._folder).entries()}
        except (UsageError, AuditError):
            return set()

    def _save(self) -> None:
        tallies = {camera: asdict(each) for camera, each in self._tallies.items()}
        kept = {"day": self._day, "cameras": tallies, "waiting": self._waiting}
        try:
            self._state.mkdir(parents=True, exist_ok=True, mode=0o700)
            partial = self._path.with_suffix(".partial")
            partial.write_text(json.dumps(kept), encoding="utf-8")
            partial.replace(self._path)
        except OSError as error:
            log.warning("cover_day_not_saved", extra={"reason": str(error)})


def public_reason(reason: str) -> str:
    """Return a reason as the public may read it: one that names a file or an address is not shown.

    >>> public_reason("model 'body': /home/ada/models/body.xml is missing")
    'another reason'
    """
    return OTHER if "/" in reason or "\\" in reason or "@" in reason else reason


def _unwatched(_camera: str, _day: str, _zone: ZoneInfo) -> None:
    """Say that no watchdog observed a day."""


def _tally(kept: dict[str, Any]) -> _Tally:
    return _Tally(**kept)
