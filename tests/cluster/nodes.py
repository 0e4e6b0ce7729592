"""A small cluster of two nodes on this machine, started as users start one; each node is a session of processes."""

from __future__ import annotations

import os
import signal
import socket
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from subprocess import DEVNULL

from tests.command_line import COMMAND
from tests.program import started
from tests.sockets import free_port
from tests.waiting import until

from passerby.cluster.camera_work import CameraWork
from passerby.cluster.engine import Engine, joined, require_reachable
from passerby.cluster.node_files import NodeFiles, make_node_files
from passerby.errors import PasserbyError, UsageError

CORES = 2


@dataclass(frozen=True, slots=True)
class TwoNodes:
    """A cluster of two nodes.

    Args:
        address: Of the first node.
        files: What this machine joins with.
        folder: Holds what both have on disk: logs, and in `node` their state.
        second: Session of the second node's processes.
    """

    address: str
    files: NodeFiles
    folder: Path
    second: int

    def processes(self, part: str = "", session: int | None = None) -> list[int]:
        """Return the processes of this cluster whose command line has a text, of one node or of both."""
        return [each for each, line in _with(self.files) if part.encode() in line and session in {None, _session(each)}]

    def cameras(self, session: int | None = None) -> list[int]:
        """Return the processes that run a camera, of one node or of both: spare ones have no grandchild."""
        parents = {each: _parent(each) for each in self.processes()}
        busy = {parents.get(parents[each]) for each in parents}
        return [each for each in self.processes(f"ray::{CameraWork.__name__}", session) if each in busy]


def own_address() -> str:
    """Return the address that Ray gives this machine: it does not use that of the loopback."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as plain:
        try:
            plain.connect(("10.255.255.255", 1))  # nothing is sent
        except OSError:
            return "127.0.0.1"
        return str(plain.getsockname()[0])


@contextmanager
def two_nodes_running() -> Iterator[TwoNodes]:
    """Run a cluster while entered."""
    own = own_address()
    with tempfile.TemporaryDirectory(prefix="pb-") as short, ExitStack() as running:  # sockets need short paths
        folder = Path(short)
        (files,) = make_node_files(folder / "files", [own], now=datetime.now(UTC))
        address = f"{own}:{free_port()}"
        running.callback(_end_all, files)
        log = running.enter_context((folder / "log").open("wb"))
        usual = {"stdout": log, "stderr": log, "stdin": DEVNULL, "start_new_session": True}
        common = ["--own", own, "--cores", str(CORES), "--state", folder / "node/state"]  # one address: one state
        first = [*COMMAND, "cluster", "start", files.folder, "--port", address.rpartition(":")[2], *common]
        running.enter_context(started([*first, "--folder", folder / "ray"], **usual))
        shown = (folder / "log").read_text
        until(lambda: _answers(address, files), not_yet=(UsageError,), shown=shown)
        other = [*COMMAND, "cluster", "join", address, files.folder, *common]
        second = running.enter_context(started(other, **usual))
        nodes = TwoNodes(address, files, folder, second.pid)
        until(lambda: nodes.processes("raylet_socket_name", second.pid), shown=shown)
        yield nodes


@contextmanager
def engine_of(nodes: TwoNodes) -> Iterator[Engine]:
    """Make this process a part of the cluster while entered."""
    before = dict(os.environ)
    try:
        with ExitStack() as open_:
            joining = joined(nodes.address, nodes.files, clock=time.time)
            engine = until(lambda: open_.enter_context(joining), not_yet=(PasserbyError,), timeout_s=60)
            until(lambda: len([each for each in engine.nodes() if each.alive]) == 2)
            yield engine
    finally:
        os.environ.clear()
        os.environ.update(before)


def _with(files: NodeFiles) -> Iterator[tuple[int, bytes]]:
    """Yield the processes that have this cluster's secret in their environment, with their command lines."""
    for path in Path("/proc").iterdir():
        with suppress(OSError):
            if path.name.isdigit() and str(files.secret).encode() in (path / "environ").read_bytes():
                yield int(path.name), (path / "cmdline").read_bytes()


def _parent(process: int) -> int:
    try:
        return int(Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[1])
    except OSError:
        return -1


def _session(process: int) -> int:
    try:
        return os.getsid(process)
    except OSError:
        return -1


def _answers(address: str, files: NodeFiles) -> bool:
    require_reachable(address, files)
    return True


def _end_all(files: NodeFiles) -> None:
    """End what Ray started: no other process has this cluster's secret."""
    for each, _ in list(_with(files)):
        if each != os.getpid():
            with suppress(OSError):
                os.kill(each, signal.SIGKILL)
