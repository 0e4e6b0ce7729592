"""`passerby request`: what one person asks for and another one decides, on a machine without a browser."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated
from zoneinfo import ZoneInfo

import typer

from passerby.cli.moment import moment
from passerby.cli.second_person import person
from passerby.cli.site_accounts import SiteFile, opened
from passerby.errors import UsageError

if TYPE_CHECKING:
    from passerby.accounts.two_person_request import Matter

app = typer.Typer(help="Ask a second person to agree, or decide as one.")

_As = Annotated[str, typer.Option("--as", help="Your account; its password is asked for, or read from the input.")]


@app.command()
def ask(
    site: SiteFile,
    camera: Annotated[str, typer.Argument(metavar="CAMERA", help="Name of the camera.")],
    account: _As,
    reason: Annotated[str, typer.Option(help="Why, for the second person.")],
    begin: Annotated[
        str | None, typer.Option("--from", help="Start, such as 2026-11-22T14:30, in the site's time zone.")
    ] = None,
    end: Annotated[str | None, typer.Option("--until", help="End, in the same format.")] = None,
    hold: Annotated[
        int | None, typer.Option(min=0, help="Number of the legal hold to end, instead of a period.")
    ] = None,
) -> None:
    """Ask for an export, or for the end of a legal hold.

    Once somebody else has agreed, a request is valid once, for exactly what was asked for, within a day
    (accounts.two_persons_h).
    """
    with opened(site) as (settings, _):
        from passerby.accounts.account import principal_of  # noqa: PLC0415 - an optional package

        matter, details = _wanted(begin, end, hold, ZoneInfo(settings.timezone))
        if camera not in {each.name for each in settings.cameras}:
            msg = f"{site}: there is no camera {camera!r}"
            raise UsageError(msg)
        with person(settings, account) as (who, approvals):
            principal = principal_of(who, settings.cameras_by_group)
            made = approvals.ask(who, principal, matter, camera, details=details, reason=reason)
    typer.echo(f"request {made.number}: somebody else decides with passerby request decide {site} {made.number}")


def _wanted(begin: str | None, end: str | None, hold: int | None, zone: ZoneInfo) -> tuple[Matter, dict[str, str]]:
    """Return what is asked for, and the details of it."""
    from passerby.accounts.two_person_request import Matter  # noqa: PLC0415 - an optional package

    if hold is not None and begin is None and end is None:
        return Matter.END_LEGAL_HOLD, {"hold": str(hold)}
    if hold is not None or begin is None or end is None:
        msg = "give --from and --until for an export, or --hold for the end of a legal hold"
        raise UsageError(msg)
    first, last = (moment(text, flag, zone) for text, flag in ((begin, "--from"), (end, "--until")))
    if first >= last:
        msg = f"--from {begin} is not before --until {end}; swap them"
        raise UsageError(msg)
    return Matter.EXPORT, {"from": first.astimezone(UTC).isoformat(), "until": last.astimezone(UTC).isoformat()}


@app.command("list")
def list_requests(site: SiteFile) -> None:
    """List the requests of a site."""
    with opened(site) as (settings, store):
        from passerby.accounts.approval import all_requests  # noqa: PLC0415 - an optional package

        zone = ZoneInfo(settings.timezone)
        for each in all_requests(store):
            details = [f"{name} {_local(text, zone)}" for name, text in each.details.items()]
            state = each.state.value if time.time() < each.ends_s or each.decided_by else "ended"
            by = f" by {each.decided_by}" if each.decided_by else ""
            what = " ".join([each.matter, each.subject, *details])
            typer.echo(f"{each.number}  {state}{by}; {what}; asked by {each.asked_by}: {each.reason}")


@app.command()
def decide(
    site: SiteFile,
    number: Annotated[int, typer.Argument(metavar="NUMBER", help="As passerby request list shows it.")],
    account: _As,
    grant: Annotated[bool, typer.Option("--grant/--refuse", help="Agree to the request, or refuse it.")],
) -> None:
    """Agree to what somebody else asks for, or refuse it."""
    with opened(site) as (settings, _):
        from passerby.accounts.account import principal_of  # noqa: PLC0415 - an optional package

        with person(settings, account) as (who, approvals):
            made = approvals.decide(who, principal_of(who, settings.cameras_by_group), number, granted=grant)
    typer.echo(f"request {number}: {made.state}")


def _local(text: str, zone: ZoneInfo) -> str:
    """Return a detail of a request; a time in the time zone of the site."""
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        return text
    return f"{at.astimezone(zone):%Y-%m-%d %H:%M}" if at.tzinfo else text
