"""One small cluster of two nodes for all tests of a session, joined with a secret and certificates as users join."""

from __future__ import annotations

import os
import signal
import socket
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.util import find_spec
from pathlib import Path

import pytest
from tests.command_line import COMMAND
from tests.program import started
from tests.waiting import until

from passerby.cluster.engine import Engine, joined, require_reachable
from passerby.cluster.node_files import NodeFiles, make_node_files
from passerby.errors import PasserbyError, UsageError


@dataclass(frozen=True, slots=True)
class TwoNodes:
    """A cluster of two nodes on this machine: each has sockets of its own.

    Args:
        address: Of the first node.
        files: What this machine joins with.
        folder: Where Ray has its sockets and logs.
    """

    address: str
    files: NodeFiles
    folder: Path

    def processes(self, part: str) -> list[int]:
        """Return the processes of this cluster whose command line contains a text."""
        return [each for each in self._all() if part.encode() in Path(f"/proc/{each}/cmdline").read_bytes()]

    def _all(self) -> Iterator[int]:
        for path in Path("/proc").iterdir():
            with suppress(OSError):
                if path.name.isdigit() and str(self.files.secret).encode() in (path / "environ").read_bytes():
                    (path / "cmdline").read_bytes()
                    yield int(path.name)


def own_address() -> str:
    """Return the address that Ray gives this machine: it does not use that of the loopback."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as plain:
        try:
            plain.connect(("10.255.255.255", 1))  # nothing is sent
        except OSError:
            return "127.0.0.1"
        return str(plain.getsockname()[0])


def free_port() -> int:
    with socket.socket() as plain:
        plain.bind(("", 0))
        return int(plain.getsockname()[1])


@pytest.fixture(scope="session")
def two_nodes() -> Iterator[TwoNodes]:
    """A cluster of two nodes with two processors each."""
    if find_spec("ray") is None:  # not imported: it reads its environment only then
        pytest.skip("Ray is not installed: the extra `cluster` has it")
    own = own_address()
    with tempfile.TemporaryDirectory(prefix="pb-") as short, ExitStack() as running:  # sockets need short paths
        folder = Path(short)
        (files,) = make_node_files(folder / "files", [own], now=datetime.now(UTC))
        address = f"{own}:{free_port()}"
        here = TwoNodes(address, files, folder)
        running.callback(_end_all, here)
        log = running.enter_context((folder / "log").open("wb"))
        usual = {"stdout": log, "stderr": log, "stdin": -3}
        common = ["--own", own, "--cores", "2"]
        first = [*COMMAND, "cluster", "start", files.folder, "--port", address.rpartition(":")[2], *common]
        running.enter_context(started([*first, "--folder", folder / "ray"], **usual))
        until(lambda: _answers(here), not_yet=(UsageError,), timeout_s=45, shown=(folder / "log").read_text)
        running.enter_context(started([*COMMAND, "cluster", "join", address, files.folder, *common], **usual))
        until(lambda: len(here.processes("raylet_socket_name")) >= 2, shown=(folder / "log").read_text)
        yield here


@pytest.fixture(scope="session")
def engine(two_nodes: TwoNodes) -> Iterator[Engine]:
    """This process as a part of the cluster."""
    before = dict(os.environ)
    with ExitStack() as open_:
        joining = until(lambda: _joined(two_nodes, open_), not_yet=(PasserbyError,), timeout_s=60)
        until(lambda: len([each for each in joining.nodes() if each.alive]) == 2)
        yield joining
    os.environ.clear()
    os.environ.update(before)


def _joined(nodes: TwoNodes, open_: ExitStack) -> Engine:
    return open_.enter_context(joined(nodes.address, nodes.files, clock=time.time))


def _answers(nodes: TwoNodes) -> bool:
    require_reachable(nodes.address, nodes.files)
    return True


def _end_all(nodes: TwoNodes) -> None:
    """End what Ray started: its processes have this cluster's secret in their environment, and no other's."""
    for each in nodes._all():
        if each != os.getpid():
            with suppress(OSError):
                os.kill(each, signal.SIGKILL)
