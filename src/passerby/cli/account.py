"""`passerby account`: the accounts of a site, on a machine that needs no browser."""

from __future__ import annotations

import time
from typing import Annotated

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

app = typer.Typer(help="Add, list, disable and reset accounts.")

_Name = Annotated[str, typer.Argument(metavar="NAME", help="Name of the account.")]


@app.command()
def add(
    site: SiteFile,
    name: _Name,
    role: Annotated[str, typer.Option(help=f"What the person does: {', '.join(Role)}.")],
    groups: Groups = None,
    all_cameras: Annotated[bool, typer.Option("--all-cameras", help="Do not limit the account to groups.")] = False,
) -> None:
    """Add an account.

    The password is asked for, or read from the first line of the input.
    """
    if role not in set(Role):
        msg = f"--role {role}: choose one of {', '.join(Role)}"
        raise UsageError(msg)
    if bool(groups) == all_cameras:
        msg = "say which cameras: name groups of the site file with --group, or give --all-cameras"
        raise UsageError(msg)
    with opened(site, create=True) as (settings, store), logging_to(settings) as trail:
        limit = None if all_cameras else checked_groups(groups, settings)
        password = _hashed(typed_password(), name)

        def record() -> None:
            trail.note(AuditKind.ACCOUNT_ADDED, at_the_machine(), name, role=role, groups=_scope(limit))

        store.add(name, Role(role), limit, now_s=time.time(), password=password, record=record)
    typer.echo(f"account {name} added: {role}, {_scope(limit)}")


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
    """Disable an account: nobody can sign in with it, its sessions end, and its tokens stop working."""
    _set_disabled(site, name, disabled=True)
    typer.echo(f"account {name} disabled; a running gateway ends its sessions within 2 s")


@app.command()
def enable(site: SiteFile, name: _Name) -> None:
    """Enable an account that was disabled."""
    _set_disabled(site, name, disabled=False)
    typer.echo(f"account {name} enabled")


@app.command()
def reset(site: SiteFile, name: _Name) -> None:
    """Set a new password, and remove the authenticator app and all sessions of an account.

    The password is asked for, or read from the first line of the input.
    """
    with opened(site) as (settings, store), logging_to(settings) as trail:
        from passerby.accounts.credential_store import CredentialStore  # noqa: PLC0415 - needs the extra `accounts`

        account = store.account(name)
        password = _hashed(typed_password(), name)

        def record() -> None:
            trail.note(AuditKind.ACCOUNT_CHANGED, at_the_machine(), account.name, credential="password reset")

        CredentialStore(store).set_password(account.name, password, reset=True, record=record)
    typer.echo(f"account {name}: new password set; other credentials and all sessions removed")


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
            record=lambda: trail.note(kind, at_the_machine(), account.name, disabled=disabled),
        )


def _hashed(password: str, name: str) -> str:
    from passerby.accounts.credentials.password import hashed, require_strong  # noqa: PLC0415 - an optional package

    require_strong(password, [name])
    return hashed(password)


def _scope(groups: frozenset[str] | None) -> str:
    return "all cameras" if groups is None else f"groups {', '.join(sorted(groups))}"
