from __future__ import annotations

import xml.etree.ElementTree as ET

import numpy as np
import pytest

from passerby.vision.detections import Detections


@pytest.mark.data
def test_a_perfect_detector_is_counted_without_an_error(data_dir, monkeypatch):
    from benchmarks.counting import judged, ours, places

    monkeypatch.setenv("PASSERBY_DATA", str(data_dir))
    frames = ET.parse(data_dir / "gt/pets_s2l1/PETS2009-S2L1.xml").getroot().iter("frame")  # noqa: S314 - test data
    known = places()
    found = ours([boxes_of(frame) for frame in frames], known)
    row = judged(found, known, first=0, last=795)
    assert row["view_mae"] == 0
    assert row["crossings"] == row["counted"] == 40
    assert row["precision"] == row["recall"] == 1
    assert row["count_error"] == 0


def boxes_of(frame):
    rows = [[float(box.get(name)) for name in ("xc", "yc", "w", "h")] for box in frame.iter("box")]
    middle, half = np.array(rows).reshape(-1, 2, 2)[:, 0], np.array(rows).reshape(-1, 2, 2)[:, 1] / 2
    boxes = np.concatenate((middle - half, middle + half), axis=1).astype(np.float32)
    return Detections(boxes, np.ones(len(boxes), np.float32), np.zeros(len(boxes), np.int8))
