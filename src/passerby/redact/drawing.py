"""Lines, zones and numbers drawn on a covered picture: they are painted over it and never remove cover."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from passerby.redact.mask import Cover
from passerby.redact.paint import SLATE, Canvas, Rgb, samples_of
from passerby.redact.style import Style

WHITE: Rgb = (240, 240, 240)
FONT = cv2.FONT_HERSHEY_SIMPLEX
_LEAST_SCALE = 0.35


@dataclass(frozen=True, slots=True)
class Mark:
    """A polyline on the picture.

    Args:
        points_px: Shape (N, 2), corners.
        rgb: Its colour.
    """

    points_px: NDArray[np.float64]
    rgb: Rgb


@dataclass(frozen=True, slots=True)
class Caption:
    """A short text on the picture.

    Args:
        text: One line.
        at_px: Where its lower left corner lies.
    """

    text: str
    at_px: tuple[float, float]


class Drawing:
    """A `Style` that covers with another style and then draws on top.

    Args:
        style: How the cover looks.
        marks: What is drawn on every picture.
        captions: Called for every picture; returns the texts to draw on it.
    """

    def __init__(self, style: Style, marks: Sequence[Mark], captions: Callable[[], Sequence[Caption]]) -> None:
        self.name = style.name
        self._style = style
        self._marks = tuple(marks)
        self._captions = captions
        self._masks: list[tuple[NDArray[np.bool_], tuple[int, int]]] | None = None

    def paint(self, canvas: Canvas, cover: Cover) -> None:
        """Cover, then draw."""
        self._style.paint(canvas, cover)
        if self._masks is None:
            self._masks = [_stroke(mark, canvas) for mark in self._marks]
        for mark, (mask, corner) in zip(self._marks, self._masks, strict=True):
            canvas.fill_mask(mask, corner, samples_of(mark.rgb, canvas.layout, canvas.colour))
        for caption in self._captions():
            _write(caption, canvas)


def _stroke(mark: Mark, canvas: Canvas) -> tuple[NDArray[np.bool_], tuple[int, int]]:
    rows, columns = canvas.size
    raster = np.zeros((rows, columns), np.uint8)
    limited = np.clip(mark.points_px / canvas.step, -columns, 2 * columns)
    thick = max(1, round(columns / 400))
    cv2.polylines(raster, [np.round(limited).astype(np.int32)], isClosed=False, color=1, thickness=thick)
    return _cropped(raster)


def _write(caption: Caption, canvas: Canvas) -> None:
    """Write one line of text in white on slate, shifted so that it stays inside the picture."""
    rows, columns = canvas.size
    scale, thick = _size(caption.text, rows, columns)
    (_, high), below = cv2.getTextSize(caption.text, FONT, scale, thick)
    pad = 3 + thick
    raster = np.zeros((high + below + 2 * pad, _width(caption.text, scale, thick) + 2 * pad), np.uint8)
    x = pad
    for letter in caption.text:  # one by one: written together, some of them touch
        cv2.putText(raster, letter, (x, high + pad), FONT, scale, 1, thick, cv2.LINE_8)
        x += _width(letter, scale, thick)
    x = round(min(max(0, caption.at_px[0] / canvas.step), max(0, columns - raster.shape[1])))
    y = round(min(max(0, caption.at_px[1] / canvas.step - raster.shape[0]), max(0, rows - raster.shape[0])))
    raster = raster[: rows - y, : columns - x]
    canvas.fill((x, y, x + raster.shape[1], y + raster.shape[0]), samples_of(SLATE, canvas.layout, canvas.colour))
    canvas.fill_mask(raster.astype(np.bool_), (x, y), samples_of(WHITE, canvas.layout, canvas.colour))


def _size(text: str, rows: int, columns: int) -> tuple[float, int]:
    """Return scale and stroke of a text, px: digits of 16 minutes of arc from six picture heights away, if it fits.

    At 768x576 they are 18 px high with strokes of 2, and legible once compressed; also in narrow pictures of 576 lines.

    Source: ISO 9241-303, least height of characters; ITU-R BT.500, viewing distance of standard definition.
    """
    least = max(_LEAST_SCALE, columns / 900)
    scale = max(least, rows / 640)
    while scale > least and _width(text, scale, max(1, round(2 * scale))) + 10 > columns:
        scale = max(least, scale - 0.02)
    return scale, max(1, round(2 * scale))


def _width(text: str, scale: float, thick: int) -> int:
    """Return how wide a text is whose letters are one pixel apart."""
    return sum(int(cv2.getTextSize(letter, FONT, scale, thick)[0][0]) + 1 for letter in text)


def _cropped(raster: NDArray[np.uint8]) -> tuple[NDArray[np.bool_], tuple[int, int]]:
    """Return a raster as a mask cropped to its set pixels, and the top left site of that mask."""
    x, y, wide, high = cv2.boundingRect(raster)
    return raster[y : y + high, x : x + wide].astype(np.bool_), (x, y)
