"""`passerby measure`: recordings in, signals about their places out."""

from __future__ import annotations

from datetime import datetime, tzinfo
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from passerby.cli.measure_table import show_tables
from passerby.cli.moment import moment
from passerby.cli.progress import display
from passerby.cli.redact import DEFAULTS, option
from passerby.errors import UsageError
from passerby.jobs.task import Outcome
from passerby.process.exit_status import exit_code, worst
from passerby.settings.options import CheckDepth, CrowdModel, RedactOptions

if TYPE_CHECKING:
    from passerby.jobs.measure_file import Measurement, MeasureOrder
    from passerby.jobs.measure_many import MeasureRun
    from passerby.jobs.measure_plan import MeasuredRecording
    from passerby.measure.place import Line

FIRST_YEAR, LAST_YEAR = 1900, 2999
WINDOWS = "1s, 10s, 1min, 5min, 15min, 30min, 1h or 1d"


def measure(
    clips: Annotated[
        list[str], typer.Argument(metavar="CLIP...", help="Recordings, folders, or patterns such as 'cam*/*.mp4'.")
    ],
    places: Annotated[
        list[Path] | None,
        typer.Option(
            help="Places file with lines and zones: one for all recordings, or repeated for each in order; without it "
            "the whole picture is counted."
        ),
    ] = None,
    out: Annotated[
        Path | None, typer.Option(help="File for the signals of all recordings: .csv, .jsonl, .parquet or .xlsx.")
    ] = None,
    into: Annotated[
        str,
        typer.Option(
            metavar="STORE",
            help="Store that takes the signals beside those of live cameras: signals.db or postgresql://...; made if "
            "need be. Give --start.",
        ),
    ] = "",
    spreadsheet: Annotated[
        bool,
        typer.Option(
            "--spreadsheet", help="Write CSV for Excel: marked as UTF-8, with times by --zone's clocks instead of UTC."
        ),
    ] = False,
    plot: Annotated[Path | None, typer.Option(help="Picture of them over time, .png or .svg.")] = None,
    video: Annotated[
        str,
        typer.Option(help="Covered copy with lines, zones and numbers drawn on it; of several recordings a folder."),
    ] = "",
    window: Annotated[str, typer.Option(help=f"How long the windows are: {WINDOWS}.")] = "10s",
    start: Annotated[
        list[str] | None,
        typer.Option(
            help="When it began, as 2026-11-22T08:00+01:00 (without an offset: by --zone's clocks): once for all, or "
            "repeated for each in order."
        ),
    ] = None,
    zone: Annotated[str, typer.Option(help="Time zone of hours, days and --start, such as Europe/Vienna.")] = "UTC",
    site: Annotated[str, typer.Option(help="Name of the site in the signals; by default each recording's own.")] = "",
    one_camera: Annotated[
        bool,
        typer.Option(
            "--one-camera",
            help="One camera recorded them one after the other: one series; each begins where the one before ended, "
            "unless --start says when.",
        ),
    ] = False,
    style: Annotated[str, option("style")] = DEFAULTS.style.value,
    effort: Annotated[str, option("effort")] = DEFAULTS.effort.value,
    detector: Annotated[
        list[str] | None,
        typer.Option(
            help="Network that counts what it finds instead of the standard one, by its name in 'passerby models "
            "list'; may be repeated."
        ),
    ] = None,
    crowd_model: Annotated[
        str,
        typer.Option(help=f"Density map for crowds that are too dense for boxes: {', '.join(CrowdModel)}."),
    ] = "",
    force: Annotated[bool, typer.Option("--force", help="Replace existing files.")] = False,
) -> None:
    """Say how many, how dense, how fast and which way, for the places of recordings; nobody is followed or kept."""
    from passerby.jobs.measure_plan import Given, recordings  # noqa: PLC0415 - loads FFmpeg; the help needs none

    order = _order(
        files=(out, plot),
        options=RedactOptions.checked(
            style=style, effort=effort, detectors=tuple(detector or ()), check=CheckDepth.OFF
        ),
        windows=(window, zone),
        crowd_model=crowd_model,
        one_camera=one_camera,
        replace=force,
        spreadsheet=spreadsheet,
    )
    if into:
        _require_storable(into, order, dated=bool(start))
    starts = [_began(text, order.zone) for text in start or ()]
    planned, notes = recordings(clips, Given(tuple(places or ()), starts, site, video, one_camera))
    for note in notes:
        typer.echo(f"passerby: {note}", err=True)
    survey = _surveyed(planned, order)
    _tell(survey, order)
    if into and survey.signals:
        _store(into, survey)
    raise typer.Exit(worst(exit_code(error) for error in survey.failed))


def _order(
    *,
    files: tuple[Path | None, Path | None],
    options: RedactOptions,
    windows: tuple[str, str],
    crowd_model: str,
    one_camera: bool,
    replace: bool,
    spreadsheet: bool,
) -> MeasureOrder:
    from passerby.jobs.measure_file import MeasureOrder  # noqa: PLC0415 - loads the networks' runtime
    from passerby.signals.window import WindowLength, time_zone  # noqa: PLC0415 - as above

    window, zone = windows
    if window not in set(WindowLength):
        msg = f"--window {window}: choose {WINDOWS}"
        raise UsageError(msg)
    if crowd_model and crowd_model not in set(CrowdModel):
        msg = f"--crowd-model {crowd_model}: choose {', '.join(CrowdModel)}"
        raise UsageError(msg)
    return MeasureOrder(
        *files,
        options=options,
        window=WindowLength(window),
        zone=time_zone(zone),
        one_camera=one_camera,
        replace=replace,
        spreadsheet=spreadsheet,
        crowd_model=crowd_model,
    )


def _require_storable(into: str, order: MeasureOrder, *, dated: bool) -> None:
    """Refuse at once what a store would refuse at the end of long work, and open it.

    Raises:
        UsageError: Windows of this length are not stored, or nobody said when the recording began.
        StoreError: The store cannot be opened.
    """
    from passerby.store import open_store  # noqa: PLC0415 - an extra
    from passerby.store.row import KEPT_S  # noqa: PLC0415 - as above

    if order.window.seconds not in KEPT_S:
        msg = f"--into {into}: a store takes windows of 1s, 10s, 1min, 15min or 1h, not {order.window}"
        raise UsageError(msg)
    if not dated:
        msg = f"--into {into}: a store must know when the recording began; add --start"
        raise UsageError(msg)
    open_store(into, create=True).close()


def _began(text: str, zone: tzinfo) -> datetime:
    """Return when a recording began; a time without an offset is by the clocks of the windows' zone.

    Raises:
        UsageError: It is not a time, or one in which nothing was recorded.
    """
    began = moment(text, "--start", zone)
    if not FIRST_YEAR <= began.year <= LAST_YEAR:
        msg = f"--start {text}: give a time in the years {FIRST_YEAR} to {LAST_YEAR}"
        raise UsageError(msg)
    return began


def _store(into: str, survey: MeasureRun) -> None:
    """Write the signals of a run into a store.

    Raises:
        StoreError: They could not be written.
    """
    from passerby.store import open_store  # noqa: PLC0415 - as above

    with open_store(into, create=True) as opened:
        opened.write(survey.signals)
    typer.echo(f"{into}: took {len(survey.signals)} signals")


def _surveyed(planned: list[MeasuredRecording], order: MeasureOrder) -> MeasureRun:
    from passerby.jobs.measure_many import surveying  # noqa: PLC0415 - as above

    steps = surveying(planned, order)
    with display(len(planned)) as shown:
        while True:
            try:
                event = next(steps)
            except StopIteration as end:
                survey: MeasureRun = end.value
                return survey
            shown.show(event)
            if isinstance(event, Outcome) and event.error is not None:
                typer.echo(f"passerby: {event.error}", err=True)


def _tell(survey: MeasureRun, order: MeasureOrder) -> None:
    """Say what was measured, and what was written."""
    several = len(survey.measured) + len(survey.failed) > 1
    said = _named(survey)
    for name, found in said:
        for note in found.notes:
            typer.echo(f"passerby: {f'{name}: ' if name else ''}{note}", err=True)
    show_tables([(name, found.places) for name, found in said])
    for recording, found in survey.measured:
        typer.echo(f"{recording.clip}: {found.frames} frames, {len(found.signals)} signals")
    for name, found in said:
        if found.suggestions:
            where = f"in {name} " if name else ""
            text = f"Much moved {where}across these lines; add them to a places file to count it:"
            typer.echo("\n".join([text, *_yaml(found.suggestions)]))
    if several:
        measured, failed = len(survey.measured), len(survey.failed)
        typer.echo(f"{measured + failed} recordings: {measured} measured, {failed} not")
    for recording, _ in survey.measured:
        if recording.copy is not None:
            typer.echo(f"{recording.copy}: written")
    lacks = f", without the {len(survey.failed)} that failed" if survey.failed else ""
    for path in survey.files:
        typer.echo(f"{path}: written{lacks}")
    if not survey.files:
        for path in filter(None, (order.out, order.plot)):
            typer.echo(f"{path}: not written, for there are no signals")


def _named(survey: MeasureRun) -> list[tuple[str, Measurement]]:
    """Return what each recording said under its name; one alone, and what one camera recorded, have none."""
    if survey.together is not None:
        return [("", survey.together)]
    if len(survey.measured) + len(survey.failed) == 1:
        return [("", found) for _, found in survey.measured]
    short = len({recording.clip.name for recording, _ in survey.measured}) == len(survey.measured)
    return [(recording.clip.name if short else str(recording.clip), found) for recording, found in survey.measured]


def _yaml(lines: list[Line]) -> list[str]:
    return ["lines:", *(f"  - {{name: {each.name}, from_px: {list(each.a)}, to_px: {list(each.b)}}}" for each in lines)]
