"""What this process may do on Linux: root in a container may have less than root."""

from __future__ import annotations

from enum import IntEnum
from pathlib import Path


class Capability(IntEnum):
    """A bit of a process's capabilities."""

    NET_ADMIN = 12
    NET_RAW = 13
    SYS_ADMIN = 21


def allowed(*wanted: Capability) -> bool:
    """Return whether this process has capabilities."""
    lines = Path("/proc/self/status").read_text().splitlines()
    (effective,) = [int(line.split()[1], 16) for line in lines if line.startswith("CapEff:")]
    return all(effective >> each & 1 for each in wanted)
