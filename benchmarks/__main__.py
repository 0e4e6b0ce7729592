"""Runs every benchmark and prints one page of tables; docs/benchmarks.md is brought up to date.

python -m benchmarks [--quick]     `--quick` leaves out the long ones: one round, one minute of memory
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from benchmarks import tables

ROOT = Path(__file__).resolve().parents[1]
RUNS = {
    "speed": ["--rounds", "3"],
    "memory": ["--seconds", "60", "600"],
    "passes": [],
    "leak": [],
    "faces": [],
    "light": [],
    "accuracy": [],
    "flicker": [],
    "many": ["--rounds", "3"],
    "crowd": [],
    "plates": [],
    "store": [],
    "counting": [],
    "crowd_count": [],
    "agreement": [],
    "measuring": [],
    "venue": [],
}
QUICK = {
    "speed": ["--rounds", "1"],
    "memory": ["--seconds", "20", "60"],
    "many": ["--rounds", "1", "--seconds", "4"],
    "store": ["--minutes", "1"],
    "venue": ["--people", "5000"],
}


def main(words: list[str]) -> int:
    """Run each in a process of its own, so that none warms the next; return the exit status."""
    if words not in ([], ["--quick"]):
        sys.stderr.write("usage: python -m benchmarks [--quick]\n")
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
    tables.main(["--write"])
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
