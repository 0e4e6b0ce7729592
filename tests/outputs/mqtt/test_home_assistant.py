"""What a broker kept is believed only as far as it can be ours."""

from __future__ import annotations

import json

import pytest

from passerby.measure.reading import Quantity
from passerby.outputs.mqtt.home_assistant import Announced, DeviceModel, camera_device, owner, place_device
from passerby.outputs.mqtt.sender import Sender

HALL = Sender("hall", "00112233aabbccdd", "1")


def told(**changed) -> bytes:
    device = json.loads(camera_device(HALL, "door", topic="passerby/hall/door/health"))
    return json.dumps(device | changed).encode()


def test_an_announcement_says_which_gateway_made_it_and_what_it_is_about() -> None:
    camera = camera_device(HALL, "north_door.1", topic="passerby/hall/north_door.1/health")
    assert owner(camera) == Announced(HALL, DeviceModel.CAMERA, "north_door.1")
    place = place_device(HALL, "north exit", [(Quantity.DENSITY, "", "passerby/hall/north exit/density")])
    assert owner(place) == Announced(HALL, DeviceModel.PLACE, "north exit")


@pytest.mark.parametrize("name", ["#", "a/b", "+", "", "door\x00", "x" * 70_000, "café"])
def test_no_foreign_name_becomes_part_of_a_topic(name: str) -> None:
    device = json.loads(told())["dev"] | {"name": name}
    assert owner(told(dev=device)) is None


@pytest.mark.parametrize(
    "payload",
    [
        b"",
        b"{",
        b"[]",
        b"[" * 100_000,
        told(avty_t="passerby/available"),  # of an earlier version: whose it is cannot be known
        told(avty_t="passerby/#/available/00112233aabbccdd"),
        told(avty_t="passerby/a/b/available/00112233aabbccdd"),
        told(avty_t="passerby/station/available/00112233aabbccdd"),
        told(avty_t=["passerby/hall/available/00112233aabbccdd"]),
        told(o={"name": "zigbee2mqtt"}),
    ],
)
def test_what_is_not_surely_ours_has_no_owner(payload: bytes) -> None:
    assert owner(payload) is None
