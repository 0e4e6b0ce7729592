"""What a broker kept is believed only as far as it can be ours."""

from __future__ import annotations

import json

import pytest

from passerby.outputs.mqtt.home_assistant import camera_device, camera_of


def test_our_own_announcement_tells_its_camera() -> None:
    payload = camera_device("hall", "north_door.1", topic="passerby/hall/north_door.1/health", version="1")
    assert camera_of(payload, "hall") == "north_door.1"
    assert not camera_of(payload, "station")


@pytest.mark.parametrize("name", ["#", "a/b", "+", "", "door\x00", "x" * 70_000, "café"])
def test_no_foreign_name_becomes_part_of_a_topic(name: str) -> None:
    told = json.loads(camera_device("hall", "door", topic="passerby/hall/door/health", version="1"))
    told["dev"]["name"] = name
    assert not camera_of(json.dumps(told).encode(), "hall")
