"""The files of the console, as the gateway sends them."""

from __future__ import annotations

import asyncio
import gzip
import re

import httpx
import pytest
from starlette.applications import Starlette
from tests.waiting import PATIENCE_S

from passerby.serve.console import FOLDER, ConsoleFiles

WALL_BYTES = 120_000
ALL_BYTES = 200_000
"""Budgets, compressed: what sign-in and wall read, and everything but the map."""
EMBEDDED_BYTES = 10_000
"""Budget of `<passerby-camera>`, compressed: it is read by pages of others."""
EMBEDDED = "passerby-camera.js"


@pytest.fixture
def built(tmp_path):
    folder = tmp_path / "console"
    (folder / "assets").mkdir(parents=True)
    for name, text in {"index.html": "<p>page", "icon.svg": "<svg/>", "assets/main-1a2b.js": "let a;"}.items():
        (folder / name).write_text(text)
        (folder / f"{name}.gz").write_bytes(gzip.compress(text.encode()))
    return folder


class Visit:
    """Asks for the files of a folder."""

    def __init__(self, folder):
        self.app = Starlette()
        self.app.mount("/", ConsoleFiles(folder))

    def get(self, path, encoding="identity"):
        return asyncio.run(self._get(path, encoding))

    async def _get(self, path, encoding):
        transport = httpx.ASGITransport(self.app)
        async with httpx.AsyncClient(transport=transport, base_url="http://gateway", timeout=PATIENCE_S) as client:
            return await client.get(path, headers={"Accept-Encoding": encoding})


@pytest.fixture
def visit(built):
    return Visit(built)


@pytest.mark.parametrize("path", ["/", "/wall", "/wall/front", "/camera/door.js", "/alerts/1-a?state=open"])
def test_every_address_of_the_console_is_answered_with_its_page(visit, path):
    answer = visit.get(path)
    assert (answer.status_code, answer.text) == (200, "<p>page")
    assert answer.headers["content-type"].startswith("text/html")
    assert answer.headers["cache-control"] == "no-cache"


def test_files_whose_names_change_with_their_content_are_kept_by_browsers(visit):
    answer = visit.get("/assets/main-1a2b.js")
    assert answer.text == "let a;"
    assert "immutable" in answer.headers["cache-control"]
    assert "immutable" not in visit.get("/icon.svg").headers["cache-control"]


@pytest.mark.parametrize("path", ["/wall", "/icon.svg", "/assets/main-1a2b.js"])
def test_a_browser_that_takes_compressed_files_gets_them_as_what_they_are(visit, path):
    plain, packed = visit.get(path), visit.get(path, "gzip")
    assert packed.headers["content-encoding"] == "gzip"
    assert packed.headers["vary"] == "Accept-Encoding"
    assert packed.text == plain.text
    assert packed.headers["content-type"] == plain.headers["content-type"]


@pytest.mark.parametrize("path", ["/assets/other-3c.js", "/nothing.png", "/api/nothing", "/assets/../../conftest.py"])
def test_what_is_no_file_and_no_address_of_the_console_is_absent(visit, path):
    assert visit.get(path).status_code == 404


def test_a_checkout_without_the_console_says_how_to_build_it(tmp_path, caplog):
    answer = Visit(tmp_path / "nowhere").get("/wall")
    assert answer.status_code == 503
    assert "make web" in answer.text
    assert [record.message for record in caplog.records] == ["console_not_built"]


@pytest.fixture
def sizes(console):
    return {path.name[: -len(".gz")]: path.stat().st_size for path in FOLDER.rglob("*.gz") if EMBEDDED not in path.name}


def test_the_console_stays_small(sizes):
    later = re.compile("|".join(f"^{name}-" for name in _later()))
    wall = {name: size for name, size in sizes.items() if not later.match(name)}
    assert len(wall) < len(sizes)
    assert sum(wall.values()) < WALL_BYTES, wall
    assert sum(sizes.values()) < ALL_BYTES, sizes


def test_the_element_for_other_pages_is_one_small_file(console):
    assert (FOLDER / f"{EMBEDDED}.gz").stat().st_size < EMBEDDED_BYTES
    code = (FOLDER / EMBEDDED).read_text(encoding="utf-8")
    assert not re.search(r"\bimport\s*\(|^import\b|[;}]import\b(?!\.meta)", code)
    assert "forbidden.title" not in code  # messages of the console's pages


def _later():
    """Name the pages that are read when somebody opens them."""
    code = (FOLDER.parents[3] / "web/src/app/pages.ts").read_text(encoding="utf-8")
    return re.findall(r'import\("\.\./views/([\w-]+)"\)', code)


def test_the_console_names_no_foreign_host(console):
    allowed = re.compile(r"https?://(www\.w3\.org/|lit\.dev/msg)")  # names of formats, and lit's warnings
    for path in FOLDER.rglob("*"):
        if path.suffix in {".js", ".css", ".html", ".webmanifest"}:
            found = re.findall(r"https?://[^\s\"'`)]+", path.read_text(encoding="utf-8"))
            assert not [url for url in found if not allowed.match(url)], path.name
