"""What is written into an annotated copy can be read when the copy is played: high, thick, light on dark, distinct."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import cv2
import numpy as np
import pytest

from passerby.media.files.video_file import VideoFile
from passerby.media.frame import Frame
from passerby.media.layout import Colour, Layout, Shape
from passerby.outputs.files.video import VideoTarget
from passerby.redact.drawing import Caption, Drawing
from passerby.redact.mask import Cover
from passerby.redact.redactor import redact
from passerby.redact.style import style_named

DIGITS = "0123456789"
LEAST_SHARE = np.tan(np.radians(16 / 60)) * 6
"""Least height of a character: 16 minutes of arc (ISO 9241-303) from six picture heights away (ITU-R BT.500)."""
LEAST_CONTRAST = 7.0
"""Enhanced contrast of WCAG 2.2, for text of any size."""
COUNT = 12


def street(number: int, width: int, height: int) -> Frame:
    """Return a picture full of detail that moves, the hardest to compress, in the middle of the range of luma."""
    random = np.random.default_rng(7)
    wide = random.integers(60, 200, (height, width + 4 * COUNT)).astype(np.uint8)
    luma = np.ascontiguousarray(cv2.GaussianBlur(wide, (0, 0), 1.2)[:, 4 * number : 4 * number + width])
    chroma = np.full((height // 2, width // 2), 128, np.uint8)
    return Frame((luma, chroma, chroma.copy()), Layout.YUV420, number, Fraction(1, 25), "street", Colour())


def drawn(folder: Path, width: int, height: int, text: str) -> tuple[np.ndarray, np.ndarray]:
    """Return the luma of the last picture of an annotated copy: as it was drawn, and as it is played."""
    style = Drawing(style_named("solid"), [], lambda: [Caption(text, (12, height / 2))])
    shape = Shape(width, height, Layout.YUV420, Colour(), Fraction(25), Fraction(1, 25))
    target = VideoTarget(folder / "copy.mp4", shape)
    for number in range(COUNT):
        covered = redact(street(number, width, height), Cover.nothing(), style)
        target.write(covered)
    target.finish()
    played = list(VideoFile(folder / "copy.mp4"))[-1]
    return np.asarray(covered.planes[0]), np.asarray(played.planes[0])


def glyphs(luma: np.ndarray) -> list[tuple[int, int, int, int]]:
    """Return the boxes of what is written in white, from left to right: x, y, width and height."""
    count, _, boxes, _ = cv2.connectedComponentsWithStats((luma >= 215).astype(np.uint8), connectivity=8)
    return sorted(tuple(map(int, box[:4])) for box in boxes[1:count] if box[4] > 10)


def light(luma: float) -> float:
    """Return the relative luminance of a luma of 16 to 235, as WCAG defines it for sRGB."""
    value = float(np.clip((luma - 16) / 219, 0, 1))
    return value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4


@pytest.mark.parametrize(("width", "height"), [(768, 576), (720, 576), (1024, 576), (704, 576), (352, 576)])
def test_numbers_in_the_annotated_video_are_legible_at_576_lines(tmp_path: Path, width: int, height: int) -> None:
    before, played = drawn(tmp_path, width, height, DIGITS)
    found = glyphs(before)
    assert len(found) == len(DIGITS)

    assert min(high for _, _, _, high in found) >= LEAST_SHARE * height
    written = before >= 215
    thin = cv2.erode(written.astype(np.uint8), np.ones((2, 2), np.uint8))
    assert thin.any()
    assert thin.sum() > 0.2 * written.sum()  # strokes of two pixels or more

    x, y = found[0][:2]
    right, below = found[-1][0] + found[-1][2], y + found[0][3]
    patch, mask = played[y:below, x:right].astype(float), written[y:below, x:right]
    core = cv2.erode((~mask).astype(np.uint8), np.ones((3, 3), np.uint8)).astype(bool)  # away from the edges
    ratio = (light(np.median(patch[mask])) + 0.05) / (light(np.median(patch[core])) + 0.05)
    assert ratio >= LEAST_CONTRAST

    size = max(max(wide, high) for _, _, wide, high in found) + 2
    masks = [_centred(written, box, size) for box in found]
    halfway = (np.median(patch[mask]) + np.median(patch[core])) / 2
    for number, box in enumerate(found):
        seen = _centred(played >= halfway, box, size)
        alike = [(seen & each).sum() / (seen | each).sum() for each in masks]
        assert int(np.argmax(alike)) == number, f"{DIGITS[number]} looks like {DIGITS[int(np.argmax(alike))]}"
        assert alike[number] > 0.6


def test_a_long_text_in_a_narrow_picture_is_made_smaller_and_not_cut_off(tmp_path: Path) -> None:
    text = "gate 1234 out 5678"
    before, _ = drawn(tmp_path, 352, 576, text)
    found = glyphs(before)
    assert found[-1][0] + found[-1][2] <= 352 - 2
    (tmp_path / "copy.mp4").unlink()
    alone, _ = drawn(tmp_path, 2048, 576, text)
    assert len(found) == len(glyphs(alone))


def _centred(picture: np.ndarray, box: tuple[int, int, int, int], size: int) -> np.ndarray:
    x, y, wide, high = box
    made = np.zeros((size, size), bool)
    top, left = (size - high) // 2, (size - wide) // 2
    made[top : top + high, left : left + wide] = picture[y : y + high, x : x + wide]
    return made
