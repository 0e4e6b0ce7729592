"""Networks, read once a session; absent ones skip with the command that fetches them."""

from __future__ import annotations

import os
from functools import cache
from pathlib import Path

import pytest

from passerby.errors import ModelError
from passerby.vision.detector import Detector
from passerby.vision.models.catalogue import SELECTABLE, model_named
from passerby.vision.models.files import folders, locate
from passerby.vision.nets.centerface import CenterFace
from passerby.vision.nets.efficientdet import EfficientDet
from passerby.vision.nets.picodet import PicoDet
from passerby.vision.nets.retail import Retail
from passerby.vision.nets.ssdlite import SsdLite
from passerby.vision.nets.yolox import YoloX
from passerby.vision.nets.yunet import YuNet

MAKES = {
    "efficientdet-lite0": EfficientDet,
    "centerface": CenterFace,
    "yolox-nano": YoloX,
    "person-detection-retail-0013": Retail,
    "picodet-s": PicoDet,
    "yunet-n": YuNet,
}


@cache
def net(name: str, size: int, score: float = 0.05) -> Detector:
    """Return a detector of the catalogue, the same one each time: reading a network takes seconds."""
    path = weights(name)
    if name in MAKES:
        return MAKES[name](path, long_side=size, score=score)
    return SsdLite(path, tile=size, score=score)


def weights(name: str) -> Path:
    """Return the file of a network, or skip."""
    more = os.environ.get("PASSERBY_TEST_MODELS") if name in SELECTABLE else None
    try:
        return locate(model_named(name), [*folders(), *([Path(more)] if more else [])])
    except ModelError as error:
        pytest.skip(str(error))
