"""Measures the delay from an RTSP camera to a browser's screen, by a time code in the picture.

python -m benchmarks.latency [--seconds 60] [--cameras 1 2] [--ways WebCodecs WebRTC MP4]

The camera notes when it sends each numbered picture; the page reads the number from what is on its screen. Camera,
gateway and browser share this machine's cores and clock. The last camera is shown full size; the others run too.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import numpy as np
from playwright.sync_api import Page, sync_playwright
from tests.cameras.reel import clip_reel
from tests.cameras.rtsp import RtspServer
from tests.serve.browser_code import begin, taken
from tests.serve.conftest import BROWSER, FLAGS
from tests.serve.served import LOGIN, Served

from benchmarks import clips, results
from passerby.gateway.supervisor import Supervisor
from passerby.settings.site.site import SiteSettings

RATE = 10
REEL_S = 30  # the camera remembers its last 300 pictures
DELAY_S = 0.5
WARM_S = 10.0


def measure(cameras: int, ways: list[str], seconds: float) -> Iterator[results.Row]:
    """Yield a row for each way in which the picture comes to the browser."""
    with tempfile.TemporaryDirectory() as folder, ExitStack() as open_:
        reel = clip_reel(Path(folder) / "street.reel", clips.street("720p"), rate=RATE, seconds=REEL_S, numbered=True)
        names = [f"c{index}" for index in range(cameras)]
        server = RtspServer(dict.fromkeys(names, reel))
        open_.callback(server.kill)
        about = {"purpose": "Measure how late it is.", "legal_basis": "consent", "max_fps": RATE, "delay_s": DELAY_S}
        told = [{"name": name, "address": server.url(name)} | about for name in names]
        site = {"site": "bench", "state_folder": folder, "cameras": told, "web": {"port": 0}}
        machine = Supervisor(SiteSettings.model_validate(site))
        open_.callback(machine.stop)
        machine.start()
        web = open_.enter_context(Served(machine, SiteSettings.model_validate(site).web))
        browser = open_.enter_context(sync_playwright()).chromium.launch(executable_path=BROWSER, args=FLAGS)
        page = browser.new_page()
        _open(page, web, names[-1])
        for way in ways:
            page.get_by_label("Video transport").select_option(label=way)
            time.sleep(WARM_S)
            delays_ms = _delays_ms(page, server, names[-1], seconds)
            yield {"way": way, "cameras": cameras, "pictures": len(delays_ms), **_spread(delays_ms)}
        browser.close()


def _open(page: Page, web: Served, camera: str) -> None:
    page.goto(web.address)
    page.get_by_label("Account").fill(LOGIN["account"])
    page.get_by_label("Password").fill(LOGIN["password"])
    page.get_by_role("button", name="Sign in").click()
    page.get_by_role("link", name=camera).click()
    page.locator(".head").get_by_text("covered", exact=True).wait_for(timeout=120_000)
    begin(page)


def _delays_ms(page: Page, server: RtspServer, camera: str, seconds: float) -> list[float]:
    """Return how long after it was sent each picture was on the screen."""
    delays_ms: list[float] = []
    end_s = time.monotonic() + seconds
    taken(page)
    while time.monotonic() < end_s:
        time.sleep(5)
        sent = server.sent(camera)
        delays_ms += [1000 * (at_s - sent[number]) for number, at_s in taken(page) if number in sent]
    return [delay for delay in delays_ms if 0 < delay < 1000 * REEL_S / 2]  # else the reel has gone round


def _spread(delays_ms: list[float]) -> results.Row:
    p50, p95 = np.percentile(delays_ms or [float("nan")], [50, 95])
    delay_ms = 1000 * DELAY_S
    return {
        "p50_ms": round(p50),
        "p95_ms": round(p95),
        "delay_ms": round(delay_ms),
        "p95_beyond_ms": round(p95 - delay_ms),
    }


def main() -> None:
    """Measure and keep the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--cameras", type=int, nargs="+", default=[1, 2])
    parser.add_argument("--ways", nargs="+", default=["WebCodecs", "WebRTC", "MP4"])
    given = parser.parse_args()
    rows = [row for cameras in given.cameras for row in measure(cameras, given.ways, given.seconds)]
    results.save("latency", rows, rate=RATE, size="1280x720", seconds=given.seconds)


if __name__ == "__main__":
    main()
