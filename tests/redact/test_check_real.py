"""The leak check with a real network on a real recording."""

from __future__ import annotations

from itertools import islice
from pathlib import Path
from xml.etree import ElementTree as ET

import numpy as np
import pytest
from tests.redact.pictures import Copy

from passerby.errors import ModelError
from passerby.media.files.video_file import open_source
from passerby.media.frame import Frame
from passerby.media.layout import Plane
from passerby.redact.check import check
from passerby.redact.mask import Cover
from passerby.redact.redactor import redact
from passerby.redact.style import style_named
from passerby.vision.models.catalogue import model_named
from passerby.vision.models.files import locate
from passerby.vision.nets.ssdlite import SsdLite

FRAME = 125


@pytest.fixture(scope="module")
def scene(data_dir: Path) -> tuple[Frame, Cover]:
    """One frame with its labelled people, their boxes grown."""
    source = open_source(data_dir / "video" / "pets_s2l1_vtest.avi")
    frame = next(islice(source, FRAME, None))
    source.close()
    labels = ET.parse(data_dir / "gt" / "pets_s2l1" / "PETS2009-S2L1.xml")  # noqa: S314  # a file of ours
    boxes = []
    for box in labels.iterfind(f".//frame[@number='{FRAME}']//box"):
        height, width, x, y = (float(box.get(name, "")) for name in ("h", "w", "xc", "yc"))
        boxes.append([x - 0.7 * width, y - 0.6 * height, x + 0.7 * width, y + 0.6 * height])
    return frame, Cover(np.rint(boxes).astype(np.int32), np.ones(len(boxes), np.bool_))


@pytest.mark.data
@pytest.mark.parametrize("style", ["solid", "mosaic", "figure"])
def test_a_person_left_bare_is_found_and_covered_ones_are_not(scene: tuple[Frame, Cover], style: str) -> None:
    try:
        detector = SsdLite(locate(model_named("ssdlite-pedestrian")), tile=288, score=0.5)
    except ModelError as error:
        pytest.skip(str(error))
    frame, cover = scene
    bare = cover.boxes_px[0]
    shown = redact(frame, Cover(cover.boxes_px[1:], cover.bodies[1:]), style_named(style))
    spots = check(Copy([_again(frame, shown.planes)]), [detector]).spots
    centres = [((spot.box_px[0] + spot.box_px[2]) / 2, (spot.box_px[1] + spot.box_px[3]) / 2) for spot in spots]
    assert any(bare[0] < x < bare[2] and bare[1] < y < bare[3] for x, y in centres)
    for x1, y1, x2, y2 in cover.boxes_px[1:].tolist():
        assert not any(x1 < x < x2 and y1 < y < y2 for x, y in centres)


def _again(frame: Frame, planes: tuple[Plane, ...]) -> Frame:
    return Frame(planes, frame.layout, frame.pts, frame.time_base, frame.camera, frame.colour)
