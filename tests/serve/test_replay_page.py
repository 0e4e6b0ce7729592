"""Trying a rule on a page of the console: curve, limits, hold, firings and alarm load."""

from __future__ import annotations

import re
import time
from dataclasses import replace
from datetime import UTC

import pytest
from playwright.sync_api import expect
from tests.alerts.made import rule
from tests.serve.acted import ActedGateway
from tests.serve.alerts import AlertsStub, place
from tests.serve.browser import AXE, fits, session_of, shoot, violations
from tests.serve.served import Served
from tests.serve.signals import SignalsStub
from tests.waiting import PATIENCE_S

from passerby.alerts.rule import Condition, Form
from passerby.settings.site.alert_rule import Severity
from passerby.settings.site.web import WebSettings

pytestmark = pytest.mark.served
expect.set_options(timeout=PATIENCE_S * 1000)
TRIED = "/alerts?tab=replay&rule=full"


@pytest.fixture(scope="module")
def gateway():
    acted = ActedGateway("door")
    yield acted
    acted.close()


@pytest.fixture(scope="module")
def web(gateway, tmp_path_factory):
    source = SignalsStub(time.time)
    with (
        AlertsStub(tmp_path_factory.mktemp("alerts"), source.owners) as stub,
        Served(gateway, WebSettings(port=0), source) as server,
    ):
        many = Condition("occupancy", 25.0, 22.5)
        amber = rule(
            many,
            subjects=(place("door-yard"),),
            name="full",
            severity=Severity.AMBER,
            summary="25 or more",
            unit="persons",
        )
        red = replace(amber, severity=Severity.RED, conditions=(replace(many, limit=33.0, clear=30.0),))
        stub.now_s = time.time
        rate = Condition("occupancy", 0.02, 0.01, form=Form.RATE, over_s=300.0)
        rising = replace(amber, name="rising", conditions=(rate,), unit="persons/min", summary="0.02 per min or more")
        stub.register.reload([amber, red, rising], zone=UTC, now_s=time.time())
        server.set_alerts(stub)
        yield server


@pytest.fixture(scope="module")
def session(chromium, web):
    return session_of(chromium, web.address)


@pytest.fixture
def page(request, visits, session, web):
    return visits.open(storage_state=session, base_url=web.address, **getattr(request, "param", {}))


def shown(page):
    """Wait until the result is there."""
    expect(page.locator("pb-chart .u-legend").first).to_be_visible()
    page.locator(".skeleton").wait_for(state="detached")


def test_a_rule_in_use_is_tried_with_another_limit_which_the_address_names(page):
    page.goto("/alerts?tab=replay")
    expect(page.get_by_text("Nothing has been tried yet")).to_be_visible()
    page.get_by_role("combobox", name="Rule", exact=True).select_option("full")
    shown(page)
    firings = page.get_by_role("region", name="Alerts that would have been raised").locator("tbody tr")
    expect(firings.first).to_be_visible()
    expect(page.get_by_text("25 persons or more, for 10 s")).to_be_visible()
    expect(page.get_by_label("Limit of amber")).to_have_attribute("placeholder", "25")
    expect(page.get_by_text("% of this time was observed")).to_be_visible()
    page.get_by_label("Limit of amber").fill("34.5")
    page.get_by_label("Limit of red").fill("99")
    page.get_by_role("button", name="Try it").click()
    page.wait_for_url("**limit.amber=34.5**")
    expect(page.get_by_text("34.5 persons or more, for 10 s")).to_be_visible()
    page.reload()
    expect(page.get_by_text("34.5 persons or more, for 10 s")).to_be_visible()
    expect(page.get_by_label("Limit of amber")).to_have_value("34.5")


def test_a_new_rule_is_tried_before_it_is_in_the_site_file(page):
    page.goto("/alerts?tab=replay")
    page.get_by_role("combobox", name="Place", exact=True).select_option("door-yard")
    page.get_by_label("Quantity").select_option("Persons present")
    page.get_by_label("Limit", exact=True).fill("30")
    page.get_by_label("Must hold, s").fill("600")
    page.get_by_role("button", name="Try it").click()
    shown(page)
    expect(page.get_by_text("30 persons or more, for 10 min")).to_be_visible()
    page.get_by_label("Limit", exact=True).fill("1000")
    page.get_by_role("button", name="Try it").click()
    expect(page.get_by_text("1,000 persons or more, for 10 min")).to_be_visible()
    shoot(page, "replay-draft")


def test_a_rule_about_a_change_shows_the_change_that_it_compares_above_what_was_measured(page):
    page.goto("/alerts?tab=replay&rule=rising")
    shown(page)
    change = page.get_by_role("region", name="door-yard: change per minute of Persons present, over 5 min")
    expect(change.get_by_text("0.02 persons/min or more, for 10 s")).to_be_visible()
    expect(change.get_by_role("img", name=re.compile(r"change per minute .* from -?0\.\d+ to 0\.\d+"))).to_be_visible()
    measured = page.get_by_role("region", name="door-yard: Persons present", exact=True)
    expect(measured.locator(".u-legend")).to_be_visible()
    expect(measured.get_by_text("or more")).to_have_count(0)
    shoot(page, "replay-rate")


def test_what_cannot_be_tried_is_said_in_words(page):
    page.goto("/alerts?tab=replay&place=cellar&quantity=occupancy&limit=3")
    expect(page.get_by_text("Nobody can say whether the rule would have fired")).to_be_visible()
    page.goto("/alerts?tab=replay&place=gate&quantity=counter_flow_share&limit=0.9")
    expect(page.get_by_role("alert").get_by_text("it can never fire")).to_be_visible()
    page.route("**/api/alerts/replay", lambda route: route.abort())
    page.goto(TRIED)
    expect(page.get_by_role("alert").get_by_text("the gateway does not answer")).to_be_visible()


@pytest.mark.parametrize("page", [{"bypass_csp": True}], indirect=True, ids=["axe"])
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_it_is_accessible_in_both_themes(page, theme):
    page.add_init_script(f"localStorage.setItem('passerby.theme', '{theme}')")
    page.add_init_script(path=AXE)
    page.goto(TRIED)
    shown(page)
    shoot(page, f"replay-{theme}")
    assert violations(page) == []


@pytest.mark.parametrize("page", [{"viewport": {"width": 360, "height": 720}, "locale": "de-DE"}], indirect=True)
def test_it_fits_a_phone_and_speaks_german(page):
    page.goto(TRIED)
    shown(page)
    expect(page.get_by_text("Alarme, die ausgelöst worden wären").first).to_be_visible()
    fits(page, 360, "replay")
    shoot(page, "replay-360")
