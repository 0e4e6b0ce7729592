"""A node runs until it is stopped: what ends by itself is started again, what never began is not."""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path
from subprocess import PIPE

import pytest
from tests.program import started
from tests.waiting import PATIENCE_S, until

from passerby.cluster.node_loop import NodeLoop
from passerby.errors import UsageError

pytestmark = pytest.mark.served
ROOT = Path(__file__).parents[2]
LOOP = """
import sys, time
from passerby.cluster import node_loop
node_loop.SOON_S, node_loop.AGAIN_S = float(sys.argv[1]), 0.0
part = [sys.executable, "-c", sys.argv[2], sys.argv[3]]
sys.exit(node_loop.NodeLoop(part, {"PATH": ""}, monotonic=time.monotonic).run())
"""
NOTES = "import os, sys, time; open(sys.argv[1], 'a').write(f'{os.getpid()}\\n');"


def looping(part: str, notes: Path, *, soon_s: float) -> list[str | Path]:
    """Return the command of a loop around a small program, which notes its process in a file."""
    return [sys.executable, "-c", LOOP, str(soon_s), NOTES + part, notes]


def noted(notes: Path) -> list[int]:
    """Return the processes that have begun so far."""
    return [int(line) for line in notes.read_text().splitlines()] if notes.exists() else []


def test_what_ends_by_itself_is_started_again_until_a_signal_ends_both(tmp_path: Path) -> None:
    notes = tmp_path / "notes"
    with started(looping("time.sleep(600)", notes, soon_s=0.0), cwd=ROOT) as loop:
        for number in range(2):
            begun = until(lambda number=number: len(noted(notes)) > number and noted(notes)[number])
            os.kill(begun, signal.SIGKILL)
        until(lambda: len(noted(notes)) == 3)
        loop.terminate()
        assert loop.wait(PATIENCE_S) == 0
        until(lambda: not Path(f"/proc/{noted(notes)[-1]}").exists())


def test_a_first_start_that_fails_ends_with_its_status(tmp_path: Path) -> None:
    notes = tmp_path / "notes"
    with started(looping("sys.exit(7)", notes, soon_s=PATIENCE_S), cwd=ROOT, stderr=PIPE) as loop:
        assert loop.wait(PATIENCE_S) == 7
    assert len(noted(notes)) == 1


def test_what_it_runs_ends_with_it_also_if_it_is_killed(tmp_path: Path) -> None:
    notes = tmp_path / "notes"
    with started(looping("time.sleep(600)", notes, soon_s=0.0), cwd=ROOT) as loop:
        (begun,) = until(lambda: noted(notes))
        loop.kill()
        until(lambda: _ended(begun))


def _ended(process: int) -> bool:
    """Return whether a process has ended; in a container, nobody may wait for it."""
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except FileNotFoundError:
        return True


def test_a_program_that_cannot_be_started_is_named() -> None:
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        with pytest.raises(UsageError, match="/nowhere/python: cannot be started"):
            NodeLoop(["/nowhere/python"], {}, monotonic=lambda: 0.0).run()
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
