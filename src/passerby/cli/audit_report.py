"""What a verification of the audit log found, in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from passerby.process.exit_status import IN_DOUBT

if TYPE_CHECKING:
    from passerby.audit.log_check import LogReport
    from passerby.audit.log_reader import LogReader


def require_intact(reader: LogReader) -> None:
    """Verify a log whose entries were written; if it does not hold, say so on stderr and end with status 3."""
    from passerby.audit.key_file import load_key  # noqa: PLC0415 - an optional package
    from passerby.audit.log_check import check_log  # noqa: PLC0415 - as above
    from passerby.audit.tile_folder import KEY_FILE  # noqa: PLC0415 - as above

    path = reader.folder / KEY_FILE
    if not path.exists():
        typer.echo(f"{reader.folder}: not verified, because {KEY_FILE} is absent; copy it there", err=True)
        return
    report = check_log(reader, load_key(path))
    if report.problems:
        _print_problems(reader, report, to_stderr=True)
        raise typer.Exit(IN_DOUBT)


def print_report(reader: LogReader, report: LogReport, *, own_key: bool, alone: bool) -> None:
    """Print what the verification of a log found.

    Args:
        reader: Of the log.
        report: What was found.
        own_key: Whether the public key was read from the log's own folder.
        alone: Whether there was no checkpoint from elsewhere.
    """
    if report.problems:
        _print_problems(reader, report, to_stderr=False)
        return
    also = f", {report.erased} of them erased by retention" if report.erased else ""
    newer = f"; {report.newer} newer ones are not signed yet" if report.newer else ""
    typer.echo(f"{reader.folder}: {report.size} entries are intact{also}{newer}")
    typer.echo(f"root {report.root}, key {report.key}")
    for name in report.agreed:
        typer.echo(f"agrees with {name}")
    if alone:
        typer.echo("no checkpoint from elsewhere was given: anyone with the gateway's key could have rewritten the log")
    elif own_key:
        typer.echo("the key was read from the log's own folder; compare it with one that is stored elsewhere")


def _print_problems(reader: LogReader, report: LogReport, *, to_stderr: bool) -> None:
    for problem in report.problems:
        typer.echo(problem.text, err=to_stderr)
    first = report.first_bad_text
    named = f"; the first entry that is wrong is {first}" if first else ""
    typer.echo(f"{reader.folder}: the log is not intact{named}", err=to_stderr)
