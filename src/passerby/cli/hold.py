"""`passerby recordings hold`: periods of recordings that are not erased until somebody ends the hold."""

from __future__ import annotations

import time
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated
from zoneinfo import ZoneInfo

import typer

from passerby.audit.entry import AuditKind
from passerby.cli.moment import moment
from passerby.cli.second_person import AskingAccount, RequestNumber, agreed
from passerby.cli.site_accounts import SiteFile, at_the_machine, logging_to
from passerby.errors import UsageError
from passerby.installation import how_to_install

if TYPE_CHECKING:
    from passerby.outputs.recording.legal_hold import LegalHolds
    from passerby.settings.site.site import SiteSettings

app = typer.Typer(help="Keep recordings beyond their age, such as for the police.")

_Camera = Annotated[str, typer.Argument(metavar="CAMERA", help="Name of the camera.")]


@app.command()
def add(
    site: SiteFile,
    camera: _Camera,
    begin: Annotated[str, typer.Option("--from", help="Start, such as 2026-11-22T14:30, in the site's time zone.")],
    end: Annotated[str, typer.Option("--until", help="End, in the same format; at most 366 days later.")],
    reason: Annotated[str, typer.Option(help="Why, in a sentence.")],
) -> None:
    """Prevent recordings of a period from being erased, whatever their age, until the hold is ended."""
    settings, holds = _holds(site)
    from passerby.outputs.recording.legal_hold import LONGEST_HOLD, SHORTEST_REASON, LegalHold  # noqa: PLC0415 - an optional package

    zone = ZoneInfo(settings.timezone)
    first, last = (moment(text, flag, zone).astimezone(UTC) for text, flag in ((begin, "--from"), (end, "--until")))
    if not first < last <= first + LONGEST_HOLD:
        msg = f"--until {end} must be after --from {begin}, and at most {LONGEST_HOLD.days} days later"
        raise UsageError(msg)
    why = reason.strip()
    if len(why) < SHORTEST_REASON:
        msg = f"--reason: say why, in at least {SHORTEST_REASON} characters"
        raise UsageError(msg)
    if camera not in (known := _recorded(settings)):
        msg = f"{site}: no recordings of camera {camera!r}; choose one of: {', '.join(known) or 'none'}"
        raise UsageError(msg)
    said = {"legal_hold": "placed", "from": first.isoformat(), "until": last.isoformat(), "reason": why}
    with logging_to(settings) as trail:
        trail.note(AuditKind.SETTINGS_CHANGED, at_the_machine().name, camera, **said)
        placed = datetime.fromtimestamp(time.time(), UTC)
        made = holds.place(LegalHold(0, camera, first, last, why, at_the_machine().name, placed))
    typer.echo(f"legal hold {made.number} placed; passerby recordings hold end {site} {camera} {made.number} ends it")


@app.command("list")
def list_holds(site: SiteFile) -> None:
    """List the legal holds; times are in the site's time zone."""
    settings, holds = _holds(site)
    zone = ZoneInfo(settings.timezone)
    for each in holds.all():
        first, last, placed = (f"{at.astimezone(zone):%Y-%m-%d %H:%M}" for at in (each.begin, each.end, each.placed))
        typer.echo(f"{each.number}  {each.camera}  {first} to {last}; placed {placed} by {each.by}: {each.reason}")


@app.command("end")
def end_hold(
    site: SiteFile,
    camera: _Camera,
    number: Annotated[int, typer.Argument(metavar="NUMBER", help="As passerby recordings hold list shows it.")],
    request: RequestNumber = None,
    account: AskingAccount = None,
) -> None:
    """End a legal hold: recordings that are too old are then erased.

    With end_legal_hold in accounts.two_persons, a second person must agree first: see passerby request ask --hold.
    """
    _, holds = _holds(site)
    if (camera, number) not in {(each.camera, each.number) for each in holds.all()}:
        msg = f"camera {camera!r} has no legal hold {number}; passerby recordings hold list {site} shows all"
        raise UsageError(msg)

    def fits(details: Mapping[str, str]) -> bool:
        return details.get("hold") == str(number)

    with agreed(site, "end_legal_hold", camera, account=account, request=request, fits=fits) as action:
        action.note(AuditKind.SETTINGS_CHANGED, camera, legal_hold="ended", number=number)
        holds.end(camera, number)
    typer.echo(f"legal hold {number} ended")


def _holds(path: Path) -> tuple[SiteSettings, LegalHolds]:
    """Return the settings of a site and its legal holds."""
    try:
        from passerby.assembly.outlets import legal_holds_file  # noqa: PLC0415 - an optional package
        from passerby.outputs.recording.legal_hold import LegalHolds  # noqa: PLC0415 - as above
    except ModuleNotFoundError as error:
        msg = f"recordings need the package {error.name}; run {how_to_install('recording')}"
        raise UsageError(msg) from error
    from passerby.settings.load import load_site  # noqa: PLC0415 - not needed for the help

    settings = load_site(path)
    return settings, LegalHolds(legal_holds_file(settings))


def _recorded(site: SiteSettings) -> list[str]:
    """Return the cameras that are recorded, or of which there are recordings."""
    from passerby.assembly.outlets import recordings_folder  # noqa: PLC0415 - an optional package
    from passerby.outputs.recording.segment import cameras  # noqa: PLC0415 - as above

    return sorted({*cameras(recordings_folder(site)), *(each.name for each in site.cameras if each.record)})
