"""Refusals of somebody who is signed in, as entries of the audit log: who asked for what, by which route."""

from __future__ import annotations

from typing import Final, cast

from fastapi.concurrency import run_in_threadpool
from starlette.requests import HTTPConnection

from passerby.accounts.accounts import Accounts
from passerby.accounts.permission import Action, Principal
from passerby.accounts.refusal import Refusal

_ASKER: Final = "asker"


def note_asker(connection: HTTPConnection, principal: Principal, action: Action | None) -> None:
    """Remember, for as long as a request lasts, who makes it, and what they must be allowed to do for it."""
    setattr(connection.state, _ASKER, (principal, action))


async def note_refusal(connection: HTTPConnection, *, camera: str = "", second_person: bool = False) -> None:
    """Write that a request of somebody who is signed in was refused; nothing for anybody else.

    Args:
        connection: The request.
        camera: Name of the camera of the site that was asked for; "" = none.
        second_person: Whether only the consent of a second person was missing.
    """
    asker = cast("tuple[Principal, Action | None] | None", getattr(connection.state, _ASKER, None))
    if asker is None:
        return
    principal, action = asker
    refusal = Refusal(principal.name, _route(connection), action or "", camera, second_person)
    accounts = cast("Accounts", connection.app.state.accounts)
    await run_in_threadpool(accounts.refusals.note, refusal)  # it waits for the disk


def _route(connection: HTTPConnection) -> str:
    """Return the method and the declared path of a request; the path that was really asked for could be anything."""
    path = getattr(connection.scope.get("route"), "path", "")
    return f"{connection.scope.get('method', 'WebSocket')} {path}"
