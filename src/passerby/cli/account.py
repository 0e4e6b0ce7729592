"""`passerby account`: the accounts of a site, on a machine that needs no browser."""

from __future__ import annotations

import socket
import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from passerby.accounts.role import Role
from passerby.audit.entry import AuditKind
from passerby.cli.site_accounts import (
    Groups,
    SiteFile,
    at_the_machine,
    checked_groups,
    logging_to,
    opened,
    typed_password,
)
from passerby.errors import UsageError

if TYPE_CHECKING:
    from passerby.accounts.store import AccountStore
    from passerby.accounts.trail import Trail
    from passerby.settings.site.site import SiteSettings

app = typer.Typer(help="Add, list, disable and reset accounts.")

_Name = Annotated[str, typer.Argument(metavar="NAME", help="Name of the account.")]
_Invite = Annotated[
    bool, typer.Option("--invite", help="Print a link with which the person sets a password or a passkey, once.")
]
_Valid = Annotated[float, typer.Option("--valid-h", min=0.1, max=720, help="Hours after which the link ends.")]


@app.command()
def add(
    site: SiteFile,
    name: _Name,
    role: Annotated[str, typer.Option(help=f"What the person does: {', '.join(Role)}.")],
    groups: Groups = None,
    all_cameras: Annotated[bool, typer.Option("--all-cameras", help="Do not limit the account to groups.")] = False,
    invite: _Invite = False,
    valid_h: _Valid = 72.0,
) -> None:
    """Add an account.

    passerby asks for the password, or reads it from the first line of the input. With --invite, the person sets it
    later.
    """
    if role not in set(Role):
        msg = f"--role {role}: choose one of {', '.join(Role)}"
        raise UsageError(msg)
    if bool(groups) == all_cameras:
        msg = "say which cameras: give groups of the site file with --group, or give --all-cameras"
        raise UsageError(msg)
    with opened(site, create=True) as (settings, store), logging_to(settings) as trail:
        limit = None if all_cameras else checked_groups(groups, settings)
        password = None if invite else _hashed(typed_password(), name)

        def record() -> None:
            trail.note(AuditKind.ACCOUNT_ADDED, at_the_machine().name, name, role=role, groups=_scope(limit))

        store.add(name, Role(role), limit, now_s=time.time(), password=password, record=record)
        typer.echo(f"account {name} added: {role}, {_scope(limit)}")
        if invite:
            _invite(settings, store, name, trail=trail, valid_h=valid_h)


@app.command("list")
def list_accounts(site: SiteFile) -> None:
    """List the accounts of a site."""
    with opened(site) as (_, store):
        for account in store.accounts():
            notes = ["disabled"] if account.disabled else []
            notes += [] if account.has_password else ["no password yet"]
            notes += ["with authenticator app"] if account.has_code else []
            typer.echo("; ".join([f"{account.name}  {account.role}, {_scope(account.groups)}", *notes]))


@app.command()
def disable(site: SiteFile, name: _Name) -> None:
    """Disable an account.

    Nobody can sign in with it, its sessions end, and its tokens stop working.
    """
    _set_disabled(site, name, disabled=True)
    typer.echo(f"account {name} disabled; a running gateway ends its sessions within 2 s")


@app.command()
def enable(site: SiteFile, name: _Name) -> None:
    """Enable an account that was disabled."""
    _set_disabled(site, name, disabled=False)
    typer.echo(f"account {name} enabled")


@app.command()
def reset(site: SiteFile, name: _Name, invite: _Invite = False, valid_h: _Valid = 72.0) -> None:
    """Set a new password for an account.

    This removes its authenticator app and passkeys, and ends all its sessions.

    The password is asked for, or read from the first line of the input. With --invite, everything stays as it is until
    the person uses the link.
    """
    with opened(site) as (settings, store), logging_to(settings) as trail:
        from passerby.accounts.credential_store import CredentialStore  # noqa: PLC0415 - needs the extra `accounts`

        account = store.account(name)
        if invite:
            _invite(settings, store, account.name, trail=trail, valid_h=valid_h)
            return
        password = _hashed(typed_password(), name)

        def record() -> None:
            trail.note(AuditKind.ACCOUNT_CHANGED, at_the_machine().name, account.name, credential="password reset")

        CredentialStore(store).set_password(account.name, password, reset=True, record=record)
        typer.echo(f"account {name}: new password set; other credentials and all sessions removed")
        if count := _working_tokens(store, account.number):
            typer.echo(f"API tokens of {name} that still work: {count}; passerby token list {site} shows them")


def _working_tokens(store: AccountStore, account: int) -> int:
    """Return how many tokens of an account still work: scripts use them, and whoever had the account may, too."""
    from passerby.accounts.access_store import AccessStore  # noqa: PLC0415 - needs the extra `accounts`

    now_s = time.time()
    return sum(each.owner == account and each.ends_s > now_s for each in AccessStore(store).tokens())


def _invite(settings: SiteSettings, store: AccountStore, name: str, *, trail: Trail, valid_h: float) -> None:
    """Print a link with which somebody sets a password or a passkey; only its hash is stored."""
    from passerby.accounts.credential_store import CredentialStore  # noqa: PLC0415 - needs the extra `accounts`
    from passerby.accounts.token import new_secret  # noqa: PLC0415 - as above

    secret, ends_s = new_secret(), time.time() + 3600 * valid_h

    def record() -> None:
        trail.note(AuditKind.ACCOUNT_CHANGED, at_the_machine().name, name, credential="invitation")

    CredentialStore(store).invite(name, secret, ends_s=ends_s, record=record)
    ends = datetime.fromtimestamp(ends_s, UTC)
    typer.echo(f"link for {name}, shown once, works once until {ends:%Y-%m-%d %H:%M} UTC:")
    typer.echo(f"{_page(settings)}/#/invitation/{secret}")


def _page(settings: SiteSettings) -> str:
    """Return the address of the page, as far as the site file says it."""
    web = settings.web
    everywhere = web.host in {"0.0.0.0", "::"}  # noqa: S104 - compared
    host = web.names[0] if web.names else socket.gethostname() if everywhere else web.host
    secure = web.certificate is not None or not web.is_local
    return f"http{'s' * secure}://{f'[{host}]' if ':' in host else host}:{web.port or 'PORT'}"


def _set_disabled(site: SiteFile, name: str, *, disabled: bool) -> None:
    kind = AuditKind.ACCOUNT_DISABLED if disabled else AuditKind.ACCOUNT_CHANGED
    with opened(site) as (settings, store), logging_to(settings) as trail:
        account = store.account(name)
        store.change(
            account.name,
            version=account.version,
            role=account.role,
            groups=account.groups,
            disabled=disabled,
            record=lambda: trail.note(kind, at_the_machine().name, account.name, disabled=disabled),
        )


def _hashed(password: str, name: str) -> str:
    from passerby.accounts.credentials.password import hashed, require_strong  # noqa: PLC0415 - an optional package

    require_strong(password, [name])
    return hashed(password)


def _scope(groups: frozenset[str] | None) -> str:
    return "all cameras" if groups is None else f"groups {', '.join(sorted(groups))}"
