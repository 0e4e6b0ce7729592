"""`passerby check`: inspect a covered copy with other networks."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from passerby.cli.progress import display
from passerby.errors import UsageError
from passerby.jobs.task import FileTask, Progress, Step
from passerby.process.exit_status import DONE, IN_DOUBT
from passerby.redact.choice import CheckDepth

if TYPE_CHECKING:
    from passerby.reports.redaction import LeakCheck


def check(
    copy: Annotated[Path, typer.Argument(help="The covered video or picture.")],
    depth: Annotated[str, typer.Option(help="Frames to check: sample or full.")] = CheckDepth.FULL.value,
    sheet: Annotated[Path | None, typer.Option(help="PNG file for pictures of the spots, cut from the copy.")] = None,
    json: Annotated[Path | None, typer.Option(help="JSON file for the results.")] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace an existing sheet or JSON file.")] = False,
) -> None:
    """Look for uncovered people in a covered copy.

    Uses other networks than those that made the copy, and lists the spots where they suspect someone.
    """
    from passerby.jobs.check_file import check_file  # noqa: PLC0415 - loads the networks' runtime
    from passerby.jobs.redact_file import refuse_existing, write_json  # noqa: PLC0415 - as above

    if depth not in set(CheckDepth):
        msg = f"--depth {depth}: choose sample or full"
        raise UsageError(msg)
    if json is not None:
        refuse_existing(json, "--json", replace=force)
    task = FileTask(copy, copy)
    with display(1) as shown:
        found = check_file(
            copy,
            depth=CheckDepth(depth),
            sheet=sheet,
            replace=force,
            progress=lambda done, expected: shown.show(Step(task, Progress("checking", done, expected, 0))),
        )
    if json is not None:
        write_json(found.model_dump_json(indent=1), json)
    _print_result(copy, found)
    raise typer.Exit(IN_DOUBT if found.spots or found.frames_unreadable else DONE)


def _print_result(copy: Path, found: LeakCheck) -> None:
    if found.spots:
        typer.echo("  from s     to s  frames  what     sure  box, px")
    for spot in found.spots:
        box = " ".join(map(str, spot.box_px))
        row = f"{spot.first_s:8.2f} {spot.last_s:8.2f} {spot.frames:7}  {spot.kind:7} {spot.score:5.2f}  {box}"
        typer.echo(row)
    unreadable = f", {found.frames_unreadable} could not be read" if found.frames_unreadable else ""
    scenes = f" in {found.scenes_checked} of {found.scenes} scenes" if found.scenes > 1 else ""
    checked = f"{found.frames_checked} frames checked{scenes}{unreadable}"
    typer.echo(f"{copy}: {checked}, {len(found.spots)} spots to look at")
