"""The networks for outlines look at large boxes, say where they cannot tell, and never cost a pass."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray
from tests.stage import Box, Sees, found
from tests.vision.net_files import weights

from passerby.errors import DetectorError
from passerby.media.frame import Frame
from passerby.media.layout import Layout
from passerby.vision.detections import Detections, Kind
from passerby.vision.inspect.ensemble import DetectorEnsemble
from passerby.vision.inspect.outliner import MOST_BOXES, REMEMBERED_S, Outliner, around, clear
from passerby.vision.inspect.self_test import large_figure, outline_test
from passerby.vision.nets.deeplab import DeepLab
from passerby.vision.nets.selfie import SelfieSegmenter
from passerby.vision.picture.cuts import CutSide
from passerby.vision.sampling import Region
from passerby.vision.silhouette import Segmenter

LARGE: Box = (100, 50, 300, 340)
SMALL: Box = (10, 10, 60, 100)
OTHER: Box = (380, 60, 620, 350)


class Draws:
    """A segmenter that answers the same everywhere, and keeps which regions it was asked about."""

    name = "made-up"

    def __init__(self, likelihood: float = 0.9) -> None:
        self.regions: list[Region] = []
        self._likelihood = likelihood

    def likelihood(self, frame: Frame, region: Region) -> NDArray[np.float32]:
        """Return one value."""
        self.regions.append(region)
        return np.full((40, 40), self._likelihood, np.float32)


class Breaks:
    """A segmenter that fails."""

    name = "broken"

    def likelihood(self, frame: Frame, region: Region) -> NDArray[np.float32]:
        """Fail."""
        msg = "no memory"
        raise DetectorError(msg)


def frame(time_ms: int = 0, change: Callable[[NDArray[np.uint8]], NDArray[np.uint8]] = np.asarray) -> Frame:
    """A floor of coloured tiles of 640 x 360."""
    floor = ((np.indices((360, 640)) // 60).sum(axis=0) % 2 * 180 + 30).astype(np.uint8)
    return Frame((change(np.repeat(floor[..., None], 3, axis=2)),), Layout.RGB, time_ms, Fraction(1, 1000), "drawn")


def test_only_large_boxes_of_bodies_are_looked_at() -> None:
    outliner = Outliner(Draws(), close := Draws())
    assert outliner.outline(frame(), found(SMALL)) is None
    assert outliner.outline(frame(), found(LARGE, kind=Kind.CAR)) is None
    seen = outliner.outline(frame(), found(SMALL, LARGE))
    assert seen is not None
    assert len(close.regions) == 1
    assert seen.boxes_px.tolist() == [list(LARGE)]


def test_what_lies_beyond_the_region_of_a_box_is_unknown() -> None:
    seen = Outliner(Draws(0.0), Draws()).outline(frame(), found(LARGE))
    assert seen is not None
    assert not seen.wide.any()
    assert seen.known[25:170, 50:150].all()
    assert not seen.known[:, 260:].any()
    assert (seen.close == seen.known).all()


def test_a_box_of_a_moment_ago_is_still_looked_at_but_not_after_a_cut() -> None:
    outliner = Outliner(Draws(), close := Draws())
    outliner.outline(frame(0), found(LARGE))
    assert outliner.outline(frame(100), Detections.none()) is not None
    outliner.forget()
    assert outliner.outline(frame(200), Detections.none()) is None
    outliner.outline(frame(300), found(LARGE))
    assert outliner.outline(frame(300 + round(1000 * REMEMBERED_S) + 1), Detections.none()) is None
    assert len(close.regions) == 3


def test_boxes_of_several_networks_are_looked_at_once_and_no_more_than_a_few() -> None:
    outliner = Outliner(Draws(), close := Draws())
    outliner.outline(frame(), found(LARGE, (104, 52, 298, 338), OTHER))
    assert len(close.regions) == 2
    many = [(4 * k, 10 * (k % 3), 4 * k + 150 + 30 * (k % 5), 340 - 20 * (k % 4)) for k in range(40)]
    outliner.forget()
    close.regions.clear()
    outliner.outline(frame(), found(*many))
    assert len(close.regions) <= MOST_BOXES


def test_a_region_lies_in_the_picture_holds_its_box_and_is_as_square_as_can_be() -> None:
    for box in (LARGE, OTHER, (0, 0, 640, 360), (600, 0, 639, 359)):
        x1, y1, x2, y2 = around(np.array(box, np.float32), 360, 640)
        assert 0 <= x1 <= box[0] < box[2] <= x2 <= 640
        assert 0 <= y1 <= box[1] < box[3] <= y2 <= 360
        assert x1 % 2 == y1 % 2 == 0
    x1, y1, x2, y2 = around(np.array((300, 150, 340, 250), np.float32), 360, 640)
    assert abs((x2 - x1) - (y2 - y1)) <= 2


@pytest.mark.parametrize(
    "change",
    [
        lambda picture: (picture // 12).astype(np.uint8),
        lambda picture: cv2.GaussianBlur(picture, (0, 0), 14),
        lambda picture: np.clip(picture + np.random.default_rng(1).normal(0, 60, (360, 640, 1)), 0, 255).astype(
            np.uint8
        ),
    ],
    ids=["dark", "blurred", "noisy"],
)
def test_in_bad_light_nothing_is_known(change: Callable[[NDArray[np.uint8]], NDArray[np.uint8]]) -> None:
    region = (100, 50, 300, 340)
    assert clear(frame(), region)
    assert not clear(frame(0, change), region)
    seen = Outliner(Draws(), Draws()).outline(frame(0, change), found(LARGE))
    assert seen is not None
    assert not seen.known.any()


@pytest.mark.parametrize("pair", [(Breaks(), Draws()), (Draws(), Breaks())], ids=["wide", "close"])
def test_a_network_for_outlines_that_fails_costs_the_outline_and_no_pass(pair: tuple[Segmenter, Segmenter]) -> None:
    look = DetectorEnsemble([Sees(lambda _: found(LARGE))], outliner=Outliner(*pair)).look(frame())
    assert not look.failure
    assert look.silhouettes is None
    assert len(look.found[0] or ()) == 1


def test_a_pass_holds_silhouettes_and_those_of_another_scene_are_forgotten() -> None:
    answers = iter([found(LARGE), found(SMALL), found(SMALL)])
    ensemble = DetectorEnsemble([Sees(lambda _: next(answers))], outliner=Outliner(Draws(), Draws()))
    assert ensemble.look(frame(0)).silhouettes is not None
    assert ensemble.look(frame(100)).silhouettes is not None
    assert ensemble.look(frame(200), CutSide.NEW_SCENE).silhouettes is None


def test_networks_that_see_nothing_or_everything_fail_the_self_test() -> None:
    for broken in (0.0, 1.0):
        with pytest.raises(DetectorError, match=r"made-up found .* of a drawn figure"):
            outline_test(Outliner(Draws(broken), Draws(broken)))
    with pytest.raises(DetectorError, match=r"no memory \(in the self-test of outlines\)"):
        outline_test(Outliner(Breaks(), Draws()))


@pytest.mark.data
def test_both_networks_outline_a_drawn_figure_in_every_layout_of_pixels() -> None:
    wide, close = DeepLab(weights("deeplab-v3")), SelfieSegmenter(weights("selfie-segmenter"))
    outline_test(Outliner(wide, close))
    drawn, body = large_figure()
    planes = cv2.cvtColor(drawn.planes[0], cv2.COLOR_RGB2YUV_I420)
    chroma = planes[360:].reshape(2, 180, 320)
    yuv = replace(drawn, planes=(planes[:360], chroma[0], chroma[1]), layout=Layout.YUV420)
    for network in (wide, close):
        one, other = (network.likelihood(each, (0, 0, 640, 360)) for each in (drawn, yuv))
        assert one.shape == other.shape
        assert 0 <= one.min() <= one.max() <= 1
        assert np.abs(one - other).mean() < 0.05
        large = cv2.resize(other, (640, 360))
        assert large[body].mean() > 3 * large[~body].mean()
