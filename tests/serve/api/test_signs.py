"""The sign of a camera by HTTP, as `passerby sign` writes it."""

from __future__ import annotations

import pytest
from tests.public_site import public_site
from tests.serve.editing import editor_of

pytestmark = pytest.mark.served


@pytest.fixture
def site(tmp_path, web):
    path = public_site(tmp_path)
    web.set_editor(editor_of(path))
    return path


def test_the_sign_is_the_one_of_the_command_line(visitor, site, passerby, tmp_path):
    answer = visitor.get("/api/cameras/door/sign", params={"lang": "de"})
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/pdf")
    assert 'filename="sign-door.pdf"' in answer.headers["content-disposition"]
    assert passerby("sign", site, "door", "-o", tmp_path / "sign.pdf", "--language", "de").returncode == 0
    assert answer.content == (tmp_path / "sign.pdf").read_bytes()


def test_a_camera_without_a_public_page_has_no_sign(visitor, site):
    answer = visitor.get("/api/cameras/hall/sign")
    assert answer.status_code == 422
    assert "camera 'hall' has no public page" in answer.json()["detail"]
    assert visitor.get("/api/cameras/cellar/sign").status_code == 404


def test_without_a_site_file_nobody_knows_what_a_sign_says(visitor):
    answer = visitor.get("/api/cameras/door/sign")
    assert answer.status_code == 422
    assert "without a site file" in answer.json()["detail"]
