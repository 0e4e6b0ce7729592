"""Alerts of a running site: signals, cameras, disk and clock in; `alert_couriers` carries messages to contacts."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from itertools import chain
from types import TracebackType
from typing import Protocol, Self

from passerby.alerts.audit_trail import AuditTrail
from passerby.alerts.event_log import FILE
from passerby.alerts.observation import (
    WATCHDOG_FINDING,
    Observation,
    Subject,
    SubjectKind,
    of_signal,
    of_status,
)
from passerby.alerts.register import AlertRegister
from passerby.alerts.retention import DAY_S
from passerby.alerts.site_rules import site_rules
from passerby.assembly.contacts import channels
from passerby.audit.entry import AuditSink
from passerby.errors import OutputError
from passerby.gateway.alert_couriers import AlertCouriers
from passerby.gateway.alerting_state import AlertingState, failure_message
from passerby.gateway.cameras import Cameras
from passerby.gateway.own_observations import OwnObservations
from passerby.gateway.site_signals import SiteSignals
from passerby.outputs.notify.courier import Courier
from passerby.settings.site.site import SiteSettings
from passerby.signals.hub import SignalFeed
from passerby.signals.window import time_zone
from passerby.watchdog.standing import WatchdogStanding

log = logging.getLogger(__name__)

STEP_S = 1.0


class WatchdogStandings(Protocol):
    """What watchdogs reported."""

    def standing(self, camera: str, /) -> WatchdogStanding:
        """Return what can be said of a camera at present."""
        ...


class Alerting:
    """Follows the alert rules of a site while it is entered.

    Args:
        site: The site.
        cameras: Its cameras.
        signals: What makes its signals; None = nothing measures.
        clock: The system's clock, UTC since 1970, s.
        audit: Takes an entry for everything that somebody does with alerts; None = there is no audit log.
        steady: A monotonic clock, s.

    Raises:
        UsageError: A places file is wrong.
        SettingError: A contact cannot be used.
        AlertStorageError: Alerts cannot be stored in the state folder.
        OutputError: Messages cannot be stored in the state folder.
    """

    def __init__(
        self,
        site: SiteSettings,
        cameras: Cameras,
        signals: SiteSignals | None,
        *,
        clock: Callable[[], float],
        audit: AuditSink | None = None,
        steady: Callable[[], float] = time.monotonic,
    ) -> None:
        self._site = site
        self._cameras = cameras
        self._signals = signals
        self._clock, self._steady = clock, steady
        self.audit = audit
        """Takes entries of what people do; may be set later."""
        self.watchdog: WatchdogStandings | None = None
        """What watchdogs reported; may be set later."""
        self._own = OwnObservations(clock, steady)
        self._stepped_s = float("-inf")
        self._state = AlertingState(steady)
        self._more, self._stop = threading.Event(), threading.Event()
        self._busy = threading.RLock()
        self._listening, self._feeding = ExitStack(), ExitStack()
        self._feed: SignalFeed | None = None
        self._missed = 0
        ways = channels(site, clock=clock)
        self.register = AlertRegister(
            site.state_folder / FILE,
            site_rules(site),
            zone=time_zone(site.timezone),
            owners=self.owners,
            now_s=clock(),
            keep_s=site.alerts.keep_d * DAY_S,
            trail=AuditTrail(lambda: self.audit),
        )
        """The alerts."""
        try:
            self._couriers = AlertCouriers(site, ways, self.register)
        except OutputError:
            self.register.close()
            raise
        self._thread = threading.Thread(target=self._run, name="passerby-alerts", daemon=True)

    def __enter__(self) -> Self:
        """Start; messages that were not sent before the last end are sent now."""
        self._couriers.start()
        self._listening.enter_context(self.register.listen(self._couriers.inform))
        self.register.reload(self.register.rules, zone=time_zone(self._site.timezone), now_s=self._clock())
        self._listen()
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        """Stop; what waits to be sent is sent after the next start."""
        self._stop.set()
        self._more.set()
        self._thread.join(STEP_S + 5)
        self._listening.close()
        self._feeding.close()
        self._couriers.stop()
        self.register.close()

    def reload(self, site: SiteSettings, signals: SiteSignals | None) -> None:
        """Follow the rules of another site file; alerts of rules that are gone end.

        Raises:
            UsageError: A places file is wrong; nothing has changed.
            SettingError: A contact cannot be used; nothing has changed.
            OutputError: Messages cannot be stored; nothing has changed.
        """
        rules = site_rules(site)
        ways = channels(site, clock=self._clock)
        self._couriers.exchange(site, ways)  # without the lock: a slow service must not hold up alerts
        with self._busy:
            self._site = site
            if signals is not self._signals:
                self._signals = signals
                self._listen()
            self.register.reload(rules, zone=time_zone(site.timezone), now_s=self._clock())

    def owners(self, subject: Subject) -> frozenset[str]:
        """Return the cameras that a subject belongs to; empty = no single camera."""
        if subject.kind is SubjectKind.CAMERA:
            return frozenset({subject.name})
        if subject.kind is SubjectKind.GATEWAY or self._signals is None:
            return frozenset()
        return self._signals.owners(self._site.site, subject.name)

    def now_s(self) -> float:
        """Return the time, UTC since 1970, s."""
        return self._clock()

    @property
    def site(self) -> SiteSettings:
        """The settings in use."""
        return self._site

    @property
    def problem(self) -> str:
        """Why alerts may be missing or not stored, in one line that says what to do; "" = no problem."""
        return self._state.problem or self.register.problem

    @property
    def failures(self) -> int:
        """Steps of alerting that failed since the start."""
        return self._state.failures

    @property
    def couriers(self) -> Mapping[str, Courier]:
        """What delivers to each contact, by its name."""
        return self._couriers.by_contact()

    def _listen(self) -> None:
        """Receive the signals of the present source."""
        self._feeding.close()
        self._feed = None
        self._missed = 0
        if self._signals is not None:
            self._feed = self._feeding.enter_context(self._signals.hub.listen(self._more.set))

    def _run(self) -> None:
        while not self._stop.is_set():
            self._more.wait(STEP_S)
            self._more.clear()
            try:
                if self.step():
                    self._state.work()
            except Exception as error:  # a bug here must not end all alerts, and is reported as one
                log.exception("alerting_failed")
                self._fail(error)

    def _fail(self, error: Exception) -> None:
        """Report that a step failed, in the figures and to every contact, without the rules."""
        if self._state.fail(error):
            self._couriers.inform_all(failure_message(self._state.problem, site=self._site.site, now_s=self._clock()))

    def step(self) -> bool:
        """Judge what has arrived, and, once a second, cameras, disk and clock; what fails does not hold up the rest.

        Returns:
            Whether it was time for cameras, disk and clock.
        """
        with self._busy, ExitStack() as parts:  # left in reverse, each whether the others fail or not
            whole = self._steady() - self._stepped_s >= STEP_S
            if whole:
                self._stepped_s = self._steady()
                now_s = self._clock()
                parts.callback(self.register.step, now_s)
                parts.callback(self._judge_states, now_s)
            parts.callback(self._judge_signals)
        return whole

    def _judge_signals(self) -> None:
        feed = self._feed
        if feed is None:
            return
        if feed.missed > self._missed:
            log.error("alerts_missed_signals", extra={"count": feed.missed - self._missed})
        self._missed = feed.missed
        if signals := feed.take():
            self.register.observe(map(of_signal, signals))

    def _judge_states(self, now_s: float) -> None:
        of_cameras = (of_status(status, now_s, STEP_S) for status in self._cameras.statuses())
        of_watchdog = self._of_watchdog(now_s)
        stored = None if self._signals is None else not self._signals.state.spool
        of_gateway = self._own.observe(now_s, STEP_S, folder=self._site.state_folder, stored=stored)
        self.register.observe(chain(of_gateway, of_watchdog, *of_cameras))  # at once: many faults are one message

    def _of_watchdog(self, now_s: float) -> Iterator[Observation]:
        """Yield what watchdogs report; a camera at which none looks is not observed."""
        if self.watchdog is None or self._site.watchdog is None:
            return
        for status in self._cameras.statuses():
            found = self.watchdog.standing(status.camera)
            if found.observed or found.whole_until_s:
                subject = Subject(SubjectKind.CAMERA, status.camera)
                yield Observation(subject, WATCHDOG_FINDING, float(found.whole_until_s > 0), now_s - STEP_S, now_s)
