"""`<passerby-camera>` in pages of other origins, in a real browser."""

from __future__ import annotations

import re
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import httpx
import pytest
from playwright.sync_api import expect
from tests.serve.browser import AXE, fits, shoot, sign_in, violations
from tests.serve.served import LOGIN, PASSWORD, Served
from tests.serve.tickets import ticket_of
from tests.waiting import PATIENCE_S, eventually

from passerby.health.status import CameraState, Redaction
from passerby.settings.site.web import WebSettings

pytestmark = pytest.mark.served
expect.set_options(timeout=PATIENCE_S * 1000)
WORDS = "main { max-width: 40rem; margin: auto; padding: 8px } body { margin: 0; color-scheme: light dark }"
POLICY = "default-src 'none'; style-src 'unsafe-inline'; script-src {0}; connect-src {0} {1}; media-src blob:"

OLDER = """(() => {
    const wide = DataView.prototype.getBigInt64;
    DataView.prototype.getBigInt64 = function (at) { return wide.call(this, at) - 20000000n };
})()"""
"""Lets the times of capture in the stream be 20 s older than they are."""


class Intranet(ThreadingHTTPServer):
    """A web server of somebody else, with one page."""

    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), _Page)
        self.page, self.policy = "", ""
        self.origin = f"http://127.0.0.1:{self.server_port}"


class _Page(BaseHTTPRequestHandler):
    def do_GET(self):
        body = self.server.page.encode()
        self.send_response(200 if self.path == "/" else 404)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Security-Policy", self.server.policy)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        """Log nothing."""


@contextmanager
def intranet():
    with Intranet() as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server
        server.shutdown()


@pytest.fixture(scope="module")
def gateway(lasting_gateway):
    return lasting_gateway


@pytest.fixture(scope="module")
def ours():
    """Return an intranet whose origin the gateway lists."""
    with intranet() as server:
        yield server


@pytest.fixture(scope="module")
def web(gateway, ours):
    with Served(gateway, WebSettings(port=0, embed_origins=(ours.origin,))) as server:
        yield server


@pytest.fixture(scope="module")
def admin(web):
    with httpx.Client(base_url=web.address, timeout=PATIENCE_S) as client:
        client.post("/api/session", json=LOGIN)
        yield client


@pytest.fixture
def made(admin, request):
    """Return a new ticket for the door, and revoke it at the end."""
    with ticket_of(admin, request) as ticket:
        yield ticket


def written(server, web, ticket, *, more="", script=None):
    """Give an intranet a page that shows the door."""
    source = script or f'<script type="module" src="{web.address}/passerby-camera.js"></script>'
    server.policy = POLICY.format(web.address, web.address.replace("http", "ws"))
    server.page = (
        f'<!doctype html><html lang="en"><title>Intranet</title><meta name="viewport" content="width=device-width">'
        f"<style>{WORDS}</style><main><h1>Main door</h1>"
        f'<passerby-camera camera="door" ticket="{ticket}" {more}></passerby-camera></main>{source}'
    )


@pytest.fixture
def page(request, visits):
    """Return a page of a browser that is signed in nowhere. A parameter holds options of the context."""
    return visits.open(expected="", **getattr(request, "param", {}))


def shown(page):
    """Return the element's figure, of which `data-mode` says what it shows."""
    return page.locator("passerby-camera .camera")


def watches(page, mode="live"):
    """Wait until the element shows pictures in a mode."""
    expect(shown(page)).to_have_attribute("data-mode", mode)
    expect(shown(page).locator("canvas, video")).to_be_visible()


@contextmanager
def being(gateway, **fields):
    """Let the door be in a state, and well again afterwards."""
    gateway.change("door", **fields)
    try:
        yield
    finally:
        gateway.change("door", state=CameraState.OK, redaction=Redaction.ACTIVE, detail="", faults=frozenset())


# --- states -----------------------------------------------------------------------------------------


def test_a_page_of_a_listed_origin_shows_the_covered_picture_and_how_it_is_covered(page, ours, web, made, gateway):
    written(ours, web, made["ticket"])
    page.goto(ours.origin)
    watches(page)
    expect(shown(page).get_by_text("covered", exact=True)).to_be_visible()
    expect(shown(page).get_by_text(re.compile(r"^\d+ ms$"))).to_be_visible()
    shoot(page, "embedded-live")
    with being(gateway, state=CameraState.COVERED_WHOLE, redaction=Redaction.WHOLE, detail="the detector is late"):
        expect(shown(page)).to_have_attribute("data-mode", "whole")
        expect(shown(page).get_by_text("covered whole", exact=True)).to_be_visible()
        expect(shown(page).get_by_text("the detector is late")).to_be_visible()
        shoot(page, "embedded-whole")
    watches(page)
    assert not page.context.cookies()


def test_an_old_picture_is_marked_with_its_age(page, ours, web, made):
    written(ours, web, made["ticket"])
    page.add_init_script(OLDER)
    page.goto(ours.origin)
    watches(page, "stale")
    expect(shown(page).get_by_text(re.compile(r"^This picture is \d\d s old$"))).to_be_visible()
    shoot(page, "embedded-stale")


def test_a_camera_without_a_picture_says_why(page, ours, web, made, gateway):
    written(ours, web, made["ticket"])
    with being(gateway, state=CameraState.DOWN, redaction=Redaction.NONE, detail="its process ended; it is restarted"):
        page.goto(ours.origin)
        expect(shown(page)).to_have_attribute("data-mode", "none")
        expect(shown(page).get_by_text("its process ended; it is restarted").first).to_be_visible()
        shoot(page, "embedded-none")


def test_a_revoked_ticket_takes_the_picture_away_and_says_whom_to_ask(page, ours, web, made, admin):
    written(ours, web, made["ticket"])
    page.goto(ours.origin)
    watches(page)
    admin.delete(f"/api/tokens/{made['number']}")
    expect(shown(page)).to_have_attribute("data-mode", "off")
    expect(shown(page).get_by_text("This page may not show the camera")).to_be_visible()
    expect(shown(page).get_by_text("Ask the people who run the gateway")).to_be_visible()
    expect(shown(page).locator("canvas, video")).to_have_count(0)
    shoot(page, "embedded-forbidden")


def test_a_gateway_that_does_not_answer_is_named_as_the_reason(page, ours, web, made):
    written(ours, web, made["ticket"])
    page.goto(ours.origin)
    watches(page)
    page.route("**/api/embedded/**", lambda route: route.abort())
    page.route_web_socket("**/api/embedded/**", lambda socket: socket.close())
    page.reload()
    expect(shown(page)).to_have_attribute("data-mode", "away")
    expect(shown(page).get_by_text("The gateway does not answer this page")).to_be_visible()
    shoot(page, "embedded-away")


def test_without_a_ticket_it_says_what_is_missing(page, ours, web):
    written(ours, web, "")
    page.goto(ours.origin)
    expect(page.get_by_text("set the attributes camera and ticket")).to_be_visible()


def test_it_is_a_card_of_home_assistant(page, ours, web, made):
    written(ours, web, "", more="hidden")
    page.goto(ours.origin)
    page.wait_for_function("Boolean(customElements.get('passerby-camera'))")
    size = page.evaluate(
        "(config) => { const card = document.createElement('passerby-camera'); card.hass = { language: 'en' };"
        " card.setConfig(config); document.querySelector('main').append(card); return card.getCardSize() }",
        {"type": "custom:passerby-camera", "camera": "door", "ticket": made["ticket"]},
    )
    assert size > 0
    expect(page.locator("passerby-camera:last-child .camera")).to_have_attribute("data-mode", "live")
    wrong = page.evaluate(
        "() => { try { document.createElement('passerby-camera').setConfig({ camera: 'door' }); return '' }"
        " catch (error) { return error.message } }"
    )
    assert "ticket" in wrong


# --- other origins ----------------------------------------------------------------------------------


def test_a_page_of_an_origin_that_is_not_listed_gets_neither_the_file_nor_a_picture(page, web, made):
    file = httpx.get(
        f"{web.address}/passerby-camera.js", headers={"Origin": "https://evil.example"}, timeout=PATIENCE_S
    )
    assert file.status_code == 403
    with intranet() as other:
        written(other, web, made["ticket"])
        page.goto(other.origin)  # until the file has been refused
        eventually(lambda: page.evaluate("Boolean(customElements.get('passerby-camera'))"), wanted=False)
        answer = page.evaluate(
            "(url) => fetch(url, { headers: { Authorization: 'Bearer x' } }).then(() => 'read', () => 'refused')",
            f"{web.address}/api/embedded/door",
        )
        assert answer == "refused"


# --- quality ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("page", [{"bypass_csp": True}], indirect=True, ids=["axe"])
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_it_is_accessible_in_both_themes(page, theme, ours, web, made):
    written(ours, web, made["ticket"], more=f'theme="{theme}"')
    page.add_init_script(path=AXE)
    page.emulate_media(color_scheme=theme)
    page.goto(ours.origin)
    watches(page)
    shoot(page, f"embedded-{theme}")
    assert violations(page) == []
    page.keyboard.press("Tab")
    expect(page.get_by_role("button", name="Full screen")).to_be_focused()


@pytest.mark.parametrize("page", [{"viewport": {"width": 360, "height": 640}, "locale": "de-DE"}], indirect=True)
def test_it_fits_a_phone_and_speaks_german(page, ours, web, made):
    written(ours, web, made["ticket"])
    ours.page = ours.page.replace('lang="en"', 'lang="de"')
    page.goto(ours.origin)
    watches(page)
    expect(shown(page).get_by_text("verdeckt", exact=True)).to_be_visible()
    fits(page, 360, "embedded")
    shoot(page, "embedded-360")


# --- the console -------------------------------------------------------------------------------------


def test_a_ticket_is_made_on_the_console_shows_the_camera_and_is_revoked_there(page, visits, ours, web):
    page.goto(web.address)
    sign_in(page)
    page.get_by_role("button", name="Sign out").wait_for()
    page.goto(f"{web.address}/people/pages")
    expect(page.get_by_text(ours.origin)).to_be_visible()
    page.get_by_label("Page", exact=True).fill("lobby")
    page.get_by_label("Current password").fill(PASSWORD)
    page.get_by_role("combobox", name="Camera", exact=True).select_option("door")
    page.get_by_role("button", name="Make the ticket").click()
    code = page.locator("pre").first
    expect(code).to_contain_text('<passerby-camera camera="door"')
    shoot(page, "pages")
    ticket = re.search(r'ticket="([^"]+)"', code.inner_text())[1]
    other = visits.open(expected="")
    written(ours, web, ticket)
    other.goto(ours.origin)
    watches(other)
    page.get_by_role("button", name="Revoke lobby").click()
    expect(page.get_by_role("button", name="Revoke lobby")).to_have_count(0)
    expect(shown(other)).to_have_attribute("data-mode", "off")
    expect(page.locator("pre")).to_have_count(0)
    assert ticket not in page.content()
