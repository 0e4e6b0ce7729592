"""`passerby backup` and `passerby restore`: a gateway's state in two files, and back onto an empty machine."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Annotated

import typer

from passerby.errors import UsageError
from passerby.installation import how_to_install


def backup(
    site: Annotated[Path, typer.Argument(metavar="SITE", help="The site file; the gateway may be running.")],
    target: Annotated[Path, typer.Argument(help="File for settings, accounts, audit log, alerts and signals.")],
    keys: Annotated[Path | None, typer.Option(help="File for the keys. Default: TARGET.keys.")] = None,
) -> None:
    """Back up a gateway: everything but recordings.

    Keys, and the site file with its passwords, are in a second file. Store the two apart.
    """
    try:
        from passerby.jobs.backup import back_up  # noqa: PLC0415 - an optional package
    except ModuleNotFoundError as error:
        msg = f"{error.name} is not installed, which backups need; run {how_to_install('live')}"
        raise UsageError(msg) from error
    apart = keys or target.with_name(f"{target.name}.keys")
    for line in back_up(site, target, apart, clock=time.time):
        typer.echo(f"not in the backup: {line}", err=True)
    typer.echo(f"{target}: the backup; {apart}: its keys. Store them apart.")


def restore(
    backup: Annotated[Path, typer.Argument(help="The backup.")],
    keys: Annotated[Path, typer.Option(help="Its keys.")],
    site: Annotated[Path, typer.Option(help="Where the site file is written; it must not exist.")],
) -> None:
    """Restore a backup onto an empty machine; nothing is replaced.

    The state folder and the databases are where the site file says, and must be empty.
    """
    try:
        from passerby.jobs.restore import restore as restore_backup  # noqa: PLC0415 - an optional package
    except ModuleNotFoundError as error:
        msg = f"{error.name} is not installed, which restoring needs; run {how_to_install('live')}"
        raise UsageError(msg) from error
    found = restore_backup(backup, keys, site)
    typer.echo(f"{site}: {found.site} as of {found.made}; start it with passerby up {site}")
    typer.echo(
        "what happened after that is missing, and anyone who has a later checkpoint of the audit log can see that"
    )
