"""Threads and processes that tests leave behind: they go on computing beside all later tests of their process."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

BUSY_S = 2.0
"""Processor time from which on what was left is reported: threads that merely wait need less in a whole run."""
LASTING = ("# forks command lines", "/postgres ", "PythonGCThread", "ray_", "ray::", "/ray/", "raylet")
"""Parts of names of what is begun once for the whole run: see the fixtures `passerby`, `postgres` and `two_nodes`."""
PROC = Path("/proc")
TICKS = os.sysconf("SC_CLK_TCK")
LEFT = "passerby_leftovers"
"""Key under which a worker hands its lines to the process that prints them."""


@dataclass(slots=True)
class Left:
    """What the tests of a module began, and how much it has computed since they ended.

    Args:
        name: The thread's name, or the process's command.
        module: Path of the module.
        spent_s: Processor time when it was looked at last, s.
        after_s: Processor time during tests of other modules, s.
    """

    name: str
    module: str
    spent_s: float
    after_s: float = 0.0


def _read(path: Path) -> str:
    """Return what a file of /proc says ("" = whom it is about has ended, or there is no /proc here)."""
    try:
        return path.read_text(errors="replace")
    except OSError:
        return ""


def _spent_s(stat: Path, *, children: bool) -> float | None:
    """Return the processor time of a thread, or of a process with the children that it has waited for; None = ended."""
    words = _read(stat).rpartition(")")[2].split()
    return sum(map(int, words[11 : 15 if children else 13])) / TICKS if words else None


def _running() -> Iterator[tuple[str, str, Path]]:
    """Yield a key, a name and the statistics of each thread beside the main one, and of each child process."""
    own = PROC / "self" / "task"
    for thread in threading.enumerate():
        if thread is not threading.main_thread():
            yield f"thread {thread.native_id}", thread.name, own / str(thread.native_id) / "stat"
    for task in own.glob("*/children"):
        for child in _read(task).split():
            command = _read(PROC / child / "cmdline").replace("\0", " ")
            yield f"process {child}", command[:80].strip(), PROC / child / "stat"


class Leftovers:
    """A pytest plugin that reports what computed after the tests of its module."""

    def __init__(self) -> None:
        self._seen: dict[str, Left] = {}
        self._ended: list[Left] = []
        self.lines: list[str] = []

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_protocol(self, item: pytest.Item, nextitem: pytest.Item | None) -> Iterator[None]:
        """Look at what still runs after the last test of a module, whose fixtures have ended with it."""
        result = yield
        if nextitem is None or nextitem.path != item.path:
            self.look(item.nodeid.partition("::")[0])
        return result  # type: ignore[return-value]  # of a wrapper

    @pytest.hookimpl
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """Hand the lines over, or keep them to be printed here."""
        self.lines += [f"{each.after_s:6.1f} s  {each.name}  began in {each.module}" for each in self.busy()]
        if (output := getattr(session.config, "workeroutput", None)) is not None:
            output[LEFT] = self.lines

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: object) -> None:
        """Take the lines of a worker that has ended."""
        self.lines += getattr(node, "workeroutput", {}).get(LEFT, [])

    @pytest.hookimpl
    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Print what was left, if anything."""
        if self.lines:
            terminalreporter.write_sep("-", "computed on after the tests of its module (processor time)")
            terminalreporter.write_line("\n".join(self.lines))

    def busy(self) -> list[Left]:
        """Return what has computed for a while after the tests of its module, the busiest first."""
        all_left = (*self._ended, *self._seen.values())
        busy = [each for each in all_left if each.after_s >= BUSY_S and not any(part in each.name for part in LASTING)]
        return sorted(busy, key=lambda each: -each.after_s)

    def look(self, module: str) -> None:
        """Add what has been computed since the last look.

        Args:
            module: Path of the module whose tests have just ended.
        """
        alive: dict[str, Left] = {}
        for key, name, stat in _running():
            spent_s = _spent_s(stat, children=key.startswith("process"))
            if spent_s is None:
                continue
            known = self._seen.pop(key, None)
            if known is None or known.spent_s > spent_s:  # a number that was given again
                known = Left(name, module, spent_s)
            known.name = name or known.name  # a process that has only just begun has no command yet
            known.after_s += spent_s - known.spent_s
            known.spent_s = spent_s
            alive[key] = known
        self._ended += [each for each in self._seen.values() if each.after_s >= BUSY_S]
        self._seen = alive
