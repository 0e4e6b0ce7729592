"""Simulated walkers in a venue (JuPedSim): no real people, and every position is known."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from importlib.resources import files
from itertools import cycle
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from passerby.errors import RefusedError
from passerby.installation import how_to_install

if TYPE_CHECKING:
    import jupedsim

RATE = 10
"""Time steps a second."""
_STEPS = 5
_DT_S = 1 / (RATE * _STEPS)
_RECORDED_PER_M = 100.0

Point = tuple[float, float]
WalkersAt = NDArray[np.float64]
"""Positions and coats of all walkers, shape (N, 3): x and y on the ground, m, and the number of the coat."""


@dataclass(frozen=True, slots=True)
class Venue:
    """A place with simulated walkers.

    Args:
        width_m: Width from left to right.
        depth_m: Depth away from the camera.
        ways: Routes of the walkers: start and end on the ground, m.
        per_s: Walkers that arrive each second.
    """

    width_m: float
    depth_m: float
    ways: tuple[tuple[Point, Point], ...]
    per_s: float


VENUES = {
    "plaza": Venue(
        width_m=12,
        depth_m=9,
        per_s=0.5,
        ways=(((1, 3), (11, 6)), ((11, 3), (1, 7)), ((6, 7.8), (6, 1.2)), ((1, 7), (11, 2))),
    ),
    "platform": Venue(width_m=14, depth_m=5, ways=(((1, 1.5), (13, 2.5)), ((13, 3.5), (1, 3))), per_s=0.6),
}


def walk(name: str) -> Iterator[WalkersAt]:
    """Yield the time steps of a walk recorded with JuPedSim, repeated without end.

    Raises:
        RefusedError: There is no such venue.
    """
    _venue(name)
    with (files("passerby.media.camera") / "walks" / f"{name}.npz").open("rb") as file, np.load(file) as kept:
        counts = kept["counts"]
        people = kept["people"].astype(np.float64)
    people[:, :2] /= _RECORDED_PER_M
    return cycle(np.split(people, np.cumsum(counts)[:-1]))


def packed(moments: list[WalkersAt]) -> dict[str, NDArray[np.int16]]:
    """Return time steps in the form that `walk` reads."""
    people = np.concatenate(moments)
    people[:, :2] *= _RECORDED_PER_M
    return {"counts": np.array([len(each) for each in moments], np.int16), "people": people.round().astype(np.int16)}


def simulate(name: str, *, seed: int = 1) -> Iterator[WalkersAt]:
    """Yield the time steps of a new walk without end, by JuPedSim's collision-free speed model.

    Args:
        name: One of `VENUES`.
        seed: Random seed of when walkers arrive.

    Raises:
        RefusedError: There is no such venue, or JuPedSim is not installed.
    """
    venue = _venue(name)
    random = np.random.default_rng(seed)
    simulation, ways = _simulation(venue)
    return _moments(venue, simulation, ways, random)


def _venue(name: str) -> Venue:
    if name not in VENUES:
        msg = f"no simulation '{name}'; choose one of {', '.join(VENUES)}"
        raise RefusedError(msg)
    return VENUES[name]


def _moments(
    venue: Venue,
    simulation: jupedsim.Simulation,
    ways: list[tuple[Point, int, int]],
    random: np.random.Generator,
) -> Iterator[WalkersAt]:
    while True:
        agents = list(simulation.agents())
        now = np.array([(*agent.position, agent.model.desired_speed * 1000 // 1) for agent in agents]).reshape(-1, 3)
        yield now
        if random.random() < venue.per_s / RATE:
            _enter(simulation, ways[random.integers(len(ways))], now[:, :2], random)
        for _ in range(_STEPS):
            simulation.iterate()


def _enter(
    simulation: jupedsim.Simulation, way: tuple[Point, int, int], places: WalkersAt, random: np.random.Generator
) -> None:
    import jupedsim  # noqa: PLC0415 - in the extra `simulation`

    (x, y), journey, stage = way
    place = (x, y + float(random.uniform(-0.8, 0.8)))
    if np.any(np.hypot(*(places - place).T) < 0.8):
        return
    simulation.add_agent(
        jupedsim.CollisionFreeSpeedModelAgentParameters(
            position=place,
            journey_id=journey,
            stage_id=stage,
            desired_speed=float(np.clip(random.normal(1.34, 0.26), 0.6, 2.0)),
            radius=0.2,
        )
    )


def _simulation(venue: Venue) -> tuple[jupedsim.Simulation, list[tuple[Point, int, int]]]:
    """Return an empty venue, and the start, journey and stage of each of its routes."""
    try:
        import jupedsim  # noqa: PLC0415 - in the extra `simulation`
    except ModuleNotFoundError as error:
        msg = f"fresh simulations need JuPedSim; run {how_to_install('simulation')}"
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
