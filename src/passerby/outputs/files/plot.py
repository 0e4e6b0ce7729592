"""A plot of signals over time: the number of persons in each zone and the crossings of each line."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime, tzinfo
from math import isnan, nan
from pathlib import Path
from typing import Any

from passerby.errors import UsageError
from passerby.installation import how_to_install
from passerby.measure.reading import Quantity
from passerby.outputs.partial import PartialFile, write_error
from passerby.signals.signal import PlaceSignal

CROSSINGS = {Quantity.CROSSINGS_IN: "in", Quantity.CROSSINGS_OUT: "out"}
Point = tuple[datetime, float, float, float]
"""Time, value, and low and high end; NaN = not known."""
Series = dict[str, list[Point]]
UNDATED_BEFORE = datetime(1971, 1, 1, tzinfo=UTC)
"""A recording without a given start time begins in 1970."""
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


def write_plot(target: Path, signals: Iterable[PlaceSignal], *, replace: bool = False, zone: tzinfo = UTC) -> None:
    """Draw occupancy of zones and crossings of lines over time, one above the other; each site has its own row.

    Args:
        target: Ends in .png or .svg.
        signals: Windows that do not overlap, of each site.
        replace: Whether an existing file may be replaced.
        zone: Time zone of the axis.

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
            _date(axes, by_site[site], zone)
            if number == 0:
                axes.set_title(site, loc="left", fontsize="medium")

    for axes in grid[-1] if len(by_site) > 1 else grid[0, -1:]:
        axes.set_xlabel(_time_label(by_site, zone))
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
                points.append((points[-1][0], nan, nan, nan))  # no observation until now
            values = (signal.value, *_ends(signal))
            points += [(signal.window_start, *values), (signal.window_end, *values)]
    return series


def _crossed(signals: Iterable[PlaceSignal]) -> Series:
    series: Series = defaultdict(list)
    for signal in _in_order(signals):
        if signal.quantity in CROSSINGS:
            name = f"{signal.place}, {CROSSINGS[signal.quantity]}, {signal.kind}"
            series[name] = series[name] or [(signal.window_start, 0.0, 0.0, 0.0)]
            _, value, low, high = series[name][-1]
            lower, higher = _ends(signal)
            lower = signal.value if isnan(lower) else lower
            higher = signal.value if signal.low is None else higher
            series[name].append((signal.window_end, value + signal.value, low + lower, high + higher))
    return dict(series)


def _ends(signal: PlaceSignal) -> tuple[float, float]:
    """Return low and high end of a value; NaN = not known, as for the high end of a lower bound."""
    return (nan if signal.low is None else signal.low), (nan if signal.high is None else signal.high)


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


def _draw(axes: Any, series: Series, label: str) -> None:  # noqa: ANN401 - matplotlib is an extra
    """Draw each series with its interval; the interval of a lower bound has no upper end."""
    from matplotlib.ticker import MaxNLocator  # noqa: PLC0415 - an extra, and slow to load

    ends = (end for points in series.values() for point in points for end in point[1:] if not isnan(end))
    top = max(1.0, 1.08 * max(ends, default=0.0))
    for name, points in series.items():
        times, values, lows, highs = zip(*points, strict=True)
        open_ = [not isnan(low) and isnan(high) for low, high in zip(lows, highs, strict=True)]
        shown = f"{name} (at least)" if any(open_) else name
        (line,) = axes.step(times, values, where="post", label=shown, linestyle="--" if any(open_) else "-")
        if any(not isnan(low) for low in lows):
            tops = [top if upward else high for upward, high in zip(open_, highs, strict=True)]
            axes.fill_between(times, lows, tops, step="post", alpha=0.15, color=line.get_color(), linewidth=0)
    axes.set_ylabel(label)
    axes.set_ylim(bottom=0, top=top)
    axes.yaxis.set_major_locator(MaxNLocator(integer=True))
    axes.grid(alpha=0.3)
    if series:
        axes.legend(loc="upper left", fontsize="small")


def _date(axes: Any, signals: Iterable[PlaceSignal], zone: tzinfo) -> None:  # noqa: ANN401 - as above
    """Show date and time of a time zone on the time axis."""
    from matplotlib.dates import AutoDateLocator, ConciseDateFormatter  # noqa: PLC0415 - as above

    locator = AutoDateLocator(tz=zone)  # type: ignore[no-untyped-call] # matplotlib is only partly typed
    dated = min(each.window_start for each in signals) >= UNDATED_BEFORE
    axes.xaxis.set_major_locator(locator)
    dates = ConciseDateFormatter(locator, tz=zone, show_offset=dated)  # type: ignore[no-untyped-call] # as above
    axes.xaxis.set_major_formatter(dates)


def _time_label(by_site: Mapping[str, Sequence[PlaceSignal]], zone: tzinfo) -> str:
    """Return the label of the time axis: day and zone, or a note that no start time was given."""
    starts = [each.window_start for signals in by_site.values() for each in signals]
    if min(starts) < UNDATED_BEFORE:
        return "time since the recording began (no start time given)"
    first, last = (moment.astimezone(zone).date() for moment in (min(starts), max(starts)))
    days = f"{first}" if first == last else f"{first} to {last}"
    return f"{days}, time in {zone}"


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
