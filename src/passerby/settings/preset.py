"""Presets: kinds of footage, and the options that each stands for."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Any, Final

from passerby.redact.choice import CoverKind, CoverShape


class Preset(StrEnum):
    """A kind of footage."""

    CAMERA = "camera"
    INTERVIEW = "interview"
    STREET = "street"
    DASHCAM = "dashcam"
    PHOTOS = "photos"


_PEOPLE: Final = (CoverKind.PEOPLE,)
_TRAFFIC: Final = (CoverKind.PEOPLE, CoverKind.VEHICLES)
_ROAD: Final = (CoverKind.PEOPLE, CoverKind.PLATES)

PRESETS: Final[Mapping[Preset, Mapping[str, Any]]] = {
    Preset.CAMERA: {"cover": _PEOPLE, "shape": CoverShape.BOX, "hold_s": 1.0},
    Preset.INTERVIEW: {"cover": _PEOPLE, "shape": CoverShape.OUTLINE, "hold_s": 0.5},
    Preset.STREET: {"cover": _TRAFFIC, "shape": CoverShape.AUTO, "hold_s": 0.5},
    Preset.DASHCAM: {"cover": _ROAD, "shape": CoverShape.BOX, "hold_s": 0.5},
    Preset.PHOTOS: {"cover": _PEOPLE, "shape": CoverShape.AUTO, "hold_s": 0.5},
}
"""What each stands for. None finds less than the defaults: a still camera can hold cover longer at little cost, and
on the road the plates of vehicles are covered too."""

WHAT_FOR: Final[Mapping[Preset, str]] = {
    Preset.CAMERA: "a camera that stands still",
    Preset.INTERVIEW: "people who fill much of the picture",
    Preset.STREET: "carried through a street: plates are covered with their vehicles",
    Preset.DASHCAM: "filmed from a vehicle: plates are covered, and whole vehicles on which none is found",
    Preset.PHOTOS: "pictures; the hold applies to videos among them",
}


def filled(given: Mapping[str, Any]) -> dict[str, Any]:
    """Return options with those that their preset stands for; an option that is given wins.

    >>> filled({"preset": "camera"})["hold_s"], filled({"preset": "camera", "hold_s": 3})["hold_s"]
    (1.0, 3)
    """
    name = given.get("preset")
    stands_for = PRESETS[Preset(name)] if name in set(Preset) else {}
    if given.get("plan") is not None:  # it stands for hold and boxes, which it was measured with
        stands_for = {option: value for option, value in stands_for.items() if option not in {"hold_s", "shape"}}
    return {**stands_for, **given}


def written(value: Any) -> str:  # noqa: ANN401 - the value of any option
    """Return the value of an option as on the command line.

    >>> written(("people", "vehicles")), written(0.5)
    ('people,vehicles', '0.5')
    """
    return ",".join(map(str, value)) if isinstance(value, tuple) else str(value)
