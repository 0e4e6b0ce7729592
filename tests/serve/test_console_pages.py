"""The console's pages in a real browser: one gateway for all of them."""

from __future__ import annotations

import re
import time
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from playwright.sync_api import expect
from tests.serve.alerts import AlertsStub
from tests.serve.browser import AXE, COLOURS, fits, heading, in_both_themes, opened, session_of, shoot, violations
from tests.serve.served import PASSWORD, Served, add_person
from tests.serve.signals import SignalsStub
from tests.waiting import eventually, until

from passerby.accounts.role import Role
from passerby.alerts.alert import AlertState
from passerby.alerts.handling import Deed
from passerby.health.status import Redaction
from passerby.serve.layout_file import WallLayout
from passerby.settings.site.web import WebSettings

PAGES = {
    "wall": ("/wall", "All cameras"),
    "mosaic": ("/wall?as=mosaic", "All cameras"),
    "camera": ("/camera/door", "door"),
    "alerts": ("/alerts", "Alerts"),
    "alarm-load": ("/alerts?tab=load", "Alerts"),
    "hand-over": ("/alerts?tab=handover", "Alerts"),
    "drill": ("/alerts?tab=drill", "Alerts"),
    "places": ("/places", "Places"),
    "place": ("/place/door-yard?compare=1", "door-yard"),
    "health": ("/health", "Health"),
    "accounts": ("/people/accounts", "People"),
    "tokens": ("/people/tokens", "People"),
    "requests": ("/people/requests", "People"),
    "about": ("/about", "About passerby"),
    "account": ("/account", "anna"),
    "absent": ("/nowhere", "There is no such page"),
}
LOOK = """element => {
    const mark = getComputedStyle(element, '::before');
    const drawn = element.querySelector('path')?.getAttribute('d');
    return JSON.stringify([drawn, mark.content, mark.clipPath, mark.borderRadius, mark.borderStyle, mark.transform]);
}"""
"""The shape of a mark, without its colours."""
WIDER = "all => all.filter(each => each.scrollWidth > each.clientWidth).map(each => each.ariaLabel)"
"""What must be pushed sideways to be read."""
BADGES = {"badge active", "badge whole"}
NOTE = "Steward <b>sent</b> & counted"


@pytest.fixture(scope="module")
def gateway(lasting_gateway):
    return lasting_gateway


@pytest.fixture(scope="module")
def stub():
    with TemporaryDirectory() as folder, AlertsStub(Path(folder), lambda *_: frozenset({"door"})) as made:
        yield made


@pytest.fixture(scope="module")
def web(gateway, stub):
    groups = {"front": frozenset({"door"})}
    with Served(gateway, WebSettings(port=0), SignalsStub(time.time), groups=groups) as server:
        server.set_alerts(stub)
        yield server


@pytest.fixture(scope="module")
def session(chromium, web):
    """Sign in once; every page begins with that session."""
    return session_of(chromium, web.address)


@pytest.fixture
def page(request, web, session, visits):
    """Return a page that is signed in. A parameter holds options of the context."""
    return visits.open(storage_state=session, base_url=web.address, **getattr(request, "param", {}))


# --- every page ------------------------------------------------------------------------------------


@pytest.mark.parametrize("page", [{"bypass_csp": True}], indirect=True, ids=["axe"])
def test_every_page_is_accessible_in_both_themes(page):
    page.add_init_script(path=AXE)
    for name, (address, title) in PAGES.items():
        opened(page, address, title)
        assert in_both_themes(page, name) == [], name
    assert violations(page) == []
    page.evaluate(
        "const faint = Object.assign(document.createElement('p'), { textContent: 'Faint words' });"
        "Object.assign(faint.style, { color: '#777', backgroundColor: '#888' });"
        "document.querySelector('#main').append(faint, document.createElement('img'));"
    )  # axe is not blind
    assert {each.partition(":")[0] for each in violations(page)} == {"color-contrast", "image-alt"}
    assert {each.partition(":")[0] for each in violations(page, COLOURS)} == {"color-contrast"}


@pytest.mark.parametrize("page", [{"viewport": {"width": 360, "height": 720}}], indirect=True, ids=["phone"])
def test_every_page_fits_a_phone(page):
    for name, (address, title) in PAGES.items():
        opened(page, address, title)
        shoot(page, f"{name}-360")
        fits(page, 360, name)
        eventually(lambda: (name, page.locator(".scrolls").evaluate_all(WIDER)), (name, []))  # noqa: B023 - read here


@pytest.mark.parametrize("page", [{"viewport": {"width": 360, "height": 720}}], indirect=True, ids=["phone"])
def test_the_menu_of_a_phone_leads_to_every_page_and_cuts_none_off(page):
    opened(page, "/health", "Health")
    menu = page.get_by_role("navigation", name="Pages")
    more = menu.get_by_role("button", name="More")
    expect(menu.get_by_role("link")).to_have_text(["Wall", re.compile(r"^\s*Alerts"), "Places", "Map"])
    expect(more).to_have_class(re.compile(r"\bhere\b"))  # the page that is open stands behind it
    more.press("Enter")
    expect(more).to_have_attribute("aria-expanded", "true")
    shoot(page, "menu-360")
    for each in ("Health", "Audit", "People", "About", "Account"):
        expect(menu.get_by_role("link", name=each)).to_be_in_viewport(ratio=1)
    expect(menu.get_by_role("button", name="Sign out")).to_be_in_viewport(ratio=1)
    page.keyboard.press("Escape")
    expect(menu.get_by_role("link", name="About")).to_have_count(0)
    expect(more).to_be_focused()
    more.click()
    menu.get_by_role("link", name="About").click()
    heading(page, "About passerby").wait_for()
    expect(more).to_have_attribute("aria-expanded", "false")


def test_the_console_can_be_installed(page):
    page.goto("/wall")
    heading(page, "All cameras").wait_for()
    developer = page.context.new_cdp_session(page)
    assert developer.send("Page.getAppManifest")["errors"] == []
    found = developer.send("Page.getInstallabilityErrors")["installabilityErrors"]
    assert [each["errorId"] for each in found if each["errorId"] != "in-incognito"] == []  # as every test's page is


def looks_of(page, kind="badge"):
    """Return the shape of each kind of mark on the page, all at one moment: states change while a test looks."""
    look = f"all => all.map(each => [each.className, ({LOOK})(each)])"
    return dict(page.locator(f"#main .{kind}").evaluate_all(look))


@pytest.mark.parametrize("page", [{"forced_colors": "active"}], indirect=True, ids=["forced colours"])
def test_states_are_told_apart_by_shape_and_words_where_colours_are_the_systems(page, gateway):
    try:
        gateway.change("hall", redaction=Redaction.WHOLE)
        for name in ("alerts", "place"):
            page.goto(PAGES[name][0])
            heading(page, PAGES[name][1]).wait_for()
            page.locator(".skeleton").wait_for(state="detached")
            shoot(page, f"{name}-forced")
        for name in ("health", "wall"):
            page.goto(f"/{name}")
            page.locator("#main .badge.whole").first.wait_for()
            shoot(page, f"{name}-forced")
            looks = until(lambda: (found := looks_of(page)).keys() >= BADGES and found, shown=lambda: looks_of(page))
            assert len(looks) == len(set(looks.values())), looks
    finally:
        gateway.change("hall", redaction=Redaction.ACTIVE)


@pytest.mark.parametrize("page", [{}, {"color_scheme": "dark"}], indirect=True, ids=["light", "dark"])
def test_without_colour_each_severity_and_state_is_told_by_its_shape(page, gateway, raised):
    try:
        gateway.change("hall", redaction=Redaction.WHOLE)
        for name in ("wall", "alerts", "place", "health"):
            address, title = PAGES[name]
            page.goto(address)
            heading(page, title).wait_for()
            page.locator(".skeleton").wait_for(state="detached")
            page.evaluate("document.documentElement.style.filter = 'grayscale(1)'")
            theme = page.evaluate("matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light'")
            shoot(page, f"{name}-grey-{theme}")
            for kind in ("badge", "severity"):
                looks = looks_of(page, kind)
                assert len(looks) == len(set(looks.values())), looks
        page.goto("/alerts")
        page.locator(".alerts li").first.wait_for()
        expect(page.locator(".alerts li .severity").first).to_have_text(re.compile(r"\w"))
    finally:
        gateway.change("hall", redaction=Redaction.ACTIVE)


def test_the_console_speaks_german_and_stays_so(page):
    page.goto("/wall")
    page.get_by_label("Language").select_option("de")
    heading(page, "Alle Kameras").wait_for()
    page.reload()
    heading(page, "Alle Kameras").wait_for()
    expect(page.locator("html")).to_have_attribute("lang", "de")
    page.get_by_role("link", name="Alarme").first.click()
    heading(page, "Alarme").wait_for()


# --- addresses -------------------------------------------------------------------------------------


def test_the_demo_has_nothing_to_set_up_and_says_how_to_begin(page):
    page.goto("/setup")
    page.get_by_role("heading", name="There is nothing to set up in the demo").wait_for()
    page.get_by_text("passerby camera add ADDRESS").wait_for()
    expect(page.get_by_role("link", name="Add a camera")).to_have_count(0)


def test_reload_and_back_lead_to_what_was_seen(page):
    page.goto("/wall/front")
    page.get_by_role("list", name="Cameras").get_by_role("link", name="door").click()
    heading(page, "door").wait_for()
    page.get_by_role("button", name="Zoom in").click()
    page.wait_for_url("**/camera/door?zoom=1.25*")
    page.locator(".single canvas").wait_for()
    page.reload()
    page.locator(".single .zoomed canvas").wait_for()
    expect(page.locator(".single canvas")).to_have_attribute("style", re.compile(r"transform: scale\(1\.25\)"))
    page.go_back()
    heading(page, "front").wait_for()
    expect(page.get_by_role("list", name="Cameras").get_by_role("link")).to_have_count(1)


def test_the_menu_stays_as_it_is_when_the_first_alerts_arrive(page):
    """Else a click on one page leads to its neighbour."""
    held = []
    page.route("**/api/alerts/stream", lambda route: held.append(route))  # noqa: PLW0108 - Playwright marks what it calls
    page.goto("/wall")
    menu = page.get_by_role("navigation").first.get_by_role("link")
    page.get_by_role("link", name="Set-up").wait_for()
    paths = "links => links.map(each => each.pathname)"
    before = menu.evaluate_all(paths)
    assert "/alerts" in before
    until(lambda: page.evaluate("1") and held)
    held[0].continue_()
    page.get_by_role("link", name="Alerts").locator(".number").wait_for()
    eventually(lambda: menu.evaluate_all(paths), before)


# --- tabs ------------------------------------------------------------------------------------------


def test_many_tabs_share_one_stream_of_news_and_another_one_takes_over(page, gateway):
    context = page.context
    tabs = [page, *(context.new_page() for _ in range(6))]
    for tab in tabs:
        tab.goto("/health")
        tab.get_by_role("cell", name="hall").or_(tab.get_by_role("rowheader", name="hall")).first.wait_for()
    until(lambda: len(gateway._listeners) == 1)
    for redaction, words in ((Redaction.WHOLE, "1 covered whole"), (Redaction.ACTIVE, "2 covered")):
        gateway.change("hall", redaction=redaction)
        for tab in tabs:
            tab.locator("#summary").filter(has_text=words).wait_for()
        tabs.pop(0).close()
        until(lambda: len(gateway._listeners) == 1)


# --- keys ------------------------------------------------------------------------------------------


def test_a_question_mark_lists_the_keys_and_single_keys_can_be_switched_off(page):
    page.goto("/wall")
    heading(page, "All cameras").wait_for()
    page.keyboard.press("?")
    dialog = page.get_by_role("dialog", name="Keys")
    dialog.get_by_text("go to a time").wait_for()
    shoot(page, "keys")
    dialog.get_by_label("Single keys").uncheck()
    dialog.get_by_role("button", name="Close").click()
    dialog.wait_for(state="detached")

    page.goto("/camera/door")
    heading(page, "door").wait_for()
    for key in ("?", "+", "f"):
        page.keyboard.press(key)
    page.keyboard.press("ArrowRight")  # it is no character, and acts: so the keys before it have been heard
    heading(page, "hall").wait_for()
    expect(page.get_by_role("dialog")).to_have_count(0)
    eventually(lambda: page.evaluate("document.fullscreenElement"), None)
    assert "zoom" not in page.url

    page.goto("/account")
    page.get_by_label("Single keys").check()
    page.goto("/camera/door")
    heading(page, "door").wait_for()
    page.keyboard.press("+")
    page.wait_for_url("**/camera/door?zoom=1.25*")


# --- layouts ---------------------------------------------------------------------------------------


def shown(page):
    return page.get_by_role("list", name="Cameras").get_by_role("heading").all_text_contents()


def test_tiles_are_put_in_order_by_keyboard_menu_and_drag_and_the_server_keeps_it(page, web):
    page.goto("/wall")
    tiles = page.get_by_role("list", name="Cameras")
    page.locator(".tile[draggable=true]").first.wait_for()
    tiles.get_by_role("link", name="hall").focus()
    page.keyboard.press("Shift+ArrowLeft")
    eventually(lambda: shown(page), ["hall", "door"])
    eventually(lambda: page.evaluate("document.activeElement.closest('li')?.dataset.camera"), "hall")
    tiles.get_by_label("Menu of hall").press("Enter")
    shoot(page, "tile-menu")
    tiles.get_by_role("button", name="Move back").click()
    eventually(lambda: shown(page), ["door", "hall"])
    tiles.get_by_role("link", name="hall").drag_to(tiles.get_by_role("link", name="door"))
    eventually(lambda: shown(page), ["hall", "door"])
    tiles.get_by_label("Menu of door").click()
    tiles.get_by_role("button", name="Hide").click()
    page.get_by_text("(1 hidden)").wait_for()
    number = web.accounts.store.account("anna").number
    until(lambda: web._app.state.layouts.read(f"account:{number}") == WallLayout(("hall", "door"), ("door",)))
    page.reload()
    page.locator(".tile[draggable=true]").first.wait_for()
    page.get_by_text("(1 hidden)").click()
    eventually(lambda: shown(page), ["hall"])
    page.get_by_label("Save as wall screen").fill("lobby")
    shoot(page, "layout-menu")
    page.get_by_role("button", name="Save", exact=True).click()
    page.locator("#said").filter(has_text="Saved as wall screen lobby").wait_for(state="attached")
    page.get_by_text("(1 hidden)").click()
    page.get_by_role("button", name="Wall screen lobby").click()
    page.wait_for_url("**/wall?screen=lobby")
    page.get_by_text("lobby (1 hidden)").click()
    page.get_by_role("button", name="Show hidden cameras").click()
    eventually(lambda: shown(page), ["hall", "door"])
    page.goto("/wall")
    page.locator(".tile[draggable=true]").first.wait_for()
    page.get_by_text("(1 hidden)").click()
    page.get_by_role("button", name="Show hidden cameras").click()
    until(lambda: web._app.state.layouts.read(f"account:{number}") == WallLayout(("hall", "door")))


# --- alerts ----------------------------------------------------------------------------------------


@pytest.fixture
def raised(stub):
    stub.second = getattr(stub, "second", 100) + 100
    stub.end_with_steps(stub.second - 50)
    for alert in stub.register.alerts():
        if alert.about.rule == "steps" and alert.open:
            if alert.state == "raised":
                stub.register.acknowledge([alert.id], _deed(stub))
            stub.register.resolve([alert.id], _deed(stub, "begin anew"))
    return stub.raise_with_steps(stub.second)


def _deed(stub, note=""):
    return Deed("anna", stub.now_s(), note)


def test_an_alert_is_acknowledged_by_keyboard_with_a_note_that_is_shown_as_it_was_written(page, stub, raised):
    page.goto(f"/alerts/{raised}")
    note = page.get_by_role("textbox", name="Note")
    page.get_by_role("button", name="Acknowledge").wait_for()
    note.focus()
    page.keyboard.type(NOTE)
    page.keyboard.press("Tab")
    eventually(lambda: page.evaluate("document.activeElement.textContent.trim()"), "Acknowledge")
    page.keyboard.press("Enter")
    page.get_by_role("listitem").get_by_text(NOTE).wait_for()
    eventually(lambda: stub.register.alerts()[-1].state, "acknowledged")
    page.get_by_role("status").get_by_text("acknowledged").wait_for()
    expect(note).to_have_value("")


def test_a_step_is_ticked_and_what_is_over_is_resolved(page, stub, raised):
    page.goto(f"/alerts/{raised}")
    for step in ("look", "call"):
        page.get_by_role("button", name=f"Done: {step}").click()
        page.get_by_role("listitem").filter(has_text=step).get_by_text("done by anna").wait_for()
    expect(page.get_by_role("button", name="Resolve")).to_be_disabled()
    page.get_by_role("button", name="Acknowledge").click()
    page.get_by_role("article").get_by_text("acknowledged", exact=True).wait_for()
    stub.end_with_steps(stub.second + 40)
    page.get_by_text("is over").wait_for()
    page.get_by_role("button", name="Resolve").click()
    page.get_by_role("article").get_by_text("resolved", exact=True).wait_for()


def test_a_note_outlives_a_session_that_ends_a_colleague_who_was_faster_and_a_reload(page, web, stub, raised):
    page.goto(f"/alerts/{raised}")
    note = page.get_by_role("textbox", name="Note")
    note.fill(NOTE)
    stub.register.acknowledge([raised], _deed(stub))
    page.get_by_role("article").get_by_text("acknowledged", exact=True).wait_for()
    stub.end_with_steps(stub.second + 40)
    page.get_by_text("is over").wait_for()
    page.reload()
    expect(note).to_have_value(NOTE)
    page.context.clear_cookies()
    # Whatever the page asks next also opens the dialog, in front of the button: a click would wait for it to go.
    page.get_by_role("button", name="Resolve").dispatch_event("click")
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Password").fill(PASSWORD)
    dialog.get_by_role("button", name="Sign in", exact=True).click()
    dialog.wait_for(state="detached")
    page.get_by_role("listitem").get_by_text(NOTE).wait_for()


def test_a_drill_is_raised_from_its_page_marked_and_assigned(page, stub):
    page.goto("/alerts?tab=drill")
    page.get_by_role("combobox", name="Rule").select_option("hall-rule")
    page.get_by_role("textbox", name="Note").fill("practice of the night shift")
    page.get_by_role("button", name="Raise a drill").click()
    alert = page.get_by_role("article")
    alert.get_by_text("drill: nothing has happened").wait_for()
    page.wait_for_url(re.compile(r"/alerts/[\w-]+$"))
    alert.get_by_role("combobox", name="Assign to").select_option("security")
    alert.get_by_role("button", name="Assign").click()
    alert.get_by_role("listitem").filter(has_text="Assigned").get_by_text("by anna").wait_for()
    expect(alert.get_by_role("definition").filter(has_text="security")).to_have_count(1)
    page.goto("/alerts?tab=drill")
    page.get_by_role("combobox", name="Rule").select_option("hall-rule")
    page.get_by_role("button", name="Raise a drill").click()
    page.get_by_role("alert").get_by_text("drill").wait_for()  # one of this rule is open already


def test_a_shift_hands_its_note_over(page):
    page.goto("/alerts?tab=handover")
    page.get_by_role("textbox", name="Note for the next shift").fill(NOTE)
    page.get_by_role("button", name="Hand over").click()
    page.locator(".panel").filter(has_text="Latest note").get_by_text(NOTE).wait_for()


def test_what_somebody_typed_is_not_sent_in_the_name_of_a_colleague_who_signs_in(page, web, stub, raised):
    if web.accounts.store.find("clara") is None:
        add_person(web.accounts, "clara", Role.OPERATOR)
    page.goto(f"/alerts/{raised}")
    note = page.get_by_role("textbox", name="Note")
    note.fill(NOTE)
    page.context.clear_cookies()
    page.get_by_role("button", name="Acknowledge").dispatch_event("click")
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Account").fill("clara")
    dialog.get_by_label("Password").fill(PASSWORD)
    dialog.get_by_role("button", name="Sign in", exact=True).click()
    expect(note).to_have_value("")  # the page was loaded again, for clara
    assert stub.register.alert(raised).state is AlertState.RAISED


def test_filters_of_the_inbox_are_in_the_address(page, raised):
    page.goto("/alerts?text=hall-yard")
    page.get_by_text("No alerts").or_(page.locator(".alerts li")).first.wait_for()
    page.goto("/alerts?text=no+such+place")
    page.get_by_text("Nothing matches these filters").wait_for()
    page.get_by_role("searchbox").fill("density")
    page.locator(".alerts li").first.wait_for()
    page.wait_for_url("**text=density**")


# --- places, people --------------------------------------------------------------------------------


def test_a_place_shows_its_value_a_gap_as_a_gap_and_exports_what_it_shows(page):
    page.goto("/places")
    page.get_by_role("link", name="door-yard").click()
    region = page.get_by_role("region", name="Persons present")
    region.get_by_text("between").wait_for()
    share = re.compile(r"^(8|9)\d\.\d % of this time was observed")
    region.get_by_text(share).wait_for()
    page.get_by_role("button", name="7 days").click()
    page.wait_for_url("**/place/door-yard?span=7d")
    region.get_by_text(share).wait_for()
    with page.expect_download() as download:
        page.get_by_role("button", name="Export as CSV").click()
    lines = Path(download.value.path()).read_text(encoding="utf-8").splitlines()
    assert lines[0].startswith("window_start,place,quantity")
    assert len(lines) > 150


def test_an_account_is_made_and_its_link_is_shown_once(page, web):
    page.goto("/people/accounts")
    page.get_by_label("Account", exact=True).fill("zoe")
    page.get_by_label("Role").select_option("viewer")
    page.get_by_label("all cameras").uncheck()
    page.get_by_label("front").check()
    page.get_by_role("button", name="Make the account").click()
    page.get_by_text("/#/invitation/").wait_for()
    found = web.accounts.store.account("zoe")
    assert (found.role, found.groups) == (Role.VIEWER, frozenset({"front"}))
    page.get_by_role("button", name="Change zoe").click()
    page.get_by_label("Disabled: nobody can sign in").check()
    page.get_by_role("button", name="Save").click()
    page.get_by_role("cell", name="zoe").get_by_text("disabled").wait_for()


def test_a_token_is_shown_once_and_revoked(page):
    page.goto("/people/tokens")
    page.get_by_label("What it is for").fill("scraper")
    page.get_by_label("Current password").fill(PASSWORD)
    page.get_by_role("button", name="Make the token").click()
    page.get_by_role("alert").get_by_text("choose at least one").wait_for()
    page.get_by_label("read metrics").check()
    page.get_by_label("Current password").fill("wrong")
    page.get_by_role("button", name="Make the token").click()
    expect(page.get_by_role("alert").get_by_text("the current password is wrong")).to_be_visible()
    expect(page.get_by_role("dialog")).to_have_count(0)  # the session has not ended
    page.get_by_label("Current password").fill(PASSWORD)
    page.get_by_role("button", name="Make the token").click()
    page.get_by_text("This token is shown once").wait_for()
    page.get_by_role("button", name="Revoke scraper").click()
    page.get_by_role("button", name="Revoke scraper").wait_for(state="detached")
