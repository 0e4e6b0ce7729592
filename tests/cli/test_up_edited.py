"""The site file of a running gateway is changed by HTTP: a new camera and a new place work without a restart."""

from __future__ import annotations

from pathlib import Path

import httpx
import pytest
from tests.cli.test_up import gateway, site_file
from tests.serve.served import token_in
from tests.sockets import PLAIN
from tests.waiting import until

PLACE = {"picture_px": [1280, 720], "zones": [{"name": "yard", "corners_px": [[0, 0], [700, 0], [700, 500]]}]}


@pytest.mark.usefixtures("registry_models")
def test_a_camera_and_a_place_that_are_put_into_the_site_file_work_without_a_restart(tmp_path: Path) -> None:
    site = site_file(tmp_path, ("door", "simulation:plaza"))
    site.write_text("# of the north gate\n" + site.read_text())
    token = token_in(tmp_path / "state")
    headers = {"Authorization": f"Bearer {token}"}
    with (
        gateway(site) as running,
        httpx.Client(base_url=running.until("http://"), headers=headers, timeout=60, verify=PLAIN) as api,
    ):
        running.until("door: ok")
        read = api.get("/api/site")
        wanted = read.json()["settings"]
        wanted["cameras"].append(wanted["cameras"][0] | {"name": "gate", "address": "simulation:platform"})
        compared = api.post("/api/site/difference", json={"settings": wanted}).json()
        assert compared["changes"]["cameras.gate.name"] == "(absent) -> gate"
        assert (compared["restart"], compared["second_person"]) == ([], [])
        assert [each["name"] for each in api.get("/api/cameras").json()] == ["door"]  # only compared
        assert api.put("/api/site", json={"settings": wanted}).status_code == 428
        based = {"If-Match": read.headers["etag"]}
        assert api.put("/api/site", json={"settings": wanted}, headers=based).status_code == 200
        assert api.put("/api/site", json={"settings": wanted}, headers=based).status_code == 412
        assert [each["name"] for each in api.get("/api/cameras").json()] == ["door", "gate"]
        until(lambda: api.get("/api/cameras/gate").json()["state"] == "ok")
        assert site.read_text().startswith("# of the north gate\n")

        path = "/api/site/cameras/door/places"
        based = {"If-Match": api.get(path).headers["etag"]}
        assert api.put(path, json=PLACE, headers=based).status_code == 200
        until(lambda: {each["place"] for each in api.get("/api/places").json()} == {"yard"}, not_yet=(TypeError,))

        changed = [each for each in api.get("/api/audit").json() if each["kind"] == "settings_changed"]
        assert {each["account"] for each in changed} == {"anna/script"}
        assert "(absent) -> gate" in str(changed)
    assert running.process.returncode == 0
