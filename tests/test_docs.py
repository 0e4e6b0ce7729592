"""The docs fail when they are stale."""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path

import pytest

import passerby

ROOT = Path(__file__).parents[1]
PAGES = [ROOT / name for name in ("README.md", "CONTRIBUTING.md", "SECURITY.md", "CHANGELOG.md")] + sorted(
    (ROOT / "docs").rglob("*.md")
)
DECISIONS = sorted((ROOT / "docs/decisions").glob("*.md"))
README = (ROOT / "README.md").read_text(encoding="utf-8")


def reference():
    spec = importlib.util.spec_from_file_location("reference", ROOT / "tools" / "reference.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize(
    "name",
    [
        "cli.md",
        "options.md",
        "python.md",
        "redaction-report.schema.json",
        "place-signal.schema.json",
        "counter-message.schema.json",
        "signals.md",
        "http.md",
    ],
)
def test_a_reference_page_says_what_the_code_does(name):
    made = reference()
    assert (made.FOLDER / name).read_text(encoding="utf-8") == made.pages()[name], "run python tools/reference.py"


def test_every_public_name_loads_and_is_documented():
    page = (ROOT / "docs/reference/python.md").read_text(encoding="utf-8")
    headings = set(re.findall(r"^## `(\w+)", page, re.MULTILINE))
    assert headings == set(passerby.__all__)
    for name in passerby.__all__:
        assert getattr(passerby, name).__doc__, name


def test_the_version_is_that_of_the_package():
    assert re.fullmatch(r"\d+\.\d+\.\d+", passerby.__version__)


def test_make_targets_in_the_docs_exist():
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    for page in PAGES:
        named = set(re.findall(r"(?:`|^)make ([a-z]+)", page.read_text(encoding="utf-8"), re.MULTILINE))
        assert named <= targets, page


def test_options_in_the_docs_exist():
    known = set(re.findall(r"(?<![\w-])--?[a-z][a-z-]*", (ROOT / "docs/reference/cli.md").read_text(encoding="utf-8")))
    for page in PAGES:
        for command in re.findall(
            r"^ *passerby (redact|check|evaluate|models|signals) (.*)$", page.read_text(encoding="utf-8"), re.MULTILINE
        ):
            flags = set(re.findall(r"(?<![\w-])--?[a-z][a-z-]*", command[1]))
            assert flags <= known, f"{page}: {command}"


def test_links_between_pages_lead_somewhere():
    for page in PAGES:
        for link in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", page.read_text(encoding="utf-8")):
            assert (page.parent / link).exists(), f"{page}: {link}"


def test_limits_stand_before_installation_in_the_readme():
    headings = re.findall(r"^## (.*)$", README, re.MULTILINE)
    assert headings.index("What it cannot promise") < headings.index("Start")


def test_every_decision_has_a_date_and_a_status():
    for page in DECISIONS:
        assert re.search(r"^Status: \w+, \d{4}-\d\d-\d\d", page.read_text(encoding="utf-8"), re.MULTILINE), page


def test_the_overview_lists_every_decision_by_its_title_and_in_order_within_a_topic():
    overview = (ROOT / "docs/README.md").read_text(encoding="utf-8")
    topics = re.split(r"^\*\*.*\*\*$", overview.partition("## Decisions")[2], flags=re.MULTILINE)[1:]
    listed = [re.findall(r"^- \[(.+)\]\(decisions/(.+)\)$", topic, re.MULTILINE) for topic in topics]
    titles = {page.name: page.read_text(encoding="utf-8").splitlines()[0].removeprefix("# ") for page in DECISIONS}
    assert sorted((name, title) for topic in listed for title, name in topic) == sorted(titles.items())
    assert all(topic == sorted(topic, key=lambda entry: entry[1]) for topic in listed)


def test_no_instruction_installs_the_unowned_name_from_the_package_index():
    for page in PAGES:
        if page.parent.name != "reference":
            assert not re.search(r"pip3? install [^\n]*\bpasserby(?![-\w/.])", page.read_text(encoding="utf-8")), page
