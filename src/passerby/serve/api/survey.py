"""What a calibration makes of a camera's picture, while somebody draws: lattice, errors, areas; nothing is stored."""

from __future__ import annotations

from typing import Annotated, Any, TypeAlias

import numpy as np
from fastapi import APIRouter
from pydantic import BaseModel, Field, ValidationError, model_validator

from passerby.errors import MeasureError, UsageError
from passerby.gateway.places_editor import PlacesEditor
from passerby.jobs.calibration import judged
from passerby.measure.ground import Ground, require_seen
from passerby.measure.lattice import lattice, trusted
from passerby.measure.place import Points, ring_area
from passerby.serve.api.places import Name
from passerby.serve.api.site import Changing, EditorHere
from passerby.settings.ground import GroundSettings

router = APIRouter(prefix="/api/site/cameras/{name}", tags=["settings"])

Pair: TypeAlias = tuple[
    Annotated[float, Field(ge=-1e8, le=1e8, allow_inf_nan=False)],
    Annotated[float, Field(ge=-1e8, le=1e8, allow_inf_nan=False)],
]
Side = Annotated[int, Field(ge=16, le=100_000)]


class SurveyShape(BaseModel):
    """A line or an outline, in the picture or on the ground."""

    points_px: list[Pair] | None = Field(default=None, max_length=500, description="Its points in the picture, px.")
    points_m: list[Pair] | None = Field(default=None, max_length=500, description="Or on the ground, m.")
    closed: bool = Field(default=True, description="Whether it encloses an area.")

    @model_validator(mode="after")
    def _is_one(self) -> SurveyShape:
        if (self.points_px is None) == (self.points_m is None):
            msg = "give either points_px or points_m"
            raise ValueError(msg)
        return self


class SurveyOrder(BaseModel):
    """What somebody draws on a camera's picture."""

    picture_px: tuple[Side, Side] = Field(description="Width and height of the picture, px.")
    ground: dict[str, Any] | None = Field(
        default=None, description="A calibration to be tried, as in a places file; null = the camera's own."
    )
    shapes: list[SurveyShape] = Field(default=[], max_length=400, description="Lines and outlines.")


class SurveyedShape(BaseModel):
    """A line or an outline, in the picture and on the ground."""

    points_px: list[tuple[float, float] | None] = Field(description="In the picture, px; null: behind the camera.")
    points_m: list[tuple[float, float] | None] = Field(description="On the ground, m; null: above the horizon.")
    area_m2: float | None = Field(description="What it encloses, m²; null: not known, or it encloses nothing.")
    length_m: float | None = Field(description="Its length or circumference, m; null: not known.")


class SurveyInfo(BaseModel):
    """What a calibration makes of the picture."""

    calibrated: bool = Field(description="Whether there is a calibration that can be used.")
    problem: str = Field(description="Why the one to be tried cannot be used; empty: it can, or there is none.")
    errors_px: list[float] = Field(description="How far each of its points is off in the picture, px.")
    errors_m: list[float] = Field(description="How far each of its points is off on the ground, m.")
    usable_share: float = Field(description="Share of the picture where densities can be measured.")
    least_px_per_m: float = Field(description="Pixels that a metre must have there.")
    step_m: float = Field(description="Distance of the lattice's lines, m; 0: there is no lattice.")
    lattice_px: list[list[tuple[float, float]]] = Field(description="The lattice's lines in the picture, px.")
    trusted_px: list[tuple[float, float, float, float]] = Field(
        description="Where densities can be measured: rectangles of left, top, right and bottom, px."
    )
    shapes: list[SurveyedShape] = Field(description="The shapes, in the same order.")


@router.post("/survey", summary="What a calibration makes of a picture")
def survey(body: SurveyOrder, _visit: Changing, name: Name, editor: EditorHere) -> SurveyInfo:
    """Return the lattice, the errors and the trusted region of a calibration, and what shapes are on the ground."""
    try:
        settings = _ground(body.ground, name, PlacesEditor(editor))
        if settings is not None and settings.points:
            require_seen(settings.pairs()[0], body.picture_px)
    except (UsageError, MeasureError) as error:
        if isinstance(error, UsageError) and body.ground is None:
            raise
        return _uncalibrated(body, str(error))
    return _uncalibrated(body, "") if settings is None else _surveyed(body, settings)


def _ground(wanted: dict[str, Any] | None, camera: str, places: PlacesEditor) -> GroundSettings | None:
    """Return a calibration to be tried, or the camera's own.

    Raises:
        UsageError: It cannot be used, or names a file that is not the camera's own.
    """
    own = places.settings(camera).ground
    if wanted is None:
        return own
    if wanted.get("tsai") is not None:
        if own is None or places.read(camera)[0]["ground"].get("tsai") != wanted["tsai"]:
            msg = "tsai: only those who can edit the file on the machine may name a file; send its content as tsai_xml"
            raise UsageError(msg)
        return own
    try:
        return GroundSettings.model_validate(wanted)
    except ValidationError as error:
        faults = (
            ": ".join(filter(None, (".".join(map(str, each["loc"])), each["msg"].removeprefix("Value error, "))))
            for each in error.errors()
        )
        raise UsageError("; ".join(faults)) from error


def _uncalibrated(body: SurveyOrder, problem: str) -> SurveyInfo:
    shapes = [
        SurveyedShape(
            points_px=[*(each.points_px or ())] or [None for _ in each.points_m or ()],
            points_m=[*(each.points_m or ())] or [None for _ in each.points_px or ()],
            area_m2=None,
            length_m=None,
        )
        for each in body.shapes
    ]
    return SurveyInfo(
        calibrated=False,
        problem=problem,
        errors_px=[],
        errors_m=[],
        usable_share=0.0,
        least_px_per_m=0.0,
        step_m=0.0,
        lattice_px=[],
        trusted_px=[],
        shapes=shapes,
    )


def _surveyed(body: SurveyOrder, settings: GroundSettings) -> SurveyInfo:
    ground, least = settings.ground(), settings.least_px_per_m
    found = judged(settings, body.picture_px)
    lines = lattice(ground, body.picture_px, least_px_per_m=least)
    return SurveyInfo(
        calibrated=True,
        problem="",
        errors_px=[] if found.fit is None else found.fit.errors_px.round(2).tolist(),
        errors_m=[] if found.fit is None else found.fit.errors_m.round(4).tolist(),
        usable_share=found.usable_share,
        least_px_per_m=least,
        step_m=lines.step_m,
        lattice_px=[_rounded(each) for each in lines.lines_px],
        trusted_px=[
            (left, top, right, bottom)
            for left, top, right, bottom in trusted(ground, body.picture_px, least_px_per_m=least).round(1).tolist()
        ],
        shapes=[_on_ground(each, ground) for each in body.shapes],
    )


def _on_ground(shape: SurveyShape, ground: Ground) -> SurveyedShape:
    """Return a shape in the picture and on the ground."""
    if shape.points_px is not None:
        seen = np.array(shape.points_px, np.float64).reshape(-1, 2)
        there = ground.to_ground(seen)
    else:
        there = np.array(shape.points_m, np.float64).reshape(-1, 2)
        seen = ground.to_picture(there)
    known = len(there) > 1 and bool(np.isfinite(there).all())
    ends = np.concatenate((there, there[:1])) if shape.closed else there
    length = float(np.linalg.norm(np.diff(ends, axis=0), axis=1).sum()) if known else None
    area = abs(ring_area(tuple(map(tuple, there.tolist())))) if known and shape.closed else None
    return SurveyedShape(points_px=_or_null(seen, 2), points_m=_or_null(there, 4), area_m2=area, length_m=length)


def _rounded(points: Points) -> list[tuple[float, float]]:
    return [(x, y) for x, y in points.round(1).tolist()]


def _or_null(points: Points, digits: int) -> list[tuple[float, float] | None]:
    return [(x, y) if np.isfinite((x, y)).all() else None for x, y in points.round(digits).tolist()]
