"""`passerby doctor`: find problems on this machine before the site starts."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from passerby.gateway.state_lock import running_gateway
from passerby.process.exit_status import DONE, FAILED

_MARKS = {"ok": "ok   ", "note": "note ", "wrong": "WRONG"}


def doctor(
    site: Annotated[Path, typer.Argument(help="Site file.")],
) -> None:
    """Check cameras, models, disk, clock and ports of a site.

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
    typer.echo(
        f"estimate: at least {need.cores:.1f} processors busy, {need.memory_mb / 1000:.1f} GB of memory "
        "(by costs measured on another machine)"
    )
    typer.echo(f"cameras: {need.cameras}; problems: {wrong or 'none'}")
    raise typer.Exit(FAILED if wrong else DONE)
