"""The watchdog at work: a thread for each covered stream, one that looks, and reports to the gateway."""

from __future__ import annotations

import logging
import queue
import threading
from collections.abc import Callable, Sequence
from dataclasses import asdict
from datetime import UTC, date, datetime, timedelta
from typing import Final
from urllib.parse import quote

from passerby.assembly.watched_stream import DrawnLook, StreamInspector, WatchedStream
from passerby.errors import AccessError, PasserbyError, SourceError, UsageError
from passerby.jobs.watched_gateway import WatchedGateway
from passerby.watchdog.schedule import DrawSchedule, day_of, seed_of_day
from passerby.watchdog.tally import LookTally

REPORT_S: Final = 60.0
AGAIN_S: Final = 2.0
"""Pause before a stream that broke off is opened again, and before a finding is sent again."""
FAREWELL_S: Final = 5.0
"""How long a look or a message that has begun may take at the end."""
MOST_WAITING: Final = 8
"""Looks that wait; further ones are missed, and count as exposed."""
MOST_SENDINGS: Final = 30
REVEALED_DAYS: Final = 7

log = logging.getLogger(__name__)


class Watchdog:
    """Looks at a gateway's covered streams until it is stopped.

    Args:
        gateway: The gateway.
        cameras: Names of the cameras.
        secret: Where the seeds of all days come from.
        every_s: Mean time between two looks at a camera, s.
        clock: UTC since 1970, s.
        report: Called with a line whenever there is news.
    """

    def __init__(
        self,
        gateway: WatchedGateway,
        cameras: Sequence[str],
        *,
        secret: bytes,
        every_s: float,
        clock: Callable[[], float],
        report: Callable[[str], None],
    ) -> None:
        self._gateway = gateway
        self._cameras = list(cameras)
        self._secret = secret
        self._every_s = every_s
        self._clock = clock
        self._report = report
        self._stop = threading.Event()
        self._looks: queue.Queue[tuple[str, DrawnLook]] = queue.Queue(MOST_WAITING)
        self._inspectors = {camera: StreamInspector(camera) for camera in self._cameras}
        self._tallies = dict.fromkeys(self._cameras, LookTally())
        self._lock = threading.Lock()
        self._failure: PasserbyError | None = None
        self._committed: date | None = None
        self._states: dict[str, str] = {}

    def stop(self) -> None:
        """End `run` soon; may be called from any thread."""
        self._stop.set()

    def run(self) -> None:
        """Watch until `stop` is called.

        Raises:
            AccessError: The token is wrong or may not do it any more.
            UsageError: The gateway refuses the reports.
            ModelError: A network is missing or damaged.
            DetectorError: A network failed: a watchdog that sees nothing must not go on.
        """
        self._seeds()
        threads = [
            threading.Thread(target=self._follow, args=(camera,), name=f"passerby-watch-{camera}", daemon=True)
            for camera in self._cameras
        ]
        threads.append(threading.Thread(target=self._inspect, name="passerby-watch-looks", daemon=True))
        for thread in threads:
            thread.start()
        while not self._stop.wait(REPORT_S):
            self._send_tallies()
            self._seeds()
        for thread in threads:
            thread.join(FAREWELL_S)
        self._send_tallies()
        if self._failure is not None:
            raise self._failure

    def _schedule(self, day: date) -> DrawSchedule:
        return DrawSchedule(seed_of_day(self._secret, day), self._every_s)

    def _follow(self, camera: str) -> None:
        """Read one covered stream, again and again."""
        stream = WatchedStream(camera, self._schedule)
        while not self._stop.is_set():
            try:
                for message in self._gateway.messages(camera):
                    look = stream.add(message)
                    self._add(camera, stream.drain())
                    self._report_state(camera, "")
                    if look is not None:
                        self._put(camera, look)
                    if self._stop.is_set():
                        return
            except AccessError as error:
                self._fail(error)
                return
            except PasserbyError as error:
                self._report_state(camera, f"{error}; not observed")
            stream.begin()
            self._add(camera, stream.drain())
            self._stop.wait(AGAIN_S)

    def _put(self, camera: str, look: DrawnLook) -> None:
        try:
            self._looks.put_nowait((camera, look))
        except queue.Full:
            self._add(camera, LookTally(missed=1))
            self._report_state(camera, "this machine is too slow: looks are missed; raise --every")

    def _inspect(self) -> None:
        """Inspect the looks, one after the other."""
        while not self._stop.is_set():
            try:
                camera, look = self._looks.get(timeout=0.5)
            except queue.Empty:
                continue
            try:
                found = self._inspectors[camera].inspect(look)
            except SourceError as error:
                self._add(camera, LookTally(missed=1))
                self._report_state(camera, str(error))
                continue
            except PasserbyError as error:
                self._add(camera, LookTally(missed=1))
                self._fail(error)
                return
            self._add(camera, LookTally(looks=1, exposed=int(found.heads > 0), most_heads=found.heads))
            if found.heads:
                self._send_finding(camera, look.captured_s, found.heads)

    def _send_finding(self, camera: str, captured_s: float, heads: int) -> None:
        """Have the camera covered whole, and do not give up soon."""
        at = datetime.fromtimestamp(captured_s, UTC).isoformat()
        path = f"/api/watchdog/cameras/{quote(camera, safe='')}/findings"
        for _ in range(MOST_SENDINGS):
            try:
                self._gateway.send(path, {"captured": at, "heads": heads})
            except (AccessError, UsageError) as error:
                self._fail(error)
                return
            except PasserbyError as error:
                self._report_state(camera, f"a finding could not be sent: {error}")
                if self._stop.wait(AGAIN_S):
                    return
            else:
                self._report(f"{camera}: {heads} may be uncovered at {at}; covered whole for a minute")
                return

    def _send_tallies(self) -> None:
        """Report what was seen; what cannot be sent is sent with the next report."""
        for camera in self._cameras:
            with self._lock:
                tally, self._tallies[camera] = self._tallies[camera], LookTally()
            try:
                self._gateway.send(f"/api/watchdog/cameras/{quote(camera, safe='')}/looks", asdict(tally))
            except (AccessError, UsageError) as error:
                self._fail(error)
            except PasserbyError as error:
                self._add(camera, tally)
                self._report_state(camera, f"a report could not be sent: {error}")

    def _seeds(self) -> None:
        """Commit to the seed of today, and reveal those of days that are over."""
        today = day_of(self._clock())
        if self._committed == today:
            return
        try:
            self._gateway.send(
                "/api/watchdog/seeds", {"day": today.isoformat(), "commitment": self._schedule(today).commitment}
            )
            for back in range(1, REVEALED_DAYS):
                day = today - timedelta(days=back)
                self._reveal(day)
        except (AccessError, UsageError) as error:
            self._fail(error)
            raise
        except PasserbyError as error:
            log.warning("watch_seed_not_sent", extra={"reason": str(error)})
        else:
            self._committed = today

    def _reveal(self, day: date) -> None:
        seed = seed_of_day(self._secret, day).hex()
        try:
            self._gateway.send("/api/watchdog/seeds", {"day": day.isoformat(), "seed": seed})
        except UsageError:
            log.info("watch_no_seed", extra={"day": day.isoformat()})  # nothing was committed to on that day

    def _add(self, camera: str, tally: LookTally) -> None:
        with self._lock:
            self._tallies[camera] += tally

    def _fail(self, error: PasserbyError) -> None:
        """End with an error: a watchdog that cannot look must not seem to."""
        self._failure = self._failure or error
        self._stop.set()

    def _report_state(self, camera: str, text: str) -> None:
        """Report once what is wrong, and that it is over."""
        if self._states.get(camera) != text:
            self._states[camera] = text
            self._report(f"{camera}: {text or 'watched'}")
