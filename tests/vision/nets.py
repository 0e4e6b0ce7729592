"""Networks, read once a session; absent ones skip with the command that fetches them."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pytest

from passerby.errors import ModelError
from passerby.vision.catalogue import locate, model_named
from passerby.vision.centerface import CenterFace
from passerby.vision.detector import Detector
from passerby.vision.efficientdet import EfficientDet
from passerby.vision.ssdlite import SsdLite


@cache
def net(name: str, size: int, score: float = 0.05) -> Detector:
    """Return a detector of the catalogue, the same one each time: reading a network takes seconds."""
    path = weights(name)
    if name == "efficientdet-lite0":
        return EfficientDet(path, long_side=size, score=score)
    if name == "centerface":
        return CenterFace(path, long_side=size, score=score)
    return SsdLite(path, tile=size, score=score)


def weights(name: str) -> Path:
    """Return the file of a network, or skip."""
    try:
        return locate(model_named(name))
    except ModelError as error:
        pytest.skip(str(error))
