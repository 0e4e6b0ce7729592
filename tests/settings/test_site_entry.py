from __future__ import annotations

from dataclasses import replace

import pytest

from passerby.errors import UsageError
from passerby.settings.load import load_site
from passerby.settings.site_entry import CameraEntry, add_camera

DOOR = CameraEntry(
    name="door",
    address="rtsp://10.0.0.5/one",
    username="viewer",
    secret="DOOR_PASSWORD",
    purpose="Notice a blocked exit at the door.",
    legal_basis="public_task",
    comment="h264 1280x720",
)
HALL = replace(DOOR, name="hall", username="", secret="")
WRITTEN = """\
# Our site. Nobody touches this line.
site: station   # the old name
cameras:
- name: stairs # odd indentation is kept
  address: /dev/video0
  purpose: >
    Notice crowding
    on the stairs.

  legal_basis: public_task
  cover:
    - people
    - faces
    # and nothing else

# the page
web: {port: 0}
"""


def test_a_new_file_is_a_site_that_loads(tmp_path):
    path = tmp_path / "site.yaml"
    add_camera(path, DOOR)
    add_camera(path, HALL)
    site = load_site(path, environment={"DOOR_PASSWORD": "geheim"})
    assert [camera.name for camera in site.cameras] == ["door", "hall"]
    assert site.cameras[0].password.get_secret_value() == "geheim"
    assert not list(tmp_path.glob(".*"))


def test_an_existing_file_keeps_every_line(tmp_path):
    path = tmp_path / "site.yaml"
    path.write_text(WRITTEN)
    add_camera(path, HALL)
    lines = path.read_text().splitlines()
    assert all(line in lines for line in WRITTEN.splitlines())
    site = load_site(path)
    assert [camera.name for camera in site.cameras] == ["stairs", "hall"]
    assert site.web.port == 0


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (WRITTEN.replace("stairs #", "HALL #"), "already a camera 'hall'"),
        ("site: x\ncameras: []\n", "no list of cameras"),
        ("site: x\n", "no list of cameras"),
        ("- 1\n- 2\n", "no list of cameras"),
        ("just text", "no list of cameras"),
        ("a: [", "not valid YAML"),
    ],
)
def test_a_file_that_cannot_take_a_camera_stays_as_it_is(tmp_path, text, reason):
    path = tmp_path / "site.yaml"
    path.write_text(text)
    with pytest.raises(UsageError, match=reason):
        add_camera(path, HALL)
    assert path.read_text() == text


def test_a_purpose_that_is_not_yet_said_is_asked_for_at_the_start(tmp_path):
    path = tmp_path / "site.yaml"
    add_camera(path, replace(HALL, purpose="", legal_basis=""))
    with pytest.raises(UsageError, match=r"site.yaml:\d+: cameras.*purpose"):
        load_site(path)


def test_what_looks_like_yaml_in_an_entry_is_text(tmp_path):
    path = tmp_path / "site.yaml"
    add_camera(path, replace(HALL, purpose='Watch: "the # door", {always}\n- name: x', address="rtsp://a/#b: c"))
    assert load_site(path).cameras[0].purpose.endswith("- name: x")


def test_a_folder_that_cannot_be_written_says_so(tmp_path):
    with pytest.raises(UsageError, match="cannot be written"):
        add_camera(tmp_path / "none" / "site.yaml", HALL)
