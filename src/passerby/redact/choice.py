"""What a person can choose about cover: the values of the settings, used by all code that applies them."""

from __future__ import annotations

from enum import StrEnum


class CoverKind(StrEnum):
    """What is covered."""

    PEOPLE = "people"
    HEADS = "heads"
    FACES = "faces"
    VEHICLES = "vehicles"
    SCREENS = "screens"
    TEXT = "text"
    PLATES = "plates"


class StyleName(StrEnum):
    """How the cover looks. No style shows a pixel of what lies beneath."""

    SOLID = "solid"
    MOSAIC = "mosaic"
    FIGURE = "figure"


class CoverShape(StrEnum):
    """The shape of the cover of a person who fills much of the picture."""

    AUTO = "auto"
    BOX = "box"
    OUTLINE = "outline"


class SoundChoice(StrEnum):
    """What of a recording's sound goes to the copy."""

    DROP = "drop"
    MUTE_SPEECH = "mute-speech"
    KEEP = "keep"


class CheckDepth(StrEnum):
    """How much of the covered copy is checked for leaks."""

    OFF = "off"
    SAMPLE = "sample"
    FULL = "full"
