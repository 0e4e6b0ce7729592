"""`passerby token`: API tokens of scripts and services."""

from __future__ import annotations

import time
from datetime import UTC, date, datetime, timedelta
from typing import Annotated
from zoneinfo import ZoneInfo

import typer

from passerby.accounts.permission import Action
from passerby.accounts.role import ACTIONS_OF
from passerby.audit.entry import AuditKind
from passerby.cli.site_accounts import Groups, SiteFile, at_the_machine, checked_groups, logging_to, opened
from passerby.errors import UsageError

app = typer.Typer(help="Create, list and revoke API tokens.")


@app.command()
def create(
    site: SiteFile,
    name: Annotated[str, typer.Argument(metavar="NAME", help="What the token is for.")],
    owner: Annotated[str, typer.Option(help="Account that is responsible for it.")],
    actions: Annotated[
        list[str], typer.Option("--action", help=f"What it may do; may be repeated: {', '.join(Action)}.")
    ],
    until: Annotated[str, typer.Option(help="Last day on which it works, such as 2027-01-31.")],
    groups: Groups = None,
) -> None:
    """Create an API token and print it; it is not shown again.

    It can do at most what its owner may do. Without --group it has the owner's cameras.
    """
    if unknown := sorted(set(actions) - set(Action)):
        msg = f"--action {unknown[0]}: choose from {', '.join(Action)}"
        raise UsageError(msg)
    with opened(site) as (settings, store), logging_to(settings) as trail:
        from passerby.accounts.access_store import AccessStore  # noqa: PLC0415 - an optional package
        from passerby.accounts.token import ApiToken  # noqa: PLC0415 - as above

        limit = checked_groups(groups, settings) if groups else None
        ends_s = _end(until, settings.timezone).timestamp()
        account = store.account(owner)
        wanted = ApiToken(0, name, account.number, frozenset(map(Action, actions)), limit, time.time(), ends_s)
        what = {"actions": ", ".join(sorted(actions)), "ends": until}

        def record() -> None:
            trail.note(AuditKind.TOKEN_CREATED, at_the_machine().name, f"{account.name}/{name}", **what)

        _, secret = AccessStore(store).make_token(wanted, record)
    typer.echo(secret)
    if without := sorted(set(actions) - ACTIONS_OF[account.role]):
        typer.echo(
            f"{account.name} ({account.role}) may not {', '.join(without)}, so the token may not either", err=True
        )
    typer.echo("this is the only time that the token is shown; a running gateway accepts it within 2 s", err=True)


@app.command("list")
def list_tokens(site: SiteFile) -> None:
    """List the API tokens of a site, without their secrets."""
    with opened(site) as (settings, store):
        from passerby.accounts.access_store import AccessStore  # noqa: PLC0415 - an optional package

        names = {account.number: account.name for account in store.accounts()}
        for token in AccessStore(store).tokens():
            last = datetime.fromtimestamp(token.ends_s, ZoneInfo(settings.timezone)) - timedelta(seconds=1)
            state = f"until {last:%Y-%m-%d}" if token.ends_s > time.time() else f"ended on {last:%Y-%m-%d}"
            scope = "the owner's cameras" if token.groups is None else f"groups {', '.join(sorted(token.groups))}"
            scope = scope if token.camera is None else f"ticket for camera {token.camera} in pages of other origins"
            what = ", ".join(sorted(token.actions))
            typer.echo(f"{token.number}  {names[token.owner]}/{token.name}  {state}; {scope}; {what}")


@app.command()
def revoke(
    site: SiteFile, number: Annotated[int, typer.Argument(metavar="NUMBER", help="As passerby token list shows it.")]
) -> None:
    """Revoke an API token: it stops working, and its streams end."""
    with opened(site) as (settings, store), logging_to(settings) as trail:
        from passerby.accounts.access_store import AccessStore  # noqa: PLC0415 - an optional package

        access = AccessStore(store)
        names = {account.number: account.name for account in store.accounts()}
        known = {token.number: f"{names[token.owner]}/{token.name}" for token in access.tokens()}

        def record() -> None:
            trail.note(AuditKind.TOKEN_REVOKED, at_the_machine().name, f"token {number}", token=known[number])

        if number not in known or not access.revoke(number, record):
            msg = f"there is no token {number}; passerby token list shows all"
            raise UsageError(msg)
    typer.echo(f"token {number} revoked; a running gateway refuses it within 2 s")


def _end(until: str, timezone: str) -> datetime:
    """Return the end of a day in the site's time zone."""
    try:
        day = date.fromisoformat(until)
    except ValueError:
        msg = f"--until {until}: not a date; write it as 2027-01-31"
        raise UsageError(msg) from None
    return datetime.combine(day + timedelta(days=1), datetime.min.time(), ZoneInfo(timezone)).astimezone(UTC)
