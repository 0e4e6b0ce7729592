"""Loads the networks for outlines where the choice of cover needs them."""

from __future__ import annotations

import logging
from collections.abc import Collection
from functools import cache

from passerby.errors import DetectorError, ModelError
from passerby.redact.choice import CoverKind, CoverShape, StyleName
from passerby.vision.inspect.outliner import Outliner
from passerby.vision.inspect.self_test import outline_test
from passerby.vision.models.catalogue import model_named
from passerby.vision.models.files import locate
from passerby.vision.nets.deeplab import DeepLab
from passerby.vision.nets.selfie import SelfieSegmenter

log = logging.getLogger(__name__)


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

    With `CoverShape.AUTO`, networks that are missing or fail their test cost the outlines and are logged.

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
        made = Outliner(
            DeepLab(locate(model_named(DeepLab.name))), SelfieSegmenter(locate(model_named(SelfieSegmenter.name)))
        )
        outline_test(made)
    except (ModelError, DetectorError) as error:
        if shape is CoverShape.OUTLINE:
            raise
        log.warning("boxes_instead_of_outlines", extra={"reason": str(error)})
        return None
    return made
