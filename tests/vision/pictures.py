"""The drawn scene in every layout, size and depth, and made-up pictures that say where things are."""

from __future__ import annotations

from fractions import Fraction

import cv2
import numpy as np
from numpy.typing import NDArray

from passerby.media.frame import Frame
from passerby.media.layout import Colour, Layout
from passerby.vision.inspect.self_test import scene


def frame_of(rgb: NDArray[np.uint8], layout: Layout, *, time_s: float = 0.0) -> Frame:
    """Return an RGB picture (H, W, 3) as a frame of a layout; limited range, BT.601."""
    at = round(time_s * 1000), Fraction(1, 1000), "drawn", Colour()
    if layout is Layout.RGB:
        return Frame((rgb,), layout, *at)
    height, width = rgb.shape[:2]
    even = np.pad(rgb, ((0, height % 2), (0, width % 2), (0, 0)), mode="edge")
    packed = cv2.cvtColor(even, cv2.COLOR_RGB2YUV_I420)
    rows, columns = even.shape[0], even.shape[1]
    luma = packed[:rows, :][:height, :width]
    chroma = packed[rows:].reshape(2, rows // 2, columns // 2)
    planes = tuple(np.ascontiguousarray(plane, dtype=np.uint8) for plane in (luma, *chroma))
    if layout is Layout.YUV420_10:
        return Frame(tuple((plane.astype(np.uint16) << 2).astype(np.uint16) for plane in planes), layout, *at)
    return Frame(planes, layout, *at)


def drawn(layout: Layout, scale: float) -> Frame:
    """Return the self-test's scene at another size, in a layout."""
    rgb = scene().planes[0]
    size = (round(rgb.shape[1] * scale), round(rgb.shape[0] * scale))
    return frame_of(cv2.resize(rgb, size, interpolation=cv2.INTER_AREA).astype(np.uint8), layout)
