"""What is measured where: the places in view of one camera, and what is measured at each."""

from __future__ import annotations

from dataclasses import dataclass

from passerby.measure.ground import Ground
from passerby.measure.place import Line, Space, Zone
from passerby.measure.service_level import Use
from passerby.vision.detections import Kind

LEAST_PX_PER_M = 5.0
"""Below this, half a metre of depth is two pixels, so positions are a guess."""


@dataclass(frozen=True, slots=True)
class LinePlan:
    """A line and what is measured on it.

    Args:
        line: The line.
        kinds: Classes that count.
        one_way: Whether vehicles that cross outwards are wrong-way events.
        headway: Whether the time between vehicles is measured.
        gate: Whether turns from and to this line are counted.
        from_above: Whether the camera looks down on the vehicles, so that moving regions count as cars where the
            network finds none.
    """

    line: Line
    kinds: tuple[Kind, ...] = (Kind.PERSON,)
    one_way: bool = False
    headway: bool = False
    gate: bool = False
    from_above: bool = False


@dataclass(frozen=True, slots=True)
class ZonePlan:
    """A zone and what is measured in it.

    Args:
        zone: The zone.
        use: What people do in it, for the level of service; None = no level of service.
        queue: Whether it holds a queue.
        hazard: Whether an entry is an event.
        dwell: Whether the mean dwell is measured.
        stopped_after_s: A vehicle that stands still for longer is an event; None = no events.
        foot_map: Whether it is counted in which cells foot points come to.
    """

    zone: Zone
    use: Use | None = Use.WALKWAY
    queue: bool = False
    hazard: bool = False
    dwell: bool = True
    stopped_after_s: float | None = None
    foot_map: bool = False


@dataclass(frozen=True, slots=True)
class ScenePlan:
    """All places in view of one camera.

    Args:
        lines: Lines and what is measured on them.
        zones: Zones and what is measured in them.
        ground: The plane that people walk on; None = not calibrated.
        least_px_per_m: Where a metre of ground has fewer pixels than this, density is not measured.
        size_px: Width and height of the picture that the places were drawn on; None = the camera's own.
        walkable: Where people can be, in m; cells of the Voronoi density end there. None = no Voronoi density.
    """

    lines: tuple[LinePlan, ...] = ()
    zones: tuple[ZonePlan, ...] = ()
    ground: Ground | None = None
    least_px_per_m: float = LEAST_PX_PER_M
    size_px: tuple[int, int] | None = None
    walkable: Zone | None = None


def whole_picture(size_px: tuple[int, int]) -> ScenePlan:
    """Return the plan of a camera without places: everyone in the picture counts."""
    width, height = size_px
    corners = ((-width, -height), (2 * width, -height), (2 * width, 2 * height), (-width, 2 * height))
    zone = Zone("picture", tuple((float(x), float(y)) for x, y in corners), Space.PICTURE)
    return ScenePlan(zones=(ZonePlan(zone, use=None, dwell=False),))
