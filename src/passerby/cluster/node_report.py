"""What a node says about itself, and why it is refused when it differs from the machine that asks."""

from __future__ import annotations

import hashlib
import os
import socket
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from importlib import metadata
from pathlib import Path
from typing import Final

from passerby.gateway.networks import networks_here
from passerby.version import __version__

PACKAGES: Final = ("av", "numpy", "opencv-python-headless", "openvino")
"""Packages that decide which bytes a copy has."""
MOST_CLOCK_S: Final = 2.0
"""A node whose clock differs by more is refused: its pictures and signals would be dated wrongly."""


@dataclass(frozen=True, slots=True)
class NodeReport:
    """What a node says about itself.

    Args:
        host: Its name.
        version: Version of passerby.
        software: SHA-256 over passerby's own code.
        packages: Versions of the packages that decide which bytes a copy has.
        networks: SHA-256 of each network that it has.
        cores: Processors.
        memory_mb: Memory, MB.
        time_s: What its clock showed, UTC since 1970, s.
    """

    host: str
    version: str
    software: str
    packages: dict[str, str]
    networks: dict[str, str]
    cores: int
    memory_mb: float
    time_s: float


def node_report(clock: Callable[[], float]) -> NodeReport:
    """Return what this machine says about itself.

    Args:
        clock: The system's clock, UTC since 1970, s.

    Raises:
        OSError: A network cannot be read.
    """
    return NodeReport(
        host=socket.gethostname(),
        version=__version__,
        software=_software(),
        packages={name: _installed(name) for name in PACKAGES},
        networks=_networks(),
        cores=len(os.sched_getaffinity(0)),
        memory_mb=os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e6,
        time_s=clock(),
    )


def why_refused(here: NodeReport, there: NodeReport, *, between_s: tuple[float, float]) -> str:
    """Return why a node may not take part, and the fix; "" = it may.

    Args:
        here: The machine that asks.
        there: The node.
        between_s: When it was asked and when its answer came, by the clock of the machine that asks, s.
    """
    return _other_software(here, there) or _other_networks(here, there) or _other_time(there.time_s, between_s)


def _other_software(here: NodeReport, there: NodeReport) -> str:
    if here.version != there.version:
        return f"it has passerby {there.version}, this machine {here.version}; install the same on both"
    if here.software != there.software:
        return f"its passerby {there.version} has other code than this machine's; install the same on both"
    for name, version in here.packages.items():
        if there.packages.get(name) != version:
            other = there.packages.get(name) or "not installed"
            return f"its {name} is {other}, this machine's is {version}; install the same on both"
    return ""


def _other_networks(here: NodeReport, there: NodeReport) -> str:
    for name, digest in sorted(here.networks.items()):
        if name not in there.networks:
            return f"it lacks the network {name}; run passerby models fetch there"
        if there.networks[name] != digest:
            return f"its network {name} is another file (SHA-256 {there.networks[name][:12]}...); fetch it again there"
    return ""


def _other_time(time_s: float, between_s: tuple[float, float]) -> str:
    early, late = between_s
    off_s = max(early - time_s, time_s - late)
    if off_s <= MOST_CLOCK_S:
        return ""
    which = "behind" if time_s < early else "ahead"
    return f"its clock is {off_s:.0f} s {which}; start a time service such as NTP on every node"


@cache
def _software() -> str:
    """Return a hash of passerby's own code, whatever its folder is called."""
    root = Path(__file__).parents[1]
    found = hashlib.sha256()
    for path in sorted(root.rglob("*.py")):
        found.update(path.relative_to(root).as_posix().encode() + b"\0" + path.read_bytes() + b"\0")
    return found.hexdigest()


def _installed(name: str) -> str:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return ""


@cache
def _networks() -> dict[str, str]:
    return dict(networks_here())
