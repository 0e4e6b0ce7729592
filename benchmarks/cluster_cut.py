"""What arrives when the network is cut between a gateway and the node of its camera, and when the first node is lost.

Started by `python -m benchmarks.cluster cut` and `head`; needs root: the two machines are network namespaces.
"""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from subprocess import DEVNULL

from tests.cluster.namespaces import ADDRESSES, TwoMachines, two_machines
from tests.command_line import COMMAND
from tests.program import started

from benchmarks import clips, results
from benchmarks.gateway import until
from passerby.cluster.node_files import NodeFiles, make_node_files

PORT = 6379
HEAD = f"{ADDRESSES[0]}:{PORT}"
BEFORE, AFTER = 10, 20
"""Seconds with signals before the network is cut, and after it is whole again."""
LONGEST_S = 300
PLACES = "picture_px: [640, 360]\nzones:\n  - {name: street, corners_px: [[0, 0], [639, 0], [639, 359], [0, 359]]}\n"
SITE = """\
site: cut
state_folder: {folder}/state
web: {{port: 0}}
cameras:
  - name: door
    address: {clip}
    effort: fast
    max_fps: 10
    places: {folder}/places.yaml
    purpose: Measure what arrives.
    legal_basis: consent
"""
AGAIN = 'while ! "$@"; do sleep 1; done'
"""As a service manager does: what ends with an error is started again."""


@dataclass(frozen=True, slots=True)
class _Second:
    """A stored signal of one second: when, and which share of it was observed."""

    start_s: int
    coverage: float


class _Site:
    """Two machines with a node each, and a gateway on one of them.

    Args:
        machines: The two.
        folder: For everything that they write.
        running: Ends what is started.
    """

    def __init__(self, machines: TwoMachines, folder: Path, running: ExitStack) -> None:
        self._machines, self._folder, self._running = machines, folder, running
        self.log, self.database = folder / "log", folder / "state/signals.db"
        self._output = running.enter_context(self.log.open("wb"))
        (folder / "places.yaml").write_text(PLACES)
        (folder / "site.yaml").write_text(SITE.format(folder=folder, clip=clips.street("360p")))
        self._files = make_node_files(folder / "files", list(ADDRESSES), now=datetime.now(UTC))
        running.callback(_end_all, self._files)

    def start_node(self, number: int) -> int:
        """Run a node, and return the session of its processes."""
        own = self._files[number].folder
        how = ["start", own, "--port", PORT, "--folder", self._folder / "ray"] if number == 0 else ["join", HEAD, own]
        how += ["--own", ADDRESSES[number], "--cores", "2", "--state", self._folder / f"node{number}"]
        session = self._start(number, [*COMMAND, "cluster", *how])
        until(lambda: self._alive() > number, LONGEST_S)
        return session

    def start_gateway(self, number: int) -> None:
        """Run the gateway on a machine."""
        up = [*COMMAND, "up", self._folder / "site.yaml", "--cluster", HEAD]
        self._start(number, ["sh", "-c", AGAIN, "sh", *up, "--cluster-files", self._files[number].folder])

    def drain(self, number: int, *, undo: bool = False) -> None:
        """Move cameras from a node, or let it take some again."""
        command = ["drain", HEAD, self._files[0].folder, ADDRESSES[number], *(["--undo"] if undo else [])]
        self._ask(command).check_returncode()

    def seconds(self) -> list[_Second]:
        """Return the stored signals of single seconds."""
        query = "SELECT start_s, observed_us FROM signal WHERE length_s = 1 GROUP BY start_s ORDER BY start_s"
        if not self.database.exists():
            return []
        with sqlite3.connect(f"file:{self.database}?mode=ro", uri=True) as opened, suppress(sqlite3.OperationalError):
            return [_Second(start_s, observed / 1e6) for start_s, observed in opened.execute(query)]
        return []

    def wait_for(self, time_s: float) -> None:
        """Wait until signals of a moment have arrived."""
        until(lambda: any(each.start_s > time_s for each in self.seconds()), LONGEST_S)

    def lost(self) -> int:
        """Return how often the gateway has given up a camera's process."""
        return self.log.read_text(errors="replace").count("camera_lost")

    def _start(self, number: int, command: Sequence[str | Path | int]) -> int:
        usual = {"stdout": self._output, "stderr": self._output, "stdin": DEVNULL, "start_new_session": True}
        full = self._machines.command(number, list(map(str, command)))
        session = self._running.enter_context(started(full, **usual)).pid
        self._running.callback(_kill_session, session)
        return session

    def _alive(self) -> int:
        return self._ask(["status", HEAD, self._files[0].folder]).stdout.count(": ok,")

    def _ask(self, command: Sequence[str | Path]) -> subprocess.CompletedProcess[str]:
        full = self._machines.command(0, [*COMMAND, "cluster", *map(str, command)])
        return subprocess.run(full, capture_output=True, text=True, check=False)


@contextmanager
def _site() -> Iterator[tuple[_Site, TwoMachines]]:
    with two_machines() as machines, tempfile.TemporaryDirectory(prefix="pb-") as short, ExitStack() as running:
        yield _Site(machines, Path(short), running), machines


def cut(seconds: float) -> Iterator[results.Row]:
    """Yield one row: signals of a camera whose node was cut off for some seconds, second by second.

    The first node is drained, so that the camera runs on the other one; it is taken back before the cut, so that the
    camera may move.
    """
    with _site() as (site, machines):
        for number in (0, 1):
            site.start_node(number)
        site.drain(0)
        site.start_gateway(0)
        until(lambda: len(site.seconds()) >= BEFORE, LONGEST_S)
        site.drain(0, undo=True)
        yield _disturbed(site, seconds, machines.cut, machines.heal)


def head_lost(seconds: float) -> Iterator[results.Row]:
    """Yield one row: signals of a camera on the second node, as the gateway is, while the first one is lost."""
    with _site() as (site, _):
        session = site.start_node(0)
        site.start_node(1)
        site.drain(0)
        site.start_gateway(1)
        until(lambda: len(site.seconds()) >= BEFORE, LONGEST_S)
        yield _disturbed(site, seconds, lambda: _kill_session(session), lambda: site.start_node(0))


def _disturbed(site: _Site, seconds: float, begin: Callable[[], object], end: Callable[[], object]) -> results.Row:
    """Return what is stored of a time in which something was wrong, once everything is well again."""
    lost_before = site.lost()
    begun_s = time.time()
    begin()
    time.sleep(seconds)
    end()
    ended_s = time.time()
    site.wait_for(ended_s + AFTER)
    time.sleep(AFTER)  # what waited on the other node arrives
    return _judged(site.seconds(), begun_s, ended_s) | {"moved": site.lost() - lost_before}


def _judged(stored: list[_Second], begun_s: float, ended_s: float) -> results.Row:
    """Return how many seconds are stored, and how much of each was observed: before, in and after the disturbance."""
    first, last = stored[0].start_s, stored[-1].start_s
    known = {each.start_s: each.coverage for each in stored}
    parts = {"before": (first + 1, begun_s), "during": (begun_s, ended_s), "after": (ended_s, last)}
    row: results.Row = {"lasted_s": round(ended_s - begun_s, 1)}
    for name, (from_s, to_s) in parts.items():
        wanted = range(int(from_s), int(to_s))
        row[f"{name}_seconds"] = len(wanted)
        row[f"{name}_missing"] = sum(second not in known for second in wanted)
        row[f"{name}_coverage"] = round(sum(known.get(second, 0.0) for second in wanted) / max(1, len(wanted)), 3)
    row["twice"] = sum(coverage > 1.0 for coverage in known.values())
    return row


def _kill_session(session: int) -> None:
    for path in Path("/proc").iterdir():
        with suppress(OSError):
            if path.name.isdigit() and os.getsid(int(path.name)) == session:
                os.kill(int(path.name), signal.SIGKILL)


def _end_all(files: list[NodeFiles]) -> None:
    """End what Ray started: no other process has this cluster's secret."""
    secrets = [str(each.secret).encode() for each in files]
    for path in Path("/proc").iterdir():
        with suppress(OSError):
            others = path.name.isdigit() and int(path.name) != os.getpid()
            if others and any(each in (path / "environ").read_bytes() for each in secrets):
                os.kill(int(path.name), signal.SIGKILL)
