"""A camera that shows a simulated crowd (JuPedSim): nobody real, and every position known."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

import av
import cv2
import numpy as np
from numpy.typing import NDArray

from passerby.errors import RefusedError
from passerby.media.arrival import Arrival

if TYPE_CHECKING:
    import jupedsim

RATE = 10
SIZE = (1280, 720)
_STEPS = 5
_DT_S = 1 / (RATE * _STEPS)
_TALLEST_M = 1.75
_CLOTHES = ((60, 60, 150), (140, 90, 50), (60, 110, 60), (70, 70, 70), (40, 120, 170), (120, 60, 110))
_SKIN, _GROUND, _WALL = (140, 170, 205), (150, 155, 160), (105, 110, 118)

Point = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Venue:
    """A place where simulated people walk.

    Args:
        width_m: From left to right.
        depth_m: Away from the camera.
        ways: From where to where people walk: start and end on the ground, m.
        per_s: People who come in a second.
    """

    width_m: float
    depth_m: float
    ways: tuple[tuple[Point, Point], ...]
    per_s: float


VENUES = {
    "plaza": Venue(
        width_m=20,
        depth_m=14,
        per_s=0.8,
        ways=(((1, 4), (19, 9)), ((19, 4), (1, 10)), ((10, 13), (10, 1)), ((1, 11), (19, 3))),
    ),
    "platform": Venue(width_m=24, depth_m=6, ways=(((1, 2), (23, 3)), ((23, 4), (1, 3.5))), per_s=1.0),
}


class SimulatedCamera:
    """Walkers of a venue, seen obliquely from above: a `Connection` without end.

    The walk is JuPedSim's collision-free speed model, and the same at each start. People are drawn as
    plain figures as tall as they are.

    Args:
        name: One of `VENUES`.
        seed: Of who comes when.

    Raises:
        RefusedError: There is no such venue, or JuPedSim is not installed.
    """

    codec = "rawvideo"
    paced = True
    looped = False

    def __init__(self, name: str, *, seed: int = 1) -> None:
        if name not in VENUES:
            msg = f"no simulation '{name}'; there are {', '.join(VENUES)}"
            raise RefusedError(msg)
        self._venue = VENUES[name]
        self._random = np.random.default_rng(seed)
        self._simulation, self._ways = _simulation(self._venue)
        self.ground_to_image = _view(self._venue)
        self.positions_m: NDArray[np.float64] = np.empty((0, 2))
        """Where everybody stands in the latest picture, (N, 2), m."""
        self._speeds: list[float] = []
        self._empty = self._draw_ground()

    def __iter__(self) -> Iterator[Arrival]:
        """Yield pictures; the first shows people already."""
        for _ in range(30 * RATE):
            self._walk()
        number = 0
        while True:
            self._walk()
            picture = av.VideoFrame.from_ndarray(self._draw(), "bgr24")
            yield Arrival(picture, Fraction(1), number / RATE)
            number += 1

    def close(self) -> None:
        """Nothing to free."""

    def _walk(self) -> None:
        if self._random.random() < self._venue.per_s / RATE:
            self._enter()
        for _ in range(_STEPS):
            self._simulation.iterate()
        agents = list(self._simulation.agents())
        self.positions_m = np.array([agent.position for agent in agents]).reshape(-1, 2)
        self._speeds = [agent.model.desired_speed for agent in agents]

    def _enter(self) -> None:
        import jupedsim  # noqa: PLC0415 - of the extra `simulation`

        start, journey, stage = self._ways[self._random.integers(len(self._ways))]
        place = (start[0], start[1] + float(self._random.uniform(-0.8, 0.8)))
        if self._positions_near(place):
            return
        self._simulation.add_agent(
            jupedsim.CollisionFreeSpeedModelAgentParameters(
                position=place,
                journey_id=journey,
                stage_id=stage,
                desired_speed=float(np.clip(self._random.normal(1.34, 0.26), 0.6, 2.0)),
                radius=0.2,
            )
        )

    def _positions_near(self, place: Point) -> bool:
        return bool(np.any(np.hypot(*(self.positions_m - place).T) < 0.8))

    def _draw_ground(self) -> NDArray[np.uint8]:
        picture = np.full((SIZE[1], SIZE[0], 3), _WALL, np.uint8)
        venue = self._venue
        corners = [(0, 0), (venue.width_m, 0), (venue.width_m, venue.depth_m), (0, venue.depth_m)]
        cv2.fillPoly(picture, [self._pixels(corners)], _GROUND)
        lines: list[list[Point]] = [[(x, 0.0), (x, venue.depth_m)] for x in range(0, int(venue.width_m) + 1, 2)]
        lines += [[(0.0, y), (venue.width_m, y)] for y in range(0, int(venue.depth_m) + 1, 2)]
        for line in lines:
            cv2.polylines(picture, [self._pixels(line)], isClosed=False, color=_WALL, lineType=cv2.LINE_AA)
        return picture

    def _draw(self) -> NDArray[np.uint8]:
        picture = self._empty.copy()
        for index in np.argsort(-self.positions_m[:, 1]):  # the nearest last
            place = self.positions_m[index]
            (left, foot), (right, _) = self._pixels([(place[0] - 0.25, place[1]), (place[0] + 0.25, place[1])])
            width = int(max(4, right - left))
            tall = round(width * _TALLEST_M / 0.5)
            middle, head = int(left + right) // 2, max(2, round(width * 0.22))
            colour = _CLOTHES[int(self._speeds[index] * 1000) % len(_CLOTHES)]
            shoulder = int(foot) - tall + 2 * head
            cv2.rectangle(picture, (middle - width // 3, shoulder), (middle + width // 3, int(foot)), colour, -1)
            cv2.ellipse(picture, (middle, shoulder + head), (width // 2, head), 0, 0, 360, colour, -1, cv2.LINE_AA)
            cv2.circle(picture, (middle, shoulder - head), head, _SKIN, -1, cv2.LINE_AA)
        return picture

    def _pixels(self, points_m: list[Point]) -> NDArray[np.int32]:
        return np.round(_project(self.ground_to_image, np.array(points_m, float))).astype(np.int32)


def _project(homography: NDArray[np.float64], points_m: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the image points (N, 2), px, of points on the ground (N, 2), m."""
    homogeneous = np.column_stack([points_m, np.ones(len(points_m))]) @ homography.T
    return np.asarray(homogeneous[:, :2] / homogeneous[:, 2:])


def _view(venue: Venue) -> NDArray[np.float64]:
    """Return the homography from the ground (m) to the image (px): the near edge is twice as wide as the far one."""
    width, height = SIZE
    ground = np.array([(0, 0), (venue.width_m, 0), (venue.width_m, venue.depth_m), (0, venue.depth_m)], np.float32)
    near, far = 0.95 * height, 0.35 * height
    image = np.array([(0, near), (width, near), (0.75 * width, far), (0.25 * width, far)], np.float32)
    return np.asarray(cv2.getPerspectiveTransform(ground, image), np.float64)


def _simulation(venue: Venue) -> tuple[jupedsim.Simulation, list[tuple[Point, int, int]]]:
    """Return an empty venue, and start, journey and stage of each of its ways."""
    try:
        import jupedsim  # noqa: PLC0415 - of the extra `simulation`
    except ModuleNotFoundError as error:
        msg = "simulations need JuPedSim; install it: pip install 'passerby[simulation]'"
        raise RefusedError(msg) from error
    corners = [(0.0, 0.0), (venue.width_m, 0.0), (venue.width_m, venue.depth_m), (0.0, venue.depth_m)]
    model = jupedsim.CollisionFreeSpeedModel()
    simulation = jupedsim.Simulation(model=model, geometry=corners, dt=_DT_S)
    ways = []
    for start, (x, y) in venue.ways:
        stage = simulation.add_exit_stage(
            [(x - 0.5, y - 0.9), (x + 0.5, y - 0.9), (x + 0.5, y + 0.9), (x - 0.5, y + 0.9)]
        )
        ways.append((start, simulation.add_journey(jupedsim.JourneyDescription([stage])), stage))
    return simulation, ways
