"""A network that is cut between a gateway and the node that runs its camera: what arrives, and what is missing.

Started by `python -m benchmarks.cluster cut --seconds 60`; needs root: the two machines are network namespaces.
"""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, suppress
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


@dataclass(frozen=True, slots=True)
class _Second:
    """A stored signal of one second: when, and which share of it was observed."""

    start_s: int
    coverage: float


def cut(seconds: float) -> Iterator[results.Row]:
    """Yield one row: signals of a camera whose node was cut off for some seconds, second by second.

    The first node is drained, so that the camera runs on the other one; it is taken back before the cut, so that the
    camera may move.
    """
    with two_machines() as machines, tempfile.TemporaryDirectory(prefix="pb-") as short, ExitStack() as running:
        folder = Path(short)
        (folder / "places.yaml").write_text(PLACES)
        (folder / "site.yaml").write_text(SITE.format(folder=folder, clip=clips.street("360p")))
        files = make_node_files(folder / "files", list(ADDRESSES), now=datetime.now(UTC))
        log = running.enter_context((folder / "log").open("wb"))
        running.callback(_end_all, files)
        _start(machines, files, folder, running=running, log=log.fileno())
        database = folder / "state/signals.db"
        until(lambda: len(_stored(database)) >= BEFORE)
        moved_before = _moves(folder / "log")
        _drained(machines, files, undo=True)
        begun_s = time.time()
        machines.cut()
        time.sleep(seconds)
        machines.heal()
        healed_s = time.time()
        until(lambda: max(each.start_s for each in _stored(database)) > healed_s + AFTER, 300)
        yield _judged(_stored(database), begun_s, healed_s) | {"moved": _moves(folder / "log") - moved_before}


def _start(machines: TwoMachines, files: list[NodeFiles], folder: Path, *, running: ExitStack, log: int) -> None:
    usual = {"stdout": log, "stderr": log, "stdin": DEVNULL, "start_new_session": True}
    for number, (address, own) in enumerate(zip(ADDRESSES, files, strict=True)):
        how = ["start", own.folder, "--port", PORT] if number == 0 else ["join", HEAD, own.folder]
        command = [*COMMAND, "cluster", *map(str, how), "--own", address, "--cores", "2"]
        command += ["--state", str(folder / f"node{number}")]
        command += ["--folder", str(folder / "ray")] if number == 0 else []
        running.enter_context(started(machines.command(number, command), **usual))
        until(lambda count=number + 1: _alive(machines, files[0]) == count)
    _drained(machines, files)
    up = [*COMMAND, "up", folder / "site.yaml", "--cluster", HEAD, "--cluster-files", files[0].folder]
    running.enter_context(started(machines.command(0, up), **usual))


def _alive(machines: TwoMachines, files: NodeFiles) -> int:
    command = [*COMMAND, "cluster", "status", HEAD, files.folder]
    asked = subprocess.run(machines.command(0, command), capture_output=True, text=True, check=False)
    return asked.stdout.count(": ok,") + asked.stdout.count(": drained,")


def _drained(machines: TwoMachines, files: list[NodeFiles], *, undo: bool = False) -> None:
    command = [*COMMAND, "cluster", "drain", HEAD, files[0].folder, ADDRESSES[0], *(["--undo"] if undo else [])]
    subprocess.run(machines.command(0, command), check=True, capture_output=True)


def _stored(database: Path) -> list[_Second]:
    query = "SELECT start_s, observed_us FROM signal WHERE length_s = 1 GROUP BY start_s ORDER BY start_s"
    if not database.exists():
        return []
    with sqlite3.connect(f"file:{database}?mode=ro", uri=True) as opened, suppress(sqlite3.OperationalError):
        return [_Second(start_s, observed / 1e6) for start_s, observed in opened.execute(query)]
    return []


def _judged(stored: list[_Second], begun_s: float, healed_s: float) -> results.Row:
    """Return how many seconds are stored, and how much of each was observed, before, in and after the cut."""
    first, last = stored[0].start_s, stored[-1].start_s
    known = {each.start_s: each.coverage for each in stored}
    parts = {"before": (first, begun_s), "during": (begun_s, healed_s), "after": (healed_s, last + 1)}
    row: results.Row = {"cut_s": round(healed_s - begun_s, 1)}
    for name, (from_s, to_s) in parts.items():
        wanted = range(int(from_s), int(to_s))
        row[f"{name}_missing"] = sum(second not in known for second in wanted)
        row[f"{name}_coverage"] = round(sum(known.get(second, 0.0) for second in wanted) / max(1, len(wanted)), 3)
    row["twice"] = sum(coverage > 1.0 for coverage in known.values())
    return row


def _moves(log: Path) -> int:
    return log.read_text(errors="replace").count("camera_lost")


def _end_all(files: list[NodeFiles]) -> None:
    """End what Ray started: no other process has this cluster's secret."""
    secrets = [str(each.secret).encode() for each in files]
    for path in Path("/proc").iterdir():
        with suppress(OSError):
            others = path.name.isdigit() and int(path.name) != os.getpid()
            if others and any(each in (path / "environ").read_bytes() for each in secrets):
                os.kill(int(path.name), signal.SIGKILL)
