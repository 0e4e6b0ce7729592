"""The machine, system and versions that a figure comes from."""

from __future__ import annotations

import os
import platform
import subprocess
import sys
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

FLAGS = ("amx_tile", "amx_int8", "amx_bf16", "avx512f", "avx512_vnni", "avx512_bf16", "avx2")
LOAD_AT_START = os.getloadavg()[0]
"""Taken when this module is imported, which is before anything is measured."""
PACKAGES = ("passerby", "av", "numpy", "opencv-python-headless", "openvino")


def describe(peers: dict[str, str]) -> dict[str, object]:
    """Return what a reader needs to judge a figure; `peers` holds the peers' package versions."""
    cpuinfo = _cpuinfo()
    has = set(cpuinfo.get("flags", "").split())
    memory_kb = int(Path("/proc/meminfo").read_text().split()[1])
    return {
        "cpu": f"{cpuinfo.get('model name', platform.processor())} (family {cpuinfo.get('cpu family', '?')}, "
        f"model {cpuinfo.get('model', '?')})",
        "cores": len(os.sched_getaffinity(0)),
        "flags": [flag for flag in FLAGS if flag in has],
        "memory_gb": round(memory_kb / 2**20),
        "system": _system(),
        "python": platform.python_version(),
        "versions": {**{name: _version(name) for name in PACKAGES}, **peers},
        "load_at_start": round(LOAD_AT_START, 2),
        "when": datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC"),
        "command": "python -m " + _command(),
    }


def _command() -> str:
    name = Path(sys.argv[0])
    words = ["benchmarks" if name.stem == "__main__" else f"benchmarks.{name.stem}", *sys.argv[1:]]
    return " ".join(words)


def _cpuinfo() -> dict[str, str]:
    first = Path("/proc/cpuinfo").read_text().split("\n\n", 1)[0]
    return {key.strip(): value.strip() for key, _, value in (line.partition(":") for line in first.splitlines())}


def _system() -> str:
    lines = platform.freedesktop_os_release()
    return f"{lines.get('PRETTY_NAME', platform.system())}, Linux {platform.release()}"


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return _commit() if name == "passerby" else "absent"


def _commit() -> str:
    """Return the commit that was measured, for a passerby that is run from its source."""
    here = Path(__file__).parent
    said = subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"], cwd=here, capture_output=True, text=True, check=False
    )
    return f"from source at {said.stdout.strip() or 'an unknown commit'}"
