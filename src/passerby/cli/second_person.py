"""The two-person rule on the command line: whoever does what needs a second person proves who they are."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from passerby.audit.entry import AuditKind, Detail
from passerby.cli.site_accounts import at_the_machine, logging_to, opened, typed_code, typed_password
from passerby.errors import UsageError

if TYPE_CHECKING:
    from passerby.accounts.account import Account
    from passerby.accounts.approval import Approvals
    from passerby.accounts.store import AccountStore
    from passerby.accounts.trail import Trail
    from passerby.settings.site.site import SiteSettings

RequestNumber = Annotated[
    int | None, typer.Option("--request", help="Number of the request to which a second person has agreed.")
]
AskingAccount = Annotated[
    str | None,
    typer.Option(
        "--as", help="Your account, which asked for the request; its password is asked for, or read from the input."
    ),
]


@dataclass(frozen=True, slots=True)
class AgreedAction:
    """Something that may happen now, and how the audit log names it.

    Args:
        trail: Writes into the audit log of the site.
        by: Who does it: an account, or the user of the machine.
        reason: Why, as it was said to the second person; "" = none was needed.
        details: More about who does it, for each entry.
    """

    trail: Trail
    by: str
    reason: str
    details: Mapping[str, Detail]

    def note(self, kind: AuditKind, camera: str, **details: Detail) -> None:
        """Write an entry.

        Raises:
            AuditError: It cannot be written: what it is about must not happen.
        """
        self.trail.note(kind, self.by, camera, **details, **self.details)


@contextmanager
def agreed(
    path: Path,
    matter: Literal["export", "end_legal_hold"],
    camera: str,
    *,
    account: str | None,
    request: int | None,
    fits: Callable[[Mapping[str, str]], bool],
) -> Iterator[AgreedAction]:
    """Use a request while entered, if the site wants a second person; what fails uses none.

    Args:
        path: The site file.
        matter: What is about to happen.
        camera: With which camera.
        account: Name of the account that asked; None = not said.
        request: Number of the request; None = nobody has asked.
        fits: Returns whether what is about to happen is within the details of the request.

    Raises:
        SecondPersonError: Nobody has agreed to this, or somebody else has asked for it.
        ForbiddenError: The account no longer has the permission.
        SignInError: Account, password or code is wrong.
        UsageError: The account is not named.
    """
    from passerby.settings.load import load_site  # noqa: PLC0415 - not needed for the help

    settings = load_site(path)
    needed = matter in settings.accounts.two_persons
    if not needed and account is None:
        with logging_to(settings) as trail:
            yield AgreedAction(trail, at_the_machine().name, "", {})
        return
    with opened(path, create=True) as (_, store), logging_to(settings) as trail:
        from passerby.accounts.account import principal_of  # noqa: PLC0415 - an optional package
        from passerby.accounts.approval import require_permission  # noqa: PLC0415 - as above
        from passerby.accounts.two_person_request import Matter  # noqa: PLC0415 - as above

        wanted, name = Matter(matter), ""
        if request is not None or not needed:
            if account is None:
                msg = "name your account with --as: a request counts only for the account that asked for it"
                raise UsageError(msg)
            who = identified(store, trail, account)
            require_permission(principal_of(who, settings.cameras_by_group), wanted, camera)
            name = who.name
        with approvals_of(settings, store, trail).used(name, request, wanted, camera, fits=fits) as found:
            about: dict[str, Detail] = {"by": at_the_machine().name}
            if found is not None:
                about["request"] = found.number
            yield AgreedAction(trail, name, found.reason if found else "", about)


@contextmanager
def person(site: SiteSettings, name: str) -> Iterator[tuple[Account, Approvals]]:
    """Give the account of somebody who has typed its password."""
    from passerby.accounts.store import AccountStore  # noqa: PLC0415 - an optional package

    with AccountStore(site.accounts_address) as store, logging_to(site) as trail:
        yield identified(store, trail, name), approvals_of(site, store, trail)


def identified(store: AccountStore, trail: Trail, name: str) -> Account:
    """Return the account of somebody who has typed its password.

    Raises:
        SignInError: Account, password or code is wrong.
    """
    from passerby.accounts.sign_in import Origin, PasswordSignIn  # noqa: PLC0415 - an optional package

    passwords = PasswordSignIn(store, trail, clock=time.time)
    password = typed_password(again=False)
    code = typed_code() if store.account(name).has_code else ""
    return passwords.identify(name, password, code, Origin("command line"))


def approvals_of(site: SiteSettings, store: AccountStore, trail: Trail) -> Approvals:
    """Return the requests of a site."""
    from passerby.accounts.approval import Approvals  # noqa: PLC0415 - an optional package
    from passerby.accounts.two_person_request import Matter  # noqa: PLC0415 - an optional package

    needed = frozenset(map(Matter, site.accounts.two_persons))
    return Approvals(store, trail, clock=time.time, lasts_s=site.accounts.two_persons_h * 3600, needed=needed)
