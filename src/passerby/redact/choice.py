"""What a person can choose about cover: the words of the settings, used by all that carries them out."""

from __future__ import annotations

from enum import StrEnum


class CoverKind(StrEnum):
    """What is covered."""

    PEOPLE = "people"
    HEADS = "heads"
    FACES = "faces"
    VEHICLES = "vehicles"
    SCREENS = "screens"


class StyleName(StrEnum):
    """How the cover looks. None of them shows a pixel of what lies beneath."""

    SOLID = "solid"
    MOSAIC = "mosaic"
    FIGURE = "figure"


class CheckDepth(StrEnum):
    """How much of the covered copy is looked at once more."""

    OFF = "off"
    SAMPLE = "sample"
    FULL = "full"
