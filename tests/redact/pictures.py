"""Pictures and covers for the tests of this package."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from fractions import Fraction

import numpy as np
from hypothesis import strategies as st

from passerby.media.frame import Frame
from passerby.media.layout import Colour, Layout, Plane, Shape
from passerby.redact.mask import Cover


def frame_of(layout: Layout, size: tuple[int, int], *, seed: int = 0, damaged: str = "") -> Frame:
    """Return noise: rows and columns in `size`."""
    rng = np.random.default_rng(seed)
    height, width = size
    rows, columns = -(-height // 2), -(-width // 2)
    shapes = [(height, width, 3)] if layout is Layout.RGB else [(height, width), (rows, columns), (rows, columns)]
    deep = layout is Layout.YUV420_10
    draw = [rng.integers(0, 1024 if deep else 256, shape) for shape in shapes]
    planes: tuple[Plane, ...] = tuple(plane.astype(np.uint16) if deep else plane.astype(np.uint8) for plane in draw)
    return Frame(planes, layout, 7, Fraction(1, 25), "door", Colour(), damaged)


def cover_of(*boxes: tuple[int, int, int, int], polygons: tuple[list[tuple[int, int]], ...] = ()) -> Cover:
    """Return a cover of whole bodies and polygons."""
    boxes_px = np.array(boxes, np.int32).reshape(-1, 4)
    return Cover(boxes_px, np.ones(len(boxes), np.bool_), tuple(np.array(polygon, np.int32) for polygon in polygons))


class Copy:
    """A source of given frames, one each 0.5 s."""

    name = "copy.mp4"

    def __init__(self, frames: Sequence[Frame], *, length: int | None = None) -> None:
        self._frames = [replace(frame, pts=number, time_base=Fraction(1, 2)) for number, frame in enumerate(frames)]
        height, width = frames[0].height, frames[0].width
        self.shape = Shape(width, height, frames[0].layout, frames[0].colour, Fraction(2), Fraction(1, 2))
        self.length = length

    def __iter__(self) -> Iterator[Frame]:
        """Yield the frames."""
        return iter(self._frames)

    def close(self) -> None:
        """Nothing is open."""


sizes = st.tuples(st.integers(1, 90), st.integers(1, 90))
layouts = st.sampled_from(list(Layout))


@st.composite
def boxes(draw: st.DrawFn) -> tuple[int, int, int, int]:
    """Draw a box in or around a picture, never empty."""
    x, y = draw(st.integers(-20, 95)), draw(st.integers(-20, 95))
    return x, y, x + draw(st.integers(1, 80)), y + draw(st.integers(1, 80))


points = st.tuples(st.integers(-20, 110), st.integers(-20, 110))


@st.composite
def covers(draw: st.DrawFn) -> Cover:
    """Draw a cover of a few boxes, some of them bodies, and at most one polygon."""
    boxes_px = np.array(draw(st.lists(boxes(), max_size=6)), np.int32).reshape(-1, 4)
    bodies = np.array(draw(st.lists(st.booleans(), min_size=len(boxes_px), max_size=len(boxes_px))), np.bool_)
    polygons = draw(st.lists(st.lists(points, min_size=3, max_size=6), max_size=1))
    return Cover(boxes_px, bodies, tuple(np.array(polygon, np.int32) for polygon in polygons))
