"""From readings of all cameras to signals of the site: windows, areas, store and listeners."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from datetime import UTC
from types import TracebackType
from typing import Self

from pydantic import ValidationError

from passerby.errors import MeasureError, StoreError
from passerby.gateway.area import RESUMED, Area
from passerby.gateway.believable import TURN, believable, believable_maps
from passerby.gateway.cameras import Cameras
from passerby.gateway.signal_pipeline import SignalPipeline
from passerby.listeners import Listeners
from passerby.measure.foot_map import FootMap
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

log = logging.getLogger(__name__)


class SiteSignals:
    """Measures a site while it is entered: its cameras' readings become signals.

    Args:
        site: The site.
        cameras: Its cameras.
        clock: Returns the time, UTC since 1970, s.
        stored_by_nodes: Whether the signals of cameras reach the store by another way: the nodes that run them write
            them down, also while no gateway asks.

    Raises:
        UsageError: A places file is wrong, or the store's address is not a file or a postgresql:// URL.
        StoreError: The spool in the state folder cannot be written.
    """

    def __init__(
        self,
        site: SiteSettings,
        cameras: Cameras,
        *,
        clock: Callable[[], float],
        stored_by_nodes: bool = False,
    ) -> None:
        self._stored_by_nodes = stored_by_nodes
        self._site = site.site
        self._cameras = cameras
        self._clock = clock
        self._places = _places(site)
        counters = ExternalCounters(site.site, _counted(site), clock=clock)
        days = site.signals.retention_days
        self.pipeline = SignalPipeline(
            _store(site), site.state_folder / "spool", counters, clock=clock, retention_days=days
        )
        self._areas = [Area(area, site.timezone) for area in site.signals.areas]
        self._layout = _layout(self._areas, self._places)
        self._counters = frozenset(_counted(site))
        self._resume(self._areas)
        self._windows: dict[str, list[Windows]] = {}
        self._busy = threading.Lock()
        self._listeners = Listeners[PlaceSignal]()
        self._open = ExitStack()
        self._failed = ""

    def __enter__(self) -> Self:
        """Start."""
        self._open.enter_context(self.pipeline)
        self._open.enter_context(self._cameras.listen_to_readings(self.receive))
        self._open.enter_context(self._cameras.listen_to_foot_maps(self.receive_foot_maps))
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        """Publish the windows that are still open, and stop."""
        with self._busy:
            for source, (seconds, tens) in self._windows.items():
                self._publish(source, seconds.close(), tens.close())
            self._windows.clear()
        self._open.close()

    def reload(self, site: SiteSettings) -> None:
        """Take places, areas, counters, store and retention of another file of this site; what stays keeps counting.

        Raises:
            UsageError: A places file is wrong, or the store's address is not a file or a postgresql:// URL; nothing
                has changed.
        """
        places = _places(site)
        self.pipeline.reload(_store(site), site.signals.retention_days, _counted(site))
        known = {each.about: each for each in self._areas}
        wanted = [(area, site.timezone) for area in site.signals.areas]
        areas = [known.get(about) or Area(*about) for about in wanted]
        self._resume([each for each in areas if each.about not in known])
        with self._busy:
            self._areas = areas
            self._places = places
            self._layout = _layout(areas, places)
            self._counters = frozenset(_counted(site))

    def has(self, place: str) -> bool:
        """Return whether a place, an area, a counter or a turning movement belongs to the site."""
        areas, cameras = self._layout  # no lock: as for owners
        return frozenset().union(areas, self._counters, *cameras.values()).issuperset(place.split(TURN))

    @contextmanager
    def listen(self, callback: Callable[[PlaceSignal], None]) -> Iterator[None]:
        """Call back with each signal of 10 s, each event and each external count, while entered; must be quick."""
        with self._listeners.listen(callback):
            yield

    def receive(self, camera: str, readings: Sequence[Reading]) -> None:
        """Process what a camera measured; readings that it cannot have made are refused."""
        given = believable(readings, self._places.get(camera, frozenset()), now_s=self._clock())
        with self._busy:
            self._count(camera, given)
            self._count_areas(given)

    def receive_foot_maps(self, camera: str, maps: Sequence[FootMap]) -> None:
        """Store what a camera counted in the cells of its zones; maps that it cannot have made are refused."""
        given = believable_maps(maps, self._places.get(camera, frozenset()), now_s=self._clock())
        self.pipeline.record_foot_maps(self._site, given)

    def count(self, place: str, message: bytes | str) -> None:
        """Process the message of an external counter, also for the areas of which it is a door.

        Raises:
            UsageError: The message is wrong, or could tell people apart.
            StoreError: It was passed on, but not stored.
        """
        counted = self.pipeline.parse_count(place, message)
        with self._busy:
            self._count_areas(counted.news)
            for signal in counted.fresh:
                self._listeners.publish(signal)
        self.pipeline.publish_count(counted)

    @property
    def site(self) -> str:
        """Name of the site."""
        return self._site

    def owners(self, site: str, place: str) -> frozenset[str]:
        """Return the cameras from which the signals of a place or area are made.

        Empty where they come from no camera of this site, or not from cameras alone: a counter, an area with a counter
        among its doors, another site that shares the store, a place that no longer exists.
        """
        if site != self._site:
            return frozenset()
        areas, cameras = self._layout  # no lock: this is also called while signals are published
        owners: set[str] = set()
        for part in areas.get(place) or place.split(TURN):
            its = {camera for camera, places in cameras.items() if part in places}
            if not its:
                return frozenset()
            owners |= its
        return frozenset(owners)

    @property
    def hub(self) -> SignalHub:
        """Publishes fresh signals."""
        return self.pipeline.hub

    @property
    def figures(self) -> PlaceFigures:
        """What was measured last."""
        return self.pipeline.figures

    @property
    def state(self) -> RecorderState:
        """How recording goes, for health and alerts."""
        return self.pipeline.state

    def known(self) -> list[SeriesKey]:
        """Return what the stored signals are about.

        Raises:
            StoreError: The store cannot be read.
        """
        return self.pipeline.known()

    def charts(self, wanted: Selection) -> list[Chart]:
        """Return stored signals in columns.

        Raises:
            StoreError: The store cannot be read.
        """
        return self.pipeline.charts(wanted)

    def foot_maps(self, site: str, place: str, *, start_s: float, end_s: float) -> list[FootMap]:
        """Return a zone's maps of foot points of the hours that begin within a span of time, oldest first.

        Raises:
            StoreError: The store cannot be read.
        """
        return self.pipeline.foot_maps(site, place, start_s=start_s, end_s=end_s)

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
            now = at_once.add(events) + at_once.close()
            self._publish(source, [*now, *seconds.add(others)], [*now, *tens.add(others)])
        except (MeasureError, ValidationError) as error:  # a camera's process sent impossible times or values
            log.warning("readings_refused", extra={"camera": source, "reason": type(error).__name__})

    def _resume(self, areas: Sequence[Area]) -> None:
        """Let areas with doors continue from a recent number; without one they start with nobody inside."""
        doors = {area.name: area for area in areas if area.has_doors}
        if not doors:
            return
        now = utc(self._clock())
        what = frozenset({Quantity.NET_OCCUPANCY})
        wanted = Selection(
            WindowLength.SECOND, now - RESUMED, now, UTC, frozenset({self._site}), frozenset(doors), what
        )

        try:
            charts = self.pipeline.charts(wanted)
        except StoreError as error:
            log.info("areas_begin_empty", extra={"reason": str(error)})
            return

        for chart in charts:
            area = doors[chart.place]
            if chart.starts_s[-1] >= area.known_since(now).timestamp():
                area.resume(chart.values[-1], chart.starts_s[-1] + 1)

    def _publish(self, source: str, seconds: list[PlaceSignal], tens: list[PlaceSignal]) -> None:
        for signal in tens:
            self._listeners.publish(signal)
        if self._stored_by_nodes and source in self._places:
            self.pipeline.show(seconds)
            return
        try:
            self.pipeline.publish(seconds)
        except StoreError as error:
            if str(error) != self._failed:
                log.error("signals_not_stored", extra={"reason": str(error)})  # noqa: TRY400 - the reason is enough
            self._failed = str(error)
        else:
            self._failed = ""


def site_signals(
    site: SiteSettings, cameras: Cameras, *, clock: Callable[[], float], stored_by_nodes: bool = False
) -> SiteSignals | None:
    """Return what makes the signals of a site; None where nothing measures or counts.

    Args:
        site: The site.
        cameras: Its cameras.
        clock: Returns the time, UTC since 1970, s.
        stored_by_nodes: Whether the signals of cameras reach the store by another way: the nodes that run them write
            them down, also while no gateway asks.

    Raises:
        UsageError: A places file is wrong, the store's address is not a file or a postgresql:// URL, or a package
            is missing.
        StoreError: The spool in the state folder cannot be written.
    """
    if not measures(site):
        return None
    return SiteSignals(site, cameras, clock=clock, stored_by_nodes=stored_by_nodes)


def measures(site: SiteSettings) -> bool:
    """Return whether a site has signals: a camera with places, or an external counter."""
    return any(camera.places for camera in site.cameras) or bool(site.signals.counters)


def _places(site: SiteSettings) -> dict[str, frozenset[str]]:
    return {camera: frozenset(names) for camera, names in places_of(site).items()}


def _counted(site: SiteSettings) -> list[str]:
    return [counter.place for counter in site.signals.counters]


def _store(site: SiteSettings) -> str:
    return site.signals.store.get_secret_value() or str(site.state_folder / "signals.db")


def _layout(
    areas: Sequence[Area], places: Mapping[str, frozenset[str]]
) -> tuple[Mapping[str, frozenset[str]], Mapping[str, frozenset[str]]]:
    """Return the parts of each area, and the places of each camera."""
    return {area.name: area.parts for area in areas}, dict(places)
