"""Measures how long the console takes to draw a day of recordings on its timeline, in Chromium.

`benchmarks.console` measures it too, and stores it.

python -m benchmarks.timeline [--cameras 16] [--draws 30]

The gateway is made up, and what it says about a day is drawn at random: stretches of all states, from a second to an
hour long, in steps as the page asks for them. The page measures each drawing itself (`performance.measure`), from the
data in memory to the last stroke; the painting of the canvas by the browser comes after that and is not in it.
"""

from __future__ import annotations

import argparse
import json
import statistics
import tempfile
import time
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import numpy as np
from playwright.sync_api import Page, Route, sync_playwright
from tests.serve.acted import ActedGateway
from tests.serve.conftest import BROWSER, FLAGS, sign_in
from tests.serve.recordings import RecordingsStub
from tests.serve.served import Served
from tests.serve.signals import SignalsStub

from passerby.settings.site.web import WebSettings

TARGET_MS = 100
DAY_S = 86_400
_STATES = ("covered", "whole", "no_picture", "unknown", "absent")
_SHARES = (0.7, 0.1, 0.08, 0.02, 0.1)


def made_up(start_s: float, end_s: float, step_s: int, rng: np.random.Generator) -> dict[str, object]:
    """Return what the gateway would say about a day: runs of all states, 1 s to 1 h long."""
    steps = int(np.ceil((end_s - start_s) / step_s))
    seconds = np.zeros(steps * step_s, np.uint8)
    at = 0
    while at < len(seconds):
        length = int(np.exp(rng.uniform(0, np.log(3600)))) + 1
        seconds[at : at + length] = rng.choice(len(_STATES), p=_SHARES)
        at += length
    table = seconds.reshape(steps, step_s)
    begin = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(start_s))
    shares = {name: (table == code).mean(axis=1).round(4).tolist() for code, name in enumerate(_STATES[:-1])}
    return {"begin": begin, "step_s": step_s} | shares


def _answer(route: Route, rng: np.random.Generator) -> None:
    query = parse_qs(urlsplit(route.request.url).query)
    first, last = (np.datetime64(query[name][0].rstrip("Z")).astype(float) / 1000 for name in ("start", "end"))
    route.fulfill(json=made_up(float(first), float(last), int(query["step_s"][0]), rng))


def _cameras(route: Route, count: int, now_s: float) -> None:
    old, new = (time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(at)) for at in (now_s - 2 * DAY_S, now_s - 60))
    about = {"oldest": old, "newest": new, "spans": 9, "size_bytes": 9_000_000, "recording": True}
    route.fulfill(json=[{"camera": f"c{number:02}"} | about for number in range(count)])


def measured(page: Page, draws: int) -> list[float]:
    """Return how long drawings took, ms: each of another window, moved by a key."""
    took = []
    for _ in range(draws):
        page.keyboard.press("Shift+ArrowLeft")
        page.evaluate("() => new Promise(requestAnimationFrame)")
        took.append(page.evaluate("performance.getEntriesByName('timeline').at(-1).duration"))
    return [float(each) for each in took]


def measured_day(cameras: int, draws: int) -> list[float]:
    """Return how long drawings of a day of some cameras took, ms."""
    rng, now_s = np.random.default_rng(13), time.time()
    gateway = ActedGateway("door", "hall")
    with (
        tempfile.TemporaryDirectory() as folder,
        RecordingsStub(Path(folder)) as recordings,
        Served(gateway, WebSettings(port=0), SignalsStub(time.time)) as server,
        sync_playwright() as playwright,
    ):
        server.set_recordings(recordings)
        browser = playwright.chromium.launch(executable_path=BROWSER, args=FLAGS)
        page = browser.new_page(viewport={"width": 1920, "height": 1200})
        page.goto(server.address)
        sign_in(page)
        page.get_by_role("button", name="Sign out").wait_for()
        page.route("**/api/recordings/*/cover?*", lambda route: _answer(route, rng))
        page.route("**/api/recordings", lambda route: _cameras(route, cameras, now_s))
        page.goto(f"{server.address}/timeline?span={DAY_S}&cams=-")
        page.wait_for_function(
            "count => document.querySelectorAll('.names .name').length === count"
            " && ![...document.querySelectorAll('.names .name small')].some(each => each.textContent === 'Loading')",
            arg=cameras,
        )
        took = measured(page, draws)
        browser.close()
    gateway.close()
    return took


def main() -> None:
    """Measure, and print one line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cameras", type=int, default=16)
    parser.add_argument("--draws", type=int, default=30)
    chosen = parser.parse_args()
    took = measured_day(chosen.cameras, chosen.draws)
    told = {"cameras": chosen.cameras, "draws": len(took), "median_ms": round(statistics.median(took), 1)}
    print(json.dumps(told | {"slowest_ms": round(max(took), 1), "target_ms": TARGET_MS}))


if __name__ == "__main__":
    main()
