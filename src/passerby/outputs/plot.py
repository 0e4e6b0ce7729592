"""A picture of signals over time: how many were in each zone, and how many crossed each line."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime
from itertools import accumulate
from pathlib import Path
from typing import Any

from passerby.errors import UsageError
from passerby.measure.reading import Quantity
from passerby.outputs.partial import PartialFile, write_error
from passerby.signals.signal import PlaceSignal

CROSSINGS = {Quantity.CROSSINGS_IN: "in", Quantity.CROSSINGS_OUT: "out"}
Series = dict[str, list[tuple[datetime, float]]]


def check_plot(target: Path, *, replace: bool = False) -> None:
    """Refuse at once what `write_plot` would refuse at the end of long work.

    Raises:
        UsageError: The name does not end in .png or .svg, or matplotlib is not installed.
        OutputError: The file exists, or its folder is missing or cannot be written.
    """
    _figure_class(target)
    PartialFile(target, replace=replace).discard()


def write_plot(target: Path, signals: Iterable[PlaceSignal], *, replace: bool = False) -> None:
    """Draw occupancy of zones and counts of lines over time.

    Args:
        target: Ends in .png or .svg.
        signals: Windows that do not overlap, of one site.
        replace: Whether a file of that name may be replaced.

    Raises:
        UsageError: The name ends otherwise, or matplotlib is not installed.
        OutputError: The file cannot be written, or exists.
    """
    occupancy: Series = defaultdict(list)
    crossed: Series = defaultdict(list)
    for signal in sorted(signals, key=lambda each: each.window_start):
        if signal.quantity is Quantity.OCCUPANCY:
            occupancy[signal.place] += [(signal.window_start, signal.value), (signal.window_end, signal.value)]
        elif signal.quantity in CROSSINGS:
            name = f"{signal.place}, {CROSSINGS[signal.quantity]}, {signal.kind}"
            crossed[name] = crossed[name] or [(signal.window_start, 0.0)]
            crossed[name].append((signal.window_end, signal.value))
    counted = {name: _added_up(points) for name, points in crossed.items() if any(value for _, value in points)}
    figure = _figure_class(target)(figsize=(9, 6), layout="constrained")
    above, below = figure.subplots(2, 1, sharex=True)
    _draw(above, occupancy, "persons in the zone")
    _draw(below, counted, "crossed so far")
    below.set_xlabel("time, UTC")
    file = PartialFile(target, replace=replace)
    try:
        figure.savefig(file, format=target.suffix.lower().removeprefix("."), dpi=120, metadata={})
        file.commit()
    except OSError as error:
        raise write_error(target, file.failure or error) from error
    finally:
        file.discard()


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
        msg = f"{target}: a plot is written as .png or .svg; choose one of these endings"
        raise UsageError(msg)
    try:
        from matplotlib.figure import Figure  # noqa: PLC0415 - an extra, and slow to load
    except ImportError as error:
        msg = "a plot needs matplotlib: pip install 'passerby[measure]', or leave --plot out"
        raise UsageError(msg) from error
    return Figure
