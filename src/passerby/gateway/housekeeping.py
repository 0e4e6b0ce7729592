"""The gateway's chores: erase old recordings, tell the broker, keep count of good time, mind the clock."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from contextlib import ExitStack
from types import TracebackType
from typing import Self

from passerby.assembly.crowd_model import require_crowd_models
from passerby.assembly.outlets import mqtt, prepare_outlets, retention
from passerby.errors import OutputError, PasserbyError
from passerby.gateway.site_signals import measures, site_signals
from passerby.gateway.supervisor import Supervisor
from passerby.settings.site.site import SiteSettings
from passerby.version import __version__

STEP_S = 1.0
SWEEP_S = 60.0
JUMP_S = 2.0
"""A system clock that jumps by more than this would date pictures wrongly: the cameras begin anew."""

log = logging.getLogger(__name__)


class Housekeeping:
    """Does the chores in a thread of its own while it is entered.

    Args:
        site: The site.
        machine: Its cameras.
        clock: The system's clock, UTC since 1970, s.

    Raises:
        UsageError: A package is missing that the site file needs, or a places file is wrong.
        SettingError: A density map is missing or damaged.
        StoreError: Signals are wanted and cannot be kept in the state folder.
        OutputError: Recordings are wanted and their folder or key cannot be used.
    """

    def __init__(self, site: SiteSettings, machine: Supervisor, *, clock: Callable[[], float]) -> None:
        self._site, self._machine, self._clock = site, machine, clock
        prepare_outlets(site)
        require_crowd_models(site)
        self._mqtt = mqtt(site, version=__version__)
        self.signals = site_signals(site, machine, clock=clock)
        """What makes signals at present; None where nothing is measured and nothing counts."""
        self._retention = retention(site, clock=clock)
        self._clock_s = clock() - time.monotonic()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="passerby-upkeep", daemon=True)
        self._measuring, self._telling = ExitStack(), ExitStack()

    def __enter__(self) -> Self:
        """Begin."""
        if self.signals is not None:
            self._measuring.enter_context(self.signals)
        self._tell(self._site)
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        """End."""
        self._stop.set()
        self._thread.join(STEP_S + 1)
        self._telling.close()
        self._measuring.close()

    def reload(self, site: SiteSettings) -> None:
        """Take all of another site file but what `config.load.AT_START` names; cameras are the machine's.

        Raises:
            PasserbyError: It cannot be taken; what was before goes on.
        """
        prepare_outlets(site)
        require_crowd_models(site)
        old, measured = self._site, self.signals is not None
        anew = (old.site, measured) != (site.site, measures(site))
        if self.signals is not None and not anew:
            self.signals.reload(site)
        if anew or old.mqtt != site.mqtt:
            try:
                self._exchange(site, signals=anew)
            except PasserbyError:
                self._exchange(old, signals=anew)
                raise
        elif self._mqtt is not None:
            for name in set(_names(old)) - set(_names(site)):
                self._mqtt.forget(name)
        self._site, self._retention = site, retention(site, clock=self._clock)

    def _exchange(self, site: SiteSettings, *, signals: bool) -> None:
        """Let the broker, and signals if asked, begin anew."""
        if signals:
            self._measuring.close()  # before others begin: they share a spool
            self.signals = site_signals(site, self._machine, clock=self._clock)
            if self.signals is not None:
                self._measuring.enter_context(self.signals)
        self._telling.close()
        self._mqtt = mqtt(site, version=__version__)
        self._tell(site)

    def _tell(self, site: SiteSettings) -> None:
        """Tell the broker of cameras and signals, if there is one."""
        if self._mqtt is None:
            return
        if self.signals is not None:
            self._mqtt.hear_counters(self.signals.count)
            self._telling.enter_context(self.signals.listen(self._mqtt.signal))
        self._mqtt.start(_names(site))
        self._telling.callback(self._mqtt.stop)
        self._telling.enter_context(self._machine.listen(self._mqtt.status))

    def _run(self) -> None:
        swept_s = float("-inf")
        while not self._stop.wait(STEP_S):
            self._mind_the_clock()
            if (broker := self._mqtt) is not None:
                for status in self._machine.statuses():
                    broker.status(status)
            if time.monotonic() - swept_s >= SWEEP_S:
                swept_s = time.monotonic()
                self._tidy()

    def _tidy(self) -> None:
        chores: list[Callable[[], object]] = [self._machine.keep]
        if self._retention is not None:
            chores.append(self._retention.sweep)
        for chore in chores:
            try:
                chore()
            except OutputError as error:
                log.error("upkeep_failed", extra={"reason": str(error)})  # noqa: TRY400 - one line says it all

    def _mind_the_clock(self) -> None:
        clock_s = self._clock() - time.monotonic()
        if abs(clock_s - self._clock_s) > JUMP_S:
            log.warning("clock_jumped", extra={"seconds": round(clock_s - self._clock_s, 1)})
            self._machine.restart("the system's clock was set")
        self._clock_s = clock_s


def _names(site: SiteSettings) -> list[str]:
    return [camera.name for camera in site.cameras if camera.enabled]
