"""What a wall shows: each person's own layout, and those of wall screens, which everybody may use."""

from __future__ import annotations

from typing import Annotated, cast

from fastapi import APIRouter, Depends, HTTPException, Path, Response
from pydantic import BaseModel, Field
from starlette.requests import HTTPConnection

from passerby.accounts.permission import Action, Principal, may
from passerby.serve.api.site import Match, required_tag
from passerby.serve.auth.requirement import CamerasVisit, Requires, RequiresSite
from passerby.serve.auth.visitor import SignedIn, Visit
from passerby.serve.layout_file import OWN, SCREEN, LayoutFile, WallLayout
from passerby.settings.site.name import Name

router = APIRouter(prefix="/api", tags=["wall"])

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
def put_own(visit: _Own, layouts: _Layouts, *, body: LayoutBody, answer: Response, match: Match = None) -> LayoutBody:
    """Replace the layout of the person who asks, if it has not changed since If-Match."""
    made = WallLayout(tuple(_seen(body.cameras, visit.principal)), tuple(_seen(body.hidden, visit.principal)))
    return _written(layouts, f"{OWN}{visit.account.number}", made, match=match, answer=answer)


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
def put_screen(
    _visit: _Changing, layouts: _Layouts, screen: _Screen, *, body: LayoutBody, answer: Response, match: Match = None
) -> LayoutBody:
    """Replace the layout of a wall screen, if it has not changed since If-Match; `*` makes a new one."""
    made = WallLayout(tuple(body.cameras), tuple(body.hidden))
    return _written(layouts, f"{SCREEN}{screen}", made, match=match, answer=answer)


@router.delete("/screens/{screen}", status_code=204, summary="Delete a wall screen")
def delete_screen(_visit: _Changing, layouts: _Layouts, screen: _Screen) -> None:
    """Delete a wall screen; one that is not there does not matter."""
    layouts.write(f"{SCREEN}{screen}", None, tag=None)


def _written(layouts: LayoutFile, key: str, made: WallLayout, *, match: str | None, answer: Response) -> LayoutBody:
    if not layouts.write(key, made, tag=required_tag(match)):
        raise HTTPException(412, "somebody has changed this layout meanwhile; get it again, and change that")
    answer.headers["ETag"] = made.tag
    return LayoutBody(cameras=list(made.cameras), hidden=list(made.hidden))


def _seen(cameras: tuple[str, ...] | list[str], principal: Principal) -> list[str]:
    """Return those cameras that somebody sees, each once."""
    return [each for each in dict.fromkeys(cameras) if may(principal, Action.SEE_CAMERAS, each)]
