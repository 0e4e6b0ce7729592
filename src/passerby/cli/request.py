"""`passerby request`: what one person asks for and another one decides, on a machine without a browser."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated
from zoneinfo import ZoneInfo

import typer

from passerby.audit.entry import AuditKind
from passerby.cli.moment import moment
from passerby.cli.site_accounts import SiteFile, at_the_machine, logging_to, opened, typed_code, typed_password
from passerby.errors import UsageError

if TYPE_CHECKING:
    from passerby.accounts.account import Account
    from passerby.accounts.approval import Approvals
    from passerby.accounts.store import AccountStore
    from passerby.accounts.trail import Trail
    from passerby.settings.site.site import SiteSettings

app = typer.Typer(help="Ask a second person to agree, or decide as one.")

_As = Annotated[str, typer.Option("--as", help="Your account; its password is asked for, or read from the input.")]


@app.command()
def ask(
    site: SiteFile,
    camera: Annotated[str, typer.Argument(metavar="CAMERA", help="Name of the camera.")],
    account: _As,
    begin: Annotated[str, typer.Option("--from", help="Start, such as 2026-11-22T14:30, in the site's time zone.")],
    end: Annotated[str, typer.Option("--until", help="End, in the same format.")],
    reason: Annotated[str, typer.Option(help="Why, for the second person.")],
) -> None:
    """Ask for an export of recordings.

    Once somebody else has agreed, one export of that period is allowed. A request ends after a day
    (accounts.two_persons_h).
    """
    with opened(site) as (settings, _):
        zone = ZoneInfo(settings.timezone)
        first, last = (moment(text, flag, zone) for text, flag in ((begin, "--from"), (end, "--until")))
        if first >= last:
            msg = f"--from {begin} is not before --until {end}; swap them"
            raise UsageError(msg)
        if camera not in {each.name for each in settings.cameras}:
            msg = f"{site}: there is no camera {camera!r}"
            raise UsageError(msg)
        from passerby.accounts.account import principal_of  # noqa: PLC0415 - an optional package
        from passerby.accounts.approval import Matter  # noqa: PLC0415 - as above

        span = {"from": first.astimezone(UTC).isoformat(), "until": last.astimezone(UTC).isoformat()}
        with _person(settings, account) as (who, approvals):
            principal = principal_of(who, settings.cameras_by_group)
            made = approvals.ask(who, principal, Matter.EXPORT, camera, details=span, reason=reason)
    typer.echo(f"request {made.number}: somebody else decides with passerby request decide {site} {made.number}")


@app.command("list")
def list_requests(site: SiteFile) -> None:
    """List the requests of a site."""
    with opened(site) as (settings, store):
        from passerby.accounts.approval import all_requests  # noqa: PLC0415 - an optional package

        zone = ZoneInfo(settings.timezone)
        for each in all_requests(store):
            times = [
                f"{name} {datetime.fromisoformat(at).astimezone(zone):%Y-%m-%d %H:%M}"
                for name, at in each.details.items()
            ]
            state = each.state.value if time.time() < each.ends_s or each.decided_by else "ended"
            by = f" by {each.decided_by}" if each.decided_by else ""
            what = " ".join([each.matter, each.subject, *times])
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

        with _person(settings, account) as (who, approvals):
            made = approvals.decide(who, principal_of(who, settings.cameras_by_group), number, granted=grant)
    typer.echo(f"request {number}: {made.state}")


@contextmanager
def used_request(site: Path, number: int | None, camera: str, *, begin: datetime, end: datetime) -> Iterator[None]:
    """Use a request for an export while entered, if the site wants a second person; an export that fails uses none.

    Args:
        site: The site file.
        number: Number of the request; None = nobody has asked.
        camera: Name of the camera.
        begin: Start of the export, UTC.
        end: Its end, UTC.

    Raises:
        SecondPersonError: Nobody has agreed to this export.
    """
    from passerby.settings.load import load_site  # noqa: PLC0415 - not needed for the help

    what = {"from": begin.isoformat(), "until": end.isoformat()}
    settings = load_site(site)
    if "export" not in settings.accounts.two_persons:
        with logging_to(settings) as trail:
            trail.note(AuditKind.EXPORT, at_the_machine(), camera, **what)
            yield
        return
    with opened(site, create=True) as (_, store), logging_to(settings) as trail:
        from passerby.accounts.approval import Matter  # noqa: PLC0415 - an optional package

        approvals = _approvals(settings, store, trail)

        def fits(details: Mapping[str, str]) -> bool:
            first, last = (datetime.fromisoformat(details[name]) for name in ("from", "until"))
            return first <= begin and end <= last

        with approvals.used(number, Matter.EXPORT, camera, fits=fits) as asked_by:
            trail.note(AuditKind.EXPORT, asked_by, camera, by=at_the_machine(), **what)
            yield


@contextmanager
def _person(site: SiteSettings, name: str) -> Iterator[tuple[Account, Approvals]]:
    """Give the account of somebody who has typed its password."""
    from passerby.accounts.sign_in import Origin, PasswordSignIn  # noqa: PLC0415 - an optional package
    from passerby.accounts.store import AccountStore  # noqa: PLC0415 - as above

    with AccountStore(site.accounts_address) as store, logging_to(site) as trail:
        passwords = PasswordSignIn(store, trail, clock=time.time)
        password = typed_password(again=False)
        code = typed_code() if store.account(name).has_code else ""
        yield passwords.identify(name, password, code, Origin("command line")), _approvals(site, store, trail)


def _approvals(site: SiteSettings, store: AccountStore, trail: Trail) -> Approvals:
    from passerby.accounts.approval import Approvals  # noqa: PLC0415 - an optional package

    return Approvals(store, trail, clock=time.time, lasts_s=site.accounts.two_persons_h * 3600)
