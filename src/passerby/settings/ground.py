"""Where the ground is, as a places file says it: known points and a lens, or an imported calibration."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any, Self

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, ValidationError, ValidationInfo, field_validator, model_validator

from passerby.errors import MeasureError, UsageError
from passerby.measure.ground import Ground
from passerby.measure.lens import BrownLens, Lens
from passerby.measure.place import Points, Zone
from passerby.measure.plan import LEAST_PX_PER_M
from passerby.measure.tsai import read_tsai

Coordinate = Annotated[float, Field(ge=-1e8, le=1e8)]
"""UTM, Mercator and a country's survey with the zone before the easting fit in, to a hundredth of a millimetre."""
Point = tuple[Coordinate, Coordinate]
Corners = Annotated[tuple[Point, ...], Field(min_length=3, max_length=500)]
Focal = Annotated[float, Field(gt=0, le=1e7)]


class PlacesPart(BaseModel):
    """What all parts of a places file have in common: no unknown key, no number that is none."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class PointPair(PlacesPart):
    """One point that is known in the picture and on the ground."""

    picture_px: Point = Field(description="x and y in the upright picture, px.", examples=[[312, 540]])
    ground_m: Point = Field(description="x and y on the ground, m; y points up when x points right.", examples=[[0, 0]])


class LensSettings(PlacesPart):
    """Distortion as OpenCV's calibration gives it."""

    focal_px: tuple[Focal, Focal] = Field(description="Focal lengths fx and fy, px.", examples=[[1400, 1400]])
    centre_px: Point = Field(description="Principal point cx and cy, px.", examples=[[960, 540]])
    distortion: tuple[float, ...] = Field(
        min_length=4, max_length=5, description="k1, k2, p1, p2 and, if given, k3.", examples=[[-0.2, 0.05, 0, 0]]
    )

    def lens(self) -> Lens:
        """Return the lens."""
        return BrownLens(self.focal_px, self.centre_px, self.distortion)


class GroundSettings(PlacesPart):
    """Where the ground is: at least four known points, or the file of a Tsai calibration."""

    points: tuple[PointPair, ...] = Field(
        default=(), max_length=1000, description="Points that are known in the picture and on the ground."
    )
    lens: LensSettings | None = Field(default=None, description="What bends the picture; absent = nothing.")
    tsai: Path | None = Field(
        default=None, description="File of a Tsai calibration in XML, as PETS has it, instead of points."
    )
    plan: str = Field(
        default="",
        max_length=64,
        description="Name of the plan or survey that the metres are of: cameras whose grounds have the same one share "
        "coordinates, and their zones may not overlap in an area.",
        examples=["ground floor"],
    )
    least_px_per_m: float = Field(
        default=LEAST_PX_PER_M,
        gt=0,
        le=1000,
        description="Where a metre has fewer pixels than this in its worst direction, densities are refused.",
    )
    walkable_m: Corners | None = Field(
        default=None,
        description="Corners of the floor that people can be on, m: zones get a Voronoi density; its cells end there.",
        examples=[[[0, 0], [20, 0], [20, 12], [0, 12]]],
    )
    obstacles_m: tuple[Corners, ...] = Field(default=(), description="Corners of walls and pillars on that floor, m.")

    @field_validator("tsai")
    @classmethod
    def _placed(cls, path: Path | None, info: ValidationInfo) -> Path | None:
        folder = Path((info.context or {}).get("folder", ""))
        return None if path is None else folder / path.expanduser()

    @model_validator(mode="after")
    def _makes_a_plane(self) -> Self:
        if (self.tsai is None) == (not self.points):
            msg = "give either points or tsai"
            raise ValueError(msg)
        if self.tsai is not None and self.lens is not None:
            msg = "a Tsai calibration has a lens of its own; leave one of them out"
            raise ValueError(msg)
        if self.obstacles_m and self.walkable_m is None:
            msg = "obstacles_m stand on a floor; give its corners as walkable_m"
            raise ValueError(msg)
        refused(self.ground)
        refused(self.walkable)
        return self

    def ground(self) -> Ground:
        """Return the plane.

        Raises:
            MeasureError: The points say nothing, or the file is wrong.
        """
        if self.tsai is not None:
            made = read_tsai(self.tsai)[0]
        else:
            made = Ground.from_points(*self.pairs(), lens=self.lens.lens() if self.lens else None)
        if made.mirrored:
            msg = "the ground is mirrored, which would exchange in and out: y points up when x points right; a "
            msg += "rectangle's corners come as near left, near right, far right, far left"
            raise MeasureError(msg)
        return made

    @property
    def size_px(self) -> tuple[int, int] | None:
        """Width and height of the picture that an imported calibration is of; None = points do not say."""
        return None if self.tsai is None else read_tsai(self.tsai)[1]

    def walkable(self) -> Zone | None:
        """Return where people can be; None = not known.

        Raises:
            MeasureError: It is no area.
        """
        return Zone("walkable_m", self.walkable_m, holes=self.obstacles_m) if self.walkable_m else None

    def pairs(self) -> tuple[Points, Points]:
        """Return the points in the picture and on the ground, each of shape (N, 2)."""
        return (
            np.array([each.picture_px for each in self.points], np.float64).reshape(-1, 2),
            np.array([each.ground_m for each in self.points], np.float64).reshape(-1, 2),
        )


def ground_settings(**values: Any) -> GroundSettings:  # noqa: ANN401 - pydantic gives each its type
    """Return a calibration out of plain values.

    Raises:
        UsageError: A value is wrong; all that are wrong are named.
    """
    try:
        return GroundSettings(**values)
    except ValidationError as error:
        faults = (each["msg"].removeprefix("Value error, ") for each in error.errors())
        raise UsageError("; ".join(faults)) from error


def refused(made: Callable[[], object]) -> None:
    """Let pydantic see what a place refuses, so that it is told with all other errors and its line."""
    try:
        made()
    except MeasureError as error:
        raise ValueError(str(error)) from error
