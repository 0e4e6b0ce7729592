"""Pages in a real browser: how tests open them, wait for them and look at them."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Error, Locator, Page, expect
from tests.serve.served import PASSWORD
from tests.waiting import PATIENCE_S, eventually

PATIENCE_MS = 1000 * PATIENCE_S
AXE = Path(__file__).parents[2] / "web" / "node_modules" / "axe-core" / "axe.min.js"
RULES = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa")
COLOURS = ("color-contrast", "link-in-text-block")
"""The rules of axe that depend on colours: all that a theme changes."""
ON_PURPOSE = r"Failed to load resource|WebSocket connection"
"""Errors in the console that tests cause: answers that refuse, sessions and streams that end."""
_MOST_TEXT = 4000


class Visits:
    """Opens pages, and keeps what their consoles print.

    Args:
        browser: In which they are opened.
    """

    def __init__(self, browser: Browser) -> None:
        self._browser = browser
        self._contexts: list[BrowserContext] = []
        self._lines: list[str] = []
        self._unexpected: list[str] = []

    def open(self, *, expected: str = ON_PURPOSE, script: str = "", **options: Any) -> Page:
        """Open an empty page in a context of its own, which waits as long as a busy machine may take.

        Args:
            expected: Pattern of errors in the console that do not fail the test.
            script: Run before any code of a page.
            options: As for Playwright's `new_context`.
        """
        context = self._browser.new_context(**options)
        self._contexts.append(context)
        context.set_default_timeout(PATIENCE_MS)
        context.add_init_script(script)

        def take(line: ConsoleMessage) -> None:
            self._lines.append(f"{line.type}: {line.text}")
            if line.type == "error" and not re.search(expected, line.text):
                self._unexpected.append(line.text)

        def fail(error: object) -> None:
            self._lines.append(f"uncaught: {error}")
            self._unexpected.append(str(error))

        context.on("console", take)
        context.on("weberror", lambda each: fail(each.error))
        return context.new_page()

    def described(self) -> str:
        """Return what all open pages show, and what their consoles printed."""
        pages = [page for context in self._contexts for page in context.pages]
        return "\n".join([*map(_text, pages), "--- console", *self._lines])

    def close(self) -> None:
        """Close all pages.

        Raises:
            AssertionError: There was an error in one of them.
        """
        for context in self._contexts:
            context.close()
        assert not self._unexpected, self._unexpected


@contextmanager
def visits_of(browser: Browser) -> Iterator[Visits]:
    """Open pages while entered; an error shows what was on them."""
    visits = Visits(browser)
    try:
        yield visits
    except BaseException as error:
        error.add_note(visits.described())
        raise
    finally:
        visits.close()


def _text(page: Page) -> str:
    try:
        text = page.inner_text("body", timeout=5000)
    except Error as error:
        text = f"cannot be read: {error}"
    return f"--- {page.url}\n{text[:_MOST_TEXT]}"


def sign_in(page: Page, account: str = "anna", password: str = PASSWORD, code: str = "") -> None:
    """Fill in the form and send it."""
    page.get_by_label("Account").fill(account)
    page.get_by_label("Password").fill(password)
    page.get_by_label("Code").fill(code)
    page.get_by_role("button", name="Sign in").click()


def session_of(browser: Browser, address: str, account: str = "anna") -> Any:
    """Sign somebody in, and return the state of the browser with which pages then begin."""
    with visits_of(browser) as visits:
        page = visits.open()
        page.goto(address)
        sign_in(page, account)
        page.get_by_role("button", name="Sign out").wait_for()
        return page.context.storage_state()


def heading(page: Page, name: str) -> Locator:
    """Return the first heading with exactly this text."""
    return page.get_by_role("heading", name=name, exact=True).first


def opened(page: Page, address: str, title: str) -> None:
    """Open a page, and wait until all of it has been read."""
    page.goto(address)
    heading(page, title).wait_for()
    expect(page.locator(".skeleton")).to_have_count(0)


def shoot(page: Page, name: str) -> None:
    """Keep a picture of the page where somebody wants to look at it."""
    if folder := os.environ.get("PASSERBY_SHOTS"):
        Path(folder).mkdir(parents=True, exist_ok=True)
        page.screenshot(path=Path(folder) / f"{name}.png")


def violations(page: Page, rules: Sequence[str] = RULES) -> list[str]:
    """Return what axe finds wrong with the page by rules or sets of them; the script `AXE` must be in it."""
    found: list[str] = page.evaluate(
        "rules => axe.run({ resultTypes: ['violations'], runOnly: rules })"
        ".then(({ violations }) => violations.map(({ id, nodes }) => `${id}: ${nodes[0].html}`))",
        list(rules),
    )
    return found


def in_both_themes(page: Page, name: str) -> list[str]:
    """Return what axe finds wrong with the page in the light theme, and with its colours in the dark one."""
    found = []
    for theme, rules in (("light", RULES), ("dark", COLOURS)):
        page.evaluate("theme => { document.documentElement.dataset.theme = theme; }", theme)
        shoot(page, f"{name}-{theme}")
        found += [f"{theme}: {each}" for each in violations(page, rules)]
    return found


def fits(page: Page, width_px: int, name: str) -> None:
    """Wait until the page is no wider than the window."""
    eventually(lambda: (name, page.evaluate("document.documentElement.scrollWidth") <= width_px), (name, True))
