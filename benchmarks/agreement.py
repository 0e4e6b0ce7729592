"""Compares passerby's measures with PedPy's on the same trajectories: the largest difference for each same definition.

python -m benchmarks.agreement

Trajectories: experiments of Forschungszentrum Juelich (data folder) and a JuPedSim run.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pedpy
import shapely

from benchmarks import material, results
from passerby.measure.density import density
from passerby.measure.flow import crossings, flow
from passerby.measure.place import Line, Zone
from passerby.measure.speed import individual_speed, mean_speed
from passerby.measure.view import Steps
from passerby.measure.voronoi import voronoi_density

STEP = 5
CUT_OFF_M = 0.8
WINDOW = 100

Ring = tuple[tuple[float, float], ...]


@dataclass(frozen=True, slots=True)
class Walk:
    """Trajectories and where they are measured.

    Args:
        name: What they are.
        data: PedPy's table of them.
        floor: Where people can walk.
        area: Measurement area.
        line: Measurement line.
    """

    name: str
    data: pedpy.TrajectoryData
    floor: Ring
    area: Ring
    line: tuple[tuple[float, float], tuple[float, float]]


def box(left: float, low: float, right: float, high: float) -> Ring:
    """Return the corners of an upright rectangle."""
    return ((left, low), (right, low), (right, high), (left, high))


def experiments() -> Iterator[Walk]:
    """Yield recorded experiments: a bottleneck, a corridor in one direction, and one in both."""
    folder = material.data() / "trajectories" / "pedpy"
    bottleneck = pedpy.load_trajectory(trajectory_file=folder / "bottleneck" / "040_c_56_h-.txt")
    area = box(-0.4, 0.5, 0.4, 1.3)
    yield Walk("bottleneck 0.5 m", bottleneck, box(-3.5, -2, 3.5, 8), area, ((0.25, 0.0), (-0.25, 0.0)))
    for name, file in (
        ("one way", "uni-directional/uo-100-180-180.txt"),
        ("both ways", "bi-directional/bi_corr_400_b_03.txt"),
    ):
        data = _loaded(folder / file)
        points = data.data[["x", "y"]].to_numpy()
        low, high = points.min(axis=0) - 0.5, points.max(axis=0) + 0.5
        middle = (low + high) / 2
        wide = np.minimum((high - low) / 4, 2.0)
        floor, area = box(*low, *high), box(*(middle - wide / 2), *(middle + wide / 2))
        yield Walk(name, data, floor, area, ((middle[0], low[1]), (middle[0], high[1])))


def simulation(people: int = 80, seconds: float = 30.0) -> Walk:
    """Return people who leave a room, by JuPedSim."""
    import jupedsim as jps  # noqa: PLC0415 - only this one needs it

    floor = [(0, 0), (12, 0), (12, 4), (18, 4), (18, 6), (12, 6), (12, 10), (0, 10)]
    run = jps.Simulation(model=jps.CollisionFreeSpeedModel(), geometry=floor, dt=0.01)
    gate = run.add_exit_stage([(17, 4), (18, 4), (18, 6), (17, 6)])
    journey = run.add_journey(jps.JourneyDescription([gate]))
    starts = jps.distribute_by_number(
        polygon=shapely.box(0, 0, 10, 10),
        number_of_agents=people,
        distance_to_agents=0.5,
        distance_to_polygon=0.3,
        seed=1,
    )
    for start in starts:
        run.add_agent(
            jps.CollisionFreeSpeedModelAgentParameters(journey_id=journey, stage_id=gate, position=start, radius=0.15)
        )
    rows = []
    for number in range(round(seconds / 0.01)):
        if number % 10 == 0:
            rows += [(agent.id, number // 10, *agent.position) for agent in run.agents()]
        run.iterate()
    data = pedpy.TrajectoryData(pd.DataFrame(rows, columns=["id", "frame", "x", "y"]), frame_rate=10.0)
    return Walk("JuPedSim", data, box(0, 0, 18, 10), box(9, 3, 12, 7), ((14.0, 6.0), (14.0, 4.0)))


def compare(walk: Walk, *, every: int = 10) -> Iterator[results.Row]:
    """Yield for each quantity how many values were compared and by how much they differ at most.

    Args:
        walk: The trajectories.
        every: Densities and speeds are compared at every so many frames.
    """
    table = walk.data.data
    frames = sorted(table.frame.unique())[STEP:-STEP][::every]
    chosen = pedpy.TrajectoryData(table[table.frame.isin(frames)][["id", "frame", "x", "y"]], walk.data.frame_rate)
    floor, area = Zone("floor", walk.floor), Zone("area", walk.area)
    places = {frame: part[["x", "y"]].to_numpy(float) for frame, part in chosen.data.groupby("frame")}
    their_area = pedpy.MeasurementArea(walk.area)
    theirs = pedpy.compute_classic_density(traj_data=chosen, measurement_area=their_area)
    yield _row(
        walk,
        "classic density, 1/m2",
        {f: density(p, area) for f, p in places.items()},
        theirs.set_index("frame").density,
    )
    for name, cut, ours in (
        ("", None, None),
        (", cut off", pedpy.Cutoff(radius=CUT_OFF_M, quad_segments=3), CUT_OFF_M),
    ):
        cells = pedpy.compute_individual_voronoi_polygons(
            traj_data=chosen, walkable_area=pedpy.WalkableArea(walk.floor), cut_off=cut
        )
        theirs, _ = pedpy.compute_voronoi_density(individual_voronoi_data=cells, measurement_area=their_area)
        own = {f: voronoi_density(p, area, floor, cut_off_m=ours) for f, p in places.items()}
        yield _row(walk, f"Voronoi density{name}, 1/m2", own, theirs.set_index("frame").density)
    yield from _speeds(walk, frames, area)
    yield from _flows(walk)


def _speeds(walk: Walk, frames: list[int], area: Zone) -> Iterator[results.Row]:
    table = walk.data.data
    theirs = pedpy.compute_individual_speed(
        traj_data=walk.data, frame_step=STEP, speed_calculation=pedpy.SpeedCalculation.BORDER_EXCLUDE
    )
    theirs = theirs[theirs.frame.isin(frames)]
    keyed = table.set_index(["id", "frame"])[["x", "y"]]
    before, after = (
        keyed.loc[list(zip(theirs.id, theirs.frame + shift, strict=True))].to_numpy() for shift in (-STEP, STEP)
    )
    own = individual_speed(before, after, span_s=2 * STEP / walk.data.frame_rate)
    off = np.abs(own - theirs.speed.to_numpy())
    yield {"walk": walk.name, "quantity": "individual speed, m/s", "values": len(own), "largest_difference": off.max()}
    here = keyed.loc[list(zip(theirs.id, theirs.frame, strict=True))].to_numpy()
    together = pd.DataFrame({"frame": theirs.frame.to_numpy(), "speed": own, "x": here[:, 0], "y": here[:, 1]})
    means = {
        frame: mean_speed(part[["x", "y"]].to_numpy(), part.speed.to_numpy(), area)
        for frame, part in together.groupby("frame")
        if area.holds(part[["x", "y"]].to_numpy()).any()
    }
    known = pedpy.TrajectoryData(
        table.merge(theirs[["id", "frame"]], on=["id", "frame"])[["id", "frame", "x", "y"]], walk.data.frame_rate
    )
    mean = pedpy.compute_mean_speed_per_frame(
        traj_data=known, individual_speed=theirs, measurement_area=pedpy.MeasurementArea(walk.area)
    )
    yield _row(walk, "mean speed, m/s", means, mean.set_index("frame").speed)


def _flows(walk: Walk) -> Iterator[results.Row]:
    """Compare the number that passed, and the flow in windows; PedPy counts each person once, so do we here."""
    line = pedpy.MeasurementLine(walk.line)
    theirs, _ = pedpy.compute_n_t(traj_data=walk.data, measurement_line=line)
    table = walk.data.data.sort_values(["id", "frame"])
    same = (table.id.to_numpy()[1:] == table.id.to_numpy()[:-1]) & (np.diff(table.frame.to_numpy()) == 1)
    points = table[["x", "y"]].to_numpy()
    ends = np.stack((points[:-1], points[1:]), axis=1)[same]
    end_frames = table.frame.to_numpy()[1:][same]
    steps = Steps(ends, np.stack((end_frames - 1, end_frames), axis=1).astype(float), np.zeros(len(ends), np.int8))
    found = crossings(steps, Line("line", *walk.line))
    passed = pd.DataFrame({"id": table.id.to_numpy()[1:][same][found.which], "frame": end_frames[found.which]})
    first = np.sort(passed.groupby("id").frame.min().to_numpy())
    own = {frame: int((first <= frame).sum()) for frame in theirs.frame}
    yield _row(walk, "N-t, persons", own, theirs.set_index("frame").cumulative_pedestrians)
    windows = range(theirs.frame.min(), theirs.frame.max() - WINDOW, WINDOW)
    by_frame = theirs.set_index("frame").cumulative_pedestrians
    span_s = WINDOW / walk.data.frame_rate
    off = [
        abs(flow(own[start + WINDOW] - own[start], span_s) - (by_frame[start + WINDOW] - by_frame[start]) / span_s)
        for start in windows
    ]
    yield {"walk": walk.name, "quantity": "flow, 1/s", "values": len(off), "largest_difference": max(off)}


def _row(walk: Walk, quantity: str, own: dict[int, Any], theirs: pd.Series) -> results.Row:
    off = max(abs(value - theirs[frame]) for frame, value in own.items())
    return {"walk": walk.name, "quantity": quantity, "values": len(own), "largest_difference": float(off)}


def _loaded(path: Path) -> pedpy.TrajectoryData:
    """Load a file; where its header tells no unit it is in centimetres, where no rate 16 frames/s."""
    head = path.read_text()[:2000]
    return pedpy.load_trajectory(
        trajectory_file=path,
        default_unit=None if "cm" in head or "/m" in head else pedpy.TrajectoryUnit.CENTIMETER,
        default_frame_rate=None if "framerate" in head else 16.0,
    )


def main() -> None:
    """Compare all."""
    rows = [row for walk in [*experiments(), simulation()] for row in compare(walk)]
    results.save("agreement", rows, pedpy=pedpy.__version__)


if __name__ == "__main__":
    sys.exit(main())
