"""What a wall shows: each person's own layout, and those of wall screens, which everybody may use."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Final, cast

from fastapi import APIRouter, Depends, HTTPException, Path, Response
from pydantic import BaseModel, Field
from starlette.requests import HTTPConnection

from passerby.accounts.accounts import Accounts
from passerby.accounts.permission import Action, Principal, may
from passerby.audit.entry import AuditKind, Detail
from passerby.serve.api.site import Match, required_tag
from passerby.serve.auth.requirement import CamerasVisit, Requires, RequiresSite
from passerby.serve.auth.visitor import AccountsHere, SignedIn, Visit
from passerby.serve.layout_file import OWN, SCREEN, LayoutFile, WallLayout
from passerby.settings.site.name import Name

router = APIRouter(prefix="/api", tags=["wall"])

_MOST_NAMED: Final = 50
"""Hidden cameras that an audit entry names; it says how many more there are."""

_Names = Annotated[list[Name], Field(max_length=10_000)]
_Own = Annotated[Visit, Depends(SignedIn("a layout of one's own, with cameras that one sees"))]
_Seeing = Annotated[CamerasVisit, Depends(Requires(Action.SEE_CAMERAS))]
_Changing = Annotated[Visit, Depends(RequiresSite(Action.CHANGE_SETTINGS))]
_Screen = Annotated[Name, Path(description="Name of the wall screen, as in /wall?screen=NAME.")]


class LayoutBody(BaseModel):
    """What a wall shows."""

    cameras: _Names = Field(default=[], description="Cameras that come first, in this order; the others follow.")
    hidden: _Names = Field(default=[], description="Cameras that are not shown.")


class ScreenInfo(LayoutBody):
    """A wall screen."""

    name: str = Field(description="Its name.")


async def _layouts(connection: HTTPConnection) -> LayoutFile:
    return cast("LayoutFile", connection.app.state.layouts)


_Layouts = Annotated[LayoutFile, Depends(_layouts)]


@router.get("/account/layout", summary="Own layout of the wall")
def own(visit: _Own, layouts: _Layouts, answer: Response) -> LayoutBody:
    """Return the layout that the person who asks has made; without one, an empty one. Its ETag names its content."""
    found = layouts.read(f"{OWN}{visit.account.number}") or WallLayout()
    answer.headers["ETag"] = found.tag
    return LayoutBody(cameras=_seen(found.cameras, visit.principal), hidden=_seen(found.hidden, visit.principal))


@router.put("/account/layout", summary="Change the own layout of the wall")
def put_own(
    visit: _Own, layouts: _Layouts, accounts: AccountsHere, *, body: LayoutBody, answer: Response, match: Match = None
) -> LayoutBody:
    """Replace the layout of the person who asks, if it has not changed since If-Match; what it hides is logged."""
    made = WallLayout(tuple(_seen(body.cameras, visit.principal)), tuple(_seen(body.hidden, visit.principal)))
    record = _recorded(accounts, visit, made, subject=visit.account.name)
    return _written(layouts, f"{OWN}{visit.account.number}", made, match=match, answer=answer, record=record)


@router.get("/screens", summary="Wall screens")
def screens(visit: _Seeing, layouts: _Layouts) -> list[ScreenInfo]:
    """Return the wall screens by name, each with those of its cameras that are in view."""
    return [
        ScreenInfo(
            name=name,
            cameras=_seen(each.cameras, visit.principal),
            hidden=_seen(each.hidden, visit.principal),
        )
        for name, each in layouts.screens().items()
        if not each.cameras or _seen(each.cameras, visit.principal)
    ]


@router.get("/screens/{screen}", summary="One wall screen")
def one_screen(visit: _Seeing, layouts: _Layouts, screen: _Screen, answer: Response) -> LayoutBody:
    """Return the layout of a wall screen, as far as its cameras are in view; its ETag names its content."""
    found = layouts.read(f"{SCREEN}{screen}")
    cameras = [] if found is None else _seen(found.cameras, visit.principal)
    if found is None or (found.cameras and not cameras):
        raise HTTPException(404, "no wall screen of this name; /api/screens lists them")
    answer.headers["ETag"] = found.tag
    return LayoutBody(cameras=cameras, hidden=_seen(found.hidden, visit.principal))


@router.put("/screens/{screen}", summary="Make or change a wall screen")
def put_screen(  # noqa: PLR0913 - one argument for each part of the change
    visit: _Changing,
    layouts: _Layouts,
    accounts: AccountsHere,
    screen: _Screen,
    *,
    body: LayoutBody,
    answer: Response,
    match: Match = None,
) -> LayoutBody:
    """Replace the layout of a wall screen, if it has not changed since If-Match; `*` makes a new one.

    The audit log has it.
    """
    made = WallLayout(tuple(body.cameras), tuple(body.hidden))
    record = _recorded(accounts, visit, made, screen=screen)
    return _written(layouts, f"{SCREEN}{screen}", made, match=match, answer=answer, record=record)


@router.delete("/screens/{screen}", status_code=204, summary="Delete a wall screen")
def delete_screen(visit: _Changing, layouts: _Layouts, accounts: AccountsHere, screen: _Screen) -> None:
    """Delete a wall screen; deleting one that does not exist is no error."""
    layouts.write(f"{SCREEN}{screen}", None, tag=None, record=_recorded(accounts, visit, None, screen=screen))


def _recorded(
    accounts: Accounts, visit: Visit, made: WallLayout | None, *, subject: str = "", screen: str | None = None
) -> Callable[[WallLayout], None]:
    """Return what writes a change of a layout into the audit log, with the cameras that it hides.

    The order of the tiles on one's own wall hides nothing: a change of it alone is no entry.
    """
    said: dict[str, Detail] = {} if screen is None else {"screen": screen}
    if made is None:
        said["removed"] = True
    else:
        more = len(made.hidden) - _MOST_NAMED
        said["first"] = len(made.cameras)
        said["hidden"] = ", ".join(made.hidden[:_MOST_NAMED]) + (f" and {more} more" if more > 0 else "")

    def record(before: WallLayout) -> None:
        if made is None or screen is not None or set(before.hidden) != set(made.hidden):
            accounts.trail.note(AuditKind.LAYOUT_CHANGED, visit.principal.name, subject, **said)

    return record


def _written(
    layouts: LayoutFile,
    key: str,
    made: WallLayout,
    *,
    match: str | None,
    answer: Response,
    record: Callable[[WallLayout], None],
) -> LayoutBody:
    if not layouts.write(key, made, tag=required_tag(match), record=record):
        raise HTTPException(412, "somebody has changed this layout meanwhile; get it again, and change that")
    answer.headers["ETag"] = made.tag
    return LayoutBody(cameras=list(made.cameras), hidden=list(made.hidden))


def _seen(cameras: tuple[str, ...] | list[str], principal: Principal) -> list[str]:
    """Return those cameras that somebody sees, each once."""
    return [each for each in dict.fromkeys(cameras) if may(principal, Action.SEE_CAMERAS, each)]
