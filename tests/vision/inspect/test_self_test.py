"""The self-test: sound networks pass it at every size they are used at, broken ones do not."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest
from tests.stage import Sees, found
from tests.vision.net_files import net

from passerby.errors import DetectorError
from passerby.media.frame import Frame
from passerby.media.layout import Colour, Layout, Shape
from passerby.vision.detections import Detections, Kind
from passerby.vision.detector import Detector
from passerby.vision.effort import Effort
from passerby.vision.inspect import detector_set
from passerby.vision.inspect.detector_set import checking_detectors, covering_detectors
from passerby.vision.inspect.self_test import scene, self_test
from passerby.vision.models.catalogue import SELECTABLE

PEOPLE = frozenset({Kind.PERSON, Kind.FACE})
SHAPES = [(1920, 1080), (100, 60)]


def used(monkeypatch: pytest.MonkeyPatch) -> set[tuple[str, int]]:
    """Every network and size that any line-up asks for, without reading a network."""
    asked: set[tuple[str, int]] = set()
    monkeypatch.setattr(detector_set, "locate", lambda model: model.name)
    monkeypatch.setattr(detector_set, "EfficientDet", lambda name, **how: asked.add((name, how["long_side"])))
    monkeypatch.setattr(detector_set, "YoloX", lambda name, **how: asked.add((name, how["long_side"])))
    monkeypatch.setattr(detector_set, "CenterFace", lambda name, **how: asked.add((name, how["long_side"])))
    monkeypatch.setattr(detector_set, "SsdLite", lambda name, **how: asked.add((name, how["tile"])))
    for width, height in SHAPES:
        shape = Shape(width, height, Layout.YUV420, Colour(), Fraction(25), Fraction(1, 25))
        checking_detectors(shape)
        for effort in Effort:
            for still in (False, True):
                covering_detectors(shape, PEOPLE, effort=effort, still=still)
    return asked


def test_every_network_passes_at_every_size_it_is_used_at(monkeypatch: pytest.MonkeyPatch) -> None:
    sizes = used(monkeypatch)
    monkeypatch.undo()
    assert {name for name, _ in sizes} == {"efficientdet-lite0", "yolox-nano", "centerface", "ssdlite-pedestrian"}
    for name, size in sorted(sizes):
        self_test(net(name, size))


@pytest.mark.parametrize("size", [(640, 480), (1080, 1920), (1600, 400)], ids=str)
def test_a_network_passes_in_the_proportions_of_its_stream(size: tuple[int, int]) -> None:
    shape = Shape(*size, Layout.YUV420, Colour(), Fraction(25), Fraction(1, 25))
    assert scene(shape).width / scene(shape).height == pytest.approx(
        max(size) / min(size) if size[0] > size[1] else 16 / 9, rel=0.01
    )
    self_test(net("centerface", 640), shape)


@pytest.mark.parametrize("size", [(640, 480), (1600, 400)], ids=str)
@pytest.mark.parametrize("name", SELECTABLE)
def test_a_network_that_may_be_named_passes_wherever_it_may_look(name: str, size: tuple[int, int]) -> None:
    shape = Shape(*size, Layout.YUV420, Colour(), Fraction(25), Fraction(1, 25))
    for side in {448, 480, 640, 1024} if name != "yunet-n" else {480, 640, 1280}:
        self_test(net(name, side), shape)


class Behind:
    """A sound detector that is shown something else than the picture."""

    def __init__(self, inner: Detector, spoil: Callable[[np.ndarray], np.ndarray]) -> None:
        self.name, self.finds, self._inner, self._spoil = inner.name, inner.finds, inner, spoil

    def detect(self, frames: Sequence[Frame]) -> list[Detections]:
        spoiled = [replace(frame, planes=(np.ascontiguousarray(self._spoil(frame.planes[0])),)) for frame in frames]
        return self._inner.detect(spoiled)


SPOILS: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "black": np.zeros_like,
    "upside down": lambda rgb: rgb[::-1],
    "rows and columns swapped": lambda rgb: rgb.transpose(1, 0, 2),
    "shuffled": lambda rgb: np.random.default_rng(1).permutation(rgb.ravel()).reshape(rgb.shape),
    "rolled": lambda rgb: np.roll(rgb, 200, axis=1),
}


@pytest.mark.parametrize("spoil", SPOILS.values(), ids=SPOILS.keys())
@pytest.mark.parametrize(
    "size",
    [("efficientdet-lite0", 640), ("yolox-nano", 640), ("centerface", 640), ("ssdlite-pedestrian", 0)],
    ids=str,
)
def test_a_network_that_sees_another_picture_fails(
    size: tuple[str, int], spoil: Callable[[np.ndarray], np.ndarray]
) -> None:
    with pytest.raises(DetectorError, match="self-test"):
        self_test(Behind(net(*size), spoil))


def one_place(frame: Frame) -> Detections:
    return found(*[(95.0, 95.0, 125.0, 285.0)] * 50)


def everything_faint(frame: Frame) -> Detections:
    return found((75, 70, 145, 310), (200, 120, 260, 300), (360, 60, 440, 340), score=0.01)


@pytest.mark.parametrize("answer", [lambda frame: Detections.none(), one_place, everything_faint])
def test_a_detector_that_finds_nothing_or_one_place_fails(answer: Callable[[Frame], object]) -> None:
    with pytest.raises(DetectorError, match=r"models fetch"):
        self_test(Sees(answer))


def test_an_error_in_the_self_test_is_ours() -> None:
    with pytest.raises(DetectorError, match="made-up"):
        self_test(Sees(lambda frame: 1 / 0))


def test_the_scene_is_the_same_each_time() -> None:
    assert np.array_equal(scene().planes[0], scene().planes[0])


@pytest.mark.parametrize("size", [(176, 144), (352, 288), (500, 400), (640, 360), (1280, 300), (160, 120)])
def test_the_networks_of_the_check_pass_on_small_pictures_of_any_proportions(registry_models, size):
    shape = Shape(*size, Layout.RGB, Colour(), rate=Fraction(25), time_base=Fraction(1, 25))
    for detector in checking_detectors(shape):
        self_test(detector, shape)
