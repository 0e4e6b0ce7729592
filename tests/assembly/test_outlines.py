"""Outlines are loaded where they are wanted; without their networks, people are covered by boxes."""

from __future__ import annotations

import logging
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from passerby.assembly.outlines import outliner_for
from passerby.errors import DetectorError, ModelError
from passerby.media.frame import Frame
from passerby.media.layout import Layout
from passerby.redact.choice import CoverKind, CoverShape, StyleName
from passerby.vision.detections import Detections, Kind
from passerby.vision.sampling import Region

PEOPLE = frozenset({CoverKind.PEOPLE})


@pytest.fixture
def without_networks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PASSERBY_MODELS", str(tmp_path))
    monkeypatch.setattr("platformdirs.user_data_dir", lambda _: str(tmp_path / "none"))


@pytest.mark.parametrize(
    ("covering", "style", "shape", "live"),
    [
        (PEOPLE, StyleName.SOLID, CoverShape.BOX, False),
        (PEOPLE, StyleName.FIGURE, CoverShape.AUTO, False),
        (PEOPLE, StyleName.SOLID, CoverShape.AUTO, True),
        (frozenset({CoverKind.HEADS}), StyleName.SOLID, CoverShape.OUTLINE, False),
    ],
    ids=["boxes", "figures", "a live camera", "heads"],
)
def test_nothing_is_loaded_where_people_are_covered_by_boxes(
    covering: frozenset[CoverKind],
    style: StyleName,
    shape: CoverShape,
    live: bool,
    without_networks: None,
    caplog: pytest.LogCaptureFixture,
) -> None:
    assert outliner_for(covering, style, shape, live=live) is None
    assert not caplog.records


def test_missing_networks_cost_the_outlines_and_are_logged(
    without_networks: None, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING):
        assert outliner_for(PEOPLE, StyleName.SOLID, CoverShape.AUTO) is None
    assert [record.message for record in caplog.records] == ["boxes_instead_of_outlines"]
    assert "passerby models fetch deeplab-v3" in caplog.records[0].reason


@pytest.mark.parametrize("live", [False, True])
def test_missing_networks_are_an_error_where_outlines_were_asked_for(live: bool, without_networks: None) -> None:
    with pytest.raises(ModelError, match="passerby models fetch deeplab-v3"):
        outliner_for(PEOPLE, StyleName.SOLID, CoverShape.OUTLINE, live=live)


class Broken:
    """A network that sees a body nowhere."""

    made = 0

    def __init__(self, path: Path) -> None:
        Broken.made += 1

    def likelihood(self, frame: Frame, region: Region) -> NDArray[np.float32]:
        return np.zeros((8, 8), np.float32)


@pytest.mark.data
def test_networks_for_outlines_are_loaded_once_and_only_for_a_large_box(
    registry_models: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Broken, "made", 0)

    class Broad(Broken):
        name = "deeplab-v3"

    monkeypatch.setattr("passerby.assembly.outlines.DeepLab", Broad)
    made = outliner_for(PEOPLE, StyleName.SOLID, CoverShape.AUTO)
    assert made is not None
    frame = Frame((np.zeros((60, 80, 3), np.uint8),), Layout.RGB, 0, Fraction(1, 25), "a")
    assert made.outline(frame, body(of=(0, 0, 8, 8))) is None
    assert Broken.made == 0

    for _ in range(2):  # a network that fails its test costs the outline each time, and is not loaded again
        with pytest.raises(DetectorError, match="deeplab-v3 found 0%"):
            made.outline(frame, body(of=(0, 0, 60, 60)))
    assert Broken.made == 1


def body(*, of: tuple[int, int, int, int]) -> Detections:
    return Detections(np.array([of], np.float32), np.ones(1, np.float32), np.full(1, Kind.PERSON, np.int8))


@pytest.mark.data
def test_the_networks_of_the_catalogue_are_loaded_and_tested(registry_models: None) -> None:
    made = outliner_for(PEOPLE, StyleName.MOSAIC, CoverShape.OUTLINE, live=True)
    assert made is not None
    assert [each.name for each in made.segmenters] == ["deeplab-v3", "selfie-segmenter"]
