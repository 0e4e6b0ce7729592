"""A site on two machines that are network namespaces: a node on each, and a gateway on one; needs root."""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from subprocess import DEVNULL

from tests.cluster.namespaces import ADDRESSES, TwoMachines, two_machines
from tests.command_line import COMMAND
from tests.program import started
from tests.waiting import until

from passerby.cluster.camera_work import SPOOL
from passerby.cluster.node_files import NodeFiles, make_node_files
from passerby.cluster.node_spool import NodeSpool
from passerby.cluster.spool_folder import node_id
from passerby.store.delivery import RecordKind
from passerby.store.row import Row

PORT = 6379
HEAD = f"{ADDRESSES[0]}:{PORT}"
LONGEST_S = 300.0
PLACES = "picture_px: [640, 360]\nzones:\n  - {name: street, corners_px: [[0, 0], [639, 0], [639, 359], [0, 359]]}\n"
SITE_NAME = "cut"
SITE = """\
site: {name}
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
KEPT_RUNNING = ("sh", "-c", 'while ! "$@"; do sleep 1; done', "sh")
"""As a service manager does: what ends with an error is started again."""


@dataclass(frozen=True, slots=True)
class StoredSecond:
    """A stored signal of one second: when, and which share of it was observed."""

    start_s: int
    coverage: float


class SiteOnTwo:
    """Two machines with a node each, and a gateway on one of them.

    Args:
        machines: The two.
        folder: For everything that they write.
        clip: What the camera shows, again and again.
        running: Ends what is started.
    """

    def __init__(self, machines: TwoMachines, folder: Path, clip: Path, *, running: ExitStack) -> None:
        self.machines, self.folder, self._running = machines, folder, running
        self.log, self.database = folder / "log", folder / "state/signals.db"
        self._output = running.enter_context(self.log.open("wb"))
        (folder / "places.yaml").write_text(PLACES)
        (folder / "site.yaml").write_text(SITE.format(name=SITE_NAME, folder=folder, clip=clip))
        self._files = make_node_files(folder / "files", list(ADDRESSES), now=datetime.now(UTC))
        running.callback(_end_all, self._files)

    def start_node(self, number: int, *, cores: int = 2) -> int:
        """Run a node, and return the session of its processes; see `wait_for_nodes`."""
        own = self._files[number].folder
        how = ["start", own, "--port", PORT, "--folder", self.folder / "ray"] if number == 0 else ["join", HEAD, own]
        how += ["--own", ADDRESSES[number], "--cores", cores, "--state", self.state_of(number)]
        return self._start(number, [*KEPT_RUNNING, *COMMAND, "cluster", *how])

    def wait_for_nodes(self) -> None:
        """Wait until both nodes have joined."""
        until(lambda: self._alive() == len(ADDRESSES), timeout_s=LONGEST_S, shown=self.shown)

    def state_of(self, number: int) -> Path:
        """Return where a node stores what is its own."""
        return self.folder / f"node{number}"

    def start_gateway(self, number: int) -> None:
        """Run the gateway on a machine."""
        up = [*COMMAND, "up", self.folder / "site.yaml", "--cluster", HEAD]
        self._start(number, [*KEPT_RUNNING, *up, "--cluster-files", self._files[number].folder])

    def drain(self, number: int, *, undo: bool = False) -> None:
        """Move cameras from a node, or let it take some again."""
        command = ["drain", HEAD, self._files[0].folder, ADDRESSES[number], *(["--undo"] if undo else [])]
        self._ask(command).check_returncode()

    def seconds(self) -> list[StoredSecond]:
        """Return the stored signals of single seconds."""
        query = "SELECT start_s, observed_us FROM signal WHERE length_s = 1 GROUP BY start_s ORDER BY start_s"
        if not self.database.exists():
            return []
        with sqlite3.connect(f"file:{self.database}?mode=ro", uri=True) as opened, suppress(sqlite3.OperationalError):
            return [StoredSecond(start_s, observed / 1e6) for start_s, observed in opened.execute(query)]
        return []

    def spooled(self, number: int) -> set[int]:
        """Return the seconds of which signals are on a node's disk, whether they have arrived or not."""
        state = self.state_of(number)
        records, _ = NodeSpool(state / SPOOL, node_id(state)).take(SITE_NAME, most_bytes=sys.maxsize)
        signals = [data for each in records if each.kind is RecordKind.SIGNALS for _, data in each.records]
        rows = [Row(*row) for data in signals for row in json.loads(data)]
        return {row.start_s for row in rows if row.length_s == 1}

    def wait_for(self, time_s: float) -> None:
        """Wait until signals of a moment have arrived."""
        wanted = lambda: any(each.start_s > time_s for each in self.seconds())  # noqa: E731 - named for the line
        until(wanted, timeout_s=LONGEST_S, shown=self.shown)

    def shown(self) -> str:
        """Return what everything has printed."""
        return self.log.read_text(errors="replace")

    def lost(self) -> int:
        """Return how often the gateway has given up a camera's process."""
        return self.shown().count("camera lost")

    def _start(self, number: int, command: Sequence[str | Path | int]) -> int:
        usual = {"stdout": self._output, "stderr": self._output, "stdin": DEVNULL, "start_new_session": True}
        full = self.machines.command(number, list(map(str, command)))
        session = self._running.enter_context(started(full, **usual)).pid
        self._running.callback(kill_session, session)
        return session

    def _alive(self) -> int:
        return self._ask(["status", HEAD, self._files[0].folder]).stdout.count(": ok,")

    def _ask(self, command: Sequence[str | Path]) -> subprocess.CompletedProcess[str]:
        full = self.machines.command(0, [*COMMAND, "cluster", *map(str, command)])
        return subprocess.run(full, capture_output=True, text=True, check=False)


@contextmanager
def site_on_two(clip: Path) -> Iterator[SiteOnTwo]:
    """Make the machines; whatever runs on them ends, and they are gone, at the end."""
    with two_machines() as machines, tempfile.TemporaryDirectory(prefix="pb-") as short, ExitStack() as running:
        yield SiteOnTwo(machines, Path(short), clip, running=running)


def kill_session(session: int) -> None:
    """Kill all processes of a session."""
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
