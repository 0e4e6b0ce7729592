"""The seam for how covered pixels look. No style shows pixels, and none can be undone."""

from __future__ import annotations

from typing import Protocol

from passerby.errors import UsageError
from passerby.redact.mask import Cover
from passerby.redact.paint import SLATE, Canvas, samples_of


class Style(Protocol):
    """Paints cover over pixels, in place."""

    name: str

    def paint(self, canvas: Canvas, cover: Cover) -> None:
        """Paint every site that the cover touches, and no other.

        What is painted may not tell what was there, beyond the bound that the style states.

        Args:
            canvas: Planes of a copy that nobody has seen yet.
            cover: Never `whole`: the redactor blacks such a picture out itself.
        """
        ...


class Solid:
    """One dark colour: says nothing but that something is covered."""

    name = "solid"

    def paint(self, canvas: Canvas, cover: Cover) -> None:
        """Paint boxes and polygons in slate."""
        ink = samples_of(SLATE, canvas.layout, canvas.colour)
        canvas.fill(canvas.sites(cover.boxes_px), ink)
        for points_px in cover.polygons_px:
            canvas.fill_mask(*canvas.polygon(points_px), ink)


def style_named(name: str) -> Style:
    """Return the style of this name.

    Raises:
        UsageError: There is none.
    """
    styles: dict[str, Style] = {style.name: style for style in (Solid(),)}
    if name not in styles:
        msg = f"style '{name}' is unknown; choose one of {', '.join(styles)}"
        raise UsageError(msg)
    return styles[name]
