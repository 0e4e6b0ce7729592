"""A stand that empties through one gate, and the camera above it. JuPedSim moves people; their boxes are computed.

One stand is 40 m x 30 m with a gate in the middle of a long side and a passage of 8 m behind it. The camera hangs 20 m
high, 12 m in front of the gate, and sees all of it in 1920x1080. No picture is drawn and no detector runs. Each person
gets a box, 0.5 m wide and as tall as they are, which is then removed or disturbed:

- hidden: nearer people hide those behind. A box of which less than 30 % is visible is never found, one of which more
  than 60 % is visible always is, and the chance in between grows linearly. A person who is not found but is at least
  10 % visible leaves a weak detection, as with real networks (docs/decisions/0004-crowd-as-region.md): no box to count.
- missed: a person is lost from sight for half a second on average, 5 % of the time.
- trembling: each edge of a box is off by 2 % of its height (standard deviation), independently in each frame.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

import jupedsim
import numpy as np
import shapely
from numpy.typing import NDArray

from passerby.vision.detections import Detections, Kind

Points = NDArray[np.float64]

SIZE_PX = (1920, 1080)
FRAMES_PER_S = 10
STEP_S = 0.05
LONGEST_S = 900.0
CAMERA_M, LOOKS_AT_M = np.array([20.0, -12.0, 20.0]), np.array([20.0, 10.0, 0.0])
FOCAL_PX = 1000.0
CELL_PX = 6
LOST_SHARE, LOST_FRAMES = 0.05, 5
TREMBLE = 0.02
FAINT = 0.1


@dataclass(frozen=True, slots=True)
class Emptying:
    """Where everybody of a stand was: the truth.

    Args:
        gate_m: Width of the gate.
        frames: For each tenth of a second the people still there, by seat, shape (N,), and where, shape (N, 2), m.
        heights_m: Shape (all,), how tall each is.
        end_s: When the last one left the passage.
    """

    gate_m: float
    frames: list[tuple[NDArray[np.int64], Points]]
    heights_m: Points
    end_s: float


def emptied(people: int, gate_m: float, seed: int) -> Emptying:
    """Let everybody of a stand walk out, and return where they were."""
    half = gate_m / 2
    area = shapely.union(shapely.box(0, 0, 40, 30), shapely.box(20 - half, -8, 20 + half, 0.01))
    model = jupedsim.CollisionFreeSpeedModel()
    simulation = jupedsim.Simulation(model=model, geometry=area, dt=STEP_S)
    way_out = simulation.add_exit_stage(shapely.box(20 - half, -8, 20 + half, -7))
    journey = simulation.add_journey(jupedsim.JourneyDescription([way_out]))
    seats = jupedsim.distribute_by_number(
        polygon=shapely.box(0.3, 0.3, 39.7, 29.7),
        number_of_agents=people,
        distance_to_agents=0.45,
        distance_to_polygon=0.2,
        seed=seed,
    )
    chance = np.random.default_rng(seed)
    speeds = np.clip(chance.normal(1.34, 0.26, people), 0.6, 2.0)
    seat_of = {}
    for number, (seat, speed) in enumerate(zip(seats, speeds, strict=True)):
        walker = jupedsim.CollisionFreeSpeedModelAgentParameters(
            journey_id=journey, stage_id=way_out, position=seat, desired_speed=float(speed), radius=0.18
        )
        seat_of[simulation.add_agent(walker)] = number
    frames = []
    while simulation.agent_count() and simulation.elapsed_time() < LONGEST_S:
        there = [(seat_of[agent.id], agent.position) for agent in simulation.agents()]
        frames.append((np.array([seat for seat, _ in there]), np.array([place for _, place in there])))
        simulation.iterate(round(1 / FRAMES_PER_S / STEP_S))
    heights = np.clip(chance.normal(1.72, 0.09, people), 1.45, 2.0)
    return Emptying(gate_m, frames, heights, simulation.elapsed_time())


@cache
def _axes() -> Points:
    ahead = (LOOKS_AT_M - CAMERA_M) / np.linalg.norm(LOOKS_AT_M - CAMERA_M)
    right = np.cross(ahead, [0.0, 0.0, 1.0])
    right /= np.linalg.norm(right)
    return np.stack((right, np.cross(ahead, right), ahead))


def pictured(places_m: Points, height_m: Points | float) -> tuple[Points, Points]:
    """Return where points above the ground show, shape (N, 2), px, and how far ahead they are, shape (N,), m."""
    points = np.column_stack((places_m, np.broadcast_to(height_m, len(places_m))))
    across, down, ahead = _axes() @ (points - CAMERA_M).T
    shown = FOCAL_PX * np.stack((across, down), axis=1) / ahead[:, None]
    return shown + np.array(SIZE_PX) / 2, ahead


def seen(emptying: Emptying, seed: int) -> Iterator[tuple[float, Detections]]:
    """Yield time and boxes of each frame, as a detector behind the camera would find them."""
    chance = np.random.default_rng(seed)
    lost = np.zeros(len(emptying.heights_m), np.bool_)
    again, away = 1 / LOST_FRAMES, LOST_SHARE / (1 - LOST_SHARE) / LOST_FRAMES
    for number, (seats, places) in enumerate(emptying.frames):
        turned = chance.random(len(lost)) < np.where(lost, again, away)
        lost ^= turned
        feet, ahead = pictured(places, 0.0)
        heads, _ = pictured(places, emptying.heights_m[seats])
        half = FOCAL_PX * 0.25 / ahead
        middle = (feet[:, 0] + heads[:, 0]) / 2
        boxes = np.stack((middle - half, heads[:, 1], middle + half, feet[:, 1]), axis=1)
        shows = _shown(boxes)
        found = (chance.random(len(boxes)) < (shows - 0.3) / 0.3) & ~lost[seats]
        height = boxes[:, 3:] - boxes[:, 1:2]
        boxes += chance.normal(0, TREMBLE, boxes.shape) * height
        trace = (shows > 0.1) & ~found & ~lost[seats]
        boxes = np.concatenate((boxes[found], boxes[trace])).astype(np.float32)
        scores = np.repeat(np.array([0.8, FAINT], np.float32), (found.sum(), trace.sum()))
        yield number / FRAMES_PER_S, Detections(boxes, scores, np.full(len(boxes), Kind.PERSON, np.int8))


def _shown(boxes: Points) -> Points:
    """Return the share of each box that nobody nearer hides."""
    width, height = (side // CELL_PX for side in SIZE_PX)
    cells = np.round(boxes / CELL_PX).astype(int)
    cells[:, 2:] = np.maximum(cells[:, 2:], cells[:, :2] + 1)
    cells = np.clip(cells, 0, [width, height, width, height])
    hidden = np.zeros((height, width), np.bool_)
    shows = np.zeros(len(boxes))
    for index in np.argsort(-boxes[:, 3]):  # the nearest first
        x1, y1, x2, y2 = cells[index]
        part = hidden[y1:y2, x1:x2]
        if part.size:
            shows[index] = 1 - part.mean()
            part[:] = True
    return shows
