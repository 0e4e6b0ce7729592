"""From readings of all cameras to signals of the site: windows, areas, store, and whoever listens."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from datetime import UTC
from types import TracebackType
from typing import Self

from pydantic import ValidationError

from passerby.errors import MeasureError, StoreError
from passerby.gateway.area import RESUMED, Area
from passerby.gateway.signal_pipeline import SignalPipeline
from passerby.gateway.supervisor import Supervisor
from passerby.measure.reading import Aggregate, Quantity, Reading
from passerby.settings.load import places_of
from passerby.settings.site.site import SiteSettings
from passerby.signals.external import ExternalCounters
from passerby.signals.figures import PlaceFigures
from passerby.signals.hub import SignalHub
from passerby.signals.selection import Chart, Selection, SeriesKey
from passerby.signals.signal import PlaceSignal, utc
from passerby.signals.window import WindowLength, Windows
from passerby.store.recorder import RecorderState

TURN = " > "
"""Between the names of the lines of a turning movement."""

AHEAD_S = 60.0
"""A reading from further ahead than this is no reading: it would hold up the clock of its windows and areas."""

log = logging.getLogger(__name__)


class SiteSignals:
    """Measures a site while it is entered: its cameras' readings become signals.

    Args:
        site: The site.
        machine: Its cameras.
        clock: Returns the time, UTC since 1970, s.

    Raises:
        UsageError: A places file is wrong, or the store's address is none.
        StoreError: The spool in the state folder cannot be written.
    """

    def __init__(
        self,
        site: SiteSettings,
        machine: Supervisor,
        *,
        clock: Callable[[], float],
    ) -> None:
        self._site, self._machine = site.site, machine
        self._clock = clock
        self._places = _places(site)
        counters = ExternalCounters(site.site, _counted(site), clock=clock)
        kept = site.signals.retention_days
        self.desk = SignalPipeline(
            _store(site), site.state_folder / "spool", counters, clock=clock, retention_days=kept
        )
        self._areas = [Area(area, site.timezone) for area in site.signals.areas]
        self._resume(self._areas)
        self._windows: dict[str, list[Windows]] = {}
        self._busy = threading.Lock()
        self._listeners: list[Callable[[PlaceSignal], None]] = []
        self._open = ExitStack()
        self._failed = ""

    def __enter__(self) -> Self:
        """Begin."""
        self._open.enter_context(self.desk)
        self._open.enter_context(self._machine.measure(self.take))
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        """Tell of what is still open, and end."""
        with self._busy:
            for seconds, tens in self._windows.values():
                self._tell(seconds.close(), tens.close())
            self._windows.clear()
        self._open.close()

    def reload(self, site: SiteSettings) -> None:
        """Take places, areas, counters, store and retention of another file of this site; what stays counts on.

        Raises:
            UsageError: A places file is wrong, or the store's address is none; nothing has changed.
        """
        places = _places(site)
        self.desk.reload(_store(site), site.signals.retention_days, _counted(site))
        known = {each.about: each for each in self._areas}
        wanted = [(area, site.timezone) for area in site.signals.areas]
        areas = [known.get(about) or Area(*about) for about in wanted]
        self._resume([each for each in areas if each.about not in known])
        with self._busy:
            self._areas, self._places = areas, places

    @contextmanager
    def listen(self, callback: Callable[[PlaceSignal], None]) -> Iterator[None]:
        """Call back with each signal of 10 s, with each event, and with what counters tell; it must be quick."""
        with self._busy:
            self._listeners.append(callback)
        try:
            yield
        finally:
            with self._busy:
                self._listeners.remove(callback)

    def take(self, camera: str, readings: Sequence[Reading]) -> None:
        """Take what a camera measured; what it cannot have measured is not believed."""
        known = self._places.get(camera, frozenset())
        latest_s = self._clock() + AHEAD_S
        given = [each for each in readings if known.issuperset(each.place.split(TURN)) and each.time_s <= latest_s]
        with self._busy:
            self._count(camera, given)
            self._count_areas(given)

    def count(self, place: str, message: bytes | str) -> None:
        """Take the message of an external counter, also for the areas that it is a door of.

        Raises:
            UsageError: The message is wrong, or could tell people apart.
            StoreError: It was told, but not kept.
        """
        counted = self.desk.hear(place, message)
        with self._busy:
            self._count_areas(counted.news)
            for signal in counted.fresh:
                self._call(signal)
        self.desk.keep(counted)

    @property
    def hub(self) -> SignalHub:
        """Where fresh signals come from."""
        return self.desk.hub

    @property
    def figures(self) -> PlaceFigures:
        """What was measured last."""
        return self.desk.figures

    @property
    def state(self) -> RecorderState:
        """How recording goes, for health and alerts."""
        return self.desk.state

    def known(self) -> list[SeriesKey]:
        """Return what the kept signals are about.

        Raises:
            StoreError: The store cannot be read.
        """
        return self.desk.known()

    def charts(self, wanted: Selection) -> list[Chart]:
        """Return kept signals in columns.

        Raises:
            StoreError: The store cannot be read.
        """
        return self.desk.charts(wanted)

    def _count_areas(self, given: list[Reading]) -> None:
        for area in self._areas:
            self._count(area.name, list(area.readings(given)))

    def _count(self, source: str, readings: list[Reading]) -> None:
        if not readings:
            return
        lengths = (WindowLength.SECOND, WindowLength.TEN_SECONDS)
        seconds, tens = self._windows.setdefault(source, [Windows(self._site, length) for length in lengths])
        events = [each for each in readings if each.quantity.aggregate is Aggregate.EVENT]
        others = [each for each in readings if each not in events]
        at_once = Windows(self._site, WindowLength.SECOND)
        try:
            told = at_once.add(events) + at_once.close()
            self._tell([*told, *seconds.add(others)], [*told, *tens.add(others)])
        except (MeasureError, ValidationError) as error:  # a camera's process says what no clock or place can be
            log.warning("readings_refused", extra={"camera": source, "reason": type(error).__name__})

    def _call(self, signal: PlaceSignal) -> None:
        for listener in self._listeners:
            listener(signal)

    def _resume(self, areas: Sequence[Area]) -> None:
        """Let areas with doors go on from what was known lately; else they begin with nobody inside."""
        doors = {area.name: area for area in areas if area.has_doors}
        if not doors:
            return
        now, what = utc(self._clock()), frozenset({Quantity.NET_OCCUPANCY})
        wanted = Selection(
            WindowLength.SECOND, now - RESUMED, now, UTC, frozenset({self._site}), frozenset(doors), what
        )
        try:
            charts = self.desk.charts(wanted)
        except StoreError as error:
            log.info("areas_begin_empty", extra={"reason": str(error)})
            return
        for chart in charts:
            area = doors[chart.place]
            if chart.starts_s[-1] >= area.known_since(now).timestamp():
                area.resume(chart.values[-1], chart.starts_s[-1] + 1)

    def _tell(self, seconds: list[PlaceSignal], tens: list[PlaceSignal]) -> None:
        for signal in tens:
            self._call(signal)
        try:
            self.desk.take(seconds)
        except StoreError as error:
            if str(error) != self._failed:
                log.error("signals_not_kept", extra={"reason": str(error)})  # noqa: TRY400 - one line says it all
            self._failed = str(error)
        else:
            self._failed = ""


def site_signals(site: SiteSettings, machine: Supervisor, *, clock: Callable[[], float]) -> SiteSignals | None:
    """Return what makes signals of a site; None where nothing is measured and nothing counts.

    Args:
        site: The site.
        machine: Its cameras.
        clock: Returns the time, UTC since 1970, s.

    Raises:
        UsageError: A places file is wrong, the store's address is none, or a package is missing.
        StoreError: The spool in the state folder cannot be written.
    """
    return SiteSignals(site, machine, clock=clock) if measures(site) else None


def measures(site: SiteSettings) -> bool:
    """Return whether there are signals of a site: a camera with places, or a counter."""
    return any(camera.places for camera in site.cameras) or bool(site.signals.counters)


def _places(site: SiteSettings) -> dict[str, frozenset[str]]:
    return {camera: frozenset(names) for camera, names in places_of(site).items()}


def _counted(site: SiteSettings) -> list[str]:
    return [counter.place for counter in site.signals.counters]


def _store(site: SiteSettings) -> str:
    return site.signals.store.get_secret_value() or str(site.state_folder / "signals.db")
