"""Groups of classes that networks confuse with each other; boxes of different groups are shifted far apart."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from passerby.measure.view import Points
from passerby.vision.detections import Kind

GROUPS = {
    Kind.PERSON: 0,
    Kind.BICYCLE: 1,
    Kind.MOTORCYCLE: 1,
    Kind.CAR: 2,
    Kind.BUS: 2,
    Kind.TRUCK: 2,
}
"""Classes that are counted. A network may report any class of the group for the same body; the majority decides."""
COUNTED = tuple(GROUPS)
FAR_PX = 1e5
"""Groups are shifted apart by this much, so that a car is never matched to a person."""
VEHICLES_PX = 1.5 * FAR_PX
"""Boxes of cars, buses and trucks lie beyond this."""
_OFFSETS = np.array([[GROUPS.get(kind, 0) * FAR_PX, 0.0] * 2 for kind in Kind])


def offset(kinds: NDArray[np.int8]) -> Points:
    """Return by how much boxes of these classes are shifted to the right, shape (N, 4)."""
    return np.asarray(_OFFSETS[kinds])
