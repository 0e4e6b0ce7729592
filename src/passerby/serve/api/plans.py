"""Floor plans with the places of calibrated cameras, for those who may see what is measured there."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path as FilePath
from typing import Annotated, Final, cast

from fastapi import APIRouter, Depends, HTTPException, Path, Response
from pydantic import BaseModel, Field
from starlette.requests import HTTPConnection

from passerby.accounts.permission import Action
from passerby.errors import MeasureError, UsageError
from passerby.gateway.site_editor import SiteEditor
from passerby.measure.plan_view import PlanScale, places_on_plan
from passerby.serve.auth.requirement import RequiresSignals, SignalsVisit
from passerby.serve.signal_view import SignalView
from passerby.settings.places import read_places
from passerby.settings.site.floor_plan import FloorPlanSettings

router = APIRouter(prefix="/api/plans", tags=["signals"])

_MOST_BYTES: Final = 20_000_000
_KINDS: Final = {b"\x89PNG\r\n\x1a\n": "image/png", b"\xff\xd8\xff": "image/jpeg"}


async def _editor_if_any(connection: HTTPConnection) -> SiteEditor | None:
    return cast("SiteEditor | None", connection.app.state.editor)


EditorIfAny = Annotated[SiteEditor | None, Depends(_editor_if_any)]
PlansVisit = Annotated[SignalsVisit, Depends(RequiresSignals(Action.READ_SIGNALS))]


class PlanPlace(BaseModel):
    """A line or a zone on a floor plan."""

    place: str = Field(description="Its name.")
    camera: str = Field(description="The camera that sees it.")
    closed: bool = Field(description="Whether it is a zone.")
    points_px: list[tuple[float, float]] = Field(description="Its points on the plan's picture, px.")
    into: tuple[float, float] = Field(description="Of a line: unit vector towards what counts as in; y points down.")


class PlanInfo(BaseModel):
    """A floor plan; its picture is at /api/plans/NAME/picture."""

    plan: str = Field(description="Its name.")
    m_per_px: float = Field(description="Metres per pixel of its picture.")
    origin_px: tuple[float, float] = Field(description="Where 0, 0 m lies on its picture, px.")
    turn_deg: float = Field(description="Direction of the x axis, counter-clockwise from the picture's right, degrees.")
    places: list[PlanPlace] = Field(description="Those that are in view, as far as they lie on the ground.")


@router.get("", summary="Floor plans")
def plans(visit: PlansVisit, editor: EditorIfAny) -> list[PlanInfo]:
    """Return the floor plans on which at least one place is in view; a gateway without a site file has none."""
    if editor is None:
        return []
    found = [_plan(each, editor, visit.view) for each in editor.site.plans]
    return [each for each in found if each.places or visit.view.unlimited]


@router.get(
    "/{plan}/picture",
    summary="Picture of a floor plan",
    response_class=Response,
    responses={200: {"content": {kind: {} for kind in _KINDS.values()}, "description": "The picture."}},
)
def picture(
    visit: PlansVisit, editor: EditorIfAny, plan: Annotated[str, Path(max_length=64, description="Name of the plan.")]
) -> Response:
    """Return the picture of a floor plan, unchanged; a plan without a place in view is answered like an unknown one."""
    for each in editor.site.plans if editor else ():
        if editor and each.name == plan and (visit.view.unlimited or _plan(each, editor, visit.view).places):
            content, kind = _picture(each.picture, editor.folder)
            return Response(content, media_type=kind)
    raise HTTPException(404, "no floor plan of this name; /api/plans lists them")


def _plan(plan: FloorPlanSettings, editor: SiteEditor, view: SignalView) -> PlanInfo:
    return PlanInfo(
        plan=plan.name,
        m_per_px=plan.m_per_px,
        origin_px=plan.origin_px,
        turn_deg=plan.turn_deg,
        places=list(_places(plan, editor, view)),
    )


def _places(plan: FloorPlanSettings, editor: SiteEditor, view: SignalView) -> Iterator[PlanPlace]:
    """Yield the places of a plan that are in view; a camera whose places cannot be read has none."""
    scale = PlanScale(plan.m_per_px, plan.origin_px, plan.turn_deg)
    for camera in editor.site.cameras:
        try:
            settings = read_places(camera.places) if camera.places else None
            if settings is None or settings.ground is None or settings.ground.plan != plan.name:
                continue
            placed = places_on_plan(settings.plan(), scale)
        except (UsageError, MeasureError):
            continue
        for each in placed:
            if view.sees(editor.site.site, each.name):
                points = [(x, y) for x, y in each.points_px.round(1).tolist()]
                yield PlanPlace(
                    place=each.name, camera=camera.name, closed=each.closed, points_px=points, into=each.into
                )


def _picture(path: FilePath, folder: FilePath) -> tuple[bytes, str]:
    """Return a picture file and its media type.

    Raises:
        HTTPException: 503: it is absent, leads out of the site file's folder, is too large, or is no PNG or JPEG.
    """
    problem = "is not a PNG or JPEG of at most 20 MB"
    try:
        if not path.resolve().is_relative_to(folder.resolve()):
            problem = "leads out of the folder of the site file"
        elif path.stat().st_size <= _MOST_BYTES:
            content = path.read_bytes()
            kind = next((kind for magic, kind in _KINDS.items() if content.startswith(magic)), None)
            if kind is not None:
                return content, kind
    except OSError:
        problem = "cannot be read"
    raise HTTPException(503, f"the picture of this floor plan {problem}; correct plans.picture in the site file")
