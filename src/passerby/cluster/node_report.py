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
REPORTED_CLOCK_S: Final = 1.0
"""A node whose clock differs by more is reported."""
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
        ahead_s: By how much its clock is ahead of that of the machine that asked, s, at least; negative = behind.
    """

    host: str
    version: str
    software: str
    packages: dict[str, str]
    networks: dict[str, str]
    cores: int
    memory_mb: float
    time_s: float
    ahead_s: float = 0.0


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
    return (
        _other_software(here, there)
        or _other_networks(here, there)
        or why_clock_refused(clock_ahead_s(there.time_s, between_s))
    )


def clock_ahead_s(time_s: float, between_s: tuple[float, float]) -> float:
    """Return by how much a clock is ahead at least, s; negative = behind.

    Args:
        time_s: What it showed.
        between_s: When it was asked and when its answer came, by the clock that it is compared with.

    >>> clock_ahead_s(103.5, (100.0, 101.0)), clock_ahead_s(98.0, (100.0, 101.0)), clock_ahead_s(100.5, (100.0, 101.0))
    (2.5, -2.0, 0.0)
    """
    early, late = between_s
    return max(0.0, time_s - late) - max(0.0, early - time_s)


def why_clock_refused(ahead_s: float) -> str:
    """Return why a node with such a clock may not take part, and the fix; "" = it may.

    Args:
        ahead_s: By how much it is ahead, s.
    """
    if abs(ahead_s) <= MOST_CLOCK_S:
        return ""
    which = "behind" if ahead_s < 0 else "ahead"
    return f"its clock is {abs(ahead_s):.0f} s {which}; start a time service such as NTP on every node"


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
