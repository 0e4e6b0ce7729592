"""Groups of cameras, as far as somebody sees their cameras."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends
from pydantic import BaseModel, Field

from passerby.accounts.permission import Action
from passerby.serve.auth.requirement import CamerasVisit, Requires
from passerby.serve.auth.visitor import AccountsHere

router = APIRouter(prefix="/api/groups", tags=["cameras"])


class GroupInfo(BaseModel):
    """A group of cameras."""

    name: str = Field(description="Its name in the site file.")
    cameras: list[str] = Field(description="Its cameras, in the site file's order.")


@router.get("", summary="Groups of cameras")
def groups(
    visit: Annotated[CamerasVisit, Depends(Requires(Action.SEE_CAMERAS))], accounts: AccountsHere
) -> list[GroupInfo]:
    """Return the groups by name; one with a camera that is not in view is not shown, not even its name."""
    names = [status.camera for status in visit.view.statuses()]
    return [
        GroupInfo(name=group, cameras=[name for name in names if name in inside])
        for group, inside in sorted(accounts.sessions.groups.items())
        if inside and all(visit.view.sees(camera) for camera in inside)
    ]
