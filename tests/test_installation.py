"""Nobody is told to install passerby by its name: no package index has it, and a stranger could claim the name."""

from __future__ import annotations

import re
import subprocess
import tomllib
from pathlib import Path

import pytest

from passerby.installation import how_to_install

ROOT = Path(__file__).parents[1]
BY_NAME = re.compile(
    r"passerby\[(?=[a-z])|\b(?:pip3?|pipx|uv|uv pip|uv tool|poetry|uvx)\s+(?:install\s+|add\s+)?(?:-\S+\s+)*"
    r"['\"]?passerby(?=['\"`\s=<>~!]|$)"
)
TRIED = {
    "pip install passerby": True,
    "pip install 'passerby[live]'": True,
    "run: pip install -U passerby==1.0": True,
    "uv add passerby": True,
    "the `passerby[mqtt]` extra": True,
    "uvx passerby": True,
    "pipx install --force passerby": True,
    "Or install passerby from this checkout into an environment of your own": False,
    "pip install '.[live]' in the passerby folder": False,
    "pip install --no-index --find-links wheels wheels/passerby-*.whl": False,
    "pip install './passerby-0.1.0-py3-none-any.whl[store]'": False,
}
ALLOWED = {
    "pyproject.toml",  # extras made of other extras: pip takes them from the same folder
    "tests/test_installation.py",
}


@pytest.mark.parametrize("text", TRIED)
def test_the_search_finds_an_installation_by_name(text: str):
    assert bool(BY_NAME.search(text)) == TRIED[text]


def test_no_file_installs_passerby_by_its_name():
    listed = subprocess.run(["git", "ls-files", "-co", "--exclude-standard"], cwd=ROOT, capture_output=True, check=True)
    wrong = []
    for name in listed.stdout.decode().splitlines():
        path = ROOT / name
        if name in ALLOWED or not path.is_file():
            continue
        try:
            lines = path.read_text(encoding="utf-8").splitlines()
        except UnicodeDecodeError:
            continue
        wrong += [f"{name}:{number}: {line}" for number, line in enumerate(lines, 1) if BY_NAME.search(line)]
    assert wrong == []


def test_every_extra_that_a_message_names_exists():
    extras = set(tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["optional-dependencies"])
    named = set()
    for path in (ROOT / "src").rglob("*.py"):
        named |= set(re.findall(r"how_to_install\(['\"](\w+)['\"]\)", path.read_text(encoding="utf-8")))
    assert {"live", "measure", "parquet", "recording", "simulation", "store"} <= named <= extras


def test_the_command_works_in_a_checkout_and_with_a_wheel():
    assert how_to_install("store").startswith("pip install '.[store]' in the passerby folder")
    assert ".whl[store]'" in how_to_install("store")
