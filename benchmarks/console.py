"""Measures the console in Chromium: the wall's first paint, 16 tiles, 200 streams of news, a day on the timeline.

python -m benchmarks.console [--loads 5] [--seconds 20] [--streams 200] [--changes 20]

The cameras are drawn, covered and encoded on the spot, beside the gateway. A page is loaded into an empty cache, by
somebody who is signed in. "Slow 4G" is what Chromium itself emulates: so much time until each request is answered, and
so many bit/s. The streams of news are read by a process of their own.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import statistics
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

import httpx
from playwright.sync_api import Browser, Page, StorageState, sync_playwright
from tests.serve.acted import ActedGateway
from tests.serve.conftest import BROWSER, FLAGS, sign_in
from tests.serve.served import Served
from tests.serve.signals import SignalsStub

from benchmarks import results, timeline
from passerby.health.status import Redaction
from passerby.settings.site.web import WebSettings

Result = results.Row
TILES: Final = 16
SLOW_4G: Final = {"offline": False, "latency": 400, "downloadThroughput": 200_000, "uploadThroughput": 93_750}
"""400 ms for each request, 1.6 Mbit/s down, 750 kbit/s up."""
PAINT: Final = """
window.paints = 0;
window.firstPicture = 0;
const draw = CanvasRenderingContext2D.prototype.drawImage;
CanvasRenderingContext2D.prototype.drawImage = function (...given) {
  window.paints += 1;
  window.firstPicture ||= performance.now();
  return draw.apply(this, given);
};
"""
"""Counts what is painted, and when it began."""
LARGEST: Final = """() => new Promise((resolve) => {
  new PerformanceObserver((list) => resolve(list.getEntries().at(-1).startTime))
    .observe({ type: "largest-contentful-paint", buffered: true });
})"""


class CountingGateway(ActedGateway):
    """Counts the pictures that it publishes, by stream."""

    def __init__(self, *cameras: str, fps: float) -> None:
        super().__init__(*cameras, fps=fps)
        self.published: Counter[str] = Counter()
        publish = self.hub.publish

        def counted(camera: str, packet: Any) -> None:  # noqa: ANN401 - as the hub's
            self.published[camera] += 1
            publish(camera, packet)

        self.hub.publish = counted  # type: ignore[method-assign]  # only here, to be counted


@contextmanager
def served(gateway: ActedGateway) -> Iterator[Served]:
    """Serve a gateway to many connections from this machine."""
    web = WebSettings(port=0, max_connections=2000, max_per_visitor=2000)
    with Served(gateway, web, SignalsStub(time.time)) as server:
        yield server
    gateway.close()


def session_of(browser: Browser, server: Served) -> StorageState:
    """Return the session of somebody who has signed in."""
    with browser.new_context() as context:
        page = context.new_page()
        page.goto(server.address)
        sign_in(page)
        page.get_by_role("button", name="Sign out").wait_for()
        return context.storage_state()


@contextmanager
def fresh(browser: Browser, session: StorageState) -> Iterator[Page]:
    """Give a page with an empty cache, which counts what it paints."""
    with browser.new_context(storage_state=session, viewport={"width": 1920, "height": 1080}) as context:
        context.add_init_script(PAINT)
        yield context.new_page()


def first_paint(browser: Browser, loads: int, network: dict[str, Any] | None) -> dict[str, float]:
    """Return the medians of the largest contentful paint and of the first picture of the wall, s."""
    largest, pictures = [], []
    with served(ActedGateway("door", "hall", "yard", "gate", fps=10)) as server:
        session = session_of(browser, server)
        for _ in range(loads):
            with fresh(browser, session) as page:
                if network is not None:
                    tools = page.context.new_cdp_session(page)
                    tools.send("Network.enable")
                    tools.send("Network.emulateNetworkConditions", network)
                page.goto(f"{server.address}/wall?as=tiles")
                page.wait_for_function("() => document.querySelectorAll('.tile canvas').length === 4")
                largest.append(page.evaluate(LARGEST) / 1000)
                pictures.append(page.evaluate("window.firstPicture") / 1000)
    return {"largest": statistics.median(largest), "picture": statistics.median(pictures)}


def painted_share(browser: Browser, seconds: float, fps: float) -> dict[str, float]:
    """Return the share of pictures of 16 tiles that were painted, and how many were sent in a second for each."""
    names = [f"c{number:02}" for number in range(TILES)]
    gateway = CountingGateway(*names, fps=fps)
    with served(gateway) as server, fresh(browser, session_of(browser, server)) as page:
        page.goto(f"{server.address}/wall?as=tiles")
        page.wait_for_function("count => document.querySelectorAll('.tile canvas').length === count", arg=TILES)
        page.wait_for_timeout(3000)  # until streams run evenly
        painted, sent, began_s = page.evaluate("window.paints"), gateway.published.total(), time.monotonic()
        page.wait_for_timeout(seconds * 1000)
        painted, sent = page.evaluate("window.paints") - painted, gateway.published.total() - sent
        took_s = time.monotonic() - began_s
    return {"share": painted / sent, "sent_fps": sent / took_s / TILES}


def _print(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


async def _listen(order: dict[str, Any]) -> None:
    """Open streams of news, say when all are open, and then when each change arrives at the last of them."""
    headers = {"Authorization": f"Bearer {order['token']}"}
    limits = httpx.Limits(max_connections=None)
    arrived: Counter[str] = Counter()
    opened = 0

    async def one(client: httpx.AsyncClient) -> None:
        nonlocal opened
        async with client.stream("GET", "/api/events", headers=headers) as answer:
            answer.raise_for_status()
            first = True
            async for line in answer.aiter_lines():
                if not line.startswith("data:"):
                    continue
                if first:
                    first = False
                    opened += 1
                    if opened == order["streams"]:
                        _print("open")
                    continue
                detail = json.loads(line.removeprefix("data:"))["detail"]
                arrived[detail] += 1
                if arrived[detail] == order["streams"]:
                    _print(str(time.monotonic()))  # the same clock in all processes

    async with httpx.AsyncClient(base_url=order["address"], limits=limits, timeout=600) as client:
        await asyncio.gather(*(one(client) for _ in range(order["streams"])))


def news_delays(streams: int, changes: int) -> list[float]:
    """Return the time from each change until the last of many streams has it, ms."""
    gateway = ActedGateway("door", "hall", fps=10)
    took = []
    with served(gateway) as server:
        order = json.dumps({"address": server.address, "token": server.token, "streams": streams})
        command = [sys.executable, "-m", "benchmarks.console", "--listening"]
        with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as listener:
            try:
                _line(listener, order)
                for number in range(changes):
                    began_s = time.monotonic()
                    gateway.change("door", redaction=Redaction.ACTIVE, detail=f"change {number}")
                    took.append((float(_line(listener)) - began_s) * 1000)
            finally:
                listener.kill()
    return took


def _line(process: subprocess.Popen[str], order: str = "") -> str:
    """Send a line to a process, if there is one to be sent, and return the next that it prints."""
    if process.stdin is None or process.stdout is None:
        msg = "the process has no pipes"
        raise RuntimeError(msg)
    if order:
        process.stdin.write(f"{order}\n")
        process.stdin.flush()
    return process.stdout.readline()


def measured(given: argparse.Namespace) -> list[Result]:
    """Return all figures."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=BROWSER, args=FLAGS)
        near, far = (first_paint(browser, given.loads, network) for network in (None, SLOW_4G))
        tiles = painted_share(browser, given.seconds, given.fps)
        browser.close()
    delays = news_delays(given.streams, given.changes)
    day = timeline.measured_day(TILES, 30)
    return [
        _figure("largest contentful paint of the wall, loopback", near["largest"], "s", "under 1"),
        _figure("first picture of the wall, loopback", near["picture"], "s"),
        _figure("largest contentful paint of the wall, slow 4G", far["largest"], "s", "under 2.5"),
        _figure("first picture of the wall, slow 4G", far["picture"], "s"),
        _figure(f"{TILES} tiles: pictures sent a second, each", tiles["sent_fps"], "1/s"),
        _figure(f"{TILES} tiles: painted of those", 100 * tiles["share"], "%", "over 95"),
        _figure(f"a change at the last of {given.streams} streams of news, median", statistics.median(delays), "ms"),
        _figure(f"a change at the last of {given.streams} streams of news, slowest", max(delays), "ms", "under 1000"),
        _figure(f"a day of {TILES} cameras on the timeline, median", statistics.median(day), "ms", "under 100"),
        _figure(f"a day of {TILES} cameras on the timeline, slowest", max(day), "ms"),
    ]


def _figure(what: str, value: float, unit: str, target: str = "") -> Result:
    return {"what": what, "value": value, "unit": unit, "target": target}


def main() -> None:
    """Measure, or be the process that listens."""
    words = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    words.add_argument("--loads", type=int, default=5)
    words.add_argument("--seconds", type=float, default=20)
    words.add_argument("--fps", type=float, default=10)
    words.add_argument("--streams", type=int, default=200)
    words.add_argument("--changes", type=int, default=20)
    words.add_argument("--listening", action="store_true", help=argparse.SUPPRESS)
    given = words.parse_args()
    if given.listening:
        asyncio.run(_listen(json.loads(sys.stdin.readline())))
        return
    rows = measured(given)
    facts = {key: value for key, value in vars(given).items() if key != "listening"}
    results.save("console", rows, **facts, slow_4g="400 ms for each request, 1.6 Mbit/s down, 750 kbit/s up")


if __name__ == "__main__":
    main()
