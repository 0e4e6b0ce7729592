"""The self-test of networks that find writing: drawn plates, which must be found before any frame is released."""

from __future__ import annotations

from fractions import Fraction

import cv2
import numpy as np

from passerby.media.frame import Frame
from passerby.media.layout import Layout, Shape
from passerby.vision.detections import Detections, Kind

WIDTH, HEIGHT = 640, 360
SIGNS = ((60, 60, 200, 50, "AB 1234"), (360, 120, 150, 40, "XY-77-Z"), (120, 250, 180, 45, "EXIT 25"))
"""Left, top, width and height, px, of each drawn sign, and what is written on it."""
LEAST_COVERED = 0.6
"""Share of a sign that must lie in the boxes found."""
LEAST_SIGNS = 2
SCORE = 0.3


def text_scene(shape: Shape | None = None) -> Frame:
    """Return a drawn wall with signs, 640 x 360 or, with more wall, in the proportions of a stream."""
    wall = np.full((HEIGHT, WIDTH, 3), (120, 125, 118), np.uint8)
    for left, top, width, height, words in SIGNS:
        cv2.rectangle(wall, (left, top), (left + width, top + height), (235, 235, 230), -1)
        size = height / 36
        cv2.putText(wall, words, (left + 10, top + height - 12), cv2.FONT_HERSHEY_SIMPLEX, size, (25, 25, 30), 3)
    noise = np.random.default_rng(11).normal(0, 3, wall.shape)
    soft = np.clip(cv2.GaussianBlur(wall, (3, 3), 0) + noise, 0, 255).astype(np.uint8)
    if shape is not None and shape.width >= shape.height:
        height = max(HEIGHT, round(WIDTH * shape.height / shape.width))
        width = max(WIDTH, round(HEIGHT * shape.width / shape.height))
        soft = np.pad(soft, ((0, height - HEIGHT), (0, width - WIDTH), (0, 0)), mode="edge")
    return Frame((soft,), Layout.RGB, 0, Fraction(1, 25), "self-test")


def signs_found(found: Detections) -> int:
    """Return how many of the drawn signs an answer about `text_scene` covers."""
    boxes = found.of(frozenset({Kind.TEXT}), SCORE).boxes_px
    mask = np.zeros((HEIGHT, WIDTH), np.bool_)
    for x1, y1, x2, y2 in np.clip(np.round(boxes), 0, max(WIDTH, HEIGHT)).astype(int).tolist():
        mask[y1:y2, x1:x2] = True
    if mask.mean() > LEAST_COVERED:  # everything is writing to it: it tells nothing apart
        return 0
    shares = [mask[top : top + height, left : left + width].mean() for left, top, width, height, _ in SIGNS]
    return sum(bool(share >= LEAST_COVERED) for share in shares)
