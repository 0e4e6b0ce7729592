"""A gateway that is stopped and started again while somebody looks for a moment in its recordings."""

from __future__ import annotations

import time
from contextlib import contextmanager
from functools import partial

import pytest
from playwright.sync_api import expect
from tests.serve.browser import shoot, sign_in
from tests.serve.recordings import DrawnRecordings
from tests.serve.served import add_person, prepare
from tests.sockets import free_port
from tests.waiting import eventually

from passerby.accounts.accounts import Accounts
from passerby.accounts.session import SessionLimits
from passerby.gateway.site_gateway import SiteGateway
from passerby.serve.site_server import site_server
from passerby.settings.load import load_site

pytestmark = pytest.mark.served

CAMERA = """
  - name: {}
    address: simulation:platform
    purpose: Look for a moment in recordings.
    legal_basis: consent
    enabled: false
    record: true"""
NO_ANSWER = r"Failed to load resource|net::ERR|WebSocket"


class ShortRecordings(DrawnRecordings):
    """40 s of both cameras are enough to move within."""

    DOOR = DrawnRecordings.DOOR[:1]
    HALL_S = 40


@pytest.fixture
def site(tmp_path):
    state = tmp_path / "state"
    state.mkdir()
    prepare(state / "accounts.db")
    with Accounts(str(state / "accounts.db"), site="arena", clock=time.time, limits=SessionLimits()) as accounts:
        add_person(accounts, "anna")
    path = tmp_path / "site.yaml"
    cameras = "".join(map(CAMERA.format, ("door", "hall")))
    path.write_text(f"site: arena\nstate_folder: state\nweb: {{port: {free_port()}}}\ncameras:{cameras}\n")
    return path


@contextmanager
def running(site):
    made = SiteGateway(
        load_site(site), front_end=partial(site_server, clock=time.time), clock=time.time, report=lambda _: None
    )
    with made as gateway:
        yield gateway


def test_a_gateway_that_is_started_again_while_somebody_scrubs_shows_the_moment_that_was_chosen_meanwhile(
    visits, site, tmp_path
):
    page = visits.open(expected=NO_ANSWER)
    with ShortRecordings(tmp_path / "state") as recordings:
        begin_s = recordings.begin_s
    stamp = "%Y-%m-%dT%H:%M:%SZ"
    begin, moment = (time.strftime(stamp, time.gmtime(begin_s + after_s)) for after_s in (-10, 5))
    names = page.locator(".names .name small")
    stale = page.get_by_text("This is what was last read")
    with running(site) as gateway:
        page.goto(f"{gateway.address}/timeline?t={moment}&span=60&from={begin}")
        sign_in(page)
        eventually(names.all_inner_texts, ["covered", "covered"])
        pane = page.locator("pb-recorded").first
        eventually(lambda: pane.locator("video").evaluate("shown => shown.videoWidth"), 320)
    for _ in range(3):  # nobody answers any more; what was read reaches 8 s on
        page.keyboard.press("Shift+ArrowRight")
    page.keyboard.press("-")
    stale.wait_for()
    pane.get_by_text("The gateway does not answer").wait_for()
    eventually(names.all_inner_texts, ["covered", "covered"])
    shoot(page, "timeline-stopped")
    chosen = page.get_by_role("slider", name="Moment of the recording").get_attribute("aria-valuenow")
    with running(site):
        stale.wait_for(state="detached")
        expect(pane.get_by_text("The gateway does not answer")).to_have_count(0)
        eventually(lambda: pane.locator("video").evaluate("shown => shown.videoWidth"), 320)
        expect(page.get_by_role("slider", name="Moment of the recording")).to_have_attribute("aria-valuenow", chosen)
        expect(page.get_by_label("Password")).to_have_count(0)  # the session is stored
        page.keyboard.press("Shift+ArrowLeft")
        eventually(names.all_inner_texts, ["covered", "covered"])
        shoot(page, "timeline-started-again")
