"""`passerby measure`: recordings in, signals about their places out."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from passerby.cli.progress import display
from passerby.cli.redact import DEFAULTS, option
from passerby.config.options import CheckDepth, RedactOptions
from passerby.errors import UsageError
from passerby.measure.reading import Quantity
from passerby.runners.task import Step, Task

if TYPE_CHECKING:
    from passerby.measure.place import Line
    from passerby.reports.measurement import PlaceSummary
    from passerby.runners.measurement import Measurement, MeasureOrder

KINDS = ("person", "bicycle", "motorcycle", "car", "bus", "truck")
WINDOWS = "1s, 10s, 1min, 15min, 1h or 1d"


def measure(
    clips: Annotated[list[Path], typer.Argument(metavar="CLIP...", help="Recordings.")],
    places: Annotated[
        Path | None, typer.Option(help="Places file with lines and zones; without it the whole picture is counted.")
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(help="File for the signals: .csv, .jsonl or .parquet; of several recordings a folder."),
    ] = None,
    plot: Annotated[Path | None, typer.Option(help="Picture of them over time, .png or .svg.")] = None,
    video: Annotated[Path | None, typer.Option(help="Covered copy with lines, zones and numbers drawn on it.")] = None,
    window: Annotated[str, typer.Option(help=f"How long the windows are: {WINDOWS}.")] = "10s",
    start: Annotated[str, typer.Option(help="When the recording began, as 2026-11-22T08:00+01:00.")] = "",
    zone: Annotated[str, typer.Option(help="Time zone of hours and days, such as Europe/Vienna.")] = "UTC",
    site: Annotated[str, typer.Option(help="Name of the site in the signals; the recording's own by default.")] = "",
    style: Annotated[str, option("style")] = DEFAULTS.style.value,
    effort: Annotated[str, option("effort")] = DEFAULTS.effort.value,
    crowd_model: Annotated[
        str, typer.Option(help="Density map that counts where a crowd is too dense for boxes: mcnn.")
    ] = "",
    force: Annotated[bool, typer.Option("--force", help="Replace existing files.")] = False,
) -> None:
    """Say how many, how dense, how fast and which way, for the places of a recording; nobody is followed or kept."""
    if len(clips) > 1 and (out or plot or video or start):
        msg = "--out, --plot, --video and --start go with one recording; measure the others one by one"
        raise UsageError(msg)
    order = _order(
        places=places,
        files=(out, plot, video),
        options=RedactOptions.checked(style=style, effort=effort, check=CheckDepth.OFF),
        times=(window, start, zone),
        site=site,
        crowd_model=crowd_model,
        replace=force,
    )
    for clip in clips:
        found = _measured(clip, order)
        for note in found.notes:
            typer.echo(f"passerby: {note}", err=True)
        _tell(clip, found)
    for path in (out, plot, video):
        if path is not None:
            typer.echo(f"{path}: written" if path.exists() else f"{path}: not written, for there are no signals")


def _order(
    *,
    places: Path | None,
    files: tuple[Path | None, Path | None, Path | None],
    options: RedactOptions,
    times: tuple[str, str, str],
    site: str,
    crowd_model: str,
    replace: bool,
) -> MeasureOrder:
    from passerby.runners.measurement import EPOCH, MeasureOrder  # noqa: PLC0415 - loads the networks' runtime
    from passerby.signals.window import WindowLength, time_zone  # noqa: PLC0415 - as above

    window, start, zone = times
    if window not in set(WindowLength):
        msg = f"--window {window}: choose {WINDOWS}"
        raise UsageError(msg)
    return MeasureOrder(
        places,
        *files,
        options=options,
        window=WindowLength(window),
        start=_moment(start) if start else EPOCH,
        zone=time_zone(zone),
        site=site,
        replace=replace,
        crowd_model=crowd_model,
    )


def _moment(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        msg = f"--start {text}: is no time; write it as 2026-11-22T08:00+01:00"
        raise UsageError(msg) from error
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _measured(clip: Path, order: MeasureOrder) -> Measurement:
    from passerby.runners.measurement import measuring  # noqa: PLC0415 - as above

    task = Task(clip, clip)
    steps = measuring(clip, order)
    with display(1) as shown:
        while True:
            try:
                shown.show(Step(task, next(steps)))
            except StopIteration as end:
                found: Measurement = end.value
                return found


def _tell(clip: Path, found: Measurement) -> None:
    """Show one table of lines and one of zones."""
    from rich.box import SIMPLE_HEAD  # noqa: PLC0415 - the help needs none of it
    from rich.console import Console  # noqa: PLC0415 - as above
    from rich.table import Table  # noqa: PLC0415 - as above

    lines, zones, others = Table(box=SIMPLE_HEAD), Table(box=SIMPLE_HEAD), Table(box=SIMPLE_HEAD)
    for table, columns in ((lines, LINE_COLUMNS), (zones, ZONE_COLUMNS), (others, OTHER_COLUMNS)):
        for number, column in enumerate(columns):
            table.add_column(column, justify="right" if number else "left", no_wrap=True)
    for place in found.places:
        for kind in KINDS:
            if place.value(Quantity.CROSSINGS_IN, kind) is not None:
                lines.add_row(*_line_row(place, kind))
        if place.value(Quantity.OCCUPANCY) is not None:
            zones.add_row(*_zone_row(place))
        for row in _other_rows(place):
            others.add_row(*row)
    console = Console(highlight=False)
    for table in (lines, zones, others):
        if table.row_count:
            console.print(table)
    typer.echo(f"{clip}: {found.frames} frames, {len(found.signals)} signals")
    if found.suggestions:
        typer.echo(
            "People walked across these lines; add them to a places file to count them:\n" + _yaml(found.suggestions)
        )


LINE_COLUMNS = ("line", "class", "in", "out", "flow, 1/s", "coverage")
ZONE_COLUMNS = ("zone", "persons", "peak", "1/m2", "peak", "level", "m/s", "dwell, s", "coverage")
OTHER_COLUMNS = ("place", "also", "class", "value", "unit")
SHOWN = {
    *(Quantity.CROSSINGS_IN, Quantity.CROSSINGS_OUT, Quantity.FLOW, Quantity.OCCUPANCY, Quantity.PEAK_OCCUPANCY),
    *(Quantity.DENSITY, Quantity.PEAK_DENSITY, Quantity.LEVEL_OF_SERVICE, Quantity.MEAN_SPEED, Quantity.MEAN_DWELL),
    *(Quantity.SPEED_P15, Quantity.SPEED_P50, Quantity.SPEED_P85, Quantity.SPECIFIC_FLOW),
}
"""Quantities that have a column, or that only the signals tell."""


def _line_row(place: PlaceSummary, kind: str) -> list[str]:
    flow = _number(place.value(Quantity.FLOW), 3) if kind == "person" else ""
    counts = [_number(place.value(each, kind), 0) for each in (Quantity.CROSSINGS_IN, Quantity.CROSSINGS_OUT)]
    return [place.place, kind, *counts, flow, f"{place.coverage:.0%}"]


def _zone_row(place: PlaceSummary) -> list[str]:
    from passerby.measure.service_level import letter  # noqa: PLC0415 - as above

    level = place.value(Quantity.LEVEL_OF_SERVICE)
    return [
        place.place,
        _number(place.value(Quantity.OCCUPANCY), 2),
        _number(place.value(Quantity.PEAK_OCCUPANCY), 0),
        _number(place.value(Quantity.DENSITY), 3),
        _number(place.value(Quantity.PEAK_DENSITY), 3),
        letter(level) if level is not None else "-",
        _number(place.value(Quantity.MEAN_SPEED), 2),
        _number(place.value(Quantity.MEAN_DWELL), 0),
        f"{place.coverage:.0%}",
    ]


def _other_rows(place: PlaceSummary) -> list[list[str]]:
    return [
        [place.place, quantity.replace("_", " "), kind, _number(value, 3), quantity.unit]
        for (quantity, kind), value in place.values.items()
        if quantity not in SHOWN
    ]


def _number(value: float | None, digits: int) -> str:
    return "-" if value is None else f"{value:.{digits}f}"


def _yaml(lines: list[Line]) -> str:
    rows = [f"  - {{name: {each.name}, from_px: {list(each.a)}, to_px: {list(each.b)}}}" for each in lines]
    return "\n".join(["lines:", *rows])
