"""Requests of pages of other origins: a ticket that opens one camera, and never a cookie or an API token."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, cast

from fastapi import Depends
from starlette.requests import HTTPConnection

from passerby.accounts.accounts import Accounts
from passerby.accounts.permission import Action
from passerby.accounts.ticket import StreamPasses
from passerby.errors import SignInError
from passerby.serve.auth.requirement import CameraVisit, camera_visit
from passerby.serve.auth.visitor import AccountsHere, SessionsHere, address_of, bearer_token
from passerby.serve.foreign_page import PASS


@dataclass(frozen=True, slots=True)
class EmbeddedVisit(CameraVisit):
    """A request of a page of another origin about the camera of its ticket.

    Args:
        origin: Origin of the page.
    """

    origin: str


class RequiresTicket:
    """Declares, as a dependency, what the ticket of a page of another origin must allow with the camera in the path.

    Args:
        action: What.
    """

    def __init__(self, action: Action) -> None:
        self.action = action

    async def __call__(self, connection: HTTPConnection, camera: str, sessions: SessionsHere) -> EmbeddedVisit:
        """Return the visit; a camera that the ticket does not open is answered like one that does not exist.

        Raises:
            SignInError: There is no ticket, or it has ended or was revoked.
            ForbiddenError: Whoever made it may no longer do this.
        """
        accounts = cast("Accounts", connection.app.state.accounts)
        origin = connection.headers.get("origin", "")
        session = _session_of(connection, accounts, camera, origin)
        accounts.pace.spend(sessions.principal(session).name)
        visit = await camera_visit(connection, camera, session, sessions, action=self.action)
        return EmbeddedVisit(session, visit.principal, sessions, visit.view, visit.status, origin)


def _session_of(connection: HTTPConnection, accounts: Accounts, camera: str, origin: str) -> str:
    if connection.scope["type"] == "websocket":
        secret = connection.query_params.get(PASS, "")
        return accounts.passes.take(secret, f"{camera}/{connection.path_params.get('stream', '')}", origin)
    ticket = bearer_token(connection)
    if ticket is None:
        msg = "this page sent no ticket; make one in the console, under People, Other pages"
        raise SignInError(msg)
    return accounts.sessions.of_ticket(ticket, address_of(connection))


async def _passes(accounts: AccountsHere) -> StreamPasses:
    return accounts.passes


PassesHere = Annotated[StreamPasses, Depends(_passes)]
