"""What was measured at places, for Prometheus: gauges, counters for crossings, and whether it is stored."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Protocol

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric

from passerby.measure.reading import Quantity
from passerby.signals.figures import FigureKey
from passerby.signals.signal import PlaceSignal

if TYPE_CHECKING:
    from passerby.store.recorder import RecorderState  # its packages are an extra

_GAUGES = {
    Quantity.OCCUPANCY: ("passerby_place_occupancy_persons", "Persons in the place."),
    Quantity.SITE_OCCUPANCY: ("passerby_area_occupancy_persons", "Persons in the area, by its zones."),
    Quantity.NET_OCCUPANCY: ("passerby_area_net_occupancy_persons", "Persons in the area, by its doors."),
    Quantity.DENSITY: ("passerby_place_density_persons_per_square_meter", "Persons per area."),
    Quantity.FLOW: ("passerby_place_flow_persons_per_second", "Persons that pass the line."),
    Quantity.SPECIFIC_FLOW: ("passerby_place_specific_flow_persons_per_meter_second", "Flow by the line's width."),
    Quantity.MEAN_SPEED: ("passerby_place_mean_speed_meters_per_second", "Mean speed in the place."),
    Quantity.CROWD_PRESSURE: ("passerby_place_crowd_pressure_per_square_second", "Density times variance of velocity."),
    Quantity.LEVEL_OF_SERVICE: ("passerby_place_level_of_service", "Fruin's level, 1 (A) to 6 (F)."),
    Quantity.QUEUE_LENGTH: ("passerby_place_queue_persons", "Persons who queue."),
    Quantity.QUEUE_WAIT: ("passerby_place_queue_wait_seconds", "Expected wait."),
    Quantity.MEAN_DWELL: ("passerby_place_mean_dwell_seconds", "Mean stay, by Little's law."),
}
_EVENTS = {
    Quantity.ZONE_ENTRY: "zone_entry",
    Quantity.STOPPED_VEHICLE: "stopped_vehicle",
    Quantity.WRONG_WAY: "wrong_way",
}
_DIRECTIONS = {Quantity.CROSSINGS_IN: "in", Quantity.CROSSINGS_OUT: "out"}


class Figures(Protocol):
    """What was measured last, and how much was counted since the start."""

    def latest(self) -> Sequence[PlaceSignal]:
        """Return the latest signals that are still valid, sorted."""
        ...

    def totals(self) -> Mapping[FigureKey, float]:
        """Return what was counted since the start."""
        ...


class PlaceCollector:
    """Reports to Prometheus what was measured; a place that is not observed is absent, not zero.

    Args:
        figures: What was measured.
    """

    def __init__(self, figures: Figures) -> None:
        self._figures = figures

    def collect(self) -> Iterator[Metric]:
        """Yield the figures at the moment of the request."""
        gauges = {
            quantity: GaugeMetricFamily(name, text, labels=["place"]) for quantity, (name, text) in _GAUGES.items()
        }
        coverage = GaugeMetricFamily(
            "passerby_place_coverage_ratio", "Share of the last second that was observed.", labels=["place"]
        )
        bound = GaugeMetricFamily(
            "passerby_place_lower_bound",
            "1 = at least one value of the place is a lower bound: there may be more.",
            labels=["place"],
        )
        ends = GaugeMetricFamily(
            "passerby_place_interval",
            "End of the interval in which the true value lies in 9 of 10 cases; no high end: a lower bound.",
            labels=["place", "quantity", "class", "end"],
        )
        seen: set[str] = set()
        latest = self._figures.latest()

        for signal in latest:
            if signal.quantity in gauges and not signal.kind:
                gauges[signal.quantity].add_metric([signal.place], signal.value)
            for end, value in (("low", signal.low), ("high", signal.high)):
                if value is not None:
                    ends.add_metric([signal.place, signal.quantity, signal.kind, end], value)
            if signal.place not in seen:
                seen.add(signal.place)
                coverage.add_metric([signal.place], signal.coverage)

        yield from (gauge for gauge in gauges.values() if gauge.samples)
        hidden = {signal.place for signal in latest if signal.is_lower_bound}
        for place in sorted(seen):
            bound.add_metric([place], place in hidden)
        yield from (coverage, bound, *((ends,) if ends.samples else ()))
        yield from self._counters()

    def _counters(self) -> Iterator[Metric]:
        crossings = CounterMetricFamily(
            "passerby_line_crossings", "Crossings since the start.", labels=["line", "direction", "class"]
        )
        events = CounterMetricFamily("passerby_place_events", "Events since the start.", labels=["place", "event"])
        summed: dict[tuple[str, str], float] = {}
        for (place, quantity, kind), total in self._figures.totals().items():
            if quantity in _DIRECTIONS:
                crossings.add_metric([place, _DIRECTIONS[quantity], kind or "all"], total)
            elif quantity in _EVENTS:
                about = (place, _EVENTS[quantity])
                summed[about] = summed.get(about, 0.0) + total
        for labels, total in summed.items():
            events.add_metric(list(labels), total)
        yield from (crossings, events)


class RecordingCollector:
    """Reports to Prometheus whether signals are stored, and how much waits for the database.

    Args:
        state: How storing goes.
    """

    def __init__(self, state: RecorderState) -> None:
        self._state = state

    def collect(self) -> Iterator[Metric]:
        """Yield how storing goes."""
        state = self._state
        waiting = GaugeMetricFamily("passerby_signals_waiting_bytes", "Signals that wait on disk for the database.")
        waiting.add_metric([], state.waiting_bytes)
        working = GaugeMetricFamily(
            "passerby_signals_recording", "1 = it accepts signals; spool at 0: signals are lost.", labels=["part"]
        )
        working.add_metric(["database"], not state.database)
        working.add_metric(["spool"], not state.spool)
        yield from (waiting, working)
