"""The interface for how covered pixels look. No style shows original pixels, and none can be reversed."""

from __future__ import annotations

from typing import Protocol

from passerby.errors import UsageError
from passerby.redact.figure import FigureStyle
from passerby.redact.mask import Cover
from passerby.redact.mosaic import MosaicStyle
from passerby.redact.paint import SLATE, Canvas, samples_of


class Style(Protocol):
    """Paints cover over pixels, in place."""

    name: str

    def paint(self, canvas: Canvas, cover: Cover) -> None:
        """Paint every site that the cover touches, and no other.

        What is painted must not reveal what was there, beyond the bound that the style documents.

        Args:
            canvas: Planes of a copy that has not been shown or stored yet.
            cover: Never `whole`: the redactor blacks out such a picture itself.
        """
        ...


class SolidStyle:
    """One dark colour: reveals only that something is covered."""

    name = "solid"

    def paint(self, canvas: Canvas, cover: Cover) -> None:
        """Paint boxes and polygons in slate."""
        canvas.lay(cover, samples_of(SLATE, canvas.layout, canvas.colour))


def style_named(name: str) -> Style:
    """Return the style of this name: solid, mosaic or figure.

    Raises:
        UsageError: No style has this name.
    """
    styles: tuple[Style, ...] = (SolidStyle(), MosaicStyle(), FigureStyle())
    for style in styles:
        if style.name == name:
            return style
    msg = f"style '{name}' is unknown; choose one of {', '.join(style.name for style in styles)}"
    raise UsageError(msg)
