"""A plot of signals over time: the number of persons in each zone and the crossings of each line."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from datetime import datetime
from itertools import accumulate
from math import nan
from pathlib import Path
from typing import Any

from passerby.errors import UsageError
from passerby.installation import how_to_install
from passerby.measure.reading import Quantity
from passerby.outputs.partial import PartialFile, write_error
from passerby.signals.signal import PlaceSignal

CROSSINGS = {Quantity.CROSSINGS_IN: "in", Quantity.CROSSINGS_OUT: "out"}
Series = dict[str, list[tuple[datetime, float]]]
ROW_IN = 2.4
TALLEST_IN = 400.0
"""Height of a site's row, and of a plot with many rows, inches: PNG allows at most 65,536 px."""


def check_plot(target: Path, *, replace: bool = False) -> None:
    """Refuse beforehand what `write_plot` would refuse after long work.

    Raises:
        UsageError: The name does not end in .png or .svg, or matplotlib is not installed.
        OutputError: The file exists, or its folder is missing or cannot be written.
    """
    _figure_class(target)
    PartialFile(target, replace=replace).discard()


def write_plot(target: Path, signals: Iterable[PlaceSignal], *, replace: bool = False) -> None:
    """Draw occupancy of zones and crossings of lines over time, one above the other; each site has its own row.

    Args:
        target: Ends in .png or .svg.
        signals: Windows that do not overlap, of each site.
        replace: Whether an existing file may be replaced.

    Raises:
        UsageError: The name has another extension, or matplotlib is not installed.
        OutputError: The file exists or cannot be written.
    """
    by_site: dict[str, list[PlaceSignal]] = defaultdict(list)
    for signal in signals:
        by_site[signal.site].append(signal)
    panels = {label: {site: of(its) for site, its in by_site.items()} for label, of in PANELS.items()}
    panels = {label: sites for label, sites in panels.items() if any(sites.values())} or panels
    shape = (len(by_site), len(panels)) if len(by_site) > 1 else (len(panels), 1)
    size = (7 * shape[1], min(ROW_IN * shape[0], TALLEST_IN)) if len(by_site) > 1 else (9, 3 * shape[0])
    figure = _figure_class(target)(figsize=size, layout="constrained")
    grid = figure.subplots(*shape, sharex=_at_one_time(by_site.values()) or "row", squeeze=False)
    if len(by_site) == 1:
        grid = grid.T
    for number, (label, sites) in enumerate(panels.items()):
        for axes, (site, series) in zip(grid[:, number], sites.items(), strict=True):
            _draw(axes, series, label)
            if number == 0:
                axes.set_title(site, loc="left", fontsize="medium")
    for axes in grid[-1] if len(by_site) > 1 else grid[0, -1:]:
        axes.set_xlabel("time, UTC")
    file = PartialFile(target, replace=replace)
    try:
        figure.savefig(file, format=target.suffix.lower().removeprefix("."), dpi=120, metadata={})
        file.commit()
    except OSError as error:
        raise write_error(target, file.failure or error) from error
    finally:
        file.discard()


def _occupancy(signals: Iterable[PlaceSignal]) -> Series:
    series: Series = defaultdict(list)
    for signal in _in_order(signals):
        if signal.quantity is Quantity.OCCUPANCY:
            points = series[signal.place]
            if points and points[-1][0] < signal.window_start:
                points.append((points[-1][0], nan))  # no observation until now
            points += [(signal.window_start, signal.value), (signal.window_end, signal.value)]
    return series


def _crossed(signals: Iterable[PlaceSignal]) -> Series:
    series: Series = defaultdict(list)
    for signal in _in_order(signals):
        if signal.quantity in CROSSINGS:
            name = f"{signal.place}, {CROSSINGS[signal.quantity]}, {signal.kind}"
            series[name] = series[name] or [(signal.window_start, 0.0)]
            series[name].append((signal.window_end, signal.value))
    return {name: _added_up(points) for name, points in series.items() if any(value for _, value in points)}


PANELS: dict[str, Callable[[Iterable[PlaceSignal]], Series]] = {
    "persons in the zone": _occupancy,
    "crossed so far": _crossed,
}
"""What is drawn: its label, and the function that extracts it from one site's signals."""


def _in_order(signals: Iterable[PlaceSignal]) -> list[PlaceSignal]:
    return sorted(signals, key=lambda each: each.window_start)


def _at_one_time(sites: Iterable[Iterable[PlaceSignal]]) -> bool:
    """Return whether all sites were measured at the same time, so that they can share a time axis."""
    spans = [(min(each.window_start for each in its), max(each.window_end for each in its)) for its in map(list, sites)]
    return max(start for start, _ in spans) < min(end for _, end in spans)


def _added_up(points: list[tuple[datetime, float]]) -> list[tuple[datetime, float]]:
    return list(zip([when for when, _ in points], accumulate(value for _, value in points), strict=True))


def _draw(axes: Any, series: Series, label: str) -> None:  # noqa: ANN401 - matplotlib is an extra
    for name, points in series.items():
        axes.step([when for when, _ in points], [value for _, value in points], where="post", label=name)
    axes.set_ylabel(label)
    axes.set_ylim(bottom=0)
    axes.grid(alpha=0.3)
    if series:
        axes.legend(loc="upper left", fontsize="small")


def _figure_class(target: Path) -> Any:  # noqa: ANN401 - as above
    if target.suffix.lower() not in {".png", ".svg"}:
        msg = f"{target}: a plot is written as .png or .svg; use one of these extensions"
        raise UsageError(msg)
    try:
        from matplotlib.figure import Figure  # noqa: PLC0415 - an extra, and slow to load
    except ImportError as error:
        msg = f"a plot needs matplotlib; run {how_to_install('measure')}; or leave --plot out"
        raise UsageError(msg) from error
    return Figure
