"""The ground plane in a places file: known points and a lens, or an imported calibration."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any, Self

import numpy as np
from pydantic import Field, ValidationError, model_validator

from passerby.errors import MeasureError, UsageError
from passerby.measure.ground import Ground
from passerby.measure.lens import BrownLens, Lens
from passerby.measure.place import Points, Zone
from passerby.measure.plan import LEAST_PX_PER_M
from passerby.measure.tsai import parse_tsai, read_tsai, tsai_text
from passerby.settings.file_path import FilePath
from passerby.settings.section import Section

Coordinate = Annotated[float, Field(ge=-1e8, le=1e8)]
"""UTM, Mercator and a country's survey with the zone before the easting fit in, to a hundredth of a millimetre."""
Point = tuple[Coordinate, Coordinate]
Corners = Annotated[tuple[Point, ...], Field(min_length=3, max_length=500)]
Focal = Annotated[float, Field(gt=0, le=1e7)]


class PointPair(Section):
    """One point that is known in the picture and on the ground."""

    picture_px: Point = Field(description="x and y in the upright picture, px.", examples=[[312, 540]])
    ground_m: Point = Field(description="x and y on the ground, m; y points up if x points right.", examples=[[0, 0]])


class LensSettings(Section):
    """Lens distortion as OpenCV's calibration gives it."""

    focal_px: tuple[Focal, Focal] = Field(description="Focal lengths fx and fy, px.", examples=[[1400, 1400]])
    centre_px: Point = Field(description="Principal point cx and cy, px.", examples=[[960, 540]])
    distortion: tuple[float, ...] = Field(
        min_length=4, max_length=5, description="k1, k2, p1, p2 and, if given, k3.", examples=[[-0.2, 0.05, 0, 0]]
    )

    def lens(self) -> Lens:
        """Return the lens."""
        return BrownLens(self.focal_px, self.centre_px, self.distortion)


class GroundSettings(Section):
    """The ground plane: at least four known points, or the file of a Tsai calibration."""

    points: tuple[PointPair, ...] = Field(
        default=(), max_length=1000, description="Points that are known in the picture and on the ground."
    )
    lens: LensSettings | None = Field(default=None, description="Lens distortion; absent = none.")
    tsai: FilePath | None = Field(
        default=None, description="File of a Tsai calibration in the XML format of PETS, instead of points."
    )
    tsai_xml: str | None = Field(
        default=None, max_length=1_000_000, description="Content of such a file, instead of the file."
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
        description="Where a metre has fewer pixels than this in its worst direction, no density is measured.",
    )
    walkable_m: Corners | None = Field(
        default=None,
        description="Corners of the floor that people can be on, m: zones get a Voronoi density; its cells end there.",
        examples=[[[0, 0], [20, 0], [20, 12], [0, 12]]],
    )
    obstacles_m: tuple[Corners, ...] = Field(default=(), description="Corners of walls and pillars on that floor, m.")

    @model_validator(mode="after")
    def _makes_a_plane(self) -> Self:
        if [bool(self.points), self.tsai is not None, self.tsai_xml is not None].count(True) != 1:
            msg = "give one of points, tsai and tsai_xml"
            raise ValueError(msg)
        if not self.points and self.lens is not None:
            msg = "a Tsai calibration includes a lens; remove lens or the calibration"
            raise ValueError(msg)
        if self.obstacles_m and self.walkable_m is None:
            msg = "obstacles_m needs a floor; give its corners as walkable_m"
            raise ValueError(msg)
        refused(self.ground)
        refused(self.walkable)
        return self

    def ground(self) -> Ground:
        """Return the plane.

        Raises:
            MeasureError: The points do not define a plane, or the file is wrong.
        """
        imported = self._imported()
        if imported is not None:
            made = imported[0]
        else:
            made = Ground.from_points(*self.pairs(), lens=self.lens.lens() if self.lens else None)
        if made.mirrored:
            msg = "the ground is mirrored, which would swap in and out: y must point up if x points right; give a "
            msg += "rectangle's corners as near left, near right, far right, far left"
            raise MeasureError(msg)
        return made

    @property
    def size_px(self) -> tuple[int, int] | None:
        """Width and height of the picture that an imported calibration is of; None = points do not say."""
        imported = self._imported()
        return None if imported is None else imported[1]

    def self_contained(self) -> GroundSettings:
        """Return the same with the content of the calibration's file in place of its path.

        Raises:
            MeasureError: The file cannot be read.
        """
        if self.tsai is None:
            return self
        return self.model_copy(update={"tsai": None, "tsai_xml": tsai_text(self.tsai)})

    def _imported(self) -> tuple[Ground, tuple[int, int]] | None:
        if self.tsai is not None:
            return read_tsai(self.tsai)
        return None if self.tsai_xml is None else parse_tsai(self.tsai_xml, "tsai_xml")

    def walkable(self) -> Zone | None:
        """Return the area where people can be; None = unknown.

        Raises:
            MeasureError: It is not a valid area.
        """
        return Zone("walkable_m", self.walkable_m, holes=self.obstacles_m) if self.walkable_m else None

    def pairs(self) -> tuple[Points, Points]:
        """Return the points in the picture and on the ground, each of shape (N, 2)."""
        return (
            np.array([each.picture_px for each in self.points], np.float64).reshape(-1, 2),
            np.array([each.ground_m for each in self.points], np.float64).reshape(-1, 2),
        )


def ground_settings(**values: Any) -> GroundSettings:  # noqa: ANN401 - pydantic checks each type
    """Return a calibration from plain values.

    Raises:
        UsageError: A value is wrong; all that are wrong are named.
    """
    try:
        return GroundSettings(**values)
    except ValidationError as error:
        faults = (each["msg"].removeprefix("Value error, ") for each in error.errors())
        raise UsageError("; ".join(faults)) from error


def refused(made: Callable[[], object]) -> None:
    """Turn an error of a place into one that pydantic collects, so that it is reported with all others and its line."""
    try:
        made()
    except MeasureError as error:
        raise ValueError(str(error)) from error
