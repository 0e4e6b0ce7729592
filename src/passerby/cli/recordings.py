"""`passerby recordings`: list, verify and export what was recorded."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from pathlib import Path
from typing import TYPE_CHECKING, Annotated
from zoneinfo import ZoneInfo

import typer

from passerby.audit.entry import AuditKind, Detail
from passerby.cli import hold
from passerby.cli.moment import moment
from passerby.cli.second_person import AgreedAction, AskingAccount, RequestNumber, agreed
from passerby.errors import AuditError, OutputError, PasserbyError, UsageError
from passerby.installation import how_to_install
from passerby.process.exit_status import DONE, IN_DOUBT

if TYPE_CHECKING:
    from passerby.outputs.recording.encryption import Key
    from passerby.outputs.recording.export import Exported
    from passerby.outputs.recording.segment import Segment

app = typer.Typer(help="List, export, verify and hold covered recordings.")
app.add_typer(hold.app, name="hold")

SiteArgument = Annotated[Path, typer.Argument(help="The site file, or the folder of the recordings.")]
KeyFile = Annotated[Path | None, typer.Option("--key", help="Key file; by default the one named in the site file.")]


@dataclass(frozen=True, slots=True)
class _Place:
    folder: Path
    key_file: Path | None
    heads: Path
    zone: tzinfo

    def cameras(self, wanted: str | None, *, gone: bool = False) -> list[str]:
        """Return the cameras that have recordings, and if asked those that had some."""
        from passerby.outputs.recording.chain import chained_cameras  # noqa: PLC0415 - an optional package
        from passerby.outputs.recording.segment import cameras  # noqa: PLC0415 - as above

        found = cameras(self.folder)
        if gone:
            found = sorted({*found, *chained_cameras(self.heads)})
        if wanted is None:
            return found
        if wanted not in found:
            msg = f"{self.folder}: no recordings of camera {wanted!r}; choose one of: {', '.join(found) or 'none'}"
            raise UsageError(msg)
        return [wanted]

    def local_time(self, at: datetime) -> str:
        return at.astimezone(self.zone).strftime("%Y-%m-%d %H:%M:%S")


@app.command("list")
def list_recordings(
    site: SiteArgument,
    camera: Annotated[str | None, typer.Option(help="Only this camera.")] = None,
) -> None:
    """List the recordings of each camera, and the gaps.

    Times are in the site's time zone; in UTC if you give a folder.
    """
    place = _place(site, None)
    from passerby.outputs.recording.segment import segments  # noqa: PLC0415 - as above

    for name in place.cameras(camera):
        ended: datetime | None = None
        for run in _runs(segments(place.folder, name)):
            if ended is not None:
                gap_s = (run[0].begin - ended).total_seconds()
                gap = f"{place.local_time(ended)} to {place.local_time(run[0].begin)}"
                typer.echo(f"{name}  {gap}  nothing was recorded for {gap_s:.0f} s")
            ended = run[-1].end
            size_mb = sum(segment.size for segment in run) / 1e6
            cut = sum(segment.cut_off for segment in run)
            notes = [f"{cut} cut off"] if cut else []
            notes += ["still recording, or the gateway was killed"] if run[-1].end is None else []
            until = place.local_time(run[-1].end or run[-1].begin)
            row = f"{name}  {place.local_time(run[0].begin)} to {until}  {len(run)} segments, {size_mb:.1f} MB"
            typer.echo("; ".join([row, *notes]))


@app.command()
def export(
    site: SiteArgument,
    camera: Annotated[str, typer.Argument(help="Name of the camera.")],
    target: Annotated[Path, typer.Option("-o", "--out", help="MP4 file to write.")],
    begin: Annotated[str, typer.Option("--from", help="Start, such as 2026-11-22T14:30, in the site's time zone.")],
    end: Annotated[str, typer.Option("--until", help="End, in the same format.")],
    key: KeyFile = None,
    force: Annotated[bool, typer.Option("--force", help="Replace existing files.")] = False,
    request: RequestNumber = None,
    account: AskingAccount = None,
    reason: Annotated[str, typer.Option(help="Why, for the audit log; by default the reason of the request.")] = "",
    case: Annotated[str, typer.Option(help="Number of the case that it belongs to, for the audit log.")] = "",
) -> None:
    """Decrypt the recordings of a period into an MP4 file.

    Nothing is encoded again. By default a second person must agree first: see passerby request. The audit log has the
    export and the SHA-256 of each file; a folder that is given without its site file has no audit log.
    """
    place = _place(site, key)
    from passerby.outputs.recording.export import export as write  # noqa: PLC0415 - as above
    from passerby.outputs.recording.segment import segments  # noqa: PLC0415 - as above

    first, last = (
        moment(text, flag, place.zone).astimezone(UTC) for text, flag in ((begin, "--from"), (end, "--until"))
    )
    if first >= last:
        msg = f"--from {begin} is not before --until {end}; swap them"
        raise UsageError(msg)
    key_file = place.key_file
    if key_file is None:
        msg = "no key file; name it with --key, or give the site file instead of the folder"
        raise UsageError(msg)
    (name,) = place.cameras(camera)
    chosen = [each for each in segments(place.folder, name) if each.begin <= last and (each.end or last) >= first]

    def made() -> list[Exported]:
        return write(chosen, _key(key_file), target, begin=first, end=last, replace=force)

    def fits(details: Mapping[str, str]) -> bool:
        from passerby.accounts.two_person_request import within_period  # noqa: PLC0415 - an optional package

        return within_period(details, first, last)

    if site.is_dir():
        written = made()
    else:
        with agreed(site, "export", name, account=account, request=request, fits=fits) as action:
            said = {
                "from": first.isoformat(),
                "until": last.isoformat(),
                "reason": reason or action.reason,
                "case": case,
            }
            written = _logged(action, name, said, made)
    _print_exported(place, written)


def _logged(
    action: AgreedAction, camera: str, said: Mapping[str, Detail], made: Callable[[], list[Exported]]
) -> list[Exported]:
    """Return files that were written between the two entries of an export; without the second, there are none."""
    from passerby.outputs.recording.segment import file_hash  # noqa: PLC0415 - an optional package

    action.note(AuditKind.EXPORT, camera, **said)
    written = made()
    try:
        for each in written:
            action.note(AuditKind.EXPORT, camera, **said, file=each.path.name, sha256=file_hash(each.path))
    except AuditError:
        for each in written:
            each.path.unlink(missing_ok=True)
        raise
    return written


def _print_exported(place: _Place, written: list[Exported]) -> None:
    for made in written:
        typer.echo(
            f"{made.path}: {made.pictures} pictures, {place.local_time(made.begin)} to {place.local_time(made.end)}"
        )
        for gap in made.gaps:
            typer.echo(
                f"  no pictures from {place.local_time(gap[0])} to {place.local_time(gap[1])}: the file skips this gap"
            )


@app.command()
def verify(
    site: SiteArgument,
    camera: Annotated[str | None, typer.Option(help="Only this camera.")] = None,
    key: KeyFile = None,
    heads: Annotated[
        Path | None,
        typer.Option(help="The folder that says which segments there must be; recording-heads by default."),
    ] = None,
) -> None:
    """Check that every segment is there and unchanged.

    The exit status is 3 if not.

    Without the key, hashes are compared with the index; with it, every part is opened and checked, and segments that
    are missing anywhere are noticed.
    """
    place = _place(site, key, heads)
    from passerby.outputs.recording.verify import opens_none  # noqa: PLC0415 - as above
    from passerby.outputs.recording.verify import verify as judged  # noqa: PLC0415 - as above

    there = place.key_file is not None and (key is not None or place.key_file.exists())
    loaded = _key(place.key_file) if place.key_file is not None and there else None
    names = place.cameras(camera, gone=True)
    if not names:
        msg = f"{place.folder}: nothing has been recorded here, so nothing can be verified; check the name"
        raise UsageError(msg)
    if loaded is not None and opens_none(place.folder, names, loaded, heads=place.heads):
        msg = (
            f"{loaded.path}: not the key of these recordings: it opens nothing in {place.folder}; name the site's "
            "own key with --key. If it is the site's own key, everything here was replaced"
        )
        raise UsageError(msg)
    count = bad = unchained = 0
    for name in names:
        for verdict in judged(place.folder, name, loaded, heads=place.heads):
            count += 1
            unchained += not verdict.chained
            if verdict.problem:
                bad += 1
                typer.echo(f"{name}  {place.local_time(verdict.begin) if verdict.begin else '-'}  {verdict.problem}")
        if loaded is not None:
            _print_account(place, name, loaded)
    if unchained:
        typer.echo(
            f"{unchained} segments are not chained, because an earlier version wrote them: the oldest or newest of "
            "them may be missing unnoticed"
        )
    how = (
        "decrypted with the key"
        if loaded
        else "checked by hash only, because there is no key: missing ends are not noticed"
    )
    typer.echo(f"{place.folder}: {count} segments, {how}; {bad} missing, changed or damaged")
    raise typer.Exit(IN_DOUBT if bad else DONE)


def _key(path: Path) -> Key:
    """Return the key in a file.

    Raises:
        UsageError: It is missing, not a key, or other users can read it.
    """
    from passerby.outputs.recording.encryption import load_key  # noqa: PLC0415 - an optional package

    try:
        return load_key(path)
    except OutputError as error:
        raise UsageError(str(error)) from error


def _print_account(place: _Place, name: str, key: Key) -> None:
    """Print what the sealed head says of a camera.

    Whoever keeps a copy of this line elsewhere notices when recordings and head are both put back to an older state.
    """
    from passerby.outputs.recording.chain import read_erased, read_head  # noqa: PLC0415 - an optional package

    try:
        head = read_head(place.heads, name, key)
        erased = read_erased(place.heads, name, key)
    except PasserbyError:
        return  # it is among the problems
    if head is not None and head.begin:
        newest = f"newest: number {head.number} of {place.local_time(datetime.fromisoformat(head.begin))}"
        newest += f", SHA-256 {head.sha256}" if head.sha256 else ", being written"
        count = sum(last - first + 1 for first, last in erased.spans)
        until = f", up to {place.local_time(datetime.fromisoformat(erased.until))}" if count else ""
        typer.echo(f"{name}  {newest}; {count} erased by retention{until}")


def _place(site: Path, key: Path | None, heads: Path | None = None) -> _Place:
    """Return where recordings lie."""
    try:
        import passerby.outputs.recording.encryption  # noqa: F401, PLC0415 - is the optional package installed?
    except ModuleNotFoundError as error:
        msg = f"recordings need the package {error.name}; run {how_to_install('recording')}"
        raise UsageError(msg) from error
    if site.is_dir():
        beside = (key or site).absolute().parent / "recording-heads"
        return _Place(site, key, heads or beside, UTC)
    from passerby.assembly.outlets import recording_heads, recording_key_file, recordings_folder  # noqa: PLC0415 - as above
    from passerby.settings.load import load_site  # noqa: PLC0415 - loads the schema; the help needs none of it

    settings = load_site(site)
    key_file = key or recording_key_file(settings)
    return _Place(
        recordings_folder(settings), key_file, heads or recording_heads(settings), ZoneInfo(settings.timezone)
    )


def _runs(found: list[Segment]) -> Iterator[list[Segment]]:
    """Yield segments grouped into runs without a gap."""
    from passerby.outputs.recording.segment import GAP_S  # noqa: PLC0415 - an optional package

    run: list[Segment] = []
    for segment in found:
        if run and segment.begin - (run[-1].end or run[-1].begin) > timedelta(seconds=GAP_S):
            yield run
            run = []
        run.append(segment)
    if run:
        yield run
