"""The gateway's periodic work: erase old recordings, inform MQTT, save serviceability, watch the system clock."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from contextlib import ExitStack
from types import TracebackType
from typing import Self

from passerby.alerts.site_rules import site_rules
from passerby.assembly.contacts import channels
from passerby.assembly.crowd_model import require_crowd_models
from passerby.assembly.outlets import mqtt, prepare_outlets, retention
from passerby.errors import OutputError, PasserbyError
from passerby.gateway.alert_publisher import AlertPublisher
from passerby.gateway.alerting import Alerting
from passerby.gateway.broker_view import BrokerView
from passerby.gateway.cameras import Cameras
from passerby.gateway.site_signals import measures, site_signals
from passerby.health.status import CameraStatus
from passerby.settings.site.site import SiteSettings
from passerby.version import __version__

STEP_S = 1.0
SWEEP_S = 60.0
JUMP_S = 2.0
"""After the system clock jumped by more than this, pictures would have wrong dates: the cameras are restarted."""

log = logging.getLogger(__name__)


class Housekeeping:
    """Does this work in a thread of its own while it is entered.

    Args:
        site: The site.
        cameras: Its cameras.
        clock: The system's clock, UTC since 1970, s.
        stored_by_nodes: Whether the signals of cameras reach the store by another way.

    Raises:
        UsageError: A package is missing that the site file needs, or a places file is wrong.
        SettingError: A density map is missing or damaged.
        StoreError: The site has signals, and they cannot be stored in the state folder.
        OutputError: The site has recordings, and their folder or key cannot be used, or messages cannot be stored.
        AlertStorageError: Alerts cannot be stored in the state folder.
    """

    def __init__(
        self, site: SiteSettings, cameras: Cameras, *, clock: Callable[[], float], stored_by_nodes: bool = False
    ) -> None:
        self._site = site
        self._cameras = cameras
        self._clock = clock
        self._stored_by_nodes = stored_by_nodes
        prepare_outlets(site)
        require_crowd_models(site)
        self._mqtt = mqtt(site, version=__version__)
        self._send_status: Callable[[CameraStatus], object] = _unsent
        self.signals = site_signals(site, cameras, clock=clock, stored_by_nodes=stored_by_nodes)
        """What makes the signals at present; None where nothing measures or counts."""
        self._retention = retention(site, clock=clock)
        self.alerting = Alerting(site, cameras, self.signals, clock=clock)
        """Follows the alert rules."""
        self._offset_s = clock() - time.monotonic()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="passerby-housekeeping", daemon=True)
        self._measuring = ExitStack()
        self._alerting = ExitStack()
        self._publishing = ExitStack()

    def __enter__(self) -> Self:
        """Start."""
        if self.signals is not None:
            self._measuring.enter_context(self.signals)
        self._alerting.enter_context(self.alerting)
        self._connect_mqtt(self._site)
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        """Stop."""
        self._stop.set()
        self._thread.join(STEP_S + 1)
        self._publishing.close()
        self._alerting.close()
        self._measuring.close()

    def reload(self, site: SiteSettings) -> None:
        """Take all of another site file but what `settings.load.AT_START` names; cameras are reloaded elsewhere.

        Raises:
            PasserbyError: It cannot be used; everything continues as before.
        """
        prepare_outlets(site)
        require_crowd_models(site)
        site_rules(site)
        channels(site, clock=self._clock)
        old, measured = self._site, self.signals is not None
        restart = (old.site, measured) != (site.site, measures(site))
        if self.signals is not None and not restart:
            self.signals.reload(site)

        regrouped = site.mqtt is not None and site.mqtt.groups is not None and old.groups != site.groups
        if restart or old.mqtt != site.mqtt or regrouped:
            try:
                self._exchange(site, signals=restart)
            except PasserbyError:
                self._exchange(old, signals=restart)
                self.alerting.reload(old, self.signals)
                raise
        elif self._mqtt is not None:
            for name in set(_names(old)) - set(_names(site)):
                self._mqtt.forget(name)
            self._mqtt.forget_places()

        self.alerting.reload(site, self.signals)
        self._site = site
        self._retention = retention(site, clock=self._clock)

    def publish_checkpoint(self, checkpoint: bytes) -> None:
        """Send a checkpoint of the audit log to the site's MQTT broker, if it has one and is to get it."""
        if (broker := self._mqtt) is not None and self._site.audit.mqtt:
            broker.checkpoint(checkpoint)

    def _exchange(self, site: SiteSettings, *, signals: bool) -> None:
        """Restart MQTT, and signals if asked."""
        if signals:
            self._measuring.close()  # before the next ones start: they share a spool
            self.signals = site_signals(site, self._cameras, clock=self._clock, stored_by_nodes=self._stored_by_nodes)
            if self.signals is not None:
                self._measuring.enter_context(self.signals)
        self._publishing.close()
        self._mqtt = mqtt(site, version=__version__)
        self._connect_mqtt(site)

    def _connect_mqtt(self, site: SiteSettings) -> None:
        """Send cameras and signals to the site's MQTT broker, if it has one."""
        if self._mqtt is None:
            return
        view = BrokerView(site, _nobodys if self.signals is None else self.signals.owners)
        self._send_status = view.statuses(self._mqtt.status)
        if self.signals is not None:
            if view.counts:
                self._mqtt.listen_to_counters(self.signals.count)
            self._publishing.enter_context(self.signals.listen(view.signals(self._mqtt.signal)))
        signals = self.signals
        has_place = lambda place: signals is not None and signals.has(place) and view.sees_place(place)  # noqa: E731
        self._mqtt.start([name for name in _names(site) if view.sees(name)], has_place=has_place)
        self._publishing.callback(self._mqtt.stop)
        publisher = AlertPublisher(self.alerting.register, self._mqtt.alert)
        self._publishing.enter_context(publisher)
        self._publishing.enter_context(self._cameras.listen(self._send_status))

    def _run(self) -> None:
        swept_s = float("-inf")
        while not self._stop.wait(STEP_S):
            self._check_clock()
            if self._mqtt is not None:
                for status in self._cameras.statuses():
                    self._send_status(status)
            if time.monotonic() - swept_s >= SWEEP_S:
                swept_s = time.monotonic()
                self._save_and_erase()

    def _save_and_erase(self) -> None:
        steps: list[Callable[[], object]] = [self._cameras.save]
        if self._retention is not None:
            steps.append(self._retention.sweep)
        for step in steps:
            try:
                step()
            except OutputError as error:
                log.error("housekeeping_failed", extra={"reason": str(error)})  # noqa: TRY400 - the reason is enough

    def _check_clock(self) -> None:
        offset_s = self._clock() - time.monotonic()
        if abs(offset_s - self._offset_s) > JUMP_S:
            log.warning("clock_jumped", extra={"seconds": round(offset_s - self._offset_s, 1)})
            self._cameras.restart("the system's clock was set")
        self._offset_s = offset_s


def _names(site: SiteSettings) -> list[str]:
    return [camera.name for camera in site.cameras if camera.enabled]


def _unsent(_status: CameraStatus) -> None:
    """Send nothing: there is no broker."""


def _nobodys(_site: str, _place: str) -> frozenset[str]:
    return frozenset()
