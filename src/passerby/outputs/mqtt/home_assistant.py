"""Announcements that make cameras and places appear in Home Assistant: MQTT device discovery.

Source: home-assistant.io/integrations/mqtt, "Device discovery payload", with its abbreviations.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from enum import StrEnum
from typing import Any, Final

from passerby.health.status import CameraState, Redaction
from passerby.measure.reading import Aggregate, Quantity

AVAILABLE: Final = "passerby/available"


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


def camera_device(site: str, camera: str, *, topic: str, version: str) -> bytes:
    """Return the announcement of a camera.

    Args:
        site: Name of the site.
        camera: Name of the camera.
        topic: Topic of its status.
        version: Version of passerby.
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
            "unique_id": _word("passerby", DeviceModel.CAMERA, site, camera, name),
            "state_topic": topic,
            "ent_cat": "diagnostic",
        }
    return _announcement(site, camera, parts, model=DeviceModel.CAMERA, version=version)


def place_device(site: str, place: str, measured: Iterable[tuple[Quantity, str, str]], *, version: str) -> bytes:
    """Return the announcement of a place.

    Args:
        site: Name of the site.
        place: Name of the place.
        measured: Each quantity with the class that is counted ("" = all) and its topic.
        version: Version of passerby.
    """
    parts: dict[str, dict[str, Any]] = {}
    for quantity, kind, topic in measured:
        name = "_".join(filter(None, [quantity, kind.replace(" ", "-")]))
        counts = quantity.aggregate in COUNTS
        parts[name] = {
            "p": "sensor",
            "name": f"{quantity.replace('_', ' ').capitalize()} {kind}".strip(),
            "unique_id": _word("passerby", DeviceModel.PLACE, site, place, name),
            "state_topic": topic,
            "value_template": "{{ value_json.total }}" if counts else "{{ value_json.value }}",
            "state_class": "total_increasing" if counts else "measurement",
        }
        if quantity.unit != "1":
            parts[name]["unit_of_measurement"] = quantity.unit
    return _announcement(site, place, parts, model=DeviceModel.PLACE, version=version)


def camera_of(payload: bytes | bytearray, site: str) -> str:
    """Return the camera of this site that a retained announcement is about; "" = none."""
    try:
        told = json.loads(payload)
        device = told["dev"]
        ours = told["o"]["name"] == "passerby" and device["sa"] == site and device["mdl"] == DeviceModel.CAMERA
        name = str(device["name"])
        return name if ours and _NAME.fullmatch(name) else ""  # any client may have written it
    except (ValueError, KeyError, TypeError):
        return ""


def _announcement(site: str, name: str, parts: dict[str, dict[str, Any]], *, model: DeviceModel, version: str) -> bytes:
    return json.dumps(
        {
            "dev": {
                "ids": [_word("passerby", model, site, name)],
                "name": name,
                "mf": "passerby",
                "mdl": model,
                "sw": version,
                "sa": site,
            },
            "o": {"name": "passerby", "sw": version},
            "cmps": parts,
            "avty_t": AVAILABLE,
            "qos": 1,
        }
    ).encode()


def _word(*names: str) -> str:
    """Return names as one word that Home Assistant allows in topics; different names stay different."""
    return "_".join(re.sub(r"[^A-Za-z0-9]", lambda odd: f"-{ord(odd[0]):02x}", name) for name in names)
