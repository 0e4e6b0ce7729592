"""Networks that passed their self-test, kept for the next file of the same picture size."""

from __future__ import annotations

import os
import re
from collections.abc import Hashable, Sequence
from concurrent.futures import ThreadPoolExecutor

from passerby.media.layout import Layout, Shape
from passerby.reports.redaction import ModelUse
from passerby.vision.detector import Detector
from passerby.vision.inspect.self_test import self_test
from passerby.vision.models.catalogue import model_named
from passerby.vision.silhouette import Segmenter


class DetectorCache:
    """Detectors that passed their self-test on pictures of the latest shape; only one set is in memory at a time."""

    def __init__(self) -> None:
        self._kept: tuple[Hashable, list[Detector]] | None = None

    def of(self, detectors: list[Detector], shape: Shape) -> list[Detector]:
        """Return detectors that pass; those of the last call if it asked for the same ones and the same shape.

        Raises:
            DetectorError: One fails its self-test.
        """
        key = _key(detectors, shape)
        if self._kept is None or self._kept[0] != key:
            self._kept = None  # the networks before go first: two sets at once are never needed
            self._kept = (key, tested(detectors, shape))
        return self._kept[1]


def tested(detectors: list[Detector], shape: Shape) -> list[Detector]:
    """Return detectors that pass their self-test on pictures of this shape.

    They are tested side by side, because the first run of a network compiles it, which takes one processor a second.

    Raises:
        DetectorError: One fails it.
    """
    with ThreadPoolExecutor(os.cpu_count(), thread_name_prefix="passerby-self-test") as pool:
        for test in [pool.submit(self_test, detector, shape) for detector in detectors]:
            test.result()
    return detectors


def models_of(detectors: Sequence[Detector | Segmenter]) -> list[ModelUse]:
    """Return the networks of detectors, from the detectors' names: catalogue name and how they inspect."""
    names = sorted({re.split("[@/]", detector.name)[0] for detector in detectors})
    return [ModelUse(name=name, sha256=model_named(name).sha256) for name in names]


def _key(detectors: list[Detector], shape: Shape) -> Hashable:
    """Return what two pictures must share to use the same detectors: stills share them whatever their size."""
    still = shape.layout is Layout.RGB
    return tuple(detector.name for detector in detectors), still or (shape.width, shape.height)
