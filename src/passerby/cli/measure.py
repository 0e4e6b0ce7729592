"""`passerby measure`: compute signals about places from recordings."""

from __future__ import annotations

from collections.abc import Generator
from datetime import datetime, tzinfo
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from passerby.cli.measure_table import show_tables
from passerby.cli.moment import moment
from passerby.cli.number import require_within
from passerby.cli.progress import display
from passerby.cli.redact import DEFAULTS, MOST_JOBS, option
from passerby.errors import UsageError
from passerby.jobs.stepwise import Stepwise
from passerby.jobs.task import Event, Outcome
from passerby.process.exit_status import exit_code, worst
from passerby.redact.choice import CheckDepth
from passerby.settings.options import CrowdModel, RedactOptions

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
            help="Places file with lines and zones: one for all recordings, or one per recording in the same order. "
            "Without it, the whole picture is one zone."
        ),
    ] = None,
    out: Annotated[
        Path | None, typer.Option(help="File for the signals of all recordings: .csv, .jsonl, .parquet or .xlsx.")
    ] = None,
    into: Annotated[
        str,
        typer.Option(
            metavar="STORE",
            help="Store to which the signals are added, next to those of live cameras: signals.db or postgresql://...; "
            "created if missing. Needs --start.",
        ),
    ] = "",
    spreadsheet: Annotated[
        bool,
        typer.Option(
            "--spreadsheet", help="Write CSV for Excel: marked as UTF-8, with local times of --zone instead of UTC."
        ),
    ] = False,
    plot: Annotated[Path | None, typer.Option(help="Plot of the signals over time, .png or .svg.")] = None,
    video: Annotated[
        str,
        typer.Option(help="Covered copy with lines, zones and numbers drawn on it; a folder if there are several."),
    ] = "",
    window: Annotated[str, typer.Option(help=f"Length of the windows: {WINDOWS}.")] = "10s",
    start: Annotated[
        list[str] | None,
        typer.Option(
            help="When the recording began, as 2026-11-22T08:00+01:00 (without an offset: in --zone). Once for all, or "
            "once per recording in the same order."
        ),
    ] = None,
    zone: Annotated[str, typer.Option(help="Time zone of hours, days and --start, such as Europe/Vienna.")] = "UTC",
    site: Annotated[str, typer.Option(help="Site name in the signals; by default each recording's name.")] = "",
    one_camera: Annotated[
        bool,
        typer.Option(
            "--one-camera",
            help="One camera made these recordings one after the other: measure one series. Each begins where the one "
            "before ended, unless --start says when.",
        ),
    ] = False,
    style: Annotated[str, option("style")] = DEFAULTS.style.value,
    effort: Annotated[str, option("effort")] = DEFAULTS.effort.value,
    detector: Annotated[
        list[str] | None,
        typer.Option(
            help="Network that counts, instead of the standard one; a name from 'passerby models list'. May be "
            "repeated."
        ),
    ] = None,
    crowd_model: Annotated[
        str,
        typer.Option(help=f"Density-map network for crowds too dense for boxes: {', '.join(CrowdModel)}."),
    ] = "",
    force: Annotated[bool, typer.Option("--force", help="Replace existing files.")] = False,
    cluster: Annotated[
        str,
        typer.Option(
            help="Spread the recordings over the nodes of this cluster: address of its first node, HOST:PORT."
        ),
    ] = "",
    cluster_files: Annotated[
        Path | None, typer.Option(help="Folder that this machine joined the cluster with.")
    ] = None,
    jobs: Annotated[
        int, typer.Option(help=f"With --cluster: how many recordings each node measures at once, 1 to {MOST_JOBS}.")
    ] = 1,
) -> None:
    """Measure counts, density, speed and flow in recordings.

    Reports numbers about places. Nobody is identified, and nothing about a single person is stored.
    """
    from passerby.jobs.measure_plan import (  # noqa: PLC0415 - loads FFmpeg; not needed for the help
        MeasureRequest,
        recordings,
    )

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
    require_within("--jobs", jobs, 1, MOST_JOBS)
    starts = [_began(text, order.zone) for text in start or ()]
    planned, notes = recordings(clips, MeasureRequest(tuple(places or ()), starts, site, video, one_camera))
    for note in notes:
        typer.echo(f"passerby: {note}", err=True)
    run = _run(_steps(planned, order, cluster=cluster, files=cluster_files, jobs=jobs), len(planned))
    _print_run(run, order)
    if into and run.signals:
        _store(into, run)
    raise typer.Exit(worst(exit_code(error) for error in run.failed))


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
    """Refuse at the start what the store would refuse at the end, and check that it opens.

    Raises:
        UsageError: Windows of this length are not stored, or no start time was given.
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
    """Return when a recording began; a time without an offset is in the time zone of the windows.

    Raises:
        UsageError: It is not a time, or no recording can be from that year.
    """
    began = moment(text, "--start", zone)
    if not FIRST_YEAR <= began.year <= LAST_YEAR:
        msg = f"--start {text}: give a time in the years {FIRST_YEAR} to {LAST_YEAR}"
        raise UsageError(msg)
    return began


def _store(into: str, survey: MeasureRun) -> None:
    """Write the signals of a run to a store.

    Raises:
        StoreError: They could not be written.
    """
    from passerby.store import open_store  # noqa: PLC0415 - as above

    with open_store(into, create=True) as opened:
        opened.write(survey.signals)
    typer.echo(f"{into}: {len(survey.signals)} signals written")


def _steps(
    planned: list[MeasuredRecording], order: MeasureOrder, *, cluster: str, files: Path | None, jobs: int
) -> Generator[Event, None, MeasureRun]:
    """Return what measures the recordings: this machine, or the nodes of a cluster."""
    if cluster:
        from passerby.cli.cluster import measure_with  # noqa: PLC0415 - as above

        return measure_with(cluster, files, planned, order, jobs=jobs)
    from passerby.jobs.measure_many import measure_all  # noqa: PLC0415 - as above

    return measure_all(planned, order)


def _run(measuring: Generator[Event, None, MeasureRun], recordings: int) -> MeasureRun:
    with display(recordings) as shown, Stepwise(measuring) as steps:
        for event in steps:
            shown.show(event)
            if isinstance(event, Outcome) and event.error is not None:
                typer.echo(f"passerby: {event.error}", err=True)
        return steps.result


def _print_run(run: MeasureRun, order: MeasureOrder) -> None:
    """Print what was measured and which files were written."""
    several = len(run.measured) + len(run.failed) > 1
    said = _headings(run)
    for name, found in said:
        for note in found.notes:
            typer.echo(f"passerby: {f'{name}: ' if name else ''}{note}", err=True)

    show_tables([(name, found.places) for name, found in said])
    for recording, found in run.measured:
        typer.echo(f"{recording.clip}: {found.frames} frames, {len(found.signals)} signals")

    for name, found in said:
        if found.suggestions:
            where = f" in {name}" if name else ""
            text = f"Many people or vehicles crossed these lines{where}; to count them, add them to a places file:"
            typer.echo("\n".join([text, *_yaml(found.suggestions)]))

    if several:
        measured, failed = len(run.measured), len(run.failed)
        typer.echo(f"{measured + failed} recordings: {measured} measured, {failed} failed")

    for recording, _ in run.measured:
        if recording.copy is not None:
            typer.echo(f"{recording.copy}: written")

    lacks = f", without the {len(run.failed)} that failed" if run.failed else ""
    for path in run.files:
        typer.echo(f"{path}: written{lacks}")
    if not run.files:
        for path in filter(None, (order.out, order.plot)):
            typer.echo(f"{path}: not written because there are no signals")


def _headings(run: MeasureRun) -> list[tuple[str, Measurement]]:
    """Return the measurements with their recordings' names; a single one and those of one camera have no name."""
    if run.together is not None:
        return [("", run.together)]
    if len(run.measured) + len(run.failed) == 1:
        return [("", found) for _, found in run.measured]
    short = len({recording.clip.name for recording, _ in run.measured}) == len(run.measured)
    return [(recording.clip.name if short else str(recording.clip), found) for recording, found in run.measured]


def _yaml(lines: list[Line]) -> list[str]:
    return ["lines:", *(f"  - {{name: {each.name}, from_px: {list(each.a)}, to_px: {list(each.b)}}}" for each in lines)]
