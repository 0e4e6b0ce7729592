"""Shots of a few frames in real films, with the networks that everybody has: no face stays bare."""

from __future__ import annotations

from itertools import islice
from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray
from tests.shots import MS, Film
from tests.stage import Kept

from passerby.errors import ModelError
from passerby.media.files.video_file import open_source
from passerby.media.frame import Frame
from passerby.media.layout import Colour, Layout
from passerby.pipelines.recording import run
from passerby.redact.choice import CoverKind
from passerby.redact.cover_plan import CoverPlan
from passerby.redact.rule import COVER_SCORE, kinds_of, rules_for
from passerby.redact.stream import Redactor
from passerby.redact.style import style_named
from passerby.vision.detector import Detector
from passerby.vision.effort import Effort
from passerby.vision.inspect.detector_set import covering_detectors, taking_turns
from passerby.vision.inspect.inspector import FrameInspector
from passerby.vision.sampling import sample

SIZE = (360, 640)
FACE = (slice(60, 300), slice(220, 420))
"""Where the close-up has its face."""
STARTS = (8, 28)
COVERING = frozenset({CoverKind.PEOPLE})
Rgb = NDArray[np.uint8]


def first_picture(path: Path, size: tuple[int, int]) -> Rgb:
    """Return the first picture of a file, rows and columns as in `size`."""
    source = open_source(path)
    frame = next(islice(source, 1))
    source.close()
    seen = sample(frame, frame.width // 2 * 2, frame.height // 2 * 2).rgb
    return np.asarray(cv2.resize(seen, size[::-1], interpolation=cv2.INTER_AREA), np.uint8)


def frame_of(rgb: Rgb, time_ms: int) -> Frame:
    rows, columns = SIZE
    packed = np.asarray(cv2.cvtColor(rgb, cv2.COLOR_RGB2YUV_I420), np.uint8)
    u, v = packed[rows:].reshape(2, rows // 2, columns // 2)
    return Frame((packed[:rows].copy(), u.copy(), v.copy()), Layout.YUV420, time_ms, MS, "shots", Colour())


@pytest.fixture(scope="module")
def views(data_dir: Path) -> tuple[Rgb, Rgb]:
    """An empty street, and a face close by."""
    street = first_picture(data_dir / "images" / "plates_alpr" / "us_06.jpg", SIZE)
    close_up = np.full((*SIZE, 3), 150, np.uint8)
    close_up[:, 100:540] = first_picture(data_dir / "video" / "skv_carphone.mp4", (360, 440))
    return street, close_up


@pytest.fixture(scope="module")
def detectors() -> list[Detector]:
    """Networks for the views; reading and compiling them takes seconds."""
    shape = Film([frame_of(np.zeros((*SIZE, 3), np.uint8), 0)]).shape
    try:
        return covering_detectors(shape, kinds_of(COVERING), effort=Effort.BALANCED)
    except ModelError as error:
        pytest.skip(str(error))


@pytest.mark.data
@pytest.mark.parametrize(("length", "rate"), [(1, 25), (2, 25), (5, 60)])
def test_a_face_in_a_shot_of_a_few_frames_is_covered_in_all_of_them(
    views: tuple[Rgb, Rgb], detectors: list[Detector], length: int, rate: int
) -> None:
    street, close_up = views
    rng = np.random.default_rng(7)
    shown = {start + k for start in STARTS for k in range(length)}
    frames = []
    for index in range(45):
        grainy = np.clip(street + rng.normal(0, 3, street.shape), 0, 255).astype(np.uint8)
        frames.append(frame_of(close_up if index in shown else grainy, round(1000 * index / rate)))
    film = Film(frames)
    watch = FrameInspector(detectors, occasional=taking_turns(detectors, Effort.BALANCED, kinds_of(COVERING)))
    plan = CoverPlan(rules_for(COVERING, score=COVER_SCORE, margin=0.1), hold_s=1.0, motion=True)
    redactor = Redactor(plan, style_named("solid"), look_ahead_s=1.0)
    try:
        records = list(run(film, watch, redactor, output=Kept()))
    finally:
        watch.close()
    masks = [record.cover.raster(*SIZE) for record in records]
    assert all(masks[index][FACE].all() for index in shown)
    rest = [masks[index].mean() for index in range(45) if index not in shown]
    assert np.mean(rest) < 0.03
