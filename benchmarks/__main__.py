"""Runs every benchmark, prints all tables and updates the pages in docs/.

python -m benchmarks [--quick]     `--quick` shortens the long ones: one round, short runs
python -m benchmarks --write       measures nothing; writes the pages from the stored results
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from benchmarks import accuracy, tables

ROOT = Path(__file__).resolve().parents[1]
RUNS = {
    "speed": ["--rounds", "3"],
    "memory": ["--seconds", "60", "600"],
    "passes": [],
    "leak": [],
    "faces": [],
    "utility": [],
    "moving": [],
    "close_ups": [],
    "light": [],
    "accuracy": [],
    "flicker": [],
    "many": ["--rounds", "3"],
    "crowd": [],
    "plates": [],
    "review": [],
    "store": [],
    "audit": [],
    "alerts": [],
    "api": [],
    "console": [],
    "counting": [],
    "traffic": [],
    "traffic_bounds": [],
    "smallest_vehicle": [],
    "crowd_count": [],
    "agreement": [],
    "measuring": [],
    "venue": [],
    "live": [],
    "live_leak": [],
    "latency": [],
    "soak": [],
}
QUICK = {
    "review": ["following"],
    "speed": ["--rounds", "1"],
    "memory": ["--seconds", "20", "60"],
    "many": ["--rounds", "1", "--seconds", "4"],
    "store": ["--minutes", "1"],
    "audit": ["--entries", "100000", "--seconds", "5", "--kills", "10"],
    "alerts": ["--times", "10", "--kills", "10"],
    "api": ["--seconds", "5"],
    "console": ["--loads", "2", "--seconds", "5"],
    "venue": ["--people", "5000"],
    "live": ["--rounds", "1", "--seconds", "20"],
    "soak": ["--minutes", "2"],
}


def main(words: list[str]) -> int:
    """Run each in a process of its own, so that none warms the next; return the exit status."""
    if words == ["--write"]:
        _write()
        return 0
    if words not in ([], ["--quick"]):
        sys.stderr.write("usage: python -m benchmarks [--quick | --write]\n")
        return 2
    failed = []
    for name, given in (RUNS | (QUICK if words else {})).items():
        sys.stderr.write(f"== {name}\n")
        ran = subprocess.run(
            [sys.executable, "-m", f"benchmarks.{name}", *given], cwd=ROOT, env=os.environ, check=False
        )
        failed += [name] * (ran.returncode != 0)
    tables.main([])
    if failed:
        sys.stderr.write(f"failed: {', '.join(failed)}\n")
        return 1
    _write()
    return 0


def _write() -> None:
    """Bring all pages and plots up to date."""
    tables.main(["--write"])
    accuracy.main(["--write"])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
