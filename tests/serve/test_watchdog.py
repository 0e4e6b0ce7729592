"""The watchdog at a real web server: it finds whom the cover has left out, and nobody where all are covered."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from fractions import Fraction

import cv2
import numpy as np
import pytest
from tests.serve.acted import ActedGateway
from tests.serve.served import Served, token_of
from tests.waiting import PATIENCE_S, until

from passerby.accounts.permission import Action
from passerby.errors import AccessError, PasserbyError, UsageError
from passerby.gateway.watchdog_book import WatchdogBook
from passerby.health.status import Redaction
from passerby.jobs import watchdog as jobs_watchdog
from passerby.jobs.watchdog import Watchdog
from passerby.jobs.watched_gateway import WatchedGateway
from passerby.media.frame import Frame
from passerby.media.layout import Layout
from passerby.outputs.stream.encoder import LiveEncoder
from passerby.outputs.stream.live_hub import Demand
from passerby.outputs.stream.packet import StreamName
from passerby.redact.mask import Cover
from passerby.redact.redactor import redact
from passerby.redact.style import SolidStyle
from passerby.settings.site.web import WebSettings
from passerby.vision.inspect.self_test import FIGURES, HEIGHT, WIDTH, scene

pytestmark = [pytest.mark.usefixtures("registry_models"), pytest.mark.slow, pytest.mark.served]
ACTIONS = frozenset({Action.SEE_CAMERAS, Action.WATCH_LIVE, Action.COVER_WHOLE})
MS = Fraction(1, 1000)


def drawn() -> tuple[np.ndarray, ...]:
    packed = cv2.cvtColor(scene().planes[0], cv2.COLOR_RGB2YUV_I420).reshape(-1)
    luma, rest = packed[: WIDTH * HEIGHT], packed[WIDTH * HEIGHT :]
    chroma = rest.reshape(2, HEIGHT // 2, WIDTH // 2)
    return luma.reshape(HEIGHT, WIDTH), chroma[0], chroma[1]


class Scene(ActedGateway):
    """A camera that shows drawn people, and covers all of them or all but one."""

    def __init__(self) -> None:
        self.left_out = 0
        self.asked: list[tuple[str, float, str]] = []
        self._planes = drawn()
        super().__init__("door", fps=10.0)

    def cover_whole(self, camera: str, for_s: float, reason: str) -> None:
        self.asked.append((camera, for_s, reason))
        self.change(camera, redaction=Redaction.WHOLE)

    def _act(self) -> None:
        while not self._over.wait(self._period_s):
            with self._lock:
                watched, status = dict(self._encoders), self._statuses["door"]
            frame = Frame(self._planes, Layout.YUV420, round(time.time() * 1000), MS, "door")
            shown = FIGURES[self.left_out :] if status.redaction is Redaction.ACTIVE else ((WIDTH // 2, 0, 9999, ()),)
            boxes = [(x - h // 3, y - h // 10, x + h // 3, y + h + h // 10) for x, y, h, _ in shown]
            cover = Cover(np.clip(boxes, 0, [WIDTH, HEIGHT] * 2).astype(np.int32), np.ones(len(boxes), np.bool_))
            covered = redact(frame, cover, SolidStyle())
            for (camera, _), encoder in watched.items():
                if (packet := encoder.encode(covered, status.redaction)) is not None:
                    self.hub.publish(camera, packet)

    def _demanded(self, camera: str, stream: StreamName, demand: Demand) -> None:
        with self._lock:
            if demand is Demand.END:
                self._encoders.pop((camera, stream), None)
                return
            self._encoders.setdefault((camera, stream), LiveEncoder(stream, kbit=1500, rate=10)).ask_key()


@pytest.fixture
def site(tmp_path) -> Iterator[tuple[Scene, Served, WatchdogBook]]:
    acted = Scene()
    with Served(acted, WebSettings(port=0)) as server:
        book = WatchdogBook(tmp_path, raise_cover=acted.cover_whole, clock=time.time, audit=None)
        server.set_watchdog(book)
        yield acted, server, book
    acted.close()


def reached(server: Served, actions: frozenset[Action] = ACTIONS) -> WatchedGateway:
    return WatchedGateway(server.address, token_of(server.accounts, "anna", name="watch", actions=actions))


@contextmanager
def watching(gateway: WatchedGateway) -> Iterator[list[str]]:
    lines: list[str] = []
    watch = Watchdog(
        gateway, gateway.cameras(), secret=bytes(range(32)), every_s=1.0, clock=time.time, report=lines.append
    )
    failed: list[PasserbyError] = []

    def run() -> None:
        try:
            watch.run()
        except PasserbyError as error:
            failed.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    try:
        yield lines
    finally:
        watch.stop()
        thread.join(PATIENCE_S)
    assert not thread.is_alive()
    if failed:
        raise failed[0]


def test_somebody_left_out_is_found_and_the_camera_is_covered_whole(site, monkeypatch):
    acted, server, book = site
    monkeypatch.setattr(jobs_watchdog, "REPORT_S", 1.0)
    with watching(reached(server)):
        until(lambda: book.standing("door").tally.looks >= 3)
        assert not acted.asked  # all are covered, and their cover is no person
        clean = book.standing("door").head_frames_per_h
        acted.left_out = 1
        until(lambda: acted.asked)
        until(lambda: book.standing("door").tally.exposed)
    standing = book.standing("door")
    assert {camera for camera, *_ in acted.asked} == {"door"}
    assert standing.findings == len(acted.asked)
    assert standing.tally.most_heads == 1
    assert standing.head_frames_per_h > 0
    assert clean is not None


def test_a_watchdog_whose_token_ends_stops_with_an_error(site):
    _, server, _ = site
    gateway = reached(server)
    with pytest.raises(AccessError):
        _watch_until_the_token_ends(gateway, server)


def _watch_until_the_token_ends(gateway: WatchedGateway, server: Served) -> None:
    with watching(gateway) as lines:
        until(lambda: "door: watched" in lines)
        for token in server.accounts.access.tokens():
            server.accounts.access.revoke(token.number)
        server.accounts.sessions.refresh()
        until(lambda: not any(thread.name == "passerby-watch-door" for thread in threading.enumerate()))


def test_a_token_that_may_not_raise_cover_is_refused_at_the_start(site):
    _, server, _ = site
    gateway = reached(server, ACTIONS - {Action.COVER_WHOLE})
    with pytest.raises(AccessError, match="cover_whole"), watching(gateway):
        pass


@pytest.mark.parametrize(
    ("address", "reason"),
    [
        ("gateway.example", "not the address"),
        ("ftp://gateway.example", "not the address"),
        ("http://gateway.example:8088", "plain text"),
        ("https://gateway.example/api", "not the address"),
    ],
)
def test_addresses_that_cannot_be_used_are_refused(address, reason):
    with pytest.raises(UsageError, match=reason):
        WatchedGateway(address, "token")
