"""A made-up gateway with a web server in front of it, and signed-in visitors."""

from __future__ import annotations

import os
import re
import shutil

import httpx
import pytest
from tests.serve.acted import ActedGateway
from tests.serve.served import LOGIN, PASSWORD, Served

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


@pytest.fixture
def stranger(web):
    with httpx.Client(base_url=web.address, timeout=30) as client:
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
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=BROWSER, args=FLAGS)
        yield browser
        browser.close()


def sign_in(page, account="anna", password=PASSWORD, code=""):
    """Fill in the form and send it."""
    page.get_by_label("Account").fill(account)
    page.get_by_label("Password").fill(password)
    page.get_by_label("Code").fill(code)
    page.get_by_role("button", name="Sign in").click()


@pytest.fixture
def page(request, chromium, web):
    """Return a page that has just signed in; any error in it fails the test. A parameter is a script to run first."""
    errors = []
    with chromium.new_context() as context:
        context.add_init_script(getattr(request, "param", ""))
        opened = context.new_page()
        opened.on("pageerror", lambda error: errors.append(str(error)))
        opened.on("console", lambda line: errors.append(line.text) if line.type == "error" else None)
        opened.goto(web.address)
        sign_in(opened)
        opened.get_by_role("button", name="Sign out").wait_for()
        yield opened
    expected = re.compile(r"Failed to load resource|WebSocket connection")  # sessions and streams that end on purpose
    assert not [error for error in errors if not expected.search(error)]
