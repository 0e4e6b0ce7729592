"""A contact sheet: pictures of suspicious places with their times, for a person to judge.

It takes plain pictures. `redact.check` cuts them out of a covered copy, so the sheet shows only what anyone
can see in the copy; nothing here can reach a raw frame.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from passerby.outputs.partial import PartialFile, write_error

_TILE_PX: Final = 192
_GAP_PX: Final = 14
_LINE_PX: Final = 17
_TEXT_PX: Final = 13
_ACROSS: Final = 6
_PAPER, _INK = (246, 247, 249), (38, 44, 58)


@dataclass(frozen=True, slots=True)
class Tile:
    """One place on the sheet.

    Args:
        rgb: Shape (h, w, 3) uint8, at most 192 px on a side; larger ones are scaled down, empty ones left blank.
        lines: Text to print under it, such as time and kind.
    """

    rgb: NDArray[np.uint8]
    lines: tuple[str, ...]


def write_sheet(
    path: Path, tiles: Sequence[Tile], *, title: str, tile_px: int = _TILE_PX, replace: bool = False
) -> None:
    """Write a contact sheet as PNG.

    Args:
        path: The file; the format is PNG whatever its name.
        tiles: In the order shown, six per row.
        tile_px: Longest side of a picture on the sheet, px; larger ones are shrunk.
        title: First line of the sheet.
        replace: Whether an existing file may be replaced.

    Raises:
        OutputError: The file exists or cannot be written.
    """
    data = io.BytesIO()
    _drawn(tiles, title, tile_px).save(data, "PNG")
    file = PartialFile(path, replace=replace)
    try:
        file.write(data.getbuffer())
        file.commit()
    except OSError as error:
        raise write_error(path, error) from error
    finally:
        file.discard()


def _drawn(tiles: Sequence[Tile], title: str, side: int) -> Image.Image:
    """Return the sheet as an image."""
    font = ImageFont.load_default(_TEXT_PX)
    lines = max((len(tile.lines) for tile in tiles), default=0)
    pictures = [_shrunk(tile.rgb, side) for tile in tiles]
    tall = max((picture.height for picture in pictures if picture is not None), default=side)  # of wide ones: less
    cell = side + _GAP_PX, tall + lines * _LINE_PX + _GAP_PX
    across = max(3, min(_ACROSS, len(tiles)))
    top = _GAP_PX + _LINE_PX + _GAP_PX // 2
    sheet = Image.new("RGB", (_GAP_PX + across * cell[0], top + -(-len(tiles) // across) * cell[1] + _GAP_PX), _PAPER)
    draw = ImageDraw.Draw(sheet)
    draw.text((_GAP_PX, _GAP_PX), title, _INK, font)

    for number, (tile, picture) in enumerate(zip(tiles, pictures, strict=True)):
        x, y = _GAP_PX + number % across * cell[0], top + number // across * cell[1]
        if picture is not None:
            sheet.paste(picture, (x, y))
        for line, text in enumerate(tile.lines):
            draw.text((x, y + tall + 2 + line * _LINE_PX), text, _INK, font)

    return sheet


def _shrunk(rgb: NDArray[np.uint8], side: int) -> Image.Image | None:
    """Return a picture that fits into a square; None = it is empty."""
    if not rgb.size:
        return None
    picture = Image.fromarray(rgb)
    picture.thumbnail((side, side))
    return picture
