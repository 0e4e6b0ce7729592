"""Where bodies are, pixel by pixel, and the interface of networks that answer that."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from passerby.media.frame import Frame
from passerby.vision.sampling import Region


class Segmenter(Protocol):
    """Says for each part of a region how likely it shows a body; it tells no body from another."""

    name: str

    def likelihood(self, frame: Frame, region: Region) -> NDArray[np.float32]:
        """Return how likely each part shows a body, shape (rows, columns), in [0, 1]; it spans the region exactly.

        Raises:
            DetectorError: The runtime failed.
        """
        ...


@dataclass(frozen=True, slots=True)
class Silhouettes:
    """Where two networks see bodies in one frame, on a small picture that spans the frame.

    Args:
        wide: Shape (rows, columns), where the network that saw the whole frame sees a body.
        close: The same shape, where the network that saw one box at a time sees one.
        known: The same shape, where the second network looked and the light was good enough to rely on both.
        boxes_px: Shape (N, 4), the boxes that it looked at, px of the frame.

    Raises:
        ValueError: The shapes differ.
    """

    wide: NDArray[np.bool_]
    close: NDArray[np.bool_]
    known: NDArray[np.bool_]
    boxes_px: NDArray[np.float32]

    def __post_init__(self) -> None:
        """Reject invalid values: an outline that cannot be used must cost the outline, not anyone's privacy."""
        if not self.wide.shape == self.close.shape == self.known.shape or self.boxes_px.shape[1:] != (4,):
            shapes = [part.shape for part in (self.wide, self.close, self.known, self.boxes_px)]
            msg = f"silhouettes: shapes differ: {shapes}"
            raise ValueError(msg)
