"""The sign of a camera by HTTP, as `passerby sign` writes it."""

from __future__ import annotations

import pytest
from tests.serve.api.test_setup import Running

from passerby.gateway.site_editor import SiteEditor
from passerby.settings.load import load_site

pytestmark = pytest.mark.served

SITE = """\
site: arena
state_folder: state
cameras:
  - {name: door, address: "rtsp://10.0.0.5/1", purpose: Notice a blocked exit., legal_basis: consent}
  - {name: hall, address: "rtsp://10.0.0.6/1", purpose: Notice a blocked exit., legal_basis: consent}
public:
  cameras: [door]
  controller: Example Transit Ltd, 1 Station Square
  contact: privacy@example.org
  address: https://cameras.example.org
"""


@pytest.fixture
def site(tmp_path, web):
    path = tmp_path / "site.yaml"
    path.write_text(SITE)
    web.set_editor(SiteEditor(path, Running(load_site(path))))
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
