"""`passerby evaluate`: measure which labelled people the cover misses."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from passerby.cli.progress import display
from passerby.cli.redact import DEFAULTS, given, kinds, option, print_plan, size_px
from passerby.errors import UsageError
from passerby.evaluate.result import Evaluation, Moment, TruthFormat
from passerby.jobs.task import FileTask, Step
from passerby.settings.options import RedactOptions

if TYPE_CHECKING:
    from rich.table import Table

KINDS = ", ".join(TruthFormat)


def evaluate(
    context: typer.Context,
    clip: Annotated[Path, typer.Argument(help="The labelled video or picture.")],
    truth: Annotated[Path, typer.Option(help="Its labels: MOT, CVML or COCO boxes, or head points.")],
    form: Annotated[
        str, typer.Option("--format", help=f"Format of the labels: {KINDS}. Default: detected from the content.")
    ] = TruthFormat.AUTO.value,
    upper: Annotated[float, typer.Option(help="Share of a person's height that must be covered, from the top.")] = 0.4,
    preset: Annotated[str, option("preset")] = "",
    cover: Annotated[str, option("cover")] = ",".join(sorted(DEFAULTS.cover)),
    mask: Annotated[list[Path] | None, option("masks")] = None,
    hold: Annotated[float, option("hold_s")] = DEFAULTS.hold_s,
    thresh: Annotated[float | None, option("thresh")] = None,
    scale: Annotated[str, option("scale")] = "",
    mask_scale: Annotated[float, option("growth")] = DEFAULTS.growth,
    effort: Annotated[str, option("effort")] = DEFAULTS.effort.value,
    plan: Annotated[Path | None, option("plan")] = None,
    detector: Annotated[list[str] | None, option("detectors")] = None,
    covers: Annotated[
        Path | None,
        typer.Option(help="Report, with boxes, of a finished copy: evaluate that cover instead of covering again."),
    ] = None,
    json: Annotated[Path | None, typer.Option(help="JSON file for the results.")] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace an existing JSON file.")] = False,
) -> None:
    """Measure which labelled people the cover misses.

    Covers a labelled clip in memory, writes no copy, and compares the cover with the labels.
    """
    from passerby.jobs.evaluation import evaluate_file, evaluate_report  # noqa: PLC0415 - loads the networks' runtime
    from passerby.jobs.redact_file import refuse_existing, write_json  # noqa: PLC0415 - as above

    kind = truth_format(form)
    if json is not None:
        refuse_existing(json, "--json", replace=force)
    values = {
        "preset": preset,
        "cover": kinds(cover),
        "masks": tuple(mask or ()),
        "hold_s": hold,
        "thresh": thresh,
        "scale": size_px(scale),
        "growth": mask_scale,
        "effort": effort,
        "plan": plan,
        "detectors": tuple(detector or ()),
    }
    options = RedactOptions.checked(**given(context, values))
    print_plan(options)
    if covers is not None:
        found = evaluate_report(clip, truth, covers, truth_format=kind, upper=upper)
    else:
        task = FileTask(clip, clip)
        with display(1) as shown:
            found = evaluate_file(
                clip,
                truth,
                options,
                truth_format=kind,
                upper=upper,
                progress=lambda progress: shown.show(Step(task, progress)),
            )
    if json is not None:
        write_json(found.to_json(), json)
    _print_result(clip, found)


def truth_format(form: str) -> TruthFormat:
    """Return the format of labels that an option names.

    Raises:
        UsageError: There is no such format.
    """
    if form not in set(TruthFormat):
        msg = f"--format {form}: choose {KINDS}"
        raise UsageError(msg)
    return TruthFormat(form)


def _print_result(clip: Path, found: Evaluation) -> None:
    from rich.console import Console  # noqa: PLC0415 - not needed for the help

    console = Console(highlight=False)
    console.print(_sizes(found))
    if found.moments:
        console.print(_moments(found.moments))
    typer.echo(f"{clip}: {_summary(found)}")


def _sizes(found: Evaluation) -> Table:
    points = found.truth_format is TruthFormat.POINTS
    table = _table(
        "distance to the next head, px" if points else "height of the part to cover, px",
        *("heads", "uncovered") if points else ("heads", "under 80 % covered", "under 50 %"),
    )
    for each in found.sizes:
        if each.heads:
            span = f"{each.from_px} and more" if each.below_px is None else f"{each.from_px} to {each.below_px - 1}"
            bare = [f"{count:,} ({count / each.heads:.1%})" for count in (each.exposed80, each.exposed50)]
            table.add_row(span, f"{each.heads:,}", *bare[: 1 if points else 2])
    return table


def _moments(moments: list[Moment]) -> Table:
    table = _table("worst: from s", "to s", "frames", "frame", "box, px", "covered")
    for each in moments:
        box = " ".join(map(str, each.box_px))
        numbers = (f"{each.first_s:.2f}", f"{each.last_s:.2f}", str(each.frames), str(each.frame))
        table.add_row(*numbers, box, f"{each.covered:.0%}")
    return table


def _table(*columns: str) -> Table:
    from rich.box import SIMPLE_HEAD  # noqa: PLC0415 - as above
    from rich.table import Table as Made  # noqa: PLC0415 - as above

    table = Made(box=SIMPLE_HEAD, pad_edge=False)
    for column in columns:
        table.add_column(column, justify="right", no_wrap=True)
    return table


def _summary(found: Evaluation) -> str:
    parts = []
    if found.truth_format is TruthFormat.POINTS:
        parts.append(f"{found.exposed80:.2%} of {found.heads:,} head points uncovered")
    else:
        heads = f"{found.heads:,} head{'s' * (found.heads != 1)}"
        parts.append(
            f"of {heads} {found.exposed80:.2%} covered less than 80 %, {found.exposed50:.2%} less than "
            f"half, {found.untouched:.2%} not at all"
        )

    if found.people is not None:
        parts.append(f"{found.people_exposed} of {found.people} people exposed at least once")
    if found.exposed80_per_hour is not None:
        parts.append(f"{found.exposed80_per_hour:,.0f} exposed head-frames an hour")
    area = f"area covered {found.area:.1%}"
    parts.append(area if found.precision is None else f"{area}, {found.precision:.0%} of it where people are")
    if found.frames_covered_whole:
        parts.append(f"{found.frames_covered_whole} of {found.frames} frames covered whole")
    if found.frames_labelled < found.frames:
        parts.append(f"{found.frames_labelled} of {found.frames} frames labelled")
    if found.labels_clipped:
        parts.append(f"{found.labels_clipped:,} labels reach beyond the picture, only their part within it counts")
    if found.labels_outside:
        parts.append(f"{found.labels_outside:,} labels lie mostly outside it and do not count")

    return "; ".join(parts)
