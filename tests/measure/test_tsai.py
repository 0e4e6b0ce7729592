from __future__ import annotations

import numpy as np
import pytest

from passerby.errors import MeasureError
from passerby.measure.tsai import read_tsai


@pytest.mark.data
def test_people_of_pets_walk_at_walking_pace_on_its_calibrated_ground(data_dir):
    import xml.etree.ElementTree as ET

    ground, size = read_tsai(data_dir / "gt/pets_s2l1/View_001.xml")
    assert size == (768, 576)
    feet: dict[str, list[tuple[float, float]]] = {}
    truth = ET.parse(data_dir / "gt/pets_s2l1/PETS2009-S2L1.xml")  # noqa: S314 - a file of the test data
    for box in truth.getroot().iter("object"):
        at = box.find("box").attrib
        foot = (float(at["xc"]), float(at["yc"]) + float(at["h"]) / 2)
        feet.setdefault(box.attrib["id"], []).append(foot)
    speeds = []
    for path in feet.values():
        places = ground.to_ground(np.array(path))
        speeds += list(np.linalg.norm(places[20:] - places[:-20], axis=1) / 2.0)  # 10 frames/s
    assert 0.8 < np.median(speeds) < 1.6


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("no xml", "no Tsai calibration"),
        ("<Camera><Geometry width='768'/></Camera>", "is missing"),
        ("<!DOCTYPE x []><Camera/>", "DOCTYPE"),
        ("<Camera><Geometry width='wide'/></Camera>", "no Tsai calibration"),
    ],
)
def test_another_file_is_refused_with_its_name(tmp_path, text, complaint):
    path = tmp_path / "camera.xml"
    path.write_text(text)
    with pytest.raises(MeasureError, match=complaint) as caught:
        read_tsai(path)
    assert str(path) in str(caught.value)


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(MeasureError, match="cannot be read"):
        read_tsai(tmp_path / "none.xml")
