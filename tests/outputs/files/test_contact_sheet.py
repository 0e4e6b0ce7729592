"""The contact sheet."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from passerby.errors import OutputError
from passerby.outputs.files.contact_sheet import Tile, write_sheet

RED = np.full((120, 192, 3), (200, 30, 30), np.uint8)


def test_every_tile_is_shown_with_its_text(tmp_path: Path) -> None:
    target = tmp_path / "sheet.png"
    write_sheet(target, [Tile(RED, ("0:03", "person 0.71"))] * 8, title="copy.mp4: 8 spots")
    with Image.open(target) as sheet:
        pixels = np.array(sheet)
    assert (pixels == (200, 30, 30)).all(axis=2).sum() == 8 * 120 * 192
    assert list(tmp_path.iterdir()) == [target]


@pytest.mark.parametrize("tiles", [[], [Tile(np.empty((0, 0, 3), np.uint8), ("0:03",))], [Tile(RED.repeat(9, 0), ())]])
def test_odd_sheets_are_drawn_too(tmp_path: Path, tiles: list[Tile]) -> None:
    write_sheet(tmp_path / "sheet.png", tiles, title="copy.mp4: nothing suspicious")
    with Image.open(tmp_path / "sheet.png") as sheet:
        assert sheet.format == "PNG"
        assert not sheet.info


def test_text_stands_below_wide_pictures_without_a_gap(tmp_path: Path) -> None:
    heights = []
    for shape in ((192, 192, 3), (96, 192, 3)):
        write_sheet(tmp_path / "s.png", [Tile(np.zeros(shape, np.uint8), ("12:00",))] * 2, title="copy", replace=True)
        with Image.open(tmp_path / "s.png") as sheet:
            heights.append(sheet.height)
    assert heights[0] - heights[1] == 96


def test_a_sheet_is_not_replaced_unless_asked(tmp_path: Path) -> None:
    target = tmp_path / "sheet.png"
    target.write_text("mine")
    with pytest.raises(OutputError, match="exists"):
        write_sheet(target, [], title="")
    assert target.read_text() == "mine"
    write_sheet(target, [], title="", replace=True)
    assert target.read_bytes().startswith(b"\x89PNG")


def test_a_sheet_that_cannot_be_written_is_refused_by_name(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="nowhere"):
        write_sheet(tmp_path / "nowhere" / "sheet.png", [], title="")
