"""`passerby sign`: an A4 sheet with what passers-by must be told first, and a code that leads to the rest."""

from __future__ import annotations

import cv2
import pytest
from tests.public_site import PAGE, WITHOUT_ADDRESS, public_site

from passerby.errors import UsageError
from passerby.outputs.files.sign import SignContent, write_sign
from passerby.settings.language import Language

CONTENT = SignContent(
    "door", "arena", "Example Ltd", "Notice a <b>blocked</b> $exit$.", "a@b.org", 72.0, "https://x.org"
)


@pytest.fixture
def site(tmp_path):
    return public_site(tmp_path)


def test_the_code_leads_to_the_public_page_and_the_sheet_is_a4(passerby, site, tmp_path):
    target = tmp_path / "sign.png"
    assert passerby("sign", site, "door", "-o", target).returncode == 0
    picture = cv2.imread(str(target))
    assert cv2.QRCodeDetector().detectAndDecode(picture)[0] == PAGE
    assert picture.shape[0] / picture.shape[1] == pytest.approx(297 / 210, rel=0.01)


@pytest.mark.parametrize("form", ["pdf", "svg"])
def test_the_same_sign_is_written_twice_without_a_date(tmp_path, form):
    first, second = tmp_path / f"a.{form}", tmp_path / f"b.{form}"
    write_sign(first, CONTENT, Language.GERMAN)
    write_sign(second, CONTENT, Language.GERMAN)
    assert first.read_bytes() == second.read_bytes()
    assert first.read_bytes().startswith({"pdf": b"%PDF-", "svg": b"<?xml"}[form])
    assert b"CreationDate" not in first.read_bytes()


@pytest.mark.parametrize("long", ["word " * 99, "word" * 124], ids=["words", "one word"])
def test_a_long_purpose_fits_in_smaller_letters(tmp_path, long):
    from dataclasses import replace

    write_sign(tmp_path / "sign.svg", replace(CONTENT, purpose=long), Language.ENGLISH)
    with pytest.raises(UsageError, match="no room"):
        write_sign(tmp_path / "no.svg", replace(CONTENT, purpose=long * 4), Language.ENGLISH)
    assert not (tmp_path / "no.svg").exists()


@pytest.mark.parametrize(
    ("camera", "target", "text"),
    [
        ("cellar", "sign.pdf", "there is no camera 'cellar'; choose one of: door, hall"),
        (
            "hall",
            "sign.pdf",
            "camera 'hall' has no public page, to which its sign would lead; add it to public.cameras",
        ),
        ("door", "sign.doc", ".doc is not a format for signs; use .pdf or .svg (or .png)"),
    ],
)
def test_what_cannot_be_is_refused_in_one_line(passerby, site, tmp_path, camera, target, text):
    ended = passerby("sign", site, camera, "-o", tmp_path / target)
    assert ended.returncode == 2
    assert text in ended.stderr
    assert len(ended.stderr.splitlines()) == 1


def test_a_sign_needs_an_address_for_people_outside(passerby, site, tmp_path):
    site.write_text(WITHOUT_ADDRESS, encoding="utf-8")
    ended = passerby("sign", site, "door", "-o", tmp_path / "sign.pdf")
    assert (ended.returncode, "public.address is missing" in ended.stderr) == (2, True)


def test_an_existing_file_stays_unless_it_may_be_replaced(passerby, site, tmp_path):
    target = tmp_path / "sign.pdf"
    target.write_text("mine")
    assert passerby("sign", site, "door", "-o", target).returncode != 0
    assert target.read_text() == "mine"
    assert passerby("sign", site, "door", "-o", target, "--force").returncode == 0
    assert target.read_bytes().startswith(b"%PDF-")
