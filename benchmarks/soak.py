"""Runs four cameras for half an hour, kills and freezes two at random, and checks pictures, health and memory.

python -m benchmarks.soak [--minutes 30] [--effort balanced]

A mask covers a part of the picture that is full of detail. Every shown picture is decoded; if that part is not flat,
raw pixels were shown. The camera's health must have reported each gap in the pictures.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import signal
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path

import av

from benchmarks import clips, results
from benchmarks.gateway import all_well, gateway, memory_mb, until
from passerby.gateway.supervisor import Supervisor
from passerby.health.status import CameraState, CameraStatus, Redaction
from passerby.outputs.stream.live_hub import Subscription
from passerby.outputs.stream.packet import StreamName, StreamPacket

DETAILED = (160 / 1280, 600 / 720, 320 / 1280, 1.0)
"""Left, top, right and bottom edge of the masked part, shares of the picture; its grey levels spread by 60."""
FLAT = 12.0
"""Spread of grey levels in the middle of the masked part above which it is not covered."""
GAP_S = 1.0
TOLD_WITHIN_S = 2.0
FAULTS_S = (20, 60)
WARM_S = 60


@dataclass(slots=True)
class Witness:
    """What one camera showed: when, and how often the masked part was bare."""

    shown_s: list[float] = field(default_factory=list)
    notices: int = 0
    bare: int = 0

    def watch(self, viewer: Subscription, ends: threading.Event) -> None:
        """Decode all that comes until the end."""
        decoder = av.CodecContext.create("h264", "r")
        while not ends.is_set():
            packet = viewer.take(0.2)
            if packet is None:
                continue
            if packet.redaction is Redaction.NONE:
                self.notices += 1
            else:
                self.shown_s.append(time.time())
            self._look(packet, decoder)

    def _look(self, packet: StreamPacket, decoder: av.VideoCodecContext) -> None:
        for picture in decoder.decode(av.Packet(packet.data)):
            if packet.redaction is not Redaction.NONE:
                luma = picture.to_ndarray(format="gray")
                rows, columns = luma.shape
                left, top, right, bottom = DETAILED
                inside = luma[
                    int(top * rows) + 4 : int(bottom * rows) - 4, int(left * columns) + 4 : int(right * columns) - 4
                ]
                self.bare += float(inside.std()) > FLAT

    def gaps(self) -> list[tuple[float, float]]:
        """Return when nothing but notices was shown, UTC epoch time, s."""
        return [(a, b) for a, b in pairwise(self.shown_s) if b - a > GAP_S]


def _told(told: list[tuple[float, CameraStatus]], camera: str, gap: tuple[float, float]) -> bool:
    """Return whether at some time of a gap the camera's health was anything but well."""
    mine = [(at_s, status) for at_s, status in told if status.camera == camera and at_s <= gap[1] + TOLD_WITHIN_S]
    before = [status for at_s, status in mine if at_s <= gap[0]][-1:]
    during = [status for at_s, status in mine if at_s > gap[0]]
    return any(status.state is not CameraState.OK for status in before + during)


def soak(minutes: float, effort: str) -> Iterator[results.Row]:
    """Yield what four cameras showed and took while two of them were killed and frozen at random."""
    clip = str(clips.street("720p"))
    names = [f"c{index}" for index in range(4)]
    witnesses = {name: Witness() for name in names}
    told: list[tuple[float, CameraStatus]] = []
    ends = threading.Event()
    with tempfile.TemporaryDirectory() as folder:
        masks = Path(folder) / "masks.json"
        masks.write_text(json.dumps({"masks": [{"box": DETAILED, "unit": "share"}]}))
        with (
            gateway(dict.fromkeys(names, clip), effort=effort, masks=(masks,)) as (machine, _),
            machine.listen(lambda status: told.append((time.time(), status))),
        ):
            for name, witness in witnesses.items():
                viewer = machine.hub.subscribe(name, StreamName.WALL)
                threading.Thread(target=_watch, args=(viewer, witness, ends), daemon=True).start()
            until(lambda: all_well(machine))
            time.sleep(WARM_S)
            before, faults = memory_mb(machine), _disturb(machine, minutes)
            until(lambda: all_well(machine))
            time.sleep(WARM_S / 2)
            after, statuses = memory_mb(machine), machine.statuses()
            ends.set()
    gaps = [(name, gap) for name, witness in witnesses.items() for gap in witness.gaps()]
    untold = [(name, gap) for name, gap in gaps if not _told(told, name, gap)]
    others = [(status.camera, status.state, status.detail) for _, status in told if status.camera in names[2:]]
    for news in [*untold, *(each for each in others if each[1] not in {CameraState.OK, CameraState.STARTING})]:
        sys.stderr.write(f"{news}\n")
    yield {
        "minutes": minutes,
        "effort": effort,
        "faults": faults,
        "restarts": [status.restarts for status in statuses],
        "pictures": sum(len(witness.shown_s) for witness in witnesses.values()),
        "bare": sum(witness.bare for witness in witnesses.values()),
        "gaps": len(gaps),
        "gaps_untold": len(untold),
        "longest_gap_s": round(max((b - a for _, (a, b) in gaps), default=0.0), 1),
        "gaps_of_others": sum(name in names[2:] for name, _ in gaps),
        "growth_of_others": round(max(b / a - 1 for a, b in zip(before[2:], after[2:], strict=True)), 3),
        "growth": round(sum(after) / sum(before) - 1, 3),
        "served": [status.serviceability["24h"] for status in statuses],
    }


def _watch(viewer: object, witness: Witness, ends: threading.Event) -> None:
    with viewer as mine:  # type: ignore[attr-defined]
        witness.watch(mine, ends)


def _disturb(machine: Supervisor, minutes: float) -> int:
    """Kill or freeze one of the first two cameras now and then; return how often."""
    chance = random.Random(7)  # noqa: S311 - a schedule of faults, the same each time
    end_s, faults = time.monotonic() + 60 * minutes, 0
    while (left_s := end_s - time.monotonic()) > 0:
        time.sleep(min(left_s, chance.uniform(*FAULTS_S)))
        victim = machine.hosts()[chance.randrange(2)]
        if victim.pid is not None and time.monotonic() < end_s:
            os.kill(victim.pid, chance.choice([signal.SIGKILL, signal.SIGSTOP]))
            faults += 1
    return faults


def main() -> None:
    """Measure, and keep the figures."""
    words = argparse.ArgumentParser(description=__doc__)
    words.add_argument("--minutes", type=float, default=30)
    words.add_argument("--effort", default="balanced")
    given = words.parse_args()
    results.save("live_soak", list(soak(given.minutes, given.effort)))


if __name__ == "__main__":
    main()
