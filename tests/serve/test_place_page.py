"""The page of a place: spans, days, comparison, lower bounds and the shared crosshair."""

from __future__ import annotations

import re
import time
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import expect
from tests.serve.acted import ActedGateway
from tests.serve.browser import AXE, fits, session_of, shoot, violations
from tests.serve.served import Served
from tests.serve.signals import SignalsStub
from tests.waiting import PATIENCE_S

from passerby.measure.foot_map import LEAST
from passerby.measure.reading import Quantity
from passerby.settings.site.web import WebSettings

pytestmark = pytest.mark.served
expect.set_options(timeout=PATIENCE_S * 1000)

NOTHING_COUNTED = {"place": "door-yard", "unit": "m", "side": 1.0, "left": 0, "top": 0, "columns": 0, "counts": []} | {
    "least": LEAST,
    "hours": 0,
    "coverage": 0.0,
    "other_grid": 0,
}


class Bounded(SignalsStub):
    """Of whom the crossings are lower bounds, and of which nothing older than 20 days is stored."""

    def charts(self, wanted):
        if wanted.end.timestamp() < self.clock() - 20 * 86_400:
            return []
        return super().charts(wanted)

    def _chart(self, key, wanted):
        chart = super()._chart(key, wanted)
        if key.quantity is not Quantity.DENSITY:
            return chart
        return replace(chart, lows=chart.values, highs=(None,) * len(chart.values))


@pytest.fixture(scope="module")
def gateway():
    acted = ActedGateway("door")
    yield acted
    acted.close()


@pytest.fixture(scope="module")
def web(gateway):
    with Served(gateway, WebSettings(port=0), Bounded(time.time)) as server:
        yield server


@pytest.fixture(scope="module")
def session(chromium, web):
    return session_of(chromium, web.address)


@pytest.fixture
def page(request, visits, session, web):
    return visits.open(storage_state=session, base_url=web.address, **getattr(request, "param", {}))


def opened(page, query=""):
    page.goto(f"/place/door-yard{query}")
    expect(page.locator("pb-chart .u-legend").first).to_be_visible()
    page.locator(".skeleton").wait_for(state="detached")


def legend(page, quantity="Persons present"):
    return page.get_by_role("region", name=quantity).locator(".u-legend")


def test_a_place_is_compared_with_the_days_that_the_address_names(page):
    opened(page)
    expect(legend(page)).not_to_contain_text("before")
    compare = page.get_by_label("Compare with")
    compare.select_option("the day before")
    page.wait_for_url("**/place/door-yard?compare=1")
    expect(legend(page)).to_contain_text("the day before")
    compare.select_option("the same weekday a week before")
    page.wait_for_url("**/place/door-yard?compare=7")
    expect(legend(page)).to_contain_text("the same weekday a week before")
    page.reload()
    expect(legend(page)).to_contain_text("the same weekday a week before")
    expect(compare).to_have_value("7")
    shoot(page, "place-compared")
    page.go_back()
    expect(legend(page)).to_contain_text("the day before")


def test_a_week_is_compared_with_the_week_before_and_says_if_nothing_was_measured_then(page):
    opened(page, "?span=7d&compare=1")
    expect(legend(page)).to_contain_text("the same weekday a week before")
    page.get_by_label("Compare with").select_option("four weeks before")
    page.wait_for_url("**/place/door-yard?span=7d&compare=28")
    expect(page.get_by_text("there is nothing to compare with")).to_be_visible()


def test_a_day_of_the_past_is_shown_from_midnight_to_midnight_of_the_site(page):
    opened(page)
    zone = ZoneInfo("Asia/Kathmandu")
    day = (datetime.now(zone) - timedelta(days=3)).date()
    page.get_by_label("Day", exact=True).fill(day.isoformat())
    page.wait_for_url(f"**/place/door-yard?day={day}")
    with page.expect_response(lambda answer: "/api/signals?" in answer.url and "window=5min" in answer.url) as asked:
        page.reload()
    begin = datetime.combine(day, datetime.min.time(), zone)
    query = re.search(r"start=([^&]+)&end=([^&]+)", asked.value.url.replace("%3A", ":")).groups()
    assert [datetime.fromisoformat(each) for each in query] == [begin, begin + timedelta(days=1)]
    expect(page.locator("pb-chart .u-legend").first).to_be_visible()
    with page.expect_download() as download:
        page.get_by_role("button", name="Export as CSV").click()
    assert download.value.suggested_filename == f"door-yard-{day}-24h.csv"


def test_the_export_has_what_is_compared_too(page):
    opened(page, "?compare=1")
    expect(legend(page)).to_contain_text("the day before")
    with page.expect_download() as download:
        page.get_by_role("button", name="Export as CSV").click()
    lines = Path(download.value.path()).read_text(encoding="utf-8").splitlines()[1:]
    days = {datetime.fromisoformat(line.partition(",")[0]) for line in lines}
    assert max(days) - min(days) > timedelta(hours=44)


def test_one_control_moves_the_crosshair_of_all_charts_and_lower_bounds_are_told(page):
    opened(page)
    moment = page.get_by_label("Moment")
    moment.focus()
    page.keyboard.press("ArrowLeft")
    for quantity in ("Persons present", "Density"):
        expect(legend(page, quantity)).to_contain_text(re.compile(r"\d+\.\d"))
    expect(legend(page, "Density")).to_contain_text("at least")
    expect(legend(page)).not_to_contain_text("at least")
    words = moment.get_attribute("aria-valuetext")
    assert re.search(r"Persons present: \d+", words)
    assert "at least" in words
    expect(page.get_by_role("img", name=re.compile(r"values are lower bounds"))).to_have_count(1)
    shoot(page, "place-moment")
    page.keyboard.press("Home")
    for _ in range(3):
        page.keyboard.press("PageUp")
    expect(moment).to_have_attribute("aria-valuetext", re.compile("Persons present"))


def test_a_gateway_that_goes_away_leaves_the_charts_and_says_until_when_they_are_true(page):
    page.add_init_script("window.setInterval = ((real) => (call, ms) => real(call, Math.min(ms, 500)))(setInterval)")
    opened(page)
    page.route("**/api/signals*", lambda route: route.abort())
    expect(page.get_by_text("The gateway does not answer. These are the values up to")).to_be_visible()
    expect(legend(page)).to_be_visible()
    shoot(page, "place-stale")
    page.unroute("**/api/signals*")
    expect(page.get_by_text("The gateway does not answer. These are the values up to")).to_have_count(0)


@pytest.mark.parametrize("page", [{"bypass_csp": True}], indirect=True, ids=["axe"])
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_a_compared_place_is_accessible_in_both_themes(page, theme):
    page.add_init_script(f"localStorage.setItem('passerby.theme', '{theme}')")
    page.add_init_script(path=AXE)
    opened(page, "?compare=7")
    expect(legend(page)).to_contain_text("a week before")
    expect(cells(page).get_by_role("img")).to_be_visible()
    shoot(page, f"place-compared-{theme}")
    assert violations(page) == []


@pytest.mark.parametrize("page", [{"viewport": {"width": 360, "height": 720}}], indirect=True, ids=["phone"])
def test_a_compared_place_fits_a_phone(page):
    opened(page, "?compare=7&span=7d")
    expect(legend(page)).to_contain_text("a week before")
    fits(page, 360, "place")
    shoot(page, "place-compared-360")


def cells(page):
    return page.get_by_role("region", name="Where people walk")


def test_where_people_walk_is_shown_in_cells_with_their_scale_and_exported(page):
    opened(page)
    feet = cells(page)
    expect(feet.get_by_role("img", name=re.compile(r"Map of 12 by 7 m\. Most foot points, "))).to_be_visible()
    expect(feet.get_by_role("list", name="Foot points that came into a cell").get_by_role("listitem")).to_have_count(4)
    expect(feet).to_contain_text("Counted over 22 hours.")
    expect(feet).to_contain_text("91.7 % of this time was observed.")
    feet.scroll_into_view_if_needed()
    shoot(page, "place-foot-points")
    with page.expect_download() as download:
        feet.get_by_role("button", name="Export cells as CSV").click()
    assert download.value.suggested_filename == "door-yard-foot-points.csv"
    head, *lines = Path(download.value.path()).read_text(encoding="utf-8").splitlines()
    assert head == "start,end,place,unit,x,y,side,foot_points,coverage"
    counts = [int(line.split(",")[7]) for line in lines]
    assert min(counts) >= 22 * LEAST
    assert len(counts) < 12 * 7


def test_a_zone_without_foot_points_says_which_setting_counts_them(page):
    page.route("**/foot-points?*", lambda route: route.fulfill(json=NOTHING_COUNTED))
    opened(page)
    expect(cells(page)).to_contain_text("They are counted for zones with the setting foot_map")


@pytest.mark.parametrize("page", [{"viewport": {"width": 360, "height": 720}}], indirect=True, ids=["phone"])
def test_the_cells_fit_a_phone(page):
    opened(page)
    expect(cells(page).get_by_role("img")).to_be_visible()
    cells(page).scroll_into_view_if_needed()
    fits(page, 360, "place")
    shoot(page, "place-foot-points-360")
