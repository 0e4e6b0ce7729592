"""Finds what moves in front of a still camera: a third opinion that needs no network."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from passerby.media.frame import Frame
from passerby.vision.picture.camera_motion import CameraMotion
from passerby.vision.picture.similarity import STILL
from passerby.vision.sampling import luma

WIDTH = 320
"""Columns of the small picture that is analysed, px: 0.7 ms per frame; wider found no more people on PETS."""
HISTORY_S = 20.0
WARM_UP_S = 1.0
BUSY_SHARE = 0.35
"""More of the picture than this in motion means that the camera, the light or the scene changed."""
TILES = (8, 6)
BUSY_TILES = 0.6
"""Motion in more than this share of 8 x 6 tiles means the same: people do not fill a view, a moving camera does."""
TILE_LEVEL = 255 * 0.02
LEAST_CELLS = 20
"""Smaller blobs are leaves and noise, px of the small picture."""
SPECK = np.ones((2, 2), np.uint8)
"""A moving region must contain this shape somewhere, px of the small picture."""
JOIN = (7, 5)
"""Rows and columns, px of the small picture, over which blobs are joined, such as head and feet of one body."""

FILL = 7
"""Gaps inside a vehicle up to this size are filled, px of the small picture."""


class Foreground:
    """Background subtraction on brightness, one instance per camera; frames come in order.

    `step` is how the view moved from the frame before to the one given last, px of the frame.

    Args:
        motion: Whether to look for what moves; otherwise only for how the camera moves.
    """

    def __init__(self, *, motion: bool = True) -> None:
        self.step = STILL
        self._motion = motion
        self._camera = CameraMotion()
        self._start_again()

    def _start_again(self) -> None:
        self._model = cv2.createBackgroundSubtractorMOG2(history=500, varThreshold=25, detectShadows=False)
        self._first_s: float | None = None
        self._last_s = 0.0

    def mask(self, frame: Frame) -> NDArray[np.uint8] | None:
        """Return what moves, 255 on a small picture of shape (h, WIDTH); None while the model learns, or without one.

        A picture that moves as a whole (a camera that turns, zooms or shakes, a cut, a jump in exposure) or drifts
        slowly resets the model: until it has learned again, only the networks decide.
        """
        height = max(2, round(frame.height * WIDTH / frame.width))
        small = np.asarray(cv2.blur(luma(frame, WIDTH, height), (3, 3)), np.uint8)
        turned = self._camera.moves(small, frame.time_s)
        self.step = self._camera.step.scaled(frame.width / WIDTH)
        if not self._motion:
            return None
        if turned:
            self._start_again()
        if self._first_s is None:
            self._first_s = frame.time_s
        elapsed = max(frame.time_s - self._last_s, 1e-3)
        self._last_s = frame.time_s
        age_s = frame.time_s - self._first_s
        rate = min(1.0, elapsed / min(max(age_s, elapsed), HISTORY_S))
        mask = np.asarray(self._model.apply(small, learningRate=rate), np.uint8)
        if age_s < WARM_UP_S:
            return None
        if _moves_as_a_whole(mask):
            self._start_again()
            return None

        return mask


def bare_blobs(
    mask: NDArray[np.uint8], covered_px: NDArray[np.float32], *, size: tuple[int, int]
) -> NDArray[np.float32]:
    """Return boxes around what moves outside the cover, shape (N, 4), px of the frame.

    Args:
        mask: Shape (h, w), 255 = moving, as `Foreground.mask` returns it.
        covered_px: Shape (M, 4), boxes that are covered already, px of the frame.
        size: Rows and columns of the frame, px.
    """
    to_frame = np.array([size[1] / mask.shape[1], size[0] / mask.shape[0]] * 2, np.float32)
    bare = cv2.dilate(cv2.erode(mask, SPECK, anchor=(0, 0)), SPECK, anchor=(1, 1))  # MORPH_OPEN would shift it by one
    touched = np.clip(covered_px / to_frame, 0, max(mask.shape))
    touched[:, 2:] = np.ceil(touched[:, 2:])
    for x1, y1, x2, y2 in touched.astype(int).tolist():
        bare[y1:y2, x1:x2] = 0
    if cv2.countNonZero(bare) < LEAST_CELLS:
        return np.empty((0, 4), np.float32)
    joined = cv2.dilate(bare, np.ones(JOIN, np.uint8))
    _, labels, stats, _ = cv2.connectedComponentsWithStats(joined)
    moving = np.bincount(labels[bare > 0], minlength=len(stats))
    blobs = stats[1:][moving[1:] >= LEAST_CELLS]
    corners = np.concatenate((blobs[:, :2], blobs[:, :2] + blobs[:, 2:4]), axis=1)
    return np.asarray(corners * to_frame, np.float32)


def solid(mask: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return what moves as solid regions: windows and roofs of the road's colour filled, specks left out.

    Args:
        mask: Shape (h, w), 255 = moving, as `Foreground.mask` returns it.
    """
    bare = cv2.morphologyEx(mask, cv2.MORPH_OPEN, SPECK)
    around = (FILL,) * 4
    wide = cv2.copyMakeBorder(bare, *around, cv2.BORDER_REPLICATE)
    joined = cv2.morphologyEx(wide, cv2.MORPH_CLOSE, np.ones((FILL, FILL), np.uint8))[FILL:-FILL, FILL:-FILL]
    outlines, _ = cv2.findContours(np.ascontiguousarray(joined), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
    filled = np.zeros_like(mask)
    large = [each for each in outlines if cv2.contourArea(each) >= LEAST_CELLS]
    return np.asarray(cv2.drawContours(filled, large, -1, 255, cv2.FILLED), np.uint8)


def _moves_as_a_whole(mask: NDArray[np.uint8]) -> bool:
    tiles = cv2.resize(mask, TILES, interpolation=cv2.INTER_AREA)
    busy = cv2.countNonZero(mask) > BUSY_SHARE * mask.size
    return busy or int((tiles > TILE_LEVEL).sum()) > BUSY_TILES * tiles.size
