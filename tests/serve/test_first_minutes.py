"""The first ten minutes with a real gateway: nobody edits a file after `passerby camera add`."""

from __future__ import annotations

import re
import time
from contextlib import ExitStack
from functools import partial
from pathlib import Path

import pytest
from playwright.sync_api import expect
from tests.cameras.reel import clip_reel
from tests.serve.browser import shoot
from tests.serve.test_passkeys import with_key

from passerby.gateway.site_gateway import SiteGateway
from passerby.serve.site_server import site_server
from passerby.settings.load import load_site
from passerby.settings.places import read_places

PURPOSE = "Notice dangerous crowding on the square."
CONTROLLER = "Example Transit Ltd, 1 Station Square"


@pytest.fixture
def folder(tmp_path, passerby):
    """The site file as the command line makes it."""
    made = passerby(
        *("camera", "add", "simulation:platform", "--site", tmp_path / "site.yaml", "--name", "trial"),
        *("--purpose", "Try the gateway without a camera.", "--legal-basis", "consent"),
    )
    assert made.returncode == 0, made.stderr
    return tmp_path


@pytest.fixture
def camera(rtsp_server, tmp_path, data_dir):
    video = data_dir / "video/pets_s2l1_vtest.avi"
    server = rtsp_server({"square": clip_reel(tmp_path / "square.reel", video, width=640, rate=3, seconds=30)})
    return server.url("square")


@pytest.fixture
def gateway(folder, registry_models):
    text = (folder / "site.yaml").read_text().replace("    purpose:", "    enabled: false\n    purpose:", 1)
    (folder / "site.yaml").write_text(
        f"{text}state_folder: state\nweb: {{port: 0}}\n"
    )  # where a test may write; one camera is enough to compute
    with ExitStack() as running:
        made = SiteGateway(
            load_site(folder / "site.yaml"),
            front_end=partial(site_server, clock=time.time),
            clock=time.time,
            report=lambda _: None,
            file=folder / "site.yaml",
        )
        yield running.enter_context(made)


def add_camera(page, address):
    """Go from the wall to a camera that shows its first covered picture."""
    page.get_by_role("link", name="Set-up").click()
    page.get_by_role("link", name="Add a camera").click()
    page.get_by_role("textbox", name="Address").fill(address)
    page.get_by_role("button", name="Try the camera").click()
    page.get_by_role("heading", name="2. It works").wait_for()
    page.get_by_role("img", name="First covered picture").wait_for()
    expect(page.get_by_role("textbox", name="Short name")).to_have_value("square")
    page.get_by_role("textbox", name="Purpose").fill(PURPOSE)
    page.get_by_role("combobox", name="Legal basis").select_option("legitimate_interests")
    page.get_by_role("button", name="Check and compare").click()
    page.get_by_role("button", name="Add the camera").click()
    page.wait_for_url("**/setup/square")
    page.locator("pb-drawing canvas").wait_for()
    shoot(page, "first-picture")


def draw(page):
    """Draw a zone and a line, and wait for the first number."""
    page.get_by_role("button", name="Add a zone").click()
    page.get_by_role("button", name="Add a line").click()
    page.get_by_role("button", name="Check and compare").click()
    page.get_by_role("button", name="Use it").click()
    page.locator("#main").get_by_text("Saved and in use.").wait_for()
    page.get_by_role("button", name="zone 1", exact=True).click()
    page.locator(".preview").get_by_text(re.compile(r"now \d+ inside, last hour \d+.\d+")).wait_for()
    shoot(page, "first-number")


def invite(page):
    """Invite somebody who may see the cameras."""
    page.get_by_role("link", name="People").click()
    page.get_by_label("Account", exact=True).fill("omar")
    page.get_by_label("Role").select_option("operator")
    page.get_by_role("button", name="Make the account").click()
    page.get_by_text("/#/invitation/").wait_for()
    page.get_by_role("cell", name=re.compile("^omar")).wait_for()


def print_sign(page):
    """Switch on the public page of the camera, and return the sign that leads there."""
    page.get_by_role("link", name="Set-up").click()
    page.get_by_role("link", name="Public page and sign of square").click()
    page.get_by_text("This address works only on this machine").wait_for()
    page.get_by_label("Who is responsible for the cameras").fill(CONTROLLER)
    page.get_by_label("Where people ask and object").fill("privacy@example.org")
    page.get_by_label("Address of this gateway for people outside").fill("https://cameras.example.org")
    page.get_by_role("button", name="Check and compare").click()
    page.get_by_role("button", name="Use it").click()
    page.get_by_text("This camera has a public page.").wait_for()
    shoot(page, "first-sign")
    with page.expect_download() as download:
        page.get_by_role("link", name="English (PDF)").click()
    return Path(download.value.path()).read_bytes()


def test_from_the_first_link_to_the_sign_beside_the_camera(chromium, gateway, camera, folder, visits):
    with with_key(chromium) as page:
        page.goto(gateway.first_link)
        page.get_by_label("Account").fill("anna")
        page.get_by_role("button", name="Use a passkey instead of a password").click()
        add_camera(page, camera)
        draw(page)
        invite(page)
        assert print_sign(page).startswith(b"%PDF-")
    page = visits.open()
    page.goto(f"{gateway.address}/p/square")
    page.get_by_text(CONTROLLER).wait_for()
    page.get_by_text(PURPOSE).first.wait_for()
    places = read_places(folder / "square.places.yaml")
    assert places.names() == ["line 1", "zone 1"]
    assert places.picture_px == (640, 480)
    assert gateway.site.cameras[1].purpose == PURPOSE
    assert gateway.site.public.cameras == ("square",)
