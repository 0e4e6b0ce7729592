"""`passerby recordings`: list, verify and export what was recorded."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from pathlib import Path
from typing import TYPE_CHECKING, Annotated
from zoneinfo import ZoneInfo

import typer

from passerby.errors import UsageError
from passerby.process.exit_status import DONE, IN_DOUBT

if TYPE_CHECKING:
    from passerby.outputs.recording.segment import Segment

app = typer.Typer(help="List, export and verify covered recordings.")

SiteArgument = Annotated[Path, typer.Argument(help="The site file, or the folder of the recordings.")]
KeyFile = Annotated[Path | None, typer.Option("--key", help="Key file; by default the one named in the site file.")]


@dataclass(frozen=True, slots=True)
class _Place:
    folder: Path
    key_file: Path | None
    zone: tzinfo

    def cameras(self, wanted: str | None) -> list[str]:
        from passerby.outputs.recording.segment import cameras  # noqa: PLC0415 - an optional package

        found = cameras(self.folder)
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
) -> None:
    """Decrypt the recordings of a period into an MP4 file.

    Nothing is encoded again.
    """
    place = _place(site, key)
    from passerby.outputs.recording.encryption import load_key  # noqa: PLC0415 - as above
    from passerby.outputs.recording.export import export as write  # noqa: PLC0415 - as above
    from passerby.outputs.recording.segment import segments  # noqa: PLC0415 - as above

    first, last = _moment(begin, "--from", place.zone), _moment(end, "--until", place.zone)
    if first >= last:
        msg = f"--from {begin} is not before --until {end}; swap them"
        raise UsageError(msg)
    if place.key_file is None:
        msg = "no key file; name it with --key, or give the site file instead of the folder"
        raise UsageError(msg)
    (name,) = place.cameras(camera)
    chosen = [each for each in segments(place.folder, name) if each.begin <= last and (each.end or last) >= first]
    for made in write(chosen, load_key(place.key_file), target, begin=first, end=last, replace=force):
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
) -> None:
    """Check that all segments are present and unchanged.

    Without the key, hashes are compared with the index; with it, every part is decrypted and checked. Exit status 3: a
    segment is missing, changed or damaged.
    """
    place = _place(site, key)
    from passerby.outputs.recording.encryption import load_key  # noqa: PLC0415 - as above
    from passerby.outputs.recording.verify import verify as judged  # noqa: PLC0415 - as above

    there = place.key_file is not None and (key is not None or place.key_file.exists())
    loaded = load_key(place.key_file) if place.key_file is not None and there else None
    count = bad = 0
    for name in place.cameras(camera):
        for checked in judged(place.folder, name, loaded):
            count += 1
            if checked.problem:
                bad += 1
                typer.echo(f"{name}  {place.local_time(checked.segment.begin)}  {checked.problem}")
    how = "decrypted with the key" if loaded else "checked by hash only, because there is no key"
    typer.echo(f"{place.folder}: {count} segments, {how}; {bad} missing, changed or damaged")
    raise typer.Exit(IN_DOUBT if bad else DONE)


def _place(site: Path, key: Path | None) -> _Place:
    """Return where the recordings are."""
    try:
        import passerby.outputs.recording.encryption  # noqa: F401, PLC0415 - is the optional package installed?
    except ModuleNotFoundError as error:
        msg = f"recordings need the package {error.name}; run: pip install 'passerby[recording]'"
        raise UsageError(msg) from error
    if site.is_dir():
        return _Place(site, key, UTC)
    from passerby.assembly.outlets import recording_key_file, recordings_folder  # noqa: PLC0415 - as above
    from passerby.settings.load import load_site  # noqa: PLC0415 - loads the schema; not needed for the help

    settings = load_site(site)
    return _Place(recordings_folder(settings), key or recording_key_file(settings), ZoneInfo(settings.timezone))


def _moment(text: str, flag: str, zone: tzinfo) -> datetime:
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        msg = f"{flag} {text}: not a time; write it as 2026-11-22T14:30"
        raise UsageError(msg) from None
    return (at if at.tzinfo else at.replace(tzinfo=zone)).astimezone(UTC)


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
