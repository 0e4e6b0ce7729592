"""Gateways for benchmarks: cameras, a viewer who watches all of them, and the resources they use."""

from __future__ import annotations

import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from passerby.gateway.supervisor import Supervisor
from passerby.health.status import CameraState, CameraStatus
from passerby.outputs.stream.live_hub import Subscription
from passerby.outputs.stream.packet import StreamName, StreamPacket
from passerby.settings.site.site import SiteSettings

PATIENCE_S = 120
STANDARD = "standard"
"""Stands for no named network."""


@dataclass(slots=True)
class Wall:
    """Everything that somebody who watches the wall of all cameras has got: packets, by camera, with their arrival."""

    got: dict[str, list[tuple[float, StreamPacket]]] = field(default_factory=dict)

    def watch(self, viewer: Subscription, ends: threading.Event) -> None:
        """Take packets until the end."""
        mine = self.got.setdefault(viewer.camera, [])
        while not ends.is_set():
            packet = viewer.take(0.2)
            if packet is not None:
                mine.append((time.time(), packet))

    def since(self, camera: str, since_s: float) -> list[tuple[float, StreamPacket]]:
        """Return what came from a camera since a time."""
        return [each for each in list(self.got.get(camera, ())) if each[0] >= since_s]


@contextmanager
def gateway(addresses: Mapping[str, str], **camera: object) -> Iterator[tuple[Supervisor, Wall]]:
    """Run cameras and watch their wall streams."""
    with tempfile.TemporaryDirectory() as folder, ExitStack() as open_:
        about = {"purpose": "Measure how fast it is.", "legal_basis": "consent", "max_fps": 10.0} | camera
        cameras = [{"name": name, "address": address} | about for name, address in addresses.items()]
        site = SiteSettings.model_validate({"site": "bench", "state_folder": Path(folder), "cameras": cameras})
        machine, wall, ends = Supervisor(site), Wall(), threading.Event()
        open_.callback(machine.stop)
        open_.callback(ends.set)
        for name in addresses:
            viewer = open_.enter_context(machine.hub.subscribe(name, StreamName.WALL))
            threading.Thread(target=wall.watch, args=(viewer, ends), daemon=True).start()
        machine.start()
        yield machine, wall


def named(detectors: str) -> list[str]:
    """Return the networks that a word of the command line names, such as `picodet-s+yunet-n`."""
    return [] if detectors == STANDARD else detectors.split("+")


def status(machine: Supervisor, camera: str) -> CameraStatus:
    """Return how a camera is doing."""
    return next(each for each in machine.statuses() if each.camera == camera)


def all_well(machine: Supervisor) -> bool:
    """Return whether every camera shows covered pictures."""
    return all(each.state in {CameraState.OK, CameraState.DEGRADED} for each in machine.statuses())


def until(what: Callable[[], bool], patience_s: float = PATIENCE_S) -> float:
    """Wait until something is true; return how long it took, s."""
    begun_s = time.monotonic()
    while not what():
        if time.monotonic() - begun_s > patience_s:
            msg = "it did not happen in time"
            raise TimeoutError(msg)
        time.sleep(0.01)
    return time.monotonic() - begun_s


def memory_mb(machine: Supervisor) -> list[float]:
    """Return the memory of each camera's process, its share of what is shared included (PSS), MB."""
    return [_pss_mb(process.pid) for process in machine.hosts() if process.pid is not None]


def busy_s(machine: Supervisor) -> float:
    """Return the processor time that the cameras' processes have taken, s."""
    return sum(_cpu_s(process.pid) for process in machine.hosts() if process.pid is not None)


def _pss_mb(pid: int) -> float:
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("Pss:")) / 1000


def _cpu_s(pid: int) -> float:
    after_name = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(after_name[11]) + int(after_name[12])) / 100  # user and system time, in hundredths on Linux
