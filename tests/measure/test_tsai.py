from __future__ import annotations

import numpy as np
import pytest

from passerby.errors import MeasureError
from passerby.measure.tsai import read_tsai

NUMBERS = (
    "width=768 height=576 dpx=0.005 dpy=0.00465 sx=1.09 focal=5.55 kappa1=0.005 cx=324 cy=282 "
    "rx=2.04 ry=-0.89 rz=-0.43 tx=828 ty=-3175 tz=35469"
)
CAMERA = dict(pair.split("=") for pair in NUMBERS.split())


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
        ("no xml", "not a Tsai calibration"),
        ("<Camera><Geometry width='768'/></Camera>", "is missing"),
        ("<!DOCTYPE x []><Camera/>", "DOCTYPE"),
        ("<Camera><Geometry width='wide'/></Camera>", "not a Tsai calibration"),
    ],
)
def test_another_file_is_refused_with_its_name(tmp_path, text, complaint):
    path = tmp_path / "camera.xml"
    path.write_text(text)
    with pytest.raises(MeasureError, match=complaint) as caught:
        read_tsai(path)
    assert str(path) in str(caught.value)


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        *(({name: "0"}, f"{name} is 0") for name in ("width", "height", "dpx", "dpy", "sx", "focal")),
        ({"width": "-768"}, "width is -768"),
        ({"width": "inf"}, "width is inf"),
        ({"height": "nan"}, "height is nan"),
        ({"tx": "1e308"}, "tx is 1e\\+308"),
        ({"kappa1": "1e8"}, "kappa1 of 1e\\+08 folds the picture"),
        ({"kappa1": "-1"}, "kappa1 of -1 folds the picture"),
        ({"rx": "0", "ry": "1.5707963267948966", "rz": "0", "tx": "0", "ty": "0"}, "sees no ground"),
    ],
)
def test_numbers_that_no_camera_has_are_named(tmp_path, change, complaint):
    path = tmp_path / "camera.xml"
    words = " ".join(f'{name}="{value}"' for name, value in (CAMERA | change).items())
    path.write_text(f"<Camera><Geometry {words}/></Camera>")
    with pytest.raises(MeasureError, match=complaint) as caught:
        read_tsai(path)
    assert str(path) in str(caught.value)


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(MeasureError, match="cannot be read"):
        read_tsai(tmp_path / "none.xml")
