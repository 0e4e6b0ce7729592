"""Writing is found where it is, in every layout and size; a network that could read it is refused."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
from tests.vision.net_files import weights
from tests.vision.pictures import frame_of

from passerby.errors import DetectorError, ModelError
from passerby.media.layout import Colour, Layout, Shape
from passerby.vision.detections import Detections, Kind
from passerby.vision.inspect.self_test import self_test
from passerby.vision.inspect.text_scene import SIGNS, signs_found, text_scene
from passerby.vision.nets.text_finder import LEAST_SIDE, TextFinder, lines_of, only_places


@pytest.fixture(scope="module")
def finder() -> TextFinder:
    return TextFinder(weights("ppocr-v4-text-finder"), long_side=640, score=0.05)


@pytest.mark.parametrize("layout", list(Layout))
@pytest.mark.parametrize("scale", [1.0, 2.0])
def test_drawn_signs_are_found_whole(finder: TextFinder, layout: Layout, scale: float) -> None:
    picture = cv2.resize(text_scene().planes[0], None, fx=scale, fy=scale)
    (found,) = finder.detect([frame_of(picture.astype(np.uint8), layout)])
    boxes = found.boxes_px / scale
    assert signs_found(Detections(boxes.astype(np.float32), found.scores, found.kinds)) == len(SIGNS)
    assert set(found.kinds.tolist()) == {Kind.TEXT}


def test_a_wall_without_writing_has_none(finder: TextFinder) -> None:
    wall = np.random.default_rng(3).normal(128, 6, (360, 640, 3)).clip(0, 255).astype(np.uint8)
    (found,) = finder.detect([frame_of(wall, Layout.YUV420)])
    assert not len(found)


@pytest.mark.parametrize("size", [(1, 1), (3, 500), (500, 3)], ids=str)
def test_a_picture_of_a_few_pixels_is_no_error(finder: TextFinder, size: tuple[int, int]) -> None:
    (found,) = finder.detect([frame_of(np.full((*size, 3), 90, np.uint8), Layout.YUV420)])
    assert found.kinds.dtype == np.int8


@pytest.mark.parametrize("size", [(640, 360), (1080, 1920), (1600, 400)], ids=str)
def test_the_self_test_passes_in_every_proportion(finder: TextFinder, size: tuple[int, int]) -> None:
    self_test(finder, Shape(*size, Layout.YUV420, Colour(), 25, 1))  # type: ignore[arg-type]


class Says:
    """A broken finder that always gives one answer."""

    finds = frozenset({Kind.TEXT})
    name = "broken"

    def __init__(self, *boxes: tuple[float, float, float, float]) -> None:
        found = np.array(boxes, np.float32).reshape(-1, 4)
        self._found = Detections(found, np.ones(len(found), np.float32), np.full(len(found), Kind.TEXT, np.int8))

    def detect(self, frames: list[object]) -> list[Detections]:
        return [self._found] * len(frames)


@pytest.mark.parametrize(
    "broken", [Says(), Says((0, 0, 640, 360)), Says((60, 60, 260, 110))], ids=["none", "all", "one"]
)
def test_a_broken_finder_fails_the_self_test(broken: Says) -> None:
    with pytest.raises(DetectorError, match="of 3 drawn signs in the self-test"):
        self_test(broken)  # type: ignore[arg-type]


def test_marks_grow_to_the_whole_writing_and_keep_their_score() -> None:
    likely = np.zeros((60, 200), np.float32)
    likely[20:30, 40:140] = 0.8
    likely[50, 5] = 0.9  # noise
    boxes, scores = lines_of(likely)
    out = 3 * 10 * 100 / 220
    assert boxes == pytest.approx(np.array([[40 - out, 20 - out, 140 + out, 30 + out]]), abs=0.01)
    assert scores == pytest.approx([0.8])
    assert LEAST_SIDE == 2


def test_what_cannot_be_told_counts_as_writing() -> None:
    boxes, scores = lines_of(np.full((40, 50), np.nan, np.float32))
    assert (boxes[:, :2] <= 0).all()
    assert (boxes[:, 2:] >= [50, 40]).all()
    assert scores == pytest.approx([1.0])


@pytest.mark.parametrize(
    "shapes",
    [[(1, 40, 6625)], [(1, 1, 32, 32)], [(1, 2, 64, 96)], [(1, 1, 64, 96), (1, 40, 6625)], []],
    ids=["characters", "other size", "two maps", "map and characters", "nothing"],
)
def test_a_network_that_answers_with_more_than_places_is_refused(shapes: list[tuple[int, ...]]) -> None:
    with pytest.raises(ModelError, match="only finds writing"):
        only_places([np.zeros(shape, np.float32) for shape in shapes], (64, 96))


def test_a_damaged_file_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "net.onnx").write_bytes(b"no network")
    with pytest.raises(ModelError, match=r"net\.onnx"):
        TextFinder(tmp_path / "net.onnx", long_side=640, score=0.1).detect([text_scene()])
