"""How fast the page of a review reacts and seeks, in Chromium, on a copy of 1080p with many doubts and edits."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from threading import Thread
from typing import Any

import numpy as np
from playwright.sync_api import Page, sync_playwright
from tests.serve.conftest import BROWSER, FLAGS

from benchmarks import clips
from passerby.jobs.review_files import ReviewFiles, first_edits, make_copy, review_files
from passerby.jobs.review_session import ReviewSession
from passerby.reports.redaction import LeakCheck, RedactionReport, ReportedMiss
from passerby.review.edits import AddedCover, RecordingEdits, RegionKey
from passerby.review.journal import EditsJournal
from passerby.serve.review.server import ReviewServer
from passerby.settings.options import RedactOptions

REACT_MS, SEEK_MS = 100, 300
SECONDS = 30
DOUBTS, EDITS = 200, 100
SEEKS, ROUNDS = 40, 20

_REACTED = """key => new Promise((resolve) => {
  const began = performance.now();
  const done = () => requestAnimationFrame(() => requestAnimationFrame(() => resolve(performance.now() - began)));
  new MutationObserver((_, watch) => { watch.disconnect(); done(); }).observe(document.querySelector(key[1]), {
    subtree: true, childList: true, attributes: true, characterData: true });
  document.body.dispatchEvent(new KeyboardEvent('keydown', { key: key[0], ctrlKey: Boolean(key[2]), bubbles: true }));
})"""
_SOUGHT = """share => new Promise((resolve) => {
  const video = document.getElementById('copy');
  const began = performance.now();
  video.requestVideoFrameCallback(() => resolve(performance.now() - began));
  video.currentTime = share * video.duration;
})"""
KEYS = {
    "choose the drawing tool": ("b", "#draw", False),
    "step a frame": (".", "#time", False),
    "next doubt": ("]", "#doubts", False),
    "choose an edit": ("n", "#edits", False),
    "accept a doubt (stored on disk)": ("a", "#undo", False),
    "undo (stored on disk)": ("z", "#undo", True),
}
"""What is measured: a key, and the part of the page that shows what it did."""


@contextmanager
def shown(session: ReviewSession) -> Iterator[Page]:
    """Return the page of a review, in Chromium, loaded."""
    with ReviewServer(session) as server, sync_playwright() as playwright:
        thread = Thread(target=server.serve_forever, daemon=True)
        thread.start()
        browser = playwright.chromium.launch(executable_path=BROWSER, args=FLAGS)
        page = browser.new_page(viewport={"width": 1280, "height": 800})
        page.goto(server.address)
        page.wait_for_selector("body[data-ready=yes]", timeout=120_000)
        yield page
        browser.close()
        server.shutdown()
        thread.join(30)


def measured(folder: Path) -> list[dict[str, Any]]:
    """Return how long keys take until the browser has drawn what they did, and seeks until the frame is there, ms."""
    recording = folder / "street.mp4"
    recording.write_bytes(clips.looped(clips.street("1080p"), SECONDS).read_bytes())
    files = review_files(recording)
    options = RedactOptions.checked(effort="fast", check="off")
    report = with_doubts(make_copy(files, options, replace=True))
    with EditsJournal(files.journal, with_edits(files)) as journal:
        session = ReviewSession(files, options, journal, report, "R. Viewer")
        with shown(session) as page:
            rows = [_row(what, [_react(page, *key) for _ in range(ROUNDS)], REACT_MS) for what, key in KEYS.items()]
            rng = np.random.default_rng(3)
            sought = [float(page.evaluate(_SOUGHT, float(each))) for each in rng.uniform(0, 1, SEEKS)]
            rows.append(_row(f"seek at 1080p, {SECONDS} s", sought, SEEK_MS))
    return rows


def with_doubts(report: RedactionReport) -> RedactionReport:
    """Return a report with many doubts."""
    spots = [
        ReportedMiss(first_s=at, last_s=at + 0.5, frame=round(25 * at), frames=3, kind="person", score=0.5, box_px=box)
        for at, box in ((SECONDS * number / DOUBTS, (100, 100, 200, 300)) for number in range(DOUBTS))
    ]
    check = LeakCheck(
        depth="full", models=[], frames_checked=750, frames_suspicious=3, frames_unreadable=0, spots=spots
    )
    return report.model_copy(update={"leak_check": check})


def with_edits(files: ReviewFiles) -> RecordingEdits:
    """Return edits with many regions that do not follow."""
    added = []
    for number in range(EDITS):
        at = SECONDS * number / EDITS
        key = RegionKey(time_s=at, box=(5.0 * number, 10.0, 5.0 * number + 60, 130.0))
        added.append(AddedCover(keys=[key], from_s=at, to_s=min(SECONDS, at + 3), reason="missed person"))
    return first_edits(files, openings=True, second=False).model_copy(update={"added": added})


def _react(page: Page, key: str, where: str, control: bool) -> float:  # noqa: FBT001 - what a key is
    took = float(page.evaluate(_REACTED, [key, where, control]))
    page.wait_for_timeout(100)  # the next key comes when the page is at rest, as a person's does
    return took


def _row(what: str, times_ms: list[float], target_ms: float) -> dict[str, Any]:
    p95 = float(np.percentile(times_ms, 95))
    return {"what": what, "median_ms": median(times_ms), "p95_ms": p95, "slowest_ms": max(times_ms)} | {
        "target_ms": target_ms
    }
