"""What a cluster of two nodes on one machine costs and survives, and where 20,000 cameras would go.

python -m benchmarks.cluster placement              the scheduler alone: no Ray, no cameras
python -m benchmarks.cluster moved [--rounds 5]     until covered pictures return: worker or node killed, node frozen
python -m benchmarks.cluster overhead [--seconds 60 --cameras 2]   processor time and memory against one machine
python -m benchmarks.cluster files [--files 8]      files a second on one and on two nodes
python -m benchmarks.cluster cut [--seconds 60]     signals of a camera whose node the gateway cannot reach meanwhile
python -m benchmarks.cluster head [--seconds 60]    the same while the first node is lost
"""

from __future__ import annotations

import argparse
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from functools import partial
from pathlib import Path
from statistics import mean, median

from tests.cluster.nodes import TwoNodes, engine_of, two_nodes_running

from benchmarks import clips, results
from benchmarks.cluster_cut import cut, head_lost
from benchmarks.gateway import all_well, until
from passerby.cluster.camera_on_node import CameraOnNode
from passerby.cluster.claimed_fleet import claimed_fleet
from passerby.cluster.engine import Engine
from passerby.cluster.file_spread import cover_on_nodes
from passerby.cluster.fleet import REFRESH_S, cost_of
from passerby.cluster.placement import CameraPlacement, Cost, Room
from passerby.cluster.spare import REST_S
from passerby.gateway.supervisor import Supervisor
from passerby.jobs.task import FileTask, Outcome, RedactOrder
from passerby.outputs.stream.packet import StreamName
from passerby.redact.choice import CheckDepth
from passerby.settings.options import RedactOptions
from passerby.settings.site.camera import CameraSettings
from passerby.settings.site.site import SiteSettings
from passerby.vision.effort import Effort

CAMERAS, NODES, CORES, MEMORY_MB = 20_000, 600, 16, 32_000.0
RACK = 40
EVENTS = ("worker killed", "node killed", "node frozen")
SETTLED_S = 2 * REFRESH_S + REST_S
TOOK = "seconds without a covered picture: "
KINDS = {"fast": 0.2, "balanced": 0.7, "thorough": 0.1}
CAMERA = {"purpose": "Measure how fast it is.", "legal_basis": "consent", "max_fps": 10.0}


def placement(seed: int) -> Iterator[results.Row]:
    """Yield rows: all cameras placed, then nodes and a rack lost, then nodes added."""
    drawn = random.Random(seed)  # noqa: S311 - a simulation
    needs = {}
    for number in range(CAMERAS):
        effort = drawn.choices(list(KINDS), list(KINDS.values()))[0]
        about = CAMERA | {"name": f"c{number}", "address": "x.mp4", "effort": effort, "record": drawn.random() < 0.5}
        needs[f"c{number}"] = cost_of(CameraSettings.model_validate(about))
    plan = CameraPlacement(Room(f"n{number}", CORES, MEMORY_MB) for number in range(NODES))
    alive = [f"n{number}" for number in range(NODES)]
    yield {"event": "all"} | _placed(plan, needs, list(needs), alive)
    for what, count in (("one node dies", 1), (f"a rack of {RACK} dies", RACK), ("5 % of the nodes die", NODES // 20)):
        dead = drawn.sample(alive, count)
        alive = [node for node in alive if node not in dead]
        lost = [camera for node in dead for camera in plan.remove(node)]
        yield {"event": what} | _placed(plan, needs, lost, alive)
    fresh = [f"m{number}" for number in range(RACK)]
    for node in fresh:
        plan.add(Room(node, CORES, MEMORY_MB))
    waiting = [camera for camera in needs if plan.node_of(camera) is None]
    yield {"event": f"{RACK} nodes are added"} | _placed(plan, needs, waiting, alive + fresh)


def _placed(plan: CameraPlacement, needs: dict[str, Cost], cameras: list[str], alive: list[str]) -> results.Row:
    begun_s = time.perf_counter()
    found = [plan.place(camera, needs[camera]) for camera in cameras]
    took_s = time.perf_counter() - begun_s
    loads = [plan.load(node) for node in alive]
    return {
        "nodes": len(alive),
        "cameras_placed": sum(node is not None for node in found),
        "without_a_node": sum(node is None for node in found),
        "seconds": round(took_s, 3),
        "load_least": round(min(loads), 3),
        "load_mean": round(mean(loads), 3),
        "load_most": round(max(loads), 3),
    }


@contextmanager
def cameras_running(count: int, engine: Engine | None) -> Iterator[Supervisor]:
    """Run cameras on a cluster, or on this machine, while somebody watches the wall of each."""
    clip = str(clips.street("720p"))
    with tempfile.TemporaryDirectory() as folder, ExitStack() as open_:
        cameras = [{"name": f"c{number}", "address": clip, "effort": "fast"} | CAMERA for number in range(count)]
        site = SiteSettings.model_validate({"site": "bench", "state_folder": Path(folder), "cameras": cameras})
        fleet = None
        if engine is not None:
            claim = claimed_fleet("bench", engine, clock=time.time, monotonic=time.monotonic)
            fleet = open_.enter_context(claim)
        machine = Supervisor(site, None if fleet is None else partial(CameraOnNode, fleet=fleet))
        open_.callback(machine.stop)
        ends = threading.Event()
        open_.callback(ends.set)
        for each in cameras:
            viewer = open_.enter_context(machine.hub.subscribe(str(each["name"]), StreamName.WALL))
            threading.Thread(target=lambda viewer=viewer: _drop(viewer, ends), daemon=True).start()
        machine.start()
        until(lambda: all_well(machine))
        yield machine


def _drop(viewer: object, ends: threading.Event) -> None:
    while not ends.is_set():
        viewer.take(0.2)  # type: ignore[attr-defined]


def moved(rounds: int) -> Iterator[results.Row]:
    """Yield rows: how long a camera has no covered picture after its worker or node was killed, or its node froze.

    The first node stays: it is this machine's, and the head. So the camera is put on the second one by draining.
    """
    for what in EVENTS:
        command = [sys.executable, "-m", "benchmarks.cluster", "move", "--event", what]
        printed = [  # a process for each: Ray reads its certificates once in the life of a process
            subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout for _ in range(rounds)
        ]
        times = [float(re.findall(rf"^{TOOK}(\S+)$", each, re.MULTILINE)[0]) for each in printed]  # Ray prints, too
        yield {"event": what, "rounds": rounds, "median_s": round(median(times), 1), "longest_s": round(max(times), 1)}


def _one_move(what: str, nodes: TwoNodes, engine: Engine) -> float:
    (first,) = [node for node in engine.nodes() if node.own]
    engine.drain(first, drained=True)
    with cameras_running(1, engine) as machine:
        engine.drain(first, drained=False)
        time.sleep(SETTLED_S)  # until the gateway knows, and a spare process waits on each node
        (host,) = machine.hosts()
        before = host.status().restarts
        number = signal.SIGSTOP if what == "node frozen" else signal.SIGKILL
        begun_s = time.monotonic()
        node = [nodes.second, *nodes.processes(session=nodes.second)]
        for each in nodes.cameras(nodes.second) if what == "worker killed" else node:
            with suppress(ProcessLookupError):
                os.kill(each, number)
        until(lambda: host.status().restarts > before)
        until(lambda: all_well(machine))
        return time.monotonic() - begun_s


def overhead(cameras: int, seconds: float) -> Iterator[results.Row]:
    """Yield two rows: processor time and memory of cameras on this machine alone, and on its cluster."""
    mine = os.getpid()
    with cameras_running(cameras, None):
        yield {"where": "one machine", "cameras": cameras} | _used(lambda: _tree(mine), seconds)
    with two_nodes_running() as nodes, engine_of(nodes) as engine:
        idle = _used(lambda: {*nodes.processes(), *_tree(mine)}, seconds)
        yield {"where": "cluster, idle", "cameras": 0} | idle
        with cameras_running(cameras, engine):
            yield {"where": "cluster", "cameras": cameras} | _used(lambda: {*nodes.processes(), *_tree(mine)}, seconds)


def _used(processes: Callable[[], set[int]], seconds: float) -> results.Row:
    time.sleep(10.0)
    before = sum(map(_busy_s, processes()))
    time.sleep(seconds)
    now = processes()
    return {
        "cores": round((sum(map(_busy_s, now)) - before) / seconds, 3),
        "memory_mb": round(sum(map(_pss_mb, now))),
    }


def _tree(root: int) -> set[int]:
    """Return a process and those that it started, also through others."""
    parents = {}
    for path in Path("/proc").iterdir():
        with suppress(OSError):
            if path.name.isdigit():
                parents[int(path.name)] = int((path / "stat").read_text().rpartition(")")[2].split()[1])
    found = {root}
    while more := {child for child, parent in parents.items() if parent in found} - found:
        found |= more
    return found


def _busy_s(process: int) -> float:
    try:
        fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0.0
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _pss_mb(process: int) -> float:
    try:
        text = Path(f"/proc/{process}/smaps_rollup").read_text()
    except OSError:
        return 0.0
    return next((int(line.split()[1]) / 1000 for line in text.splitlines() if line.startswith("Pss:")), 0.0)


def files(count: int) -> Iterator[results.Row]:
    """Yield rows: files a second on one node and on two, networks loaded anew by each run."""
    order = RedactOrder(RedactOptions(effort=Effort.FAST, check=CheckDepth.OFF))
    clip = clips.street("720p")
    with two_nodes_running() as nodes, engine_of(nodes) as engine, tempfile.TemporaryDirectory() as folder:
        sources = [Path(folder, f"{number}.mp4") for number in range(count)]
        for source in sources:
            shutil.copy(clip, source)
        (other,) = [node for node in engine.nodes() if not node.own]
        for used in (1, 2):
            chosen = _Some(engine, 2 - used, other.number)
            tasks = [FileTask(source, Path(folder, str(used), source.name)) for source in sources]
            begun_s = time.monotonic()
            events = cover_on_nodes(tasks, order, chosen, jobs=1, note=print)  # type: ignore[arg-type]
            failed = sum(each.error is not None for each in events if isinstance(each, Outcome))
            took_s = time.monotonic() - begun_s
            yield {"nodes": used, "files": count, "failed": failed, "files_s": round(count / took_s, 3)}


class _Some:
    """A cluster of which one node is left out."""

    def __init__(self, engine: Engine, left_out: int, number: str) -> None:
        self._engine, self._left_out = engine, {number} if left_out else set()

    def nodes(self) -> list[object]:
        return [node for node in self._engine.nodes() if node.number not in self._left_out]

    def __getattr__(self, name: str) -> object:
        return getattr(self._engine, name)


def main() -> None:
    """Run one part and store its figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("part", choices=["placement", "moved", "move", "overhead", "files", "cut", "head"])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--cameras", type=int, default=2)
    parser.add_argument("--files", type=int, default=8)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--event", choices=EVENTS, default=EVENTS[0], help="of `move`, one round of `moved`")
    given = parser.parse_args()
    if given.part == "move":
        with two_nodes_running() as nodes, engine_of(nodes) as engine:
            print(f"{TOOK}{_one_move(given.event, nodes, engine)}")
        return
    rows = {
        "placement": lambda: placement(given.seed),
        "moved": lambda: moved(given.rounds),
        "overhead": lambda: overhead(given.cameras, given.seconds),
        "files": lambda: files(given.files),
        "cut": lambda: cut(given.seconds),
        "head": lambda: head_lost(given.seconds),
    }[given.part]()
    results.save(f"cluster_{given.part}", list(rows), **vars(given))


if __name__ == "__main__":
    main()
