"""Places and calibration of a camera: parts of its places file, with the checks of the whole site."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import APIRouter, Depends, HTTPException, Path, Response
from pydantic import BaseModel, Field

from passerby.accounts.accounts import Accounts
from passerby.audit.entry import AuditKind
from passerby.gateway.places_editor import GROUND, PlacesEditor
from passerby.serve.api.site import Changing, EditorHere, Match, required_tag
from passerby.serve.auth.visitor import AccountsHere, Visit
from passerby.settings.places import PlacesSettings

router = APIRouter(prefix="/api/site/cameras/{name}", tags=["settings"])

Name = Annotated[str, Path(max_length=64, description="Name of the camera.")]


class PlacesBody(BaseModel):
    """Lines and zones of a camera, as in a places file; their schema is at places-schema."""

    picture_px: list[int] | None = Field(default=None, description="Width and height of the picture they are for, px.")
    lines: list[dict[str, Any]] = Field(default=[], max_length=200, description="Measurement lines.")
    zones: list[dict[str, Any]] = Field(default=[], max_length=200, description="Measurement areas.")


class CalibrationBody(BaseModel):
    """Calibration of a camera, as `ground` in a places file."""

    ground: dict[str, Any] = Field(description="What leads from the picture to the ground.")


class PlacesChange(BaseModel):
    """What was changed."""

    changes: dict[str, str] = Field(description="Each key that changes: old value -> new value.")


@dataclass(frozen=True, slots=True)
class _CameraPlaces:
    """The places of the camera that is named in the path."""

    name: str
    visit: Visit
    places: PlacesEditor
    accounts: Accounts
    answer: Response

    def read(self) -> dict[str, Any]:
        """Return what its places file says, and send the entity tag."""
        content, self.answer.headers["ETag"] = self.places.read(self.name)
        return content

    def compare(self, change: Callable[[dict[str, Any]], dict[str, Any]]) -> PlacesChange:
        """Check a change of what its places file says, and return what would differ."""
        return PlacesChange(changes=self.places.compare(self.name, change))

    def change(self, change: Callable[[dict[str, Any]], dict[str, Any]], match: str | None) -> PlacesChange:
        """Change what its places file says, if it is still what was edited."""
        by, tag = self.visit.principal.name, required_tag(match)

        def record(changes: Mapping[str, str]) -> None:
            said = {f"places.{key}": value for key, value in changes.items()}
            self.accounts.trail.note(AuditKind.SETTINGS_CHANGED, by, self.name, **said)

        changes = self.places.change(self.name, change, tag=tag, account=by, record=record)
        self.read()
        return PlacesChange(changes=changes)


async def _of_camera(
    visit: Changing, name: Name, editor: EditorHere, accounts: AccountsHere, *, answer: Response
) -> _CameraPlaces:
    return _CameraPlaces(name, visit, PlacesEditor(editor), accounts, answer)


PlacesHere = Annotated[_CameraPlaces, Depends(_of_camera)]


@router.get("/places", summary="Places of a camera")
def places(camera: PlacesHere) -> PlacesBody:
    """Return the lines and zones of a camera; the ETag is that of its places file."""
    content = camera.read()
    return PlacesBody.model_validate({key: content[key] for key in PlacesBody.model_fields if content.get(key)})


@router.put("/places", summary="Change the places of a camera")
def put_places(camera: PlacesHere, body: PlacesBody, match: Match = None) -> PlacesChange:
    """Replace lines and zones, if the places file has not changed since If-Match; the calibration stays."""
    return camera.change(_with_places(body), match)


@router.post("/places/difference", summary="What places would change")
def compare_places(camera: PlacesHere, body: PlacesBody) -> PlacesChange:
    """Check lines and zones, and compare them with those in use; nothing is changed."""
    return camera.compare(_with_places(body))


@router.delete("/places", summary="Delete the places of a camera")
def delete_places(camera: PlacesHere, match: Match = None) -> PlacesChange:
    """Remove all lines and zones; the calibration stays."""
    return camera.change(lambda now: _left(now, frozenset({"lines", "zones"})), match)


@router.get("/calibration", summary="Calibration of a camera")
def calibration(camera: PlacesHere) -> CalibrationBody:
    """Return the calibration of a camera; the ETag is that of its places file."""
    content = camera.read()
    if GROUND not in content:
        raise HTTPException(404, "this camera has no calibration; put one here")
    return CalibrationBody(ground=content[GROUND])


@router.put("/calibration", summary="Change the calibration of a camera")
def put_calibration(camera: PlacesHere, body: CalibrationBody, match: Match = None) -> PlacesChange:
    """Replace the calibration, if the places file has not changed since If-Match; lines and zones stay."""
    return camera.change(lambda now: now | {GROUND: body.ground}, match)


@router.post("/calibration/difference", summary="What a calibration would change")
def compare_calibration(camera: PlacesHere, body: CalibrationBody) -> PlacesChange:
    """Check a calibration, with the camera's places, and compare it with the one in use; nothing is changed."""
    return camera.compare(lambda now: now | {GROUND: body.ground})


@router.delete("/calibration", summary="Delete the calibration of a camera")
def delete_calibration(camera: PlacesHere, match: Match = None) -> PlacesChange:
    """Remove the calibration; places that need one are refused."""
    return camera.change(lambda now: _left(now, frozenset({GROUND})), match)


@router.get("/places-schema", summary="JSON Schema of places files")
def schema(camera: PlacesHere) -> dict[str, Any]:
    """Return the schema that places and calibration follow, with the help of each key."""
    camera.read()
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **PlacesSettings.model_json_schema()}


def _with_places(body: PlacesBody) -> Callable[[dict[str, Any]], dict[str, Any]]:
    """Return what puts lines and zones into a places file; its calibration stays."""
    wanted = {key: value for key, value in body.model_dump().items() if value}
    return lambda now: wanted | {key: now[key] for key in now if key not in PlacesBody.model_fields}


def _left(now: Mapping[str, Any], without: frozenset[str]) -> dict[str, Any]:
    """Return what is left of a places file; nothing if it says nothing any more."""
    left = {key: value for key, value in now.items() if key not in without}
    return left if left.keys() & {GROUND, "lines", "zones"} else {}
