"""`passerby doctor`: find problems on this machine before the site starts."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from passerby.errors import DetectorError, ModelError
from passerby.gateway.state_lock import running_gateway
from passerby.process.exit_status import DONE, FAILED

if TYPE_CHECKING:
    from passerby.gateway.capacity import Need

_MARKS = {"ok": "ok   ", "note": "note ", "wrong": "WRONG"}


def doctor(
    site: Annotated[Path, typer.Argument(help="Site file.")],
) -> None:
    """Check cameras, models, disk, clock, ports and load of a site.

    Prints one line each; where there is a problem, the line says how to fix it.

    Exit status 0: no problems (there may be notes); 1: at least one problem; 2: the site file itself is wrong.
    """
    from passerby.assembly.diagnose import Level, examine  # noqa: PLC0415 - not needed for the help
    from passerby.gateway.capacity import require_room  # noqa: PLC0415 - as above
    from passerby.settings.load import load_site  # noqa: PLC0415 - as above

    settings = load_site(site)
    wrong = 0
    need = require_room(settings)
    for finding in examine(settings, site, gateway=running_gateway(settings.state_folder)):
        typer.echo(f"{_MARKS[finding.level]} {finding.subject}: {finding.text}")
        wrong += finding.level is Level.WRONG
    for line in _estimate(need):
        typer.echo(line)
    typer.echo(f"cameras: {need.cameras}; problems: {wrong or 'none'}")
    raise typer.Exit(FAILED if wrong else DONE)


def _estimate(need: Need) -> Iterator[str]:
    """Yield what the cameras need, by what a pass of the networks costs on this machine."""
    from passerby.assembly.pass_cost import pass_ms_here  # noqa: PLC0415 - as above
    from passerby.gateway.capacity import STANDARD_PASS_MS  # noqa: PLC0415 - as above

    how = "by costs measured on another machine"
    if need.cameras:
        try:
            pass_ms = pass_ms_here()
        except (ModelError, DetectorError):  # what is wrong with them was printed above, if the site needs them
            how += "; the standard networks could not be run here"
        else:
            need = need.where_a_pass_takes(pass_ms)
            how += (
                f", times {pass_ms / STANDARD_PASS_MS:.1f}: "
                f"a pass of the networks takes {pass_ms:.0f} ms of processor time here, {STANDARD_PASS_MS:.0f} ms there"
            )
    processors = len(os.sched_getaffinity(0))
    if need.cores > processors:
        yield (
            f"{_MARKS['note']} processors: the cameras need at least {need.cores:.1f}, and this machine has "
            f"{processors}: frames are inspected less often, and covered whole where that takes too long; "
            "set effort: fast and a lower max_fps, or spread the cameras over several machines"
        )
    yield f"estimate: at least {need.cores:.1f} processors busy, {need.memory_mb / 1000:.1f} GB of memory ({how})"
