"""Signing in, and what a person sets up about it, in a real browser."""

from __future__ import annotations

import re
import time
from tempfile import TemporaryDirectory
from urllib.parse import urljoin

import pyotp
import pytest
from playwright.sync_api import expect
from tests.accounts.made import Clock, accounts_at
from tests.serve.browser import AXE, fits, in_both_themes, shoot, sign_in
from tests.serve.served import PASSWORD
from tests.waiting import eventually

from passerby.serve.server import WebServer
from passerby.settings.site.web import WebSettings


def test_a_wrong_password_is_told_and_signing_out_hides_everything(page):
    page.get_by_role("button", name="Sign out").click()
    sign_in(page, password="wrong")
    page.get_by_role("alert").get_by_text("account, password or code is wrong").wait_for()
    expect(page.get_by_text("door")).to_have_count(0)


@pytest.fixture
def empty(gateway):
    """A web server of a gateway without accounts."""
    with TemporaryDirectory() as folder:
        accounts = accounts_at(f"{folder}/accounts.db", Clock(time.time()))
        with WebServer(gateway, WebSettings(port=0), accounts=accounts) as made:
            yield made


def test_the_first_administrator_is_made_with_the_printed_link_which_leaves_the_address(empty, visits):
    page, web = visits.open(), empty
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(web.first_link)
    page.get_by_role("heading", name="Make the first administrator").wait_for()
    key = web.first_link.rpartition("/")[2]
    assert key not in page.url
    page.get_by_label("Account").fill("anna")
    page.get_by_label("Password", exact=False).first.fill("password123")
    page.get_by_label("Password again").fill("password12")
    page.get_by_role("button", name="Make the account").click()
    page.get_by_role("alert").get_by_text("the two passwords differ").wait_for()
    page.get_by_label("Password again").fill("password123")
    page.get_by_role("button", name="Make the account").click()
    page.get_by_role("alert").get_by_text("easy to guess").wait_for()
    for label in ("Password", "Password again"):
        page.get_by_label(re.compile(f"^{label}(At|$)")).fill(PASSWORD)
    page.get_by_role("button", name="Make the account").click()
    page.get_by_role("link", name="door").wait_for()
    assert not [url for url in asked if key in url]
    assert web.first_link == ""


def test_an_app_is_set_up_on_the_page_and_its_code_is_needed(page, web):
    page.get_by_role("link", name="Account").click()
    page.get_by_role("heading", name="anna").wait_for()
    page.get_by_role("button", name="Set up an app").click()
    seed = page.locator("code").inner_text().replace(" ", "")
    page.get_by_label("Code that it shows").fill(pyotp.TOTP(seed).at(int(time.time())))
    page.get_by_label("Current password").fill(PASSWORD)
    page.get_by_role("button", name="Set up the app").click()
    page.get_by_text("Signing in needs a code from your app.").wait_for()
    page.get_by_text("This browser", exact=True).wait_for()
    page.get_by_role("button", name="Sign out everywhere").click()
    sign_in(page)
    page.get_by_role("alert").get_by_text("account, password or code is wrong").wait_for()
    sign_in(page, code=pyotp.TOTP(seed).at(int(time.time()) + 30))
    page.get_by_role("button", name="Sign out", exact=True).wait_for()


def test_every_field_of_the_forms_has_a_label_and_works_by_keyboard(empty, visits):
    page, web = visits.open(), empty
    page.goto(web.address)
    page.get_by_role("heading", name="Sign in").wait_for()
    labels = "[...document.querySelectorAll('input')].map(input => input.labels.length)"
    eventually(lambda: set(page.evaluate(labels)), {1})
    focused = "document.activeElement.name || document.activeElement.textContent"
    eventually(lambda: page.evaluate(focused), "account")
    for expected in ("password", "code", "Sign in"):
        page.keyboard.press("Tab")
        eventually(lambda: page.evaluate(focused), expected)


def test_the_forms_are_accessible_in_both_themes_and_fit_a_phone(empty, visits):
    page, web = visits.open(bypass_csp=True), empty
    page.add_init_script(path=AXE)
    forms = {"sign-in": ("/", "Sign in"), "first-link": (web.first_link, "Make the first administrator")}
    for name, (address, title) in forms.items():
        page.set_viewport_size({"width": 1280, "height": 720})
        page.goto(urljoin(web.address, address))
        page.get_by_role("heading", name=title).wait_for()
        assert in_both_themes(page, name) == [], name
        page.set_viewport_size({"width": 360, "height": 720})
        fits(page, 360, name)
        shoot(page, f"{name}-360")
