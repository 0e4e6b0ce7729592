"""`passerby release`: a folder with a covered copy and all that goes with it."""

from __future__ import annotations

from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated

import typer

from passerby.cli.verify import BindSource, KeyFolder, TimestampUrl, signing_of
from passerby.errors import UsageError
from passerby.installation import how_to_install
from passerby.settings.reasons import read_reasons

_CASE = 80


def release(
    recording: Annotated[Path, typer.Argument(help="The recording whose copy is released.")],
    output: Annotated[
        Path | None, typer.Option("-o", "--output", help="Folder to write; by default NAME_release beside it.")
    ] = None,
    copy: Annotated[Path | None, typer.Option(help="The covered copy; by default NAME_redacted.mp4 beside it.")] = None,
    report: Annotated[
        Path | None, typer.Option(help="The copy's report; by default the one that passerby review wrote beside it.")
    ] = None,
    edits: Annotated[Path | None, typer.Option(help="The edits file; by default NAME.edits.json beside it.")] = None,
    reasons: Annotated[
        Path | None, typer.Option(help="Your list of reasons and legal bases (YAML), and your organisation's name.")
    ] = None,
    case: Annotated[str, typer.Option(help="Case number, printed on the exemption log.")] = "",
    key: KeyFolder = None,
    timestamp: TimestampUrl = "",
    bind_source: BindSource = False,
    force: Annotated[bool, typer.Option("--force", help="Replace an earlier release.")] = False,
) -> None:
    """Write a folder with all that goes with a copy.

    It contains the covered copy, its exemption log, its report, hashes, and how to verify them.
    """
    if find_spec("reportlab") is None:
        msg = f"the exemption log needs a library that is not installed; run: {how_to_install('release')}"
        raise UsageError(msg)
    if len(case) > _CASE or not case.isprintable():
        msg = f"--case: give up to {_CASE} printable characters"
        raise UsageError(msg)
    signing = signing_of(key, timestamp, bind_source=bind_source)
    listed = read_reasons(reasons) if reasons is not None else None

    from passerby.jobs.release_folder import ReleaseOrder, record_of  # noqa: PLC0415 - loads the networks' runtime
    from passerby.jobs.release_folder import release as write_release  # noqa: PLC0415 - as above
    from passerby.jobs.review_files import review_files  # noqa: PLC0415 - as above

    files = review_files(recording, copy=copy, edits=edits)
    files = replace(files, report=report or files.report)
    folder = output or recording.with_name(f"{recording.stem}_release")
    record = record_of(folder)
    order = ReleaseOrder(files, folder, record, listed, case, signing, force)
    log = write_release(order)
    typer.echo(f"{folder}: {len(log.entries)} entries in the exemption log")
    typer.echo(f"{record}: who approved it; keep it with your records, and do not pass it on")
    if log.unreasoned:
        what = ", ".join(log.unreasoned[:5])
        typer.echo(f"passerby: no reason is stated for: {what}; set reasons on the page or with --reasons", err=True)
    if log.organisation == "" and signing is None:
        typer.echo("passerby: the log does not name your organisation; set `organisation` in --reasons", err=True)
