"""The settings of places: calibration, lines and zones of one camera, with unit, range, default and help.

docs/reference/places-file.md is generated from these classes; a places file contains one `PlacesSettings`.
"""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated, Self

from pydantic import Field, model_validator

from passerby.errors import MeasureError
from passerby.measure.ground import require_seen
from passerby.measure.place import Line, Space, Zone
from passerby.measure.plan import LEAST_PX_PER_M, LinePlan, ScenePlan, ZonePlan
from passerby.measure.service_level import Use
from passerby.settings.ground import Corners, GroundSettings, Point, refused
from passerby.settings.section import Section
from passerby.settings.yaml_file import read_settings
from passerby.vision.detections import Kind

PlaceName = Annotated[
    str, Field(min_length=1, max_length=30, pattern=r"^[^\x00-\x20\x7f/+#=@\->][^\x00-\x1f\x7f/+#>]*$")
]
PictureSide = Annotated[int, Field(ge=16, le=100_000)]


class CountedClass(StrEnum):
    """Classes that can be counted on a line."""

    PERSON = "person"
    BICYCLE = "bicycle"
    MOTORCYCLE = "motorcycle"
    CAR = "car"
    BUS = "bus"
    TRUCK = "truck"

    @property
    def kind(self) -> Kind:
        """The kind of box for this class."""
        return Kind[self.name]


class LineSettings(Section):
    """A measurement line; give both ends in px or both in m."""

    name: PlaceName = Field(description="Name, unique among the places.", examples=["door"])
    from_px: Point | None = Field(default=None, description="Start, px.", examples=[[400, 150]])
    to_px: Point | None = Field(default=None, description="End, px.", examples=[[400, 450]])
    from_m: Point | None = Field(default=None, description="Start on the ground, m.")
    to_m: Point | None = Field(default=None, description="End on the ground, m.")
    into: str = Field(
        default="in",
        max_length=40,
        description="What lies on the left when looking from start to end: crossing to that side counts as in.",
        examples=["platform"],
    )
    out_of: str = Field(default="out", max_length=40, description="What lies on the right.", examples=["street"])
    count: tuple[CountedClass, ...] = Field(
        default=(CountedClass.PERSON,), min_length=1, description="Classes to count: " + ", ".join(CountedClass) + "."
    )
    one_way: bool = Field(default=False, description="Vehicles may only cross inwards: others are wrong-way events.")
    headway: bool = Field(default=False, description="Measure the time between vehicles.")
    turns: bool = Field(
        default=False,
        description="Count the vehicles and bicycles that go from this line to another line with turns.",
    )
    from_above: bool = Field(
        default=False,
        description="The camera looks straight down on the road: what moves over the line and is as wide as a vehicle "
        "counts as a car where the network finds nothing.",
    )

    @model_validator(mode="after")
    def _is_a_line(self) -> Self:
        refused(self.line)
        if len(set(self.count)) < len(self.count):
            msg = f"line '{self.name}': a class is given twice in count; remove one"
            raise ValueError(msg)
        if self.one_way and set(self.count) == {CountedClass.PERSON}:
            msg = f"line '{self.name}': one_way needs vehicles; add those to check to count: [car, bus, truck]"
            raise ValueError(msg)
        if self.from_above and CountedClass.CAR not in self.count:
            msg = f"line '{self.name}': from_above counts what moves as cars; add car to count"
            raise ValueError(msg)
        return self

    def line(self) -> Line:
        """Return the line.

        Raises:
            MeasureError: It is not a valid line.
        """
        if self.from_px is not None and self.to_px is not None and self.from_m is None and self.to_m is None:
            return Line(self.name, self.from_px, self.to_px, Space.PICTURE, self.into, self.out_of)
        if self.from_m is not None and self.to_m is not None and self.from_px is None and self.to_px is None:
            return Line(self.name, self.from_m, self.to_m, Space.GROUND, self.into, self.out_of)
        msg = "give from_px and to_px, or from_m and to_m"
        raise MeasureError(msg)


class ZoneSettings(Section):
    """A measurement area; give its corners in px or in m."""

    name: PlaceName = Field(description="Name, unique among the places.", examples=["hall"])
    corners_px: Corners | None = Field(default=None, description="Corners in order, px.")
    corners_m: Corners | None = Field(
        default=None, description="Corners on the ground in order, m.", examples=[[[0, 0], [8, 0], [8, 4], [0, 4]]]
    )
    holes_px: tuple[Corners, ...] = Field(default=(), description="Corners of parts to exclude, px.")
    holes_m: tuple[Corners, ...] = Field(default=(), description="The same on the ground, m.")
    use: Use = Field(default=Use.WALKWAY, description="Scale for the level of service: " + ", ".join(Use) + ".")
    queue: bool = Field(default=False, description="People queue here: measure queue length and wait.")
    hazard: bool = Field(default=False, description="Nobody should be here: each entry is an event.")
    dwell: bool = Field(default=True, description="Measure how long people stay on average.")
    stopped_after_s: float | None = Field(
        default=None, gt=0, le=86400, description="Vehicles that stop for longer than this are events, s; absent = off."
    )
    foot_map: bool = Field(
        default=False,
        description="Count per hour and cell (1 m, or 1/32 of the picture's width) how many foot points come into it. "
        "Cells with fewer than 5 read 0; no path is stored.",
    )

    @model_validator(mode="after")
    def _is_a_zone(self) -> Self:
        refused(self.zone)
        return self

    def zone(self) -> Zone:
        """Return the zone.

        Raises:
            MeasureError: It is not a valid zone.
        """
        if self.corners_px is not None and self.corners_m is None and not self.holes_m:
            return Zone(self.name, self.corners_px, Space.PICTURE, self.holes_px)
        if self.corners_m is not None and self.corners_px is None and not self.holes_px:
            return Zone(self.name, self.corners_m, Space.GROUND, self.holes_m)
        msg = "give corners_px (and holes_px), or corners_m (and holes_m)"
        raise MeasureError(msg)


class PlacesSettings(Section):
    """The places in view of one camera."""

    picture_px: tuple[PictureSide, PictureSide] | None = Field(
        default=None,
        description="Width and height of the picture that px refer to; pictures of another size are scaled to it.",
        examples=[[1920, 1080]],
    )
    ground: GroundSettings | None = Field(default=None, description="Calibration; without it, metres cannot be used.")
    lines: tuple[LineSettings, ...] = Field(default=(), max_length=200, description="Measurement lines.")
    zones: tuple[ZoneSettings, ...] = Field(default=(), max_length=200, description="Measurement areas.")

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        names = [each.casefold() for each in self.names()]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            msg = f"two places have the name {', '.join(twice)}; give each its own"
            raise ValueError(msg)

        if "counters" in names:
            msg = "a place cannot be named counters: external counters publish to that MQTT topic; choose another name"
            raise ValueError(msg)

        metric = [each.name for each in self.lines if each.from_m] + [
            each.name for each in self.zones if each.corners_m
        ]
        if metric and self.ground is None:
            msg = f"{', '.join(metric)}: metres need a ground; add it (passerby calibrate)"
            raise ValueError(msg)

        gates = [each.name for each in self.lines if each.turns]
        if len(gates) == 1:
            msg = f"line '{gates[0]}': a turn leads from one line to another; give turns to a second line"
            raise ValueError(msg)

        if self.ground is not None and self.ground.points:
            seen = self.ground.pairs()[0]
            refused(lambda: require_seen(seen, self.picture_px))

        own = self.ground.size_px if self.ground else None
        if own is not None and self.picture_px not in {None, own}:
            msg = f"the Tsai calibration is for a picture of {own[0]}x{own[1]}; draw the places on one of that size"
            raise ValueError(msg)

        return self

    def names(self) -> list[str]:
        """Return the names of all places."""
        return [each.name for each in self.lines] + [each.name for each in self.zones]

    def self_contained(self) -> PlacesSettings:
        """Return the same without paths of this machine.

        Raises:
            MeasureError: The file of a calibration cannot be read.
        """
        return self if self.ground is None else self.model_copy(update={"ground": self.ground.self_contained()})

    def plan(self) -> ScenePlan:
        """Return the plan: what is measured where."""
        lines = (
            LinePlan(
                each.line(),
                tuple(kind.kind for kind in each.count),
                each.one_way,
                each.headway,
                each.turns,
                each.from_above,
            )
            for each in self.lines
        )
        zones = (
            ZonePlan(
                each.zone(),
                each.use,
                each.queue,
                each.hazard,
                each.dwell,
                each.stopped_after_s,
                each.foot_map,
            )
            for each in self.zones
        )
        least = self.ground.least_px_per_m if self.ground else LEAST_PX_PER_M
        ground = self.ground.ground() if self.ground else None
        size = self.picture_px or (self.ground.size_px if self.ground else None)
        walkable = self.ground.walkable() if self.ground else None
        return ScenePlan(tuple(lines), tuple(zones), ground, least, size, walkable)


def read_places(path: Path) -> PlacesSettings:
    """Read a places file.

    Raises:
        UsageError: It cannot be read or is wrong; one line for each error: file:line: key and what to do.
    """
    return read_settings(path, PlacesSettings)
