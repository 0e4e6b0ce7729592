"""`passerby audit`: verify, show and export who did what with a gateway; works offline."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterable
from datetime import UTC
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from passerby.cli.audit_report import print_report, require_intact
from passerby.cli.moment import moment
from passerby.errors import UsageError
from passerby.installation import how_to_install
from passerby.process.exit_status import DONE, IN_DOUBT

if TYPE_CHECKING:
    from passerby.audit.checkpoint import StoredCheckpoint
    from passerby.audit.entry import AuditEntry
    from passerby.audit.export import EntrySelection
    from passerby.audit.log_reader import LogReader

app = typer.Typer(help="Verify, show and export the audit log.")


class EntryFormat(StrEnum):
    """Format of exported entries."""

    JSONL = "jsonl"
    CSV = "csv"


PlaceArgument = Annotated[
    Path, typer.Argument(help="The state folder of a gateway, its site file, or a copy of a log's folder.")
]
StartOption = Annotated[
    str | None, typer.Option("--from", help="Start, as 2026-11-22T08:00, in UTC. Default: the first entry.")
]
EndOption = Annotated[str | None, typer.Option("--until", help="End, in the same format. Default: the last entry.")]
KindOption = Annotated[
    list[str] | None, typer.Option(help="Kind of entry, such as sign_in; may be repeated. Default: all.")
]


@app.command()
def verify(
    place: PlaceArgument,
    checkpoint: Annotated[
        list[Path] | None,
        typer.Option(help="A checkpoint that was stored elsewhere, or a folder of them; may be repeated."),
    ] = None,
    key: Annotated[
        Path | None, typer.Option(help="Public key of the log, stored elsewhere. Default: log.vkey in its folder.")
    ] = None,
    witness: Annotated[
        list[Path] | None,
        typer.Option(help="Public key of a witness that must have cosigned one of the checkpoints; may be repeated."),
    ] = None,
    timestamp: Annotated[
        Path | None,
        typer.Option(help="Time stamp (.tsr) of the one --checkpoint that is given; needs --authority."),
    ] = None,
    authority: Annotated[
        Path | None, typer.Option(help="Certificate of the time-stamping authority's root, PEM.")
    ] = None,
) -> None:
    """Check that the log is complete and unchanged.

    No entry may have been changed, removed, inserted or put in another place.

    The exit status is 3 if one was. Without a checkpoint from elsewhere, anyone who has the gateway's key can write
    another history that is consistent.
    """
    reader = _reader(place)
    from passerby.audit.checkpoint import read_checkpoints  # noqa: PLC0415 - an optional package
    from passerby.audit.key_file import load_key  # noqa: PLC0415 - as above
    from passerby.audit.log_check import check_log  # noqa: PLC0415 - as above
    from passerby.audit.tile_folder import KEY_FILE  # noqa: PLC0415 - as above

    stored = [*read_checkpoints(checkpoint or [])]
    if timestamp is not None:
        _print_time(timestamp, authority, stored)
    report = check_log(
        reader,
        load_key(key or reader.folder / KEY_FILE),
        stored,
        [load_key(each) for each in witness or []],
    )
    print_report(reader, report, own_key=key is None, alone=not checkpoint)
    raise typer.Exit(IN_DOUBT if report.problems else DONE)


@app.command()
def cosign(
    place: PlaceArgument,
    log_key: Annotated[Path, typer.Option(help="Public key of the log, which you got in another way.")],
    key: Annotated[Path, typer.Option(help="Your private key as a witness; made if the file does not exist.")],
    seen: Annotated[
        Path, typer.Option(help="Where you store the checkpoint that you cosigned last; made the first time.")
    ],
    name: Annotated[str, typer.Option(help="Your name as a witness, for a new key: a domain of yours.")] = "",
) -> None:
    """Cosign a log's newest checkpoint as a witness.

    You cosign only if the log has only grown since the last time.

    Run it regularly, on a machine that the gateway's operators do not control.
    """
    reader = _reader(place)
    from passerby.audit.key_file import load_key, load_or_make_signer  # noqa: PLC0415 - an optional package
    from passerby.audit.note import COSIGNATURE  # noqa: PLC0415 - as above
    from passerby.audit.witness import cosigned  # noqa: PLC0415 - as above

    if not name and not key.exists():
        msg = f"{key}: there is no key yet; give your name with --name to make one"
        raise UsageError(msg)
    witness = load_or_make_signer(key, name, algorithm=COSIGNATURE)
    try:
        last = seen.read_bytes() if seen.exists() else None
    except OSError as error:
        msg = f"{seen}: cannot be read ({error.strerror})"
        raise UsageError(msg) from error
    note = cosigned(reader, load_key(log_key), witness, seen=last, now_s=time.time())
    _write(seen, str(note).splitlines(), force=True)
    typer.echo(f"{seen}: cosigned by {witness.key}")


@app.command()
def witness(
    site: Annotated[Path, typer.Argument(metavar="SITE", help="Site file of the gateway that is a witness.")],
) -> None:
    """Print the public key of this gateway as a witness.

    With it, the gateway cosigns the logs of other gateways. The key is made the first time.
    """
    _require_packages()
    from passerby.audit.key_file import load_or_make_signer  # noqa: PLC0415 - an optional package
    from passerby.audit.log_witness import witness_folder  # noqa: PLC0415 - as above
    from passerby.audit.note import COSIGNATURE  # noqa: PLC0415 - as above
    from passerby.outputs.log_origin import log_origin  # noqa: PLC0415 - as above
    from passerby.settings.load import load_site  # noqa: PLC0415 - as above

    settings = load_site(site)
    path = witness_folder(settings.state_folder) / "key"
    name = log_origin(settings.site, "witness", settings.state_folder)
    typer.echo(str(load_or_make_signer(path, name, algorithm=COSIGNATURE).key))


@app.command()
def export(
    place: PlaceArgument,
    target: Annotated[Path | None, typer.Option("-o", "--out", help="File to write. Default: standard output.")] = None,
    as_format: Annotated[EntryFormat, typer.Option("--format", help="jsonl or csv.")] = EntryFormat.JSONL,
    begin: StartOption = None,
    end: EndOption = None,
    kind: KindOption = None,
    force: Annotated[bool, typer.Option("--force", help="Replace an existing file.")] = False,
) -> None:
    """Write the entries as JSON lines or CSV, and verify the log.

    The exit status is 3 if an entry was changed, removed, inserted or put in another place: the first one is named. To
    compare the log with checkpoints from elsewhere, run passerby audit verify.
    """
    selection = _selection(begin, end, kind)
    reader = _reader(place)
    from passerby.audit.export import csv_lines, json_lines, selected  # noqa: PLC0415 - an optional package

    lines = (csv_lines if as_format is EntryFormat.CSV else json_lines)(selected(reader, selection))
    if target is None:
        _print(lines)
    else:
        _write(target, lines, force=force)
    require_intact(reader)


@app.command()
def show(
    place: PlaceArgument,
    account: Annotated[str, typer.Option(help="Only what this account did, and what was done to it.")] = "",
    begin: StartOption = None,
    end: EndOption = None,
    kind: KindOption = None,
) -> None:
    """Show the entries, one line each; times are in UTC.

    With --account, an operator sees everything that is recorded about that account.
    """
    selection = _selection(begin, end, kind, account)
    reader = _reader(place)
    from passerby.audit.export import selected  # noqa: PLC0415 - an optional package

    _print(_line(index, entry) for index, entry in selected(reader, selection))


def _print_time(timestamp: Path, authority: Path | None, stored: list[StoredCheckpoint]) -> None:
    """Print when a checkpoint was stamped, or refuse the time stamp."""
    from passerby.audit.timestamp import stamped_at  # noqa: PLC0415 - an optional package

    if authority is None or len(stored) != 1:
        msg = "--timestamp needs --authority, and one --checkpoint: the one that was stamped"
        raise UsageError(msg)
    try:
        at = stamped_at(timestamp.read_bytes(), stored[0].data, authority.read_bytes())
    except OSError as error:
        msg = f"{error.filename}: cannot be read ({error.strerror})"
        raise UsageError(msg) from error
    typer.echo(f"{stored[0].name} existed at {at.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC, says the authority")


def _line(index: int, entry: AuditEntry) -> str:
    from passerby.audit.export import moment_text  # noqa: PLC0415 - an optional package

    details = ", ".join(f"{name}={value}" for name, value in sorted(entry.details.items()))
    parts = (str(index), moment_text(entry.at_s), entry.kind.value, entry.account or "gateway", entry.subject, details)
    return "  ".join("".join(c if c.isprintable() else "\ufffd" for c in part) for part in parts if part)


def _selection(begin: str | None, end: str | None, kinds: list[str] | None, account: str = "") -> EntrySelection:
    _require_packages()
    from passerby.audit.entry import AuditKind  # noqa: PLC0415 - an optional package
    from passerby.audit.export import EntrySelection  # noqa: PLC0415 - as above

    for each in kinds or []:
        if each not in {*AuditKind}:
            msg = f"--kind {each}: no such kind of entry; choose from {', '.join(AuditKind)}"
            raise UsageError(msg)
    first = None if begin is None else moment(begin, "--from", UTC).timestamp()
    last = None if end is None else moment(end, "--until", UTC).timestamp()
    if first is not None and last is not None and first >= last:
        msg = f"--from {begin} is not before --until {end}; swap them"
        raise UsageError(msg)
    return EntrySelection(first, last, account, frozenset(map(AuditKind, kinds or [])))


def _reader(place: Path) -> LogReader:
    """Return a reader of the log at a place."""
    _require_packages()
    from passerby.audit.log_reader import LogReader  # noqa: PLC0415 - an optional package

    if not place.is_file():
        return LogReader(place)
    from passerby.settings.load import load_site  # noqa: PLC0415 - loads the schema; the help needs none of it

    return LogReader(load_site(place).state_folder)


def _require_packages() -> None:
    try:
        import passerby.audit.note  # noqa: F401, PLC0415 - is the optional package installed?
    except ModuleNotFoundError as error:
        msg = f"the audit log needs the package {error.name}; run {how_to_install('audit')}"
        raise UsageError(msg) from error


def _print(lines: Iterable[str]) -> None:
    try:
        for line in lines:
            sys.stdout.write(f"{line}\n")
        sys.stdout.flush()
    except BrokenPipeError:  # `head` has read enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _write(target: Path, lines: Iterable[str], *, force: bool) -> None:
    from passerby.outputs.partial import PartialFile, write_error  # noqa: PLC0415 - the help needs none of it

    file = PartialFile(target, replace=force, mode=0o600)
    try:
        for line in lines:
            file.write(f"{line}\n".encode())
        file.commit()
    except OSError as error:
        raise write_error(target, error) from error
    finally:
        file.discard()
