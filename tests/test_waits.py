"""Tests wait for what a page, a thread or a process does: on a busy machine, whoever reads at once reads too early."""

from __future__ import annotations

import ast
import threading
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from tests.waiting import eventually, until

TESTS = Path(__file__).parent
READS = frozenset(
    (
        *("all_inner_texts", "all_text_contents", "bounding_box", "count", "evaluate", "evaluate_all"),
        *("get_attribute", "inner_html", "inner_text", "input_value", "is_checked", "is_disabled", "is_editable"),
        *("is_enabled", "is_hidden", "is_visible", "text_content"),
    )
)
"""What Playwright reads at once, whether or not the page is there yet; `expect` and `eventually` wait."""
OPENS = frozenset(("new_context",))
"""Pages are opened through `Visits`: they wait as long as a busy machine may take, and say what was on them."""
OPENER = "serve/browser.py"
SHORTEST_S = 60.0
"""A busy machine may need a minute for whatever is waited for in a test."""
HTTP = frozenset(("AsyncClient", "Client", "delete", "get", "patch", "post", "put", "request", "stream"))


@cache
def modules() -> tuple[tuple[str, ast.Module], ...]:
    paths = sorted(TESTS.rglob("*.py"))
    return tuple((path.relative_to(TESTS).as_posix(), ast.parse(path.read_text("utf-8"))) for path in paths)


def opens_pages(tree: ast.Module) -> bool:
    """Whether a module has to do with pages in a browser: it imports what drives one, or asks for one."""
    imported = any("playwright" in (each.module or "") for each in ast.walk(tree) if isinstance(each, ast.ImportFrom))
    wanted = {each.arg for each in ast.walk(tree) if isinstance(each, ast.arg)}
    return imported or bool(wanted & {"chromium", "page", "visits"})


def calls(node: ast.AST) -> Iterator[ast.Call]:
    """Yield the calls that are made at once: not those of a function that somebody else calls later."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.Lambda):
            continue
        if isinstance(child, ast.Call):
            yield child
        yield from calls(child)


def named(call: ast.Call) -> str:
    return call.func.attr if isinstance(call.func, ast.Attribute) else ""


def hasty(tree: ast.Module) -> Iterator[int]:
    """Yield the lines of assertions about a page that do not wait."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Assert):
            for call in calls(node):
                if named(call) in READS and not (named(call) == "count" and call.args):  # of a list or text
                    yield node.lineno


def impatient(tree: ast.Module) -> Iterator[int]:
    """Yield the lines of requests that wait for less than a busy machine may need: httpx's own limit is 5 s."""
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
            continue
        if not isinstance(node.func.value, ast.Name) or node.func.value.id != "httpx" or node.func.attr not in HTTP:
            continue
        given = next((each.value for each in node.keywords if each.arg == "timeout"), None)
        if given is None or (isinstance(given, ast.Constant) and not given.value >= SHORTEST_S):
            yield node.lineno


def test_what_a_page_shows_is_waited_for():
    found = [f"{name}:{line}" for name, tree in modules() if opens_pages(tree) for line in hasty(tree)]
    assert found == [], "use playwright's expect(...), or eventually(lambda: ..., wanted) of tests/waiting.py"


def test_pages_are_opened_where_they_wait_long_enough_and_tell_what_was_on_them():
    found = [
        f"{name}:{node.lineno}"
        for name, tree in modules()
        if name != OPENER
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and named(node) in OPENS
    ]
    assert found == [], "use the fixture `visits`, or visits_of of tests/serve/browser.py"


def test_requests_wait_as_long_as_a_busy_machine_may_take():
    found = [f"{name}:{line}" for name, tree in modules() for line in impatient(tree)]
    assert found == [], "pass timeout=PATIENCE_S of tests/waiting.py"


@pytest.mark.parametrize(
    ("line", "is_hasty"),
    [
        ("assert page.inner_text('h1') == 'door'", True),
        ("assert not page.get_by_role('cell').count()", True),
        ("assert text.count('a') == 2", False),
        ("eventually(lambda: page.inner_text('h1'), 'door')", False),
        ("assert until(lambda: page.inner_text('h1'))", False),
        ("expect(page.locator('h1')).to_have_text('door')", False),
    ],
)
def test_the_search_for_assertions_that_do_not_wait_is_not_blind(line, is_hasty):
    assert bool(list(hasty(ast.parse(line)))) == is_hasty


@pytest.mark.parametrize(
    ("line", "is_impatient"),
    [
        ("httpx.get(address)", True),
        ("httpx.Client(timeout=20)", True),
        ("httpx.Client(timeout=PATIENCE_S)", False),
        ("httpx.post(address, timeout=90)", False),
        ("client.get(path)", False),
    ],
)
def test_the_search_for_requests_that_do_not_wait_is_not_blind(line, is_impatient):
    assert bool(list(impatient(ast.parse(line)))) == is_impatient


def test_eventually_waits_and_a_failure_shows_both_values():
    seen = []
    timer = threading.Timer(0.05, seen.append, (7,))
    timer.start()
    eventually(lambda: seen, [7])
    with pytest.raises(AssertionError, match=r"\[7\] did not become \[8\]"):
        eventually(lambda: seen, [8], timeout_s=0.05)
    timer.join()


def test_until_returns_what_became_true():
    tries = iter([0, 0, 5])
    assert until(lambda: next(tries)) == 5
