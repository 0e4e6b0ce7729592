"""`passerby tune`: make a plan for one camera from a minute that somebody labelled."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from passerby.cli.evaluate import KINDS, truth_format
from passerby.cli.progress import display
from passerby.cli.redact import DEFAULTS, kinds, option
from passerby.errors import UsageError
from passerby.evaluate.result import TruthFormat
from passerby.jobs.task import FileTask, Step
from passerby.redact.choice import CoverKind
from passerby.settings.options import RedactOptions
from passerby.vision.effort import Effort

SEARCHED = (Effort.FAST, Effort.BALANCED, Effort.THOROUGH)


def tune(
    clip: Annotated[Path, typer.Argument(metavar="MINUTE", help="The labelled video: a minute of one camera.")],
    truth: Annotated[Path, typer.Option(help="Its labels: MOT, CVML or COCO boxes.")],
    output: Annotated[Path, typer.Option("-o", "--output", help="JSON file for the plan.")] = Path("camera.plan.json"),
    form: Annotated[
        str, typer.Option("--format", help=f"Format of the labels: {KINDS}. Default: detected from the content.")
    ] = TruthFormat.AUTO.value,
    upper: Annotated[float, typer.Option(help="Share of a person's height that must be covered, from the top.")] = 0.4,
    cover: Annotated[str, option("cover")] = ",".join(sorted(DEFAULTS.cover)),
    efforts: Annotated[
        str, typer.Option(help="Efforts to choose from, separated by commas: leave out what is too slow for you.")
    ] = ",".join(SEARCHED),
    force: Annotated[bool, typer.Option("--force", help="Replace an existing plan.")] = False,
) -> None:
    """Find settings for one camera on a labelled minute.

    Searches effort, scores by size and region, growth and hold on the first half of the minute, and measures them on
    the second. Writes a plan for `passerby redact --plan` and for a camera in a site file. Exit status 1, and no plan,
    if it would be no better than the defaults.
    """
    from passerby.jobs.redact_file import refuse_existing, write_json  # noqa: PLC0415 - loads the networks' runtime
    from passerby.jobs.stepwise import Stepwise  # noqa: PLC0415 - as above
    from passerby.jobs.tuning import TuneRequest, tuning  # noqa: PLC0415 - as above

    refuse_existing(output, "-o", replace=force)
    chosen = RedactOptions.checked(cover=kinds(cover)).cover
    if not chosen & {CoverKind.PEOPLE, CoverKind.HEADS}:
        msg = f"--cover {cover}: a plan is for bodies; add people or heads"
        raise UsageError(msg)
    request = TuneRequest(clip, truth, truth_format(form), upper, chosen, _efforts(efforts))
    task = FileTask(clip, output)
    with display(1) as shown, Stepwise(tuning(request)) as steps:
        for progress in steps:
            shown.show(Step(task, progress))
        plan = steps.result
    write_json(plan.to_json(), output)
    typer.echo(f"{output}: {plan.summary()}")


def _efforts(text: str) -> tuple[Effort, ...]:
    """Return the efforts that a list names.

    Raises:
        UsageError: One of them cannot be searched, or there is none.
    """
    names = kinds(text)
    if not names or not set(names) <= set(SEARCHED):
        msg = f"--efforts {text}: choose from {', '.join(SEARCHED)}"
        raise UsageError(msg)
    return tuple(Effort(name) for name in names)
