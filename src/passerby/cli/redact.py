"""`passerby redact`: write covered copies of videos and pictures."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from passerby.cli.progress import display
from passerby.errors import UsageError
from passerby.jobs.task import Outcome, RedactOrder
from passerby.process.exit_status import exit_code, worst
from passerby.settings.options import RedactOptions, flag, help_of

if TYPE_CHECKING:
    from passerby.jobs.redact_plan import RedactPlan

DEFAULTS = RedactOptions()
_CAUSES = 3
"""Causes of cover that a line has room for; the report has them all."""


def option(name: str) -> Any:  # noqa: ANN401 - typer's own type is private
    """Return the command-line option for a field of `RedactOptions`."""
    return typer.Option(flag(name), help=help_of(name))


def redact(
    sources: Annotated[list[str], typer.Argument(help="Videos, pictures, folders, or patterns such as 'cam*/*.mp4'.")],
    output: Annotated[
        str,
        typer.Option("-o", "--output", help="File or folder for the covered copies; by default next to the sources."),
    ] = "",
    cover: Annotated[str, option("cover")] = ",".join(sorted(DEFAULTS.cover)),
    style: Annotated[str, option("style")] = DEFAULTS.style.value,
    shape: Annotated[str, option("shape")] = DEFAULTS.shape.value,
    mask: Annotated[list[Path] | None, option("masks")] = None,
    hold: Annotated[float, option("hold_s")] = DEFAULTS.hold_s,
    thresh: Annotated[float | None, option("thresh")] = None,
    scale: Annotated[str, option("scale")] = "",
    mask_scale: Annotated[float, option("growth")] = DEFAULTS.growth,
    effort: Annotated[str, option("effort")] = DEFAULTS.effort.value,
    budget_ms: Annotated[float | None, option("budget_ms")] = None,
    real_time: Annotated[bool, option("real_time")] = DEFAULTS.real_time,
    detector: Annotated[list[str] | None, option("detectors")] = None,
    codec: Annotated[str, option("codec")] = DEFAULTS.codec.value,
    crf: Annotated[int | None, option("crf")] = None,
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
    jobs: Annotated[int, typer.Option(help="How many files to cover at once.", min=1, max=64)] = 1,
    force: Annotated[bool, typer.Option("--force", help="Replace existing copies and reports.")] = False,
) -> None:
    """Write copies of videos and pictures with everyone covered."""
    from passerby.jobs.redact_plan import Companions, plan  # noqa: PLC0415 - loads FFmpeg; not needed for the help

    options = RedactOptions.checked(
        cover=[word.strip() for word in cover.split(",") if word.strip()],
        style=style,
        shape=shape,
        masks=tuple(mask or ()),
        hold_s=hold,
        thresh=thresh,
        scale=size_px(scale),
        growth=mask_scale,
        effort=effort,
        budget_ms=budget_ms,
        real_time=real_time,
        detectors=tuple(detector or ()),
        codec=codec,
        crf=crf,
        keep_audio=keep_audio,
        check=check,
    )
    if boxes and not report:
        msg = "--boxes: boxes are written to the report; also give --report"
        raise UsageError(msg)
    if results is not None:
        from passerby.jobs.results import check_results  # noqa: PLC0415 - loads the networks' runtime

        check_results(results, replace=force)
    companions = Companions(boxes_csv, sheet, annex)
    made = plan(sources, output, report, codec=options.codec, companions=companions)
    order = RedactOrder(options, keep_boxes=boxes, replace=force)
    outcomes: list[Outcome] = []
    try:
        _run(made, order, jobs, outcomes)
    finally:
        if results is not None:  # also of a run that is interrupted: what is done is done
            from passerby.jobs.results import write_results  # noqa: PLC0415 - as above

            write_results(results, outcomes, made.refused)
    _print_outcomes(outcomes, refused=len(made.refused))
    raise typer.Exit(worst([each.code for each in outcomes] + [exit_code(error) for error in made.refused]))


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


def _run(made: RedactPlan, order: RedactOrder, jobs: int, outcomes: list[Outcome]) -> None:
    """Cover the files and add what became of each to `outcomes`."""
    from passerby.jobs.batch import cover_all  # noqa: PLC0415 - loads the networks' runtime

    for note in made.notes:
        typer.echo(f"passerby: {note}", err=True)
    for error in made.refused:
        typer.echo(f"passerby: {error}", err=True)
    with display(len(made.tasks)) as shown:
        for event in cover_all(made.tasks, order, jobs=jobs):
            shown.show(event)
            if isinstance(event, Outcome):
                outcomes.append(event)
                if event.error is not None:
                    typer.echo(f"passerby: {_named(event)}", err=True)


def _named(failed: Outcome) -> str:
    """Return the error of a file, which begins with the file's name whatever failed."""
    text = str(failed.error)
    return text if failed.task.source.name in text else f"{failed.task.source}: {text}"


def _print_outcomes(outcomes: list[Outcome], *, refused: int) -> None:
    """Print the result of each file on stdout; several files end with a line of totals."""
    for each in outcomes:
        if each.error is None:
            typer.echo(_outcome_line(each))
    files = len(outcomes) + refused
    if files > 1:
        failed = sum(each.error is not None for each in outcomes) + refused
        doubt = sum(each.error is None and each.code != 0 for each in outcomes)
        typer.echo(
            f"{files} files: {files - failed} covered, {failed} failed, {doubt} to look at{_all_covered(outcomes)}"
        )


def _outcome_line(outcome: Outcome) -> str:
    parts = [f"{outcome.task.target}: {outcome.frames} frame{'s' * (outcome.frames != 1)}"]
    parts.append(cover_line([outcome]))
    if outcome.whole:
        parts.append(f"{outcome.whole} covered whole")
    if outcome.spots:
        parts.append(
            f"the check suspects {outcome.spots} spot{'s' * (outcome.spots != 1)}: look at them (passerby check)"
        )
    if outcome.task.report is not None:
        parts.append(f"report {outcome.task.report}")
    return ", ".join(parts)


def _all_covered(outcomes: list[Outcome]) -> str:
    done = [each for each in outcomes if each.error is None]
    return f"; {cover_line(done)}" if done else ""


def cover_line(outcomes: list[Outcome]) -> str:
    """Return how much of the copies is covered, and what covers frames nearly whole.

    Args:
        outcomes: Files that were covered; each counts by its frames.
    """
    frames = sum(each.frames for each in outcomes)
    share = sum(each.covered_share * each.frames for each in outcomes) / max(1, frames)
    over = sum(each.over_90 for each in outcomes)
    line = f"{100 * share:.1f} % of the picture covered on average, {over} of {frames} frames over 90 %"
    causes: Counter[str] = Counter()
    for each in outcomes:
        causes.update(dict(each.causes))
    main = ", ".join(f"{cause}: {count}" for cause, count in causes.most_common(_CAUSES))
    more = "" if len(causes) <= _CAUSES else ", ..."
    return f"{line} ({main}{more})" if main else line
