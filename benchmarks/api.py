"""Measures the API: delays of mixed reads at a fixed rate beside live cameras, and those of a bare ASGI application.

python -m benchmarks.api [--rate 200] [--seconds 20] [--cameras 4]

The requests come from a process of their own, at the times at which they are due, whether earlier ones were answered or
not; a delay counts from then. The bare application answers a constant, on the same server, beside the same cameras.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import re
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import urlsplit

import uvicorn
from tests.serve.recordings import RecordingsStub
from tests.serve.served import Served

from benchmarks import results
from benchmarks.audit import street_cameras
from benchmarks.gateway import all_well, gateway, until
from passerby.settings.site.web import WebSettings

TARGET_MS = 50
READS = (
    *("/api/cameras", "/api/cameras", "/api/cameras/c0", "/api/session", "/api/account", "/api/requests"),
    *("/api/recordings", "/api/recordings/door", "/api/accounts", "/api/clock", "/metrics", "/healthz"),
)
"""What the console asks for, the frequent ones twice."""
CONNECTIONS = 20
Result = results.Row


async def constant(scope: dict[str, object], _receive: object, send: object) -> None:
    """Answer a constant."""
    if scope["type"] == "http":
        head = {
            "type": "http.response.start",
            "status": 200,
            "headers": [(b"content-type", b"application/json"), (b"content-length", b"2")],
        }
        await send(head)  # type: ignore[operator]
        await send({"type": "http.response.body", "body": b"[]"})  # type: ignore[operator]


@contextmanager
def bare() -> Iterator[str]:
    """Serve the constant from a thread, and give the address."""
    config = uvicorn.Config(constant, port=0, log_level="error", lifespan="off", loop="asyncio", http="h11")  # type: ignore[arg-type]
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    until(lambda: server.started)
    try:
        yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join()


class Connection:
    """One connection that stays open, and one request at a time: a client that costs little beside what it measures."""

    def __init__(self, address: str, token: str) -> None:
        parts = urlsplit(address)
        self.host, self.port = str(parts.hostname), int(parts.port or 80)
        self.rest = f" HTTP/1.1\r\nHost: {parts.netloc}\r\nAuthorization: Bearer {token}\r\n\r\n".encode()
        self.open: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def read(self, path: str) -> None:
        """Ask for a path, and read the whole answer.

        Raises:
            ValueError: The answer is not a success, or is not of a told length.
        """
        if self.open is None:
            self.open = await asyncio.open_connection(self.host, self.port, limit=1 << 22)
        reader, writer = self.open
        writer.write(b"GET " + path.encode() + self.rest)
        head = (await reader.readuntil(b"\r\n\r\n")).lower()
        length = re.search(rb"content-length: (\d+)", head)
        if b" 204 " in head[:20]:
            return
        if b" 200 " not in head[:20] or length is None:
            msg = f"{path}: {head[:200]!r}"
            raise ValueError(msg)
        await reader.readexactly(int(length[1]))


async def asked(address: str, token: str, rate: float, seconds: float) -> list[float]:
    """Return the delay of each read from the time at which it was due, ms."""
    late_ms: list[float] = []
    order = random.Random(7)  # noqa: S311 - the same mixture in each run
    free: asyncio.Queue[Connection] = asyncio.Queue()
    for _ in range(CONNECTIONS):
        free.put_nowait(Connection(address, token))

    async def one(due_s: float) -> None:
        connection = await free.get()
        await connection.read(order.choice(READS))
        free.put_nowait(connection)
        late_ms.append((time.perf_counter() - due_s) * 1000)

    began_s = time.perf_counter()
    async with asyncio.TaskGroup() as group:
        for number in range(int(rate * seconds)):
            due_s = began_s + number / rate
            await asyncio.sleep(max(0.0, due_s - time.perf_counter()))
            group.create_task(one(due_s))
    return late_ms


def delays(address: str, token: str, rate: float, seconds: float) -> list[float]:
    """Return p50, p95 and p99 of the delays that a process of its own sees, ms; the first second is not counted."""
    order = json.dumps({"address": address, "token": token, "rate": rate, "seconds": seconds + 1})
    command = [sys.executable, "-m", "benchmarks.api", "--asking"]
    done = subprocess.run(command, input=order, capture_output=True, text=True, check=True)
    cuts = statistics.quantiles(json.loads(done.stdout)[int(rate) :], n=100)
    return [cuts[49], cuts[94], cuts[98]]


def measured(folder: Path, rate: float, seconds: float, cameras: int) -> list[Result]:
    """Return the delays of the API and of the bare application, and their ratio."""
    with ExitStack() as open_:
        machine, _ = open_.enter_context(gateway(street_cameras(open_, cameras)))
        until(lambda: all_well(machine))
        recordings = open_.enter_context(RecordingsStub(folder))
        web = open_.enter_context(Served(machine, WebSettings(port=0)))
        web.set_recordings(recordings)
        ours = delays(web.address, web.token, rate, seconds)
        with bare() as address:
            theirs = delays(address, "none", rate, seconds)
    rows = []
    for name, mine, other in zip(("p50", "p95", "p99"), ours, theirs, strict=True):
        target = f"at most {TARGET_MS}" if name == "p95" else ""
        rows += [
            _figure(f"{name} at {rate:g} mixed reads/s beside {cameras} cameras", mine, "ms", target),
            _figure(f"{name} of a bare ASGI application that answers a constant", other, "ms"),
            _figure(f"{name}, ratio", mine / other, ""),
        ]
    return rows


def _figure(what: str, value: float, unit: str, target: str = "") -> Result:
    return {"what": what, "value": value, "unit": unit, "target": target}


def main() -> None:
    """Measure, or be the process that asks."""
    words = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    words.add_argument("--rate", type=float, default=200)
    words.add_argument("--seconds", type=float, default=20)
    words.add_argument("--cameras", type=int, default=4)
    words.add_argument("--asking", action="store_true", help=argparse.SUPPRESS)
    given = words.parse_args()
    if given.asking:
        json.dump(asyncio.run(asked(**json.load(sys.stdin))), sys.stdout)
        return
    with TemporaryDirectory() as name:
        rows = measured(Path(name), given.rate, given.seconds, given.cameras)
    results.save("api", rows, rate=given.rate, seconds=given.seconds, cameras=given.cameras)


if __name__ == "__main__":
    main()
