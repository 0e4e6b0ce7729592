"""From an RTSP camera through the whole gateway to a browser's screen."""

from __future__ import annotations

import time

import pytest
from tests.cameras.reel import scene_reel
from tests.cameras.rtsp import RtspServer, missing
from tests.serve.browser_code import begin, taken
from tests.serve.served import Served

from passerby.gateway.supervisor import Supervisor
from passerby.settings.site.site import SiteSettings


@pytest.fixture
def camera(tmp_path):
    if missing():
        pytest.skip(missing())
    server = RtspServer({"door": scene_reel(tmp_path / "door.reel", size=(640, 360), seconds=30)})
    yield server
    server.kill()


@pytest.fixture
def settings(camera, tmp_path):
    about = {"purpose": "Show the whole way to a screen.", "legal_basis": "consent"}
    return SiteSettings.model_validate(
        {
            "site": "trial",
            "state_folder": tmp_path,
            "web": {"port": 0},
            "cameras": [{"name": "door", "address": camera.url("door"), "max_fps": 10, "effort": "fast"} | about],
        }
    )


@pytest.fixture
def gateway(settings, registry_models):
    machine = Supervisor(settings)
    machine.start()
    yield machine
    machine.stop()


@pytest.fixture
def web(gateway, settings):
    with Served(gateway, settings.web) as server:
        yield server


def test_what_a_camera_sends_is_on_the_screen_a_moment_later(page, camera):
    page.get_by_role("link", name="door").click()
    page.locator(".head").get_by_text("covered", exact=True).wait_for(timeout=120_000)
    begin(page)
    delays_s = []
    end_s = time.monotonic() + 60
    while len(delays_s) < 10 and time.monotonic() < end_s:
        time.sleep(0.5)
        sent = camera.sent("door")
        delays_s += [at_s - sent[number] for number, at_s in taken(page) if number in sent]
    assert len(delays_s) >= 10
    assert all(
        0.4 < delay_s < 30 for delay_s in delays_s
    )  # the camera's delay_s is 0.5; the rest is the machine's load
