"""Measures the audit log: durable entries a second, one by one, in groups and beside live cameras, and verification.

python -m benchmarks.audit [--entries 1000000] [--seconds 20] [--cameras 4] [--kills 50]

The disk decides: the table has what a bare file takes with a sync after each line, in the same run.
Kills: a process appends from four threads and is killed with SIGKILL at a random moment, again and again.
"""

from __future__ import annotations

import argparse
import os
import statistics
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.audit.log_killed import acknowledged_until_killed
from tests.audit.logs import ORIGIN, stored
from tests.cameras.reel import clip_reel
from tests.cameras.rtsp import RtspServer

from benchmarks import clips, material, peers, results
from benchmarks.gateway import all_well, gateway, until
from passerby.audit.audit_log import AuditLog
from passerby.audit.entry import AuditEntry, AuditKind
from passerby.audit.journal import write_journal
from passerby.audit.key_file import load_key
from passerby.audit.log_check import check_log
from passerby.audit.log_reader import LogReader
from passerby.audit.tile_folder import KEY_FILE
from passerby.audit.tile_log import TileLog

THREADS = 64
NOON_S = 1_795_867_200.0
BESIDE = 200
"""Entries a second that are asked for beside cameras."""
Result = results.Row


def entry(number: int) -> AuditEntry:
    """Return an entry of the usual length."""
    details = {"stream": "wall", "address": "10.0.0.7", "number": number}
    return AuditEntry(AuditKind.VIEW_BEGAN, NOON_S + number, "operator-7", "platform-2-north", details)


def bare(folder: Path, seconds: float) -> float:
    """Return how many lines a second a bare file takes, each with a sync."""
    data = entry(7).encoded() + b"\n"
    descriptor = os.open(folder / "bare", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    count, began_s = 0, time.perf_counter()
    while time.perf_counter() - began_s < seconds:
        os.write(descriptor, data)
        os.fdatasync(descriptor)
        count += 1
    os.close(descriptor)
    return count / (time.perf_counter() - began_s)


def appended(folder: Path, threads: int, seconds: float) -> float:
    """Return how many durable entries a second a log takes from some threads."""
    counts = [0] * threads
    with AuditLog(folder, "bench") as log:
        end_s = time.perf_counter() + seconds

        def write(mine: int) -> None:
            while time.perf_counter() < end_s:
                log.append(entry(counts[mine]))
                counts[mine] += 1

        _all([lambda mine=mine: write(mine) for mine in range(threads)])  # type: ignore[misc]
    return sum(counts) / seconds


def beside(folder: Path, seconds: float, cameras: int) -> Iterator[Result]:
    """Yield how a log does at a fixed rate beside live cameras: 20 threads of 10 entries a second."""
    late_ms: list[float] = []
    with ExitStack() as open_:
        if cameras:
            machine, _ = open_.enter_context(gateway(_cameras(open_, cameras)))
            until(lambda: all_well(machine))
        log = open_.enter_context(AuditLog(folder, "bench"))
        began_s = time.perf_counter()

        def write(mine: int) -> None:
            for number in range(int(seconds * 10)):
                due_s = began_s + number / 10 + mine / BESIDE
                time.sleep(max(0.0, due_s - time.perf_counter()))
                log.append(entry(number))
                late_ms.append((time.perf_counter() - due_s) * 1000)

        _all([lambda mine=mine: write(mine) for mine in range(BESIDE // 10)])  # type: ignore[misc]
        took_s = time.perf_counter() - began_s
    yield _figure(
        f"durable entries a second beside {cameras} cameras", len(late_ms) / took_s, "1/s", f"at least {BESIDE}"
    )
    yield _figure("of these, from due to durable, median", statistics.median(late_ms), "ms")
    yield _figure("of these, from due to durable, 95 of 100", statistics.quantiles(late_ms, n=20)[-1], "ms")


def verified(folder: Path, entries: int) -> Iterator[Result]:
    """Yield how long it takes to verify a log, with a checkpoint from elsewhere."""
    AuditLog(folder, "bench").close()
    write_journal(folder / "audit/journal", 0, [entry(number).encoded() for number in range(entries)])
    AuditLog(folder, "bench").close()
    began_s = time.perf_counter()
    reader = LogReader(folder)
    report = check_log(reader, load_key(reader.folder / KEY_FILE))
    took_s = time.perf_counter() - began_s
    if report.problems or report.size != entries:
        raise SystemExit(str(report.problems))
    yield _figure(f"{entries:,} entries verified", took_s, "s", "at most 15")
    size_mb = sum(each.stat().st_size for each in reader.folder.rglob("*") if each.is_file()) / 1e6
    yield _figure(f"size of {entries:,} entries with tiles", size_mb, "MB")


def kills(folder: Path, times: int) -> Iterator[Result]:
    """Yield what was lost or doubled when a process was killed at random moments."""
    acknowledged = acknowledged_until_killed(folder, times, seed=7)
    with TileLog(folder / "log", folder, origin=ORIGIN) as log:  # takes up what the last kill left
        log.publish()
    entries = stored(folder / "log")
    lost = sum(index >= len(entries) or entries[index] != entry for index, entry in acknowledged.items())
    yield _figure("kills", times, "1")
    yield _figure("entries acknowledged before them", len(acknowledged), "1")
    yield _figure("entries lost", lost, "1", "0")
    yield _figure("entries written twice", len(entries) - len(set(entries)), "1", "0")


def _cameras(open_: ExitStack, count: int) -> dict[str, str]:
    """Serve a street to several cameras until the stack is closed, and return their addresses."""
    reel = peers.cache() / "live_street_720p.reel"
    if not reel.exists():
        clip_reel(reel, material.data() / "video" / clips.STREET, width=1280, seconds=30)
    server = RtspServer({f"c{number}": reel for number in range(count)})
    open_.callback(server.kill)
    return {f"c{number}": server.url(f"c{number}") for number in range(count)}


def _all(works: list[Callable[[], None]]) -> None:
    threads = [threading.Thread(target=work) for work in works]
    for each in threads:
        each.start()
    for each in threads:
        each.join()


def _figure(what: str, value: float, unit: str, target: str = "") -> Result:
    return {"what": what, "value": value, "unit": unit, "target": target}


def main() -> None:
    """Measure what the command line names."""
    words = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    words.add_argument("--entries", type=int, default=1_000_000)
    words.add_argument("--seconds", type=float, default=20)
    words.add_argument("--cameras", type=int, default=4)
    words.add_argument("--kills", type=int, default=50)
    given = words.parse_args()
    rows: list[Result] = []
    with TemporaryDirectory(dir=".") as name:
        folder = Path(name)
        rows.append(_figure("a bare file, a sync after each line", bare(folder, given.seconds / 4), "1/s"))
        rows.append(_figure("durable entries a second, 1 thread", appended(folder / "one", 1, given.seconds), "1/s"))
        many = appended(folder / "many", THREADS, given.seconds)
        rows.append(_figure(f"durable entries a second, {THREADS} threads", many, "1/s", "at least 3000"))
        rows += beside(folder / "beside", given.seconds, given.cameras)
        rows += verified(folder / "million", given.entries)
        rows += kills(folder / "kills", given.kills)
    facts = {"entries": given.entries, "seconds": given.seconds, "cameras": given.cameras, "kills": given.kills}
    results.save("audit", rows, **facts)


if __name__ == "__main__":
    main()
