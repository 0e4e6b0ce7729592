"""A made-up gateway with a web server in front of it, and signed-in visitors."""

from __future__ import annotations

import os
import shutil

import httpx
import pytest
from tests.serve.acted import ActedGateway
from tests.serve.browser import PATIENCE_MS, Visits, sign_in
from tests.serve.served import LOGIN, Served
from tests.sockets import PLAIN
from tests.waiting import PATIENCE_S

from passerby.serve.console import FOLDER
from passerby.settings.site.web import WebSettings

BROWSER = "/usr/bin/chromium"
FLAGS = [
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync"),
    *("--disable-background-networking", "--disable-component-update"),
]


@pytest.fixture
def gateway():
    acted = ActedGateway("door", "hall")
    yield acted
    acted.close()


@pytest.fixture
def web(gateway):
    with Served(gateway, WebSettings(port=0)) as server:
        yield server


@pytest.fixture(scope="module")
def lasting_gateway():
    """Return a gateway for all tests of a module, which leave it as they found it."""
    acted = ActedGateway("door", "hall")
    yield acted
    acted.close()


@pytest.fixture(scope="module")
def lasting_web(lasting_gateway):
    """Serve it to all tests of a module."""
    with Served(lasting_gateway, WebSettings(port=0)) as server:
        yield server


@pytest.fixture
def stranger(web):
    with httpx.Client(base_url=web.address, timeout=PATIENCE_S, verify=PLAIN) as client:
        yield client


@pytest.fixture
def visitor(web, stranger):
    assert stranger.post("/api/session", json=LOGIN).status_code == 204
    return stranger


@pytest.fixture(scope="session")
def console():
    """Make sure that there is a console to open: `make test` builds it."""
    if (FOLDER / "index.html").is_file():
        return
    if os.environ.get("CI"):
        pytest.fail("the console is not built: run make web")
    pytest.skip("the console is not built: run make web")


@pytest.fixture(scope="module")  # while it lives, its event loop keeps others from running in this thread
def chromium(console):
    if not shutil.which(BROWSER):
        if os.environ.get("CI"):
            pytest.fail(f"{BROWSER} is absent: see the list in .ci/run")
        pytest.skip(f"{BROWSER} is absent")
    from playwright.sync_api import expect, sync_playwright

    expect.set_options(timeout=PATIENCE_MS)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=BROWSER, args=FLAGS)
        yield browser
        browser.close()


FAILED = pytest.StashKey[bool]()
"""Whether the test itself failed."""


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item):
    report = yield
    if report.when == "call":
        item.stash[FAILED] = report.failed
    return report


@pytest.fixture
def visits(request, chromium):
    """Open pages; any error in them fails the test, and a test that fails prints what was on them."""
    made = Visits(chromium)
    yield made
    if request.node.stash.get(FAILED, False):
        print(made.described())
    made.close()


@pytest.fixture
def page(request, web, visits):
    """Return a page that has just signed in. A parameter is a script to run first."""
    opened = visits.open(script=getattr(request, "param", ""))
    opened.goto(web.address)
    sign_in(opened)
    opened.get_by_role("button", name="Sign out").wait_for()
    return opened
