"""Announcements that make cameras and places appear in Home Assistant: MQTT device discovery.

Source: home-assistant.io/integrations/mqtt, "Device discovery payload", with its abbreviations.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from passerby.health.status import CameraState, Redaction
from passerby.measure.reading import Aggregate, Quantity
from passerby.outputs.mqtt.sender import Sender


class DeviceModel(StrEnum):
    """Kinds of devices in Home Assistant."""

    CAMERA = "camera"
    PLACE = "place"


_NAME: Final = re.compile(r"[A-Za-z0-9_.-]{1,64}")
COUNTS: Final = frozenset({Aggregate.SUM, Aggregate.EVENT})
"""Quantities that Home Assistant sums up."""


def device_topic(prefix: str, model: DeviceModel, site: str, name: str) -> str:
    """Return the topic where a camera or place is announced.

    >>> device_topic("homeassistant", DeviceModel.CAMERA, "hall", "north_door.1")
    'homeassistant/device/passerby_camera_hall_north-5fdoor-2e1/config'
    """
    return f"{prefix}/device/{_word('passerby', model, site, name)}/config"


def camera_device(sender: Sender, camera: str, *, topic: str) -> bytes:
    """Return the announcement of a camera.

    Args:
        sender: Which gateway announces it.
        camera: Name of the camera.
        topic: Where its health is published.
    """
    parts: dict[str, dict[str, Any]] = {
        "state": {"p": "sensor", "device_class": "enum", "options": [*CameraState], "icon": "mdi:cctv"},
        "redaction": {"p": "sensor", "device_class": "enum", "options": [*Redaction], "icon": "mdi:account-off"},
        "fps": {"p": "sensor", "unit_of_measurement": "fps", "state_class": "measurement", "icon": "mdi:speedometer"},
        "lag_ms": {"p": "sensor", "device_class": "duration", "unit_of_measurement": "ms", "name": "Lag"},
        "serviceability": {
            "p": "sensor",
            "unit_of_measurement": "%",
            "state_class": "measurement",
            "suggested_display_precision": 1,
            "value_template": "{{ none if value_json.serviceability is none else 100 * value_json.serviceability }}",
        },
        "problem": {
            "p": "binary_sensor",
            "device_class": "problem",
            "value_template": "{{ 'OFF' if value_json.state in ['ok', 'starting'] else 'ON' }}",
        },
    }
    for name, part in parts.items():
        part.setdefault("name", name.capitalize())
        part.setdefault("value_template", f"{{{{ value_json.{name} }}}}")
        part |= {
            "unique_id": _word("passerby", DeviceModel.CAMERA, sender.site, camera, name),
            "state_topic": topic,
            "ent_cat": "diagnostic",
        }

    return _announcement(sender, camera, parts, model=DeviceModel.CAMERA)


def place_device(sender: Sender, place: str, measured: Iterable[tuple[Quantity, str, str]]) -> bytes:
    """Return the announcement of a place.

    Args:
        sender: Which gateway announces it.
        place: Name of the place.
        measured: Each quantity with the class that is counted ("" = all) and its topic.
    """
    parts: dict[str, dict[str, Any]] = {}
    for quantity, kind, topic in measured:
        name = "_".join(filter(None, [quantity, kind.replace(" ", "-")]))
        counts = quantity.aggregate in COUNTS
        parts[name] = {
            "p": "sensor",
            "name": f"{quantity.replace('_', ' ').capitalize()} {kind}".strip(),
            "unique_id": _word("passerby", DeviceModel.PLACE, sender.site, place, name),
            "state_topic": topic,
            "value_template": "{{ value_json.total }}" if counts else "{{ value_json.value }}",
            "state_class": "total_increasing" if counts else "measurement",
        }
        if quantity.unit != "1":
            parts[name]["unit_of_measurement"] = quantity.unit

    return _announcement(sender, place, parts, model=DeviceModel.PLACE)


@dataclass(frozen=True, slots=True)
class Announced:
    """What an announcement that a broker holds is about.

    Args:
        sender: Which gateway announced it.
        model: Whether it is a camera or a place.
        name: Its name.
    """

    sender: Sender
    model: DeviceModel
    name: str


def owner(payload: bytes | bytearray) -> Announced | None:
    """Return what an announcement is about; None = it is another program's.

    Args:
        payload: What a broker holds; anybody may have written it there.
    """
    try:
        told = json.loads(payload)
        device = told["dev"]
        ours = told["o"]["name"] == "passerby"
        model = DeviceModel(device["mdl"])
        name = str(device["name"])
        sender = Sender.from_topic(told["avty_t"], str(device["sw"]))
    except (ValueError, KeyError, TypeError, RecursionError):
        return None
    if sender is None or not ours or device["sa"] != sender.site:
        return None
    if model is DeviceModel.CAMERA and not _NAME.fullmatch(name):  # it becomes part of a topic
        return None
    return Announced(sender, model, name)


@dataclass(frozen=True, slots=True)
class OwnPlace:
    """A place that this gateway announced before it was started.

    Args:
        topic: Where it is announced.
        states: Where its values are.
    """

    topic: str
    states: tuple[str, ...]


def states_of(payload: bytes | bytearray, place: Announced) -> tuple[str, ...]:
    """Return where the values of an announced place are; topics that are not this place's are left out.

    Args:
        payload: The announcement, of which `owner` has made `place`.
        place: What it is about.

    >>> hall = Sender("hall", "00112233aabbccdd", "1")
    >>> north = place_device(hall, "north", [(Quantity.DENSITY, "", "passerby/hall/north/density")])
    >>> states_of(north, Announced(hall, DeviceModel.PLACE, "north"))
    ('passerby/hall/north/density',)
    >>> states_of(north, Announced(hall, DeviceModel.PLACE, "south"))
    ()
    """
    try:
        parts = json.loads(payload)["cmps"].values()
        topics = [part["state_topic"] for part in parts]
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return ()
    begin = f"passerby/{place.sender.site}/{place.name}/"
    return tuple(
        each for each in topics if isinstance(each, str) and each.startswith(begin) and not set(each) & set("+#\0")
    )


def _announcement(sender: Sender, name: str, parts: dict[str, dict[str, Any]], *, model: DeviceModel) -> bytes:
    return json.dumps(
        {
            "dev": {
                "ids": [_word("passerby", model, sender.site, name)],
                "name": name,
                "mf": "passerby",
                "mdl": model,
                "sw": sender.version,
                "sa": sender.site,
            },
            "o": {"name": "passerby", "sw": sender.version},
            "cmps": parts,
            "avty_t": sender.available_topic,
            "qos": 1,
        }
    ).encode()


def _word(*names: str) -> str:
    """Return names as one word that Home Assistant allows in topics; different names stay different."""
    return "_".join(re.sub(r"[^A-Za-z0-9]", lambda odd: f"-{ord(odd[0]):02x}", name) for name in names)
