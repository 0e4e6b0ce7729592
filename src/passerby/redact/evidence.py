"""What speaks for a box of one network, beside its score."""

from __future__ import annotations

from enum import IntFlag

import numpy as np
from numpy.typing import NDArray


class Evidence(IntFlag):
    """What speaks for a box; a box may have several of these, or none."""

    SUPPORTED = 1
    """It counts by itself, or another network or a face supports it."""
    FIRM = 2
    """It is small, or its score is not low: it may be the same object on both sides of a long gap."""
    LASTING = 4
    """It is not giant, and its score is not the lowest: found again and again, it supports itself."""


ALL = Evidence.SUPPORTED | Evidence.FIRM | Evidence.LASTING


def evidence_of(
    supported: NDArray[np.bool_], *, firm: NDArray[np.bool_], lasting: NDArray[np.bool_]
) -> NDArray[np.uint8]:
    """Return the evidence of boxes as numbers, shape (N,), from what holds for each of them, each of shape (N,)."""
    parts = ((supported, Evidence.SUPPORTED), (firm, Evidence.FIRM), (lasting, Evidence.LASTING))
    marks = [part.astype(np.uint8) * np.uint8(flag) for part, flag in parts]
    return np.asarray(np.sum(marks, axis=0), np.uint8)
