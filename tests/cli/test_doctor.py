from __future__ import annotations

import re

import pytest
from tests.media import clips

from passerby.settings.site_entry import CameraEntry, add_camera

PURPOSE = {"purpose": "Notice crowding.", "legal_basis": "public_task"}


def test_the_doctor_says_a_line_for_each_thing_and_whether_something_is_wrong(passerby, tmp_path, registry_models):
    site = tmp_path / "site.yaml"
    clip = clips.make_clip(tmp_path / "clip.mp4", times=range(0, 100 * 512, 512))
    add_camera(site, CameraEntry("door", str(clip), **PURPOSE))
    site.write_text(site.read_text() + f"web:\n  port: 0\nstate_folder: {tmp_path}\n")
    done = passerby("doctor", site)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "ok    camera door: h264 64x48" in done.stdout
    told = re.search(r"estimate: at least ([\d.]+) processors busy, 0\.6 GB of memory \((.*)\)\n", done.stdout)
    cores, how = told.groups()  # balanced: 300 MB, and 300 for the gateway
    by = re.fullmatch(r"by .* another machine, times ([\d.]+): .* takes (\d+) ms of .* time here, 54 ms there", how)
    assert float(by[1]) == pytest.approx(int(by[2]) / 54, abs=0.06)
    assert float(cores) == pytest.approx(0.34 * int(by[2]) / 54, abs=0.06)
    assert done.stdout.endswith("cameras: 1; problems: none\n")

    add_camera(site, CameraEntry("hall", str(tmp_path / "none.mp4"), **PURPOSE))
    done = passerby("doctor", site)
    assert done.returncode == 1
    assert "WRONG camera hall: " in done.stdout

    assert passerby("doctor", tmp_path / "none.yaml").returncode == 2
