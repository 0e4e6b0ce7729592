"""Measures how many live cameras run in real time, and how soon their pictures appear and return.

python -m benchmarks.live [held|back] [--seconds 60] [--cameras 2 4 6] [--effort balanced fast]
                          [--detector standard person-detection-retail-0013+yunet-n]
"""

from __future__ import annotations

import argparse
import os
import signal
import time
from collections.abc import Iterator
from itertools import product
from statistics import median

import numpy as np
from tests.cameras.reel import clip_reel
from tests.cameras.rtsp import RtspServer

from benchmarks import clips, material, peers, results
from benchmarks.gateway import STANDARD, Wall, all_well, busy_s, gateway, memory_mb, named, status, until
from passerby.gateway.supervisor import Supervisor
from passerby.health.status import CameraState, Redaction
from passerby.outputs.stream.packet import StreamPacket

RATE = 10.0
WARM_S = 20.0
DELAY_S = 0.5


def held(counts: list[int], seconds: float, efforts: list[str], detectors: list[str]) -> Iterator[results.Row]:
    """Yield a row for each number of cameras, with and without recording: what of 10 pictures a second was shown."""
    clip = str(clips.street("720p"))
    for effort, detector, count, record in product(efforts, detectors, counts, (False, True)):
        names = {f"c{index}": clip for index in range(count)}
        with gateway(names, record=record, effort=effort, detectors=named(detector)) as (machine, wall):
            until(lambda machine=machine: all_well(machine))
            time.sleep(WARM_S)
            begun_s, busy = time.time(), busy_s(machine)
            time.sleep(seconds)
            about = {"cameras": count, "record": record, "effort": effort, "detectors": detector}
            cores = (busy_s(machine) - busy) / seconds
            memory = {"cores": round(cores, 2), "memory_mb": round(max(memory_mb(machine)))}
            yield about | _seen(wall, begun_s, seconds) | memory


def _seen(wall: Wall, begun_s: float, seconds: float) -> results.Row:
    """Return rates of the slowest camera, and delays of all."""
    by_camera = [wall.since(name, begun_s) for name in wall.got]
    active = [sum(packet.redaction is Redaction.ACTIVE for _, packet in got) for got in by_camera]
    total = sum(len(got) for got in by_camera)
    lags = [at_s - packet.time_s for got in by_camera for at_s, packet in got] or [float("nan")]
    return {
        "least_fps": round(min(map(len, by_camera)) / seconds, 2),
        "whole_share": round(1 - sum(active) / max(total, 1), 4),
        "lag_p50_ms": round(1000 * float(np.percentile(lags, 50))),
        "lag_p95_ms": round(1000 * float(np.percentile(lags, 95))),
        "delay_ms": round(1000 * DELAY_S),
    }


def back(rounds: int = 3) -> Iterator[results.Row]:
    """Yield how long it takes from the start, from kill -9 and from a server's return to pictures, s."""
    reel = peers.cache() / "live_street_720p.reel"
    if not reel.exists():
        clip_reel(reel, material.data() / "video" / clips.STREET, width=1280, seconds=30)
    with_server = RtspServer({"street": reel})
    try:
        starts, kills, returns = [], [], []
        for _ in range(rounds):
            begun_s = time.time()
            with gateway({"street": with_server.url("street")}) as (machine, wall):
                starts.append(_waits(machine, wall, begun_s))
                time.sleep(5)
                process = machine.hosts()[0]
                begun_s = time.time()
                os.kill(process.pid or 0, signal.SIGKILL)
                kills.append(_waits(machine, wall, begun_s))
                time.sleep(5)
                with_server.kill()
                until(lambda: status(machine, "street").state is CameraState.NO_PICTURE)
                time.sleep(3)
                with_server.start()
                returns.append(_waits(machine, wall, time.time()))
        for what, found in (("start", starts), ("kill -9", kills), ("server back", returns)):
            covered, active = (sorted(each) for each in zip(*found, strict=True))
            yield {"after": what, "picture_s": median(covered), "active_s": median(active), "worst_s": active[-1]}
    finally:
        with_server.kill()


def _waits(machine: Supervisor, wall: Wall, begun_s: float) -> tuple[float, float]:
    """Return the time to the first picture, covered in any way, and to the first that is not covered whole."""
    waits = []
    for wanted in ({Redaction.WHOLE, Redaction.ACTIVE}, {Redaction.ACTIVE}):

        def come(wanted: set[Redaction] = wanted) -> list[tuple[float, StreamPacket]]:
            mine = wall.since(machine.hosts()[0].name, begun_s)
            return [each for each in mine if each[1].redaction in wanted and each[1].time_s >= begun_s]

        until(lambda: bool(come()))
        waits.append(round(come()[0][0] - begun_s, 2))
    return waits[0], waits[1]


def main() -> None:
    """Measure what was asked for, or both."""
    words = argparse.ArgumentParser(description=__doc__)
    words.add_argument("parts", nargs="*", choices=[[], "held", "back"], default=["held", "back"])
    words.add_argument("--seconds", type=float, default=60)
    words.add_argument("--cameras", type=int, nargs="+", default=[1, 2, 4, 6])
    words.add_argument("--rounds", type=int, default=3)
    words.add_argument("--effort", nargs="+", default=["balanced", "fast"])
    words.add_argument("--detector", nargs="+", default=[STANDARD])
    given = words.parse_args()
    for part in given.parts:
        if part == "held":
            results.save("live_held", list(held(given.cameras, given.seconds, given.effort, given.detector)))
        else:
            results.save("live_back", list(back(given.rounds)))


if __name__ == "__main__":
    main()
