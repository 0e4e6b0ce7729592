"""Runs a command and reports its cost: wall and CPU time, and memory over time."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

PAGE = os.sysconf("SC_PAGE_SIZE")


@dataclass(frozen=True, slots=True)
class Ran:
    """What one command cost.

    Args:
        wall_s: From start to end.
        cpu_s: User and system time of the command and its children.
        peak_mb: Largest resident memory of the whole process tree.
        memory_mb: Shape (N, 2) rows of seconds since start and resident memory of the tree.
        status: Exit status.
        said: The last lines it printed.
    """

    wall_s: float
    cpu_s: float
    peak_mb: float
    memory_mb: list[tuple[float, float]]
    status: int
    said: str


def measure(command: Sequence[str], *, env: Mapping[str, str] | None = None, every_s: float = 0.2) -> Ran:
    """Run a command to its end; output goes to a file in memory so that no pipe fills."""
    samples: list[tuple[float, float]] = []
    with open(os.memfd_create("said"), "w+b") as said:  # noqa: PTH123  no path: the file lives in memory
        start = time.perf_counter()
        child = subprocess.Popen(command, stdout=said, stderr=said, stdin=subprocess.DEVNULL, env=env)
        while True:
            pid, status, usage = os.wait4(child.pid, os.WNOHANG)
            if pid:
                break
            samples.append((round(time.perf_counter() - start, 2), _tree_mb(child.pid)))
            time.sleep(every_s)
        wall_s = time.perf_counter() - start
        child.returncode = os.waitstatus_to_exitcode(status)
        said.seek(0)
        text = said.read().decode(errors="replace")
    peak_mb = max([usage.ru_maxrss / 1024, *(mb for _, mb in samples)])
    cpu_s = usage.ru_utime + usage.ru_stime
    return Ran(wall_s, cpu_s, peak_mb, samples, child.returncode, text[-2000:])


def _tree_mb(root: int) -> float:
    """Return the resident memory of a process and all its descendants, MB."""
    total, todo = 0, [root]
    while todo:
        pid = todo.pop()
        try:
            total += int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * PAGE
            for task in Path(f"/proc/{pid}/task").iterdir():
                todo += [int(word) for word in (task / "children").read_text().split()]
        except (FileNotFoundError, ProcessLookupError):
            continue  # it ended between two looks
    return total / 2**20
