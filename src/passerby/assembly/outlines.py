"""Loads the networks for outlines where the choice of cover needs them."""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection
from functools import cache
from pathlib import Path
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from passerby.errors import ModelError, PasserbyError
from passerby.media.frame import Frame
from passerby.redact.choice import CoverKind, CoverShape, StyleName
from passerby.vision.inspect.outliner import Outliner
from passerby.vision.inspect.self_test import outline_test
from passerby.vision.models.catalogue import model_named
from passerby.vision.models.files import locate
from passerby.vision.nets.deeplab import DeepLab
from passerby.vision.nets.selfie import SelfieSegmenter
from passerby.vision.sampling import Region
from passerby.vision.silhouette import Segmenter

log = logging.getLogger(__name__)
_Pair: TypeAlias = tuple[Segmenter, Segmenter]


class LazyOutliner:
    """Loads the networks for outlines when the first file needs them.

    Args:
        covering: As for `outliner_for`, like the other arguments.
        style: A figure stands in a box.
        shape: The shape of the cover.
    """

    def __init__(self, covering: Collection[CoverKind], style: StyleName, shape: CoverShape) -> None:
        self._load = cache(lambda: outliner_for(covering, style, shape))

    def get(self) -> Outliner | None:
        """Return what finds outlines, the same each time; None where persons are covered by boxes.

        Raises:
            PasserbyError: As `outliner_for`.
        """
        return self._load()


def outliner_for(
    covering: Collection[CoverKind], style: StyleName, shape: CoverShape, *, live: bool = False
) -> Outliner | None:
    """Return what finds outlines, tested; None where persons are covered by boxes.

    With `CoverShape.AUTO`, networks that are missing or fail their test cost the outlines and are logged; they are
    loaded and tested when a box is first large enough for an outline.

    Args:
        covering: What is covered; outlines are for whole people.
        style: A figure stands in a box.
        shape: The shape of the cover.
        live: Whether a camera is covered, which gets outlines only if they are asked for.

    Raises:
        ModelError: Outlines were asked for, and a network is missing or damaged.
        DetectorError: Outlines were asked for, and a network fails its self-test.
    """
    wanted = shape is CoverShape.OUTLINE or (shape is CoverShape.AUTO and not live)
    if not wanted or CoverKind.PEOPLE not in covering or style is StyleName.FIGURE:
        return None
    try:
        files = locate(model_named(DeepLab.name)), locate(model_named(SelfieSegmenter.name))
    except ModelError as error:
        if shape is CoverShape.OUTLINE:
            raise
        log.warning("boxes_instead_of_outlines", extra={"reason": str(error)})
        return None
    if shape is CoverShape.OUTLINE:
        return Outliner(*_tested(*files))
    pair = _Deferred(lambda: _tested(*files))
    return Outliner(_DeferredSegmenter(DeepLab.name, pair, 0), _DeferredSegmenter(SelfieSegmenter.name, pair, 1))


def _tested(wide: Path, close: Path) -> _Pair:
    """Return the networks of two model files, tested.

    Raises:
        ModelError: A file is damaged.
        DetectorError: A network fails its self-test.
    """
    pair = DeepLab(wide), SelfieSegmenter(close)
    outline_test(Outliner(*pair))
    return pair


class _Deferred:
    """Networks that are loaded when they are first needed; what loading them raised is raised each time."""

    def __init__(self, load: Callable[[], _Pair]) -> None:
        self._load = load
        self._loaded: _Pair | None = None
        self._error: PasserbyError | None = None

    def get(self) -> _Pair:
        if self._error is not None:
            raise self._error
        if self._loaded is None:
            try:
                self._loaded = self._load()
            except PasserbyError as error:
                self._error = error
                raise
        return self._loaded


class _DeferredSegmenter:
    """One network of a pair that is loaded with the first large box: most views of a street never have one.

    Loading and testing both takes most of a second of processor time, which a short clip would feel.
    """

    def __init__(self, name: str, pair: _Deferred, place: int) -> None:
        self.name = name
        self._pair = pair
        self._place = place

    def likelihood(self, frame: Frame, region: Region) -> NDArray[np.float32]:
        return self._pair.get()[self._place].likelihood(frame, region)
