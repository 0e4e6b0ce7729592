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
