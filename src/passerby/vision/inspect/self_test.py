"""The self-test: a drawn scene in which every detector must find people before any frame is released.

The scene is drawn here, not photographed: no picture of a real person is shipped, no licence is needed, and no
network was trained on it. Finding its figures therefore shows that weights, runtime, input order and decoding
work together (docs/decisions/0003-drawn-self-test.md).
"""

from __future__ import annotations

from fractions import Fraction

import cv2
import numpy as np
from numpy.typing import NDArray

from passerby.errors import DetectorError, PasserbyError
from passerby.media.drawn_person import Rgb, draw_figure
from passerby.media.frame import Frame
from passerby.media.layout import Layout, Shape
from passerby.vision.detections import Detections, Kind
from passerby.vision.detector import Detector, detect_or_fail
from passerby.vision.inspect.outliner import Outliner
from passerby.vision.inspect.text_scene import LEAST_SIGNS, SIGNS, signs_found, text_scene

WIDTH, HEIGHT = 640, 360
FIGURES = ((110, 70, 240, (60, 75, 120)), (230, 120, 180, (140, 50, 45)), (400, 60, 280, (50, 95, 60)))
"""Centre column, top row, height (px) and coat colour of each drawn figure."""
LEAST_FOUND = 2
PASS_SCORE = 0.3
"""The figures score 0.5 to 1.0 with every network in the catalogue; a broken set-up finds nothing."""
LEAST_OUTLINED, MOST_OUTSIDE = 0.4, 0.3
"""Shares of a large figure, and of what surrounds it, that each network must take and may take for body."""


def scene(shape: Shape | None = None) -> Frame:
    """Return the drawn scene as a frame of 640 x 360 or, with ground added below or beside it, in other proportions.

    Args:
        shape: Shape of the stream whose proportions the scene gets, so that the test runs the same compiled network
            as the stream; for a portrait picture the figures would get too small, so the scene stays 640 x 360.
    """
    picture = np.empty((HEIGHT, WIDTH, 3), np.uint8)
    shade = np.linspace(0, 1, HEIGHT)[:, None, None]
    picture[:] = np.array([150, 165, 180]) * (1 - shade) + np.array([120, 118, 112]) * shade
    picture[200:] = (118, 116, 110)
    for centre, top, height, coat in FIGURES:
        draw_figure(picture, (centre, top), height=height, coat=coat)
    noise = np.random.default_rng(7).normal(0, 4, picture.shape)
    soft = np.clip(cv2.GaussianBlur(picture, (3, 3), 0) + noise, 0, 255).astype(np.uint8)
    if shape is not None and shape.width >= shape.height:
        height = max(HEIGHT, round(WIDTH * shape.height / shape.width))
        width = max(WIDTH, round(HEIGHT * shape.width / shape.height))
        soft = np.pad(soft, ((0, height - HEIGHT), (0, width - WIDTH), (0, 0)), mode="edge")
    return Frame((soft,), Layout.RGB, 0, Fraction(1, 25), "self-test")


def self_test(detector: Detector, shape: Shape | None = None) -> None:
    """Run a detector on the drawn scene.

    Args:
        detector: The instance that will inspect the stream.
        shape: Shape of that stream.

    Raises:
        DetectorError: It failed, or found fewer than two of the three figures or signs.
    """
    writing = Kind.TEXT in detector.finds
    try:
        found = detect_or_fail(detector, text_scene(shape) if writing else scene(shape))
    except DetectorError as error:
        msg = f"{error} (in the self-test, before any frame); run 'passerby models fetch --force'"
        raise DetectorError(msg) from error

    if writing and (signs := signs_found(found)) < LEAST_SIGNS:
        msg = (
            f"{detector.name} found {signs} of {len(SIGNS)} drawn signs in the self-test; "
            "its model or the runtime is broken: run 'passerby models fetch --force'"
        )
        raise DetectorError(msg)

    for kind in (Kind.PERSON, Kind.FACE):
        if kind not in detector.finds:
            continue
        centres = found.of(frozenset({kind}), PASS_SCORE).boxes_px.reshape(-1, 2, 2).mean(axis=1)
        hits = sum(bool(len(centres)) and _any_on_figure(centres, place, kind) for place in FIGURES)
        if hits < LEAST_FOUND:
            msg = (
                f"{detector.name} found {hits} of {len(FIGURES)} drawn figures in the self-test; "
                "its model or the runtime is broken: run 'passerby models fetch --force'"
            )
            raise DetectorError(msg)


def large_figure() -> tuple[Frame, NDArray[np.bool_]]:
    """Return a drawn figure that fills much of a picture of 640 x 360, and where it is, shape (360, 640)."""
    shade = np.linspace(0, 1, HEIGHT)[:, None, None]
    empty = (np.array([150, 165, 180]) * (1 - shade) + np.array([120, 118, 112]) * shade).repeat(WIDTH, axis=1)
    picture = empty.astype(np.uint8)
    draw_figure(picture, (WIDTH // 2, 40), height=640, coat=(60, 75, 120))
    body = (picture != empty.astype(np.uint8)).any(axis=2)
    return Frame((picture,), Layout.RGB, 0, Fraction(1, 25), "self-test"), body


def outline_test(outliner: Outliner) -> None:
    """Run the networks for outlines on one large drawn figure.

    Raises:
        DetectorError: One failed, missed too much of the figure, or did not tell it from what surrounds it.
    """
    frame, body = large_figure()
    x, y, wide, high = cv2.boundingRect(body.astype(np.uint8))
    box = np.array([[x, y, x + wide, y + high]], np.float32)
    try:
        found = outliner.outline(frame, Detections(box, np.ones(1, np.float32), np.full(1, Kind.PERSON, np.int8)))
    except PasserbyError as error:
        msg = f"{error} (in the self-test of outlines); run 'passerby models fetch --force'"
        raise DetectorError(msg) from error
    finally:
        outliner.forget()
    if found is None:
        msg = "the networks for outlines did not look at the drawn figure in the self-test"
        raise DetectorError(msg)
    for segmenter, mask in zip(outliner.segmenters, (found.wide, found.close), strict=True):
        drawn = cv2.resize(body.astype(np.uint8), mask.shape[::-1], interpolation=cv2.INTER_AREA) > 0
        inside, outside = float(mask[drawn].mean()), float(mask[~drawn].mean())
        if inside < LEAST_OUTLINED or outside > MOST_OUTSIDE:
            msg = (
                f"{segmenter.name} found {inside:.0%} of a drawn figure and {outside:.0%} of what surrounds it in the "
                "self-test; its model or the runtime is broken: run 'passerby models fetch --force'"
            )
            raise DetectorError(msg)


def _any_on_figure(centres: NDArray[np.float32], place: tuple[int, int, int, Rgb], kind: Kind) -> bool:
    centre, top, height, _ = place
    share = 0.08 if kind is Kind.FACE else 0.5  # of the height, where a box of this kind has its centre
    near = np.abs(centres - np.array([centre, top + share * height])) <= 0.12 * height
    return bool(near.all(axis=1).any())
