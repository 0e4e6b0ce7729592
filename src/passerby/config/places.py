"""What can be said of places: calibration, lines and zones of one camera, with unit, range, default and help.

docs/reference/places-file.md is made from these classes; a places file holds one `PlacesSettings`.
"""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, Self

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, ValidationError, ValidationInfo, field_validator, model_validator

from passerby.config.yaml_file import read_settings
from passerby.errors import MeasureError, UsageError
from passerby.measure.ground import Ground
from passerby.measure.lens import BrownLens, Lens
from passerby.measure.place import Line, Point, Space, Zone
from passerby.measure.plan import LEAST_PX_PER_M, LinePlan, ScenePlan, ZonePlan
from passerby.measure.service_level import Use
from passerby.measure.tsai import read_tsai
from passerby.vision.detections import Kind

PlaceName = Annotated[
    str, Field(min_length=1, max_length=30, pattern=r"^[^\x00-\x20\x7f/+#=@\->][^\x00-\x1f\x7f/+#>]*$")
]
Corners = Annotated[tuple[Point, ...], Field(min_length=3, max_length=500)]


class Counted(StrEnum):
    """What can be counted on a line."""

    PERSON = "person"
    BICYCLE = "bicycle"
    MOTORCYCLE = "motorcycle"
    CAR = "car"
    BUS = "bus"
    TRUCK = "truck"

    @property
    def kind(self) -> Kind:
        """The kind of box that it is."""
        return Kind[self.name]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class PointPair(_Part):
    """One point that is known in the picture and on the ground."""

    picture_px: Point = Field(description="x and y in the upright picture, px.", examples=[[312, 540]])
    ground_m: Point = Field(description="x and y on the ground, m; y points up when x points right.", examples=[[0, 0]])


class LensSettings(_Part):
    """Distortion as OpenCV's calibration gives it."""

    focal_px: Point = Field(description="Focal lengths fx and fy, px.", examples=[[1400, 1400]])
    centre_px: Point = Field(description="Principal point cx and cy, px.", examples=[[960, 540]])
    distortion: tuple[float, ...] = Field(
        min_length=4, max_length=5, description="k1, k2, p1, p2 and, if given, k3.", examples=[[-0.2, 0.05, 0, 0]]
    )

    def lens(self) -> Lens:
        """Return the lens."""
        return BrownLens(self.focal_px, self.centre_px, self.distortion)


class GroundSettings(_Part):
    """Where the ground is: at least four known points, or the file of a Tsai calibration."""

    points: tuple[PointPair, ...] = Field(
        default=(), max_length=1000, description="Points that are known in the picture and on the ground."
    )
    lens: LensSettings | None = Field(default=None, description="What bends the picture; absent = nothing.")
    tsai: Path | None = Field(
        default=None, description="File of a Tsai calibration in XML, as PETS has it, instead of points."
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
        if self.obstacles_m and self.walkable_m is None:
            msg = "obstacles_m stand on a floor; give its corners as walkable_m"
            raise ValueError(msg)
        _refused(self.ground)
        _refused(self.walkable)
        return self

    def ground(self) -> Ground:
        """Return the plane.

        Raises:
            MeasureError: The points say nothing, or the file is wrong.
        """
        if self.tsai is not None:
            return read_tsai(self.tsai)[0]
        picture, ground = self.pairs()
        return Ground.from_points(picture, ground, lens=self.lens.lens() if self.lens else None)

    def walkable(self) -> Zone | None:
        """Return where people can be; None = not known.

        Raises:
            MeasureError: It is no area.
        """
        return Zone("walkable_m", self.walkable_m, holes=self.obstacles_m) if self.walkable_m else None

    def pairs(self) -> tuple[np.ndarray[tuple[int, int], np.dtype[np.float64]], ...]:
        """Return the points in the picture and on the ground, each of shape (N, 2)."""
        return (
            np.array([each.picture_px for each in self.points], np.float64).reshape(-1, 2),
            np.array([each.ground_m for each in self.points], np.float64).reshape(-1, 2),
        )


class LineSettings(_Part):
    """A measurement line; give both ends in px or both in m."""

    name: PlaceName = Field(description="Name, unique among the places.", examples=["door"])
    from_px: Point | None = Field(default=None, description="Where it begins, px.", examples=[[400, 150]])
    to_px: Point | None = Field(default=None, description="Where it ends, px.", examples=[[400, 450]])
    from_m: Point | None = Field(default=None, description="Where it begins on the ground, m.")
    to_m: Point | None = Field(default=None, description="Where it ends on the ground, m.")
    into: str = Field(
        default="in",
        max_length=40,
        description="What lies to the left of who looks from its beginning to its end: crossing to there counts as in.",
        examples=["platform"],
    )
    out_of: str = Field(default="out", max_length=40, description="What lies to the right.", examples=["street"])
    count: tuple[Counted, ...] = Field(
        default=(Counted.PERSON,), min_length=1, description="What counts: " + ", ".join(Counted) + "."
    )
    one_way: bool = Field(default=False, description="Vehicles may cross inwards only: others are wrong-way events.")
    headway: bool = Field(default=False, description="Measure the time between vehicles.")
    turns: bool = Field(default=False, description="Count who goes from this line to another one that has turns.")

    @model_validator(mode="after")
    def _is_a_line(self) -> Self:
        _refused(self.line)
        return self

    def line(self) -> Line:
        """Return the line.

        Raises:
            MeasureError: It is no line.
        """
        if self.from_px is not None and self.to_px is not None and self.from_m is None and self.to_m is None:
            return Line(self.name, self.from_px, self.to_px, Space.PICTURE, self.into, self.out_of)
        if self.from_m is not None and self.to_m is not None and self.from_px is None and self.to_px is None:
            return Line(self.name, self.from_m, self.to_m, Space.GROUND, self.into, self.out_of)
        msg = "give from_px and to_px, or from_m and to_m"
        raise MeasureError(msg)


class ZoneSettings(_Part):
    """A measurement area; give its corners in px or in m."""

    name: PlaceName = Field(description="Name, unique among the places.", examples=["hall"])
    corners_px: Corners | None = Field(default=None, description="Corners in order, px.")
    corners_m: Corners | None = Field(
        default=None, description="Corners on the ground in order, m.", examples=[[[0, 0], [8, 0], [8, 4], [0, 4]]]
    )
    holes_px: tuple[Corners, ...] = Field(default=(), description="Corners of what is not part of it, px.")
    holes_m: tuple[Corners, ...] = Field(default=(), description="The same on the ground, m.")
    use: Use = Field(default=Use.WALKWAY, description="For the level of service: " + ", ".join(Use) + ".")
    queue: bool = Field(default=False, description="People queue here: measure length and wait.")
    hazard: bool = Field(default=False, description="Nobody may be here: each entry is an event.")
    dwell: bool = Field(default=True, description="Measure how long people stay on average.")
    stopped_after_s: float | None = Field(
        default=None, gt=0, le=86400, description="Vehicles that stand for longer are events, s; absent = none are."
    )

    @model_validator(mode="after")
    def _is_a_zone(self) -> Self:
        _refused(self.zone)
        return self

    def zone(self) -> Zone:
        """Return the zone.

        Raises:
            MeasureError: It is no zone.
        """
        if self.corners_px is not None and self.corners_m is None and not self.holes_m:
            return Zone(self.name, self.corners_px, Space.PICTURE, self.holes_px)
        if self.corners_m is not None and self.corners_px is None and not self.holes_px:
            return Zone(self.name, self.corners_m, Space.GROUND, self.holes_m)
        msg = "give corners_px (and holes_px), or corners_m (and holes_m)"
        raise MeasureError(msg)


class PlacesSettings(_Part):
    """The places before one camera."""

    picture_px: tuple[int, int] | None = Field(
        default=None,
        description="Width and height of the picture that px mean; pictures of another size are scaled to it.",
        examples=[[1920, 1080]],
    )
    ground: GroundSettings | None = Field(default=None, description="Calibration; without it there are no metres.")
    lines: tuple[LineSettings, ...] = Field(default=(), max_length=200, description="Measurement lines.")
    zones: tuple[ZoneSettings, ...] = Field(default=(), max_length=200, description="Measurement areas.")

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        names = [each.casefold() for each in self.names()]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            msg = f"two places have the name {', '.join(twice)}; give each its own"
            raise ValueError(msg)
        metric = [each.name for each in self.lines if each.from_m] + [
            each.name for each in self.zones if each.corners_m
        ]
        if metric and self.ground is None:
            msg = f"{', '.join(metric)}: metres need a ground; add it (passerby calibrate)"
            raise ValueError(msg)
        if self.picture_px is not None and min(self.picture_px) < 16:
            msg = f"picture_px {self.picture_px}: no picture is that small"
            raise ValueError(msg)
        return self

    def names(self) -> list[str]:
        """Return the names of all places."""
        return [each.name for each in self.lines] + [each.name for each in self.zones]

    def plan(self) -> ScenePlan:
        """Return what is measured where."""
        lines = (
            LinePlan(each.line(), tuple(kind.kind for kind in each.count), each.one_way, each.headway, each.turns)
            for each in self.lines
        )
        zones = (
            ZonePlan(each.zone(), each.use, each.queue, each.hazard, each.dwell, each.stopped_after_s)
            for each in self.zones
        )
        least = self.ground.least_px_per_m if self.ground else LEAST_PX_PER_M
        ground = self.ground.ground() if self.ground else None
        walkable = self.ground.walkable() if self.ground else None
        return ScenePlan(tuple(lines), tuple(zones), ground, least, self.picture_px, walkable)


def read_places(path: Path) -> PlacesSettings:
    """Read a places file.

    Raises:
        UsageError: It cannot be read or is wrong; one line for each error: file:line: key and the mend.
    """
    return read_settings(path, PlacesSettings)


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


def _refused(made: Callable[[], object]) -> None:
    """Let pydantic see what a place refuses, so that it is told with all other errors and its line."""
    try:
        made()
    except MeasureError as error:
        raise ValueError(str(error)) from error
