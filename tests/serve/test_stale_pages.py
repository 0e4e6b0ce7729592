"""Pages that are no longer up to date: the site or the console has changed, or the browser's clock is wrong."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect
from tests.serve.browser import heading, sign_in

WRONG_CLOCK = """
const RightDate = Date;
const shift = %d * 3_600_000;
window.Date = class extends RightDate {
  constructor(...given) { if (given.length) super(...given); else super(RightDate.now() + shift); }
  static now() { return RightDate.now() + shift; }
};
Object.defineProperty(performance, "timeOrigin", { value: performance.timeOrigin + shift });
"""


@pytest.fixture(scope="module")
def gateway(lasting_gateway):
    return lasting_gateway


@pytest.fixture(scope="module")
def web(lasting_web):
    return lasting_web


@pytest.fixture
def page(request, visits, web):
    """Return a page that has just signed in; any error in it fails the test. A parameter is a script to run first."""
    opened = visits.open(expected="", script=getattr(request, "param", ""), base_url=web.address)
    opened.goto("/wall")
    sign_in(opened)
    opened.get_by_role("button", name="Sign out").wait_for()
    return opened


@pytest.mark.parametrize("page", [WRONG_CLOCK % -1, WRONG_CLOCK % 1], indirect=True, ids=["slow", "fast"])
def test_a_browser_whose_clock_is_an_hour_wrong_shows_the_true_age_of_pictures(page):
    page.get_by_role("link", name="door").click()
    heading(page, "door").wait_for()
    page.locator(".head .delay").filter(has_text=re.compile(r"^\s*\d+ ms")).first.wait_for()


def test_a_tab_of_an_earlier_version_of_the_console_reads_itself_anew(page):
    missing = []

    def once(route):
        if missing:
            route.continue_()
        else:
            missing.append(route.request.url)
            route.fulfill(status=404, body="")

    page.route("**/assets/health-*.js", once)
    page.get_by_role("link", name="Health").click()
    heading(page, "Health").wait_for()
    page.get_by_role("cell", name="hall").or_(page.get_by_role("rowheader", name="hall")).first.wait_for()
    assert missing


def test_a_tab_that_was_open_while_the_site_was_reloaded_shows_what_is_there_now(page, gateway):
    page.get_by_role("list", name="Cameras").get_by_role("link", name="hall").click()
    heading(page, "hall").wait_for()
    gateway.remove("hall")
    heading(page, "No camera of this name").wait_for()
    page.goto("/wall")
    page.get_by_role("list", name="Cameras").get_by_role("link", name="door").wait_for()
    expect(page.get_by_role("list", name="Cameras").get_by_role("link", name="hall")).to_have_count(0)
