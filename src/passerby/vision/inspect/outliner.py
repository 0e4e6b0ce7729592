"""Where the bodies are in the boxes that fill much of a picture: two networks, and whether the light lets them see.

Either network alone misses parts of bodies (docs/decisions/0030-outlines.md). Both answers are passed on, with the part
of the picture about which nothing can be said: what covers decides.
"""

from __future__ import annotations

from collections import deque

import cv2
import numpy as np
from numpy.typing import NDArray

from passerby.media.frame import Frame
from passerby.vision.boxes import areas, keep_best
from passerby.vision.detections import Detections, Kind
from passerby.vision.nets.deeplab import fitted
from passerby.vision.sampling import Region, luma, sample
from passerby.vision.silhouette import Segmenter, Silhouettes

LONG_SIDE = 320
"""Columns or rows of the small picture, whichever is more: 6 px of a 1080p frame for each."""
LIKELY = 0.1
"""A part counts as body from here on: at 0.5, networks of this kind leave 12 to 35 % of a body out."""
LEAST_SHARE = 0.1
"""Smaller boxes are not looked at: an outline is used from a larger share of the picture on, measured around it."""
LEAST_SCORE = 0.1
SAME_OVERLAP = 0.6
"""Intersection over union from which two boxes are looked at once."""
MOST_BOXES = 6
"""Boxes that are looked at in one pass, the best first; the others stay boxes."""
ROOM = 0.15
"""What is looked at around a box, as a share of its width and height on each side."""
REMEMBERED_S = 0.5
"""A box that was found this long ago is still looked at: its cover may be held longer than that."""
LIGHT_PX = 128
LEAST_CONTRAST = 40
"""Grey levels between the darkest and the brightest 1 % around a box: photographs have 130 and more; at 13 grey levels
the networks began to lose parts of bodies."""
LEAST_SHARPNESS = 0.12
"""99th percentile of the Laplacian over the contrast, on 128 px: photographs have 0.2 and more; at 0.05 a quarter of
some bodies was lost."""
MOST_NOISE = 4.0
"""Grey levels by which neighbours differ in the quietest tenth of the tiles, at full size: photographs have up to 1.2,
with noise of 15 grey levels 4.3 and more; at 25 a tenth of one body was lost."""
TILE_PX = 16
NOISE_KERNEL = np.array([[1, -2, 1], [-2, 4, -2], [1, -2, 1]], np.float32) / 6
"""Answers to noise, and neither to edges nor to slopes (Immerkaer 1996)."""


class Outliner:
    """Looks at one stream, in order.

    Args:
        wide: Looks at the whole frame.
        close: Looks at one box at a time.
    """

    def __init__(self, wide: Segmenter, close: Segmenter) -> None:
        self.segmenters = (wide, close)
        self._wide = wide
        self._close = close
        self._recent: deque[tuple[float, Detections]] = deque()

    def forget(self) -> None:
        """Drop what was found before a cut."""
        self._recent.clear()

    def outline(self, frame: Frame, found: Detections) -> Silhouettes | None:
        """Return the silhouettes of the bodies in large boxes; None if no box is large.

        Args:
            frame: The frame.
            found: What the detectors know about it.

        Raises:
            DetectorError: A network failed.
        """
        boxes = self._large(frame, found)
        if not len(boxes):
            return None
        columns, rows = fitted((0, 0, frame.width, frame.height), LONG_SIDE)
        wide = _likely(self._wide.likelihood(frame, (0, 0, frame.width, frame.height)), columns, rows)
        close, known = np.zeros((2, rows, columns), np.bool_)
        for box in boxes:
            region = around(box, frame.height, frame.width)
            x1, y1, x2, y2 = cells(region, frame, columns=columns, rows=rows)
            close[y1:y2, x1:x2] |= _likely(self._close.likelihood(frame, region), x2 - x1, y2 - y1)
            if clear(frame, region):
                known[y1:y2, x1:x2] = True
        return Silhouettes(wide, close, known, boxes)

    def _large(self, frame: Frame, found: Detections) -> NDArray[np.float32]:
        """Return the boxes of bodies to look at, shape (N, 4): those of this pass and of a moment before."""
        while self._recent and not frame.time_s - REMEMBERED_S <= self._recent[0][0] <= frame.time_s:
            self._recent.popleft()
        self._recent.append((frame.time_s, found.of(frozenset({Kind.PERSON}), LEAST_SCORE)))
        bodies = Detections.joined([each for _, each in reversed(self._recent)])
        boxes = np.clip(bodies.boxes_px, 0, np.array([frame.width, frame.height] * 2, np.float32))
        large = areas(boxes) >= LEAST_SHARE * frame.width * frame.height
        boxes, scores = boxes[large], bodies.scores[large]
        kept = keep_best(boxes, scores, overlap=SAME_OVERLAP)
        return np.asarray(boxes[kept[:MOST_BOXES]], np.float32)


def around(box: NDArray[np.float32], height: int, width: int) -> Region:
    """Return the region to look at for a box: with some room, as square as the picture allows, at even pixels."""
    x1, y1, x2, y2 = (float(edge) for edge in box)
    across, down = (1 + 2 * ROOM) * (x2 - x1), (1 + 2 * ROOM) * (y2 - y1)
    side = max(across, down)
    left, right = _span((x1 + x2) / 2, side, width)
    top, bottom = _span((y1 + y2) / 2, side, height)
    return left, top, right, bottom


def _span(middle: float, side: float, limit: int) -> tuple[int, int]:
    start = int(max(0.0, min(middle - side / 2, limit - side))) // 2 * 2
    return start, min(limit, int(start + side + 2) // 2 * 2)


def cells(region: Region, frame: Frame, *, columns: int, rows: int) -> Region:
    """Return a region of a frame on the small picture, rounded outwards."""
    across, down = columns / frame.width, rows / frame.height
    x1, y1, x2, y2 = region
    return int(x1 * across), int(y1 * down), min(columns, -int(-x2 * across // 1)), min(rows, -int(-y2 * down // 1))


def clear(frame: Frame, region: Region) -> bool:
    """Return whether the light and focus in a region let the networks see where bodies end."""
    columns, rows = fitted(region, LIGHT_PX)
    grey = cv2.cvtColor(sample(frame, columns, rows, region=region, stretch=False).rgb, cv2.COLOR_RGB2GRAY)
    contrast, sharpness = light(grey.astype(np.uint8, copy=False))
    if contrast < LEAST_CONTRAST or sharpness < LEAST_SHARPNESS:
        return False
    x1, y1, x2, y2 = region
    return noise(luma(frame, frame.width, frame.height)[y1:y2, x1:x2]) <= MOST_NOISE


def light(grey: NDArray[np.uint8]) -> tuple[float, float]:
    """Return the contrast of a small picture, grey levels, and its sharpness relative to that.

    Args:
        grey: Shape (rows, columns).
    """
    low, high = np.percentile(grey, (1, 99))
    contrast = max(1.0, float(high - low))
    edges = np.abs(cv2.Laplacian(grey, cv2.CV_16S))
    return contrast, float(np.percentile(edges, 99)) / contrast


def noise(grey: NDArray[np.uint8]) -> float:
    """Return the noise of a picture at its full size, grey levels: that of its quietest tenth, where nothing else is.

    Args:
        grey: Shape (rows, columns).
    """
    fine = np.abs(cv2.filter2D(grey, cv2.CV_32F, NOISE_KERNEL))
    tiles = cv2.resize(fine, [max(1, side // TILE_PX) for side in grey.shape[::-1]], interpolation=cv2.INTER_AREA)
    return float(np.quantile(tiles, 0.1))


def _likely(likelihood: NDArray[np.float32], columns: int, rows: int) -> NDArray[np.bool_]:
    """Return where a body is likely, at another size: a cell counts if any part of it does."""
    large = np.asarray(likelihood, np.float32)
    if large.shape[0] > rows or large.shape[1] > columns:
        large = cv2.dilate(large, np.ones((3, 3), np.uint8)).astype(np.float32, copy=False)
    return np.asarray(cv2.resize(large, (columns, rows), interpolation=cv2.INTER_LINEAR) >= LIKELY)
