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
PEOPLE = GROUPS[Kind.PERSON]
"""Number of the group of people."""
VEHICLE_GROUPS = {number: frozenset(kind for kind, group in GROUPS.items() if group == number) for number in (1, 2)}
"""The classes of each group that moves so fast that one can be mistaken for another from one pass to the next."""
_OFFSETS = np.array([[GROUPS.get(kind, 0) * FAR_PX, 0.0] * 2 for kind in Kind])


def offset(kinds: NDArray[np.int8]) -> Points:
    """Return by how much boxes of these classes are shifted to the right, shape (N, 4)."""
    return np.asarray(_OFFSETS[kinds])


def in_group(boxes: Points, group: int) -> NDArray[np.bool_]:
    """Return which shifted boxes belong to a group, shape (N,).

    Args:
        boxes: Shape (N, 4), NaN = no box.
        group: Number of the group.
    """
    return np.asarray(np.abs(boxes[:, 0] - group * FAR_PX) < FAR_PX / 2)
