"""The accounts of a site, opened for a command; and secrets that are typed, never given as arguments."""

from __future__ import annotations

import getpass
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from passerby.accounts.permission import Action, Principal, PrincipalKind
from passerby.errors import SettingError, UsageError
from passerby.installation import how_to_install
from passerby.outputs.partial import write_error
from passerby.process.private_files import keep_files_private

if TYPE_CHECKING:
    from passerby.accounts.store import AccountStore
    from passerby.accounts.trail import Trail
    from passerby.settings.site.site import SiteSettings

SiteFile = Annotated[Path, typer.Argument(metavar="SITE", help="The site file.")]
Groups = Annotated[list[str] | None, typer.Option("--group", help="Group of cameras; may be repeated.")]


@contextmanager
def opened(path: Path, *, create: bool = False) -> Iterator[tuple[SiteSettings, AccountStore]]:
    """Give the settings of a site and its accounts.

    Raises:
        UsageError: The site file is wrong, or a package is missing.
        SettingError: The state folder cannot be written.
        StoreError: The accounts cannot be read.
    """
    from passerby.settings.load import load_site, located  # noqa: PLC0415 - not needed for the help

    try:
        from passerby.accounts.store import AccountStore  # noqa: PLC0415 - needs the extra `accounts`
        from passerby.storage.address import DatabaseAddress  # noqa: PLC0415 - as above
    except ModuleNotFoundError as error:
        msg = f"{error.name} is not installed, which accounts need; run {how_to_install('live')}"
        raise UsageError(msg) from error
    site = load_site(path)
    with located(path):
        if create:
            try:
                site.state_folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            except OSError as error:
                raise SettingError(write_error(site.state_folder, error), "state_folder") from error
        keep_files_private(site.state_folder)
        address = DatabaseAddress(site.accounts_address, setting="accounts.store", example="accounts.db")
        if not create and address.is_file and not address.path.exists():
            msg = f"{path}: this site has no accounts yet; make the first one with passerby account add"
            raise UsageError(msg)
        with AccountStore(site.accounts_address, create=create) as store:
            yield site, store


def at_the_machine() -> Principal:
    """Return who types a command: a user of the gateway's machine, without an account, whose name the audit log gets.

    They may do everything, because they can read and write the state folder.
    """
    name = f"command line ({getpass.getuser()})"
    return Principal(name, PrincipalKind.COMMAND_LINE, frozenset(Action), cameras=None)


@contextmanager
def logging_to(site: SiteSettings) -> Iterator[Trail]:
    """Give what writes into the audit log of a site; a running gateway writes it too.

    Raises:
        AuditError: The log cannot be opened.
    """
    from passerby.accounts.trail import Trail  # noqa: PLC0415 - not needed for the help
    from passerby.audit.audit_log import AuditLog  # noqa: PLC0415 - needs the extra `recording`
    from passerby.outputs.log_origin import log_origin  # noqa: PLC0415 - as above

    with closing(AuditLog(site.state_folder, log_origin(site.site, "audit", site.state_folder))) as log:
        yield Trail(log, clock=time.time)


def checked_groups(groups: list[str] | None, site: SiteSettings) -> frozenset[str]:
    """Return groups if the site has them.

    Raises:
        UsageError: The site has no group of such a name.
    """
    known = sorted(site.cameras_by_group)
    if unknown := sorted(set(groups or ()) - set(known)):
        msg = f"--group {unknown[0]}: the site file has no such group; choose one of: {', '.join(known) or 'none'}"
        raise UsageError(msg)
    return frozenset(groups or ())


def typed_password(*, again: bool = True) -> str:
    """Return a password that was typed, or is the first line of the input.

    Args:
        again: Whether it must be typed twice, as it is a new one.

    Raises:
        UsageError: There is no input.
    """
    if sys.stdin.isatty():
        return str(typer.prompt("Password", hide_input=True, confirmation_prompt=again))
    password = sys.stdin.readline().rstrip("\r\n")
    if not password:
        msg = "no password: type it, or send it as the first line of the input"
        raise UsageError(msg)
    return password


def typed_code() -> str:
    """Return the code of an authenticator app that was typed, or is the next line of the input."""
    if sys.stdin.isatty():
        return str(typer.prompt("Code of the authenticator app"))
    return sys.stdin.readline().strip()
