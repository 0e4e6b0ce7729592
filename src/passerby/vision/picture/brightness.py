"""The brightness of a frame as one plane of 8 bits."""

from __future__ import annotations

from typing import cast

import cv2
import numpy as np
from numpy.typing import NDArray

from passerby.media.frame import Frame
from passerby.media.layout import Layout


def brightness(frame: Frame, ratio: float = 1.0) -> NDArray[np.uint8]:
    """Return the brightness of a frame in memory of its own, shape (H, W).

    Args:
        frame: The raw frame.
        ratio: Size of the result relative to the frame.
    """
    plane = frame.planes[0]
    if frame.layout is Layout.RGB:
        bright = np.asarray(cv2.cvtColor(np.asarray(plane, np.uint8), cv2.COLOR_RGB2GRAY), np.uint8)
    elif frame.layout is Layout.YUV420_10:
        bright = (plane >> 2).astype(np.uint8)
    else:
        bright = np.asarray(plane, np.uint8)
    if ratio == 1.0:
        return np.array(bright, np.uint8)  # the decoder needs its memory again
    size = max(1, round(frame.width * ratio)), max(1, round(frame.height * ratio))
    return cast("NDArray[np.uint8]", cv2.resize(bright, size, interpolation=cv2.INTER_AREA))
