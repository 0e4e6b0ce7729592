"""`passerby redact`: write covered copies of videos and pictures."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from passerby.cli.number import require_within
from passerby.cli.progress import display
from passerby.cli.redact_outcome import named_failure, print_outcomes
from passerby.cli.verify import BindSource, KeyFolder, TimestampUrl, signing_of
from passerby.errors import UsageError
from passerby.jobs.task import Event, Outcome, RedactOrder
from passerby.process.exit_status import exit_code, worst
from passerby.settings.options import RedactOptions, flag, help_of

if TYPE_CHECKING:
    from passerby.jobs.redact_plan import RedactPlan

DEFAULTS = RedactOptions()
PARAMETERS = {
    "hold": "hold_s",
    "mask": "masks",
    "mask_scale": "growth",
    "detector": "detectors",
    "start": "from_s",
    "end": "until_s",
}
"""Parameters of commands whose names differ from those of `RedactOptions`."""
MOST_JOBS = 64
LEAST_PIECE_S, MOST_PIECE_S = 10, 86400


def option(name: str) -> Any:  # noqa: ANN401 - typer's own type is private
    """Return the command-line option for a field of `RedactOptions`."""
    return typer.Option(flag(name), help=help_of(name))


def given(context: typer.Context, values: dict[str, Any]) -> dict[str, Any]:
    """Return the options that the command line names; the others are left to a preset, a plan or the defaults.

    Args:
        context: Of the command.
        values: Values by the names of `RedactOptions`.
    """
    own = {PARAMETERS.get(name, name) for name in context.params if _is_named(context, name)}
    return {name: value for name, value in values.items() if name in own}


def _is_named(context: typer.Context, name: str) -> bool:
    source = context.get_parameter_source(name)
    return source is not None and source.name != "DEFAULT"


def redact(
    context: typer.Context,
    sources: Annotated[list[str], typer.Argument(help="Videos, pictures, folders, or patterns such as 'cam*/*.mp4'.")],
    output: Annotated[
        str,
        typer.Option("-o", "--output", help="File or folder for the covered copies; by default next to the sources."),
    ] = "",
    preset: Annotated[str, option("preset")] = "",
    cover: Annotated[str, option("cover")] = ",".join(sorted(DEFAULTS.cover)),
    style: Annotated[str, option("style")] = DEFAULTS.style.value,
    shape: Annotated[str, option("shape")] = DEFAULTS.shape.value,
    mask: Annotated[list[Path] | None, option("masks")] = None,
    hold: Annotated[float, option("hold_s")] = DEFAULTS.hold_s,
    thresh: Annotated[float | None, option("thresh")] = None,
    scale: Annotated[str, option("scale")] = "",
    mask_scale: Annotated[float, option("growth")] = DEFAULTS.growth,
    effort: Annotated[str, option("effort")] = DEFAULTS.effort.value,
    plan: Annotated[Path | None, option("plan")] = None,
    budget_ms: Annotated[float | None, option("budget_ms")] = None,
    real_time: Annotated[bool, option("real_time")] = DEFAULTS.real_time,
    detector: Annotated[list[str] | None, option("detectors")] = None,
    edits: Annotated[Path | None, option("edits")] = None,
    no_openings: Annotated[bool, option("no_openings")] = DEFAULTS.no_openings,
    codec: Annotated[str, option("codec")] = DEFAULTS.codec.value,
    crf: Annotated[int | None, option("crf")] = None,
    start: Annotated[str, option("from_s")] = "",
    end: Annotated[str, option("until_s")] = "",
    sound: Annotated[str, option("sound")] = DEFAULTS.sound.value,
    mute: Annotated[list[str] | None, option("mute")] = None,
    keep_audio: Annotated[bool, option("keep_audio")] = DEFAULTS.keep_audio,
    check: Annotated[str, option("check")] = DEFAULTS.check.value,
    report: Annotated[str, typer.Option(help="File for the JSON report; a folder if there are several sources.")] = "",
    boxes: Annotated[
        bool, typer.Option("--boxes", help="Include the covered boxes of each frame in the report.")
    ] = False,
    boxes_csv: Annotated[
        str,
        typer.Option(help="CSV file for the covered boxes of each frame; a folder if there are several sources."),
    ] = "",
    sheet: Annotated[
        str,
        typer.Option(help="PNG file for a contact sheet of the copy; a folder if there are several sources."),
    ] = "",
    annex: Annotated[
        str,
        typer.Option(
            help="Private JSON file with the name and SHA-256 of the source; a folder if there are several sources. "
            "Do not pass it on with the copy."
        ),
    ] = "",
    results: Annotated[
        Path | None, typer.Option(help="Table of the results of all files: a file that ends in .csv or .json.")
    ] = None,
    key: KeyFolder = None,
    timestamp: TimestampUrl = "",
    bind_source: BindSource = False,
    jobs: Annotated[
        int, typer.Option(help=f"How many files to cover at once, 1 to {MOST_JOBS}; with --cluster, on each node.")
    ] = 1,
    piece: Annotated[
        float | None,
        typer.Option(
            help="Length of the pieces, s, into which recordings of at least twice this length are cut, to be covered "
            "at once with --jobs or --cluster; 0 = never. By default 120 or more, so that all are busy."
        ),
    ] = None,
    resume: Annotated[
        bool,
        typer.Option(
            "--resume",
            help="Skip files that an earlier run covered: their copies are newer. Covered pieces of long recordings "
            "are kept if the run is stopped, and used by the next one.",
        ),
    ] = False,
    force: Annotated[bool, typer.Option("--force", help="Replace existing copies and reports.")] = False,
    cluster: Annotated[
        str, typer.Option(help="Spread the files over the nodes of this cluster: address of its first node, HOST:PORT.")
    ] = "",
    cluster_files: Annotated[
        Path | None, typer.Option(help="Folder that this machine joined the cluster with.")
    ] = None,
) -> None:
    """Write copies of videos and pictures with everyone covered."""
    from passerby.jobs.redact_plan import Companions  # noqa: PLC0415 - loads FFmpeg; not needed for the help

    values = {
        "preset": preset,
        "cover": kinds(cover),
        "style": style,
        "shape": shape,
        "masks": tuple(mask or ()),
        "hold_s": hold,
        "thresh": thresh,
        "scale": size_px(scale),
        "growth": mask_scale,
        "effort": effort,
        "plan": plan,
        "budget_ms": budget_ms,
        "real_time": real_time,
        "detectors": tuple(detector or ()),
        "edits": edits,
        "no_openings": no_openings,
        "codec": codec,
        "crf": crf,
        "from_s": start,
        "until_s": end,
        "sound": sound,
        "mute": tuple(mute or ()),
        "keep_audio": keep_audio,
        "check": check,
    }
    options = RedactOptions.checked(**given(context, values))
    require_within("--jobs", jobs, 1, MOST_JOBS)
    if piece:
        require_within("--piece", piece, LEAST_PIECE_S, MOST_PIECE_S)
    if boxes and not report:
        msg = "--boxes: boxes are written to the report; also give --report"
        raise UsageError(msg)
    if cluster and key is not None:
        msg = "--sign: with --cluster the key would go to every node; sign the copies here, with passerby keys sign"
        raise UsageError(msg)
    signing = signing_of(key, timestamp, bind_source=bind_source)
    if results is not None:
        from passerby.jobs.results import check_results  # noqa: PLC0415 - loads the networks' runtime

        check_results(results, replace=force or resume)  # it has the files of earlier runs too
    from passerby.jobs.cut_recordings import Cutting  # noqa: PLC0415 - as above
    from passerby.jobs.redact_plan import plan as plan_run  # noqa: PLC0415 - as above

    print_plan(options)
    companions = Companions(boxes_csv, sheet, annex)
    made = plan_run(sources, output, report, codec=options.codec, companions=companions, resume=resume)
    order = RedactOrder(options, keep_boxes=boxes, replace=force, signing=signing)
    outcomes: list[Outcome] = []
    try:
        covering = _covering(cluster, cluster_files)
        _run(made, partial(covering, made.tasks, order, jobs=jobs, cutting=Cutting(piece, resume)), outcomes)
    finally:
        if results is not None:  # also of a run that is interrupted: what is done is done
            from passerby.jobs.results import write_results  # noqa: PLC0415 - as above

            write_results(results, outcomes, made.refused, made.done)
    print_outcomes(outcomes, refused=len(made.refused))
    raise typer.Exit(worst([each.code for each in outcomes] + [exit_code(error) for error in made.refused]))


def print_plan(options: RedactOptions) -> None:
    """Print on stderr what the plan in the options chooses, and what shows that it is good.

    Raises:
        UsageError: It cannot be read, is wrong, or was edited.
    """
    if options.plan is None:
        return
    from passerby.settings.camera_plan import read_plan  # noqa: PLC0415 - loads numpy

    typer.echo(f"passerby: plan {options.plan}: {read_plan(options.plan).summary()}", err=True)


def kinds(text: str) -> list[str]:
    """Return the words of a list with commas."""
    return [word.strip() for word in text.split(",") if word.strip()]


def size_px(text: str) -> tuple[str, str] | None:
    """Return width and height from `640x360`; None for an empty text.

    Raises:
        UsageError: It has another form.
    """
    if not text:
        return None
    width, cross, height = text.lower().partition("x")
    if not (cross and width.isdigit() and height.isdigit()):
        msg = f"--scale {text}: give width and height in px, as 640x360"
        raise UsageError(msg)
    return width, height


def _covering(cluster: str, files: Path | None) -> Callable[..., Iterator[Event]]:
    """Return what covers files: this machine, or the nodes of a cluster."""
    if cluster:
        from passerby.cli.cluster import cover_with  # noqa: PLC0415 - loads the networks' runtime

        return partial(cover_with, cluster, files)
    from passerby.jobs.batch import cover_all  # noqa: PLC0415 - as above

    return cover_all


def _run(made: RedactPlan, cover: Callable[[], Iterator[Event]], outcomes: list[Outcome]) -> None:
    """Cover the files and add what became of each to `outcomes`."""
    for note in made.notes:
        typer.echo(f"passerby: {note}", err=True)
    for error in made.refused:
        typer.echo(f"passerby: {error}", err=True)
    with display(len(made.tasks)) as shown:
        for event in cover():
            shown.show(event)
            if isinstance(event, Outcome):
                outcomes.append(event)
                if event.error is not None:
                    typer.echo(f"passerby: {named_failure(event)}", err=True)
