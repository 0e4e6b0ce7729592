"""How balanced the two directions of a line are; from counts alone, so that signals can compute it too."""

from __future__ import annotations


def counter_flow_share(inwards: float, outwards: float) -> float:
    r"""Share of the weaker direction, :math:`\min(I, O) / (I + O)`, in [0, 0.5]; 0 = one way, 0.5 = balanced.

    It is 0 if no one crossed.

    Source: Helbing et al. (2005), self-organised pedestrian crowd dynamics, ratio of flows.

    >>> counter_flow_share(30, 10)
    0.25
    """
    return min(inwards, outwards) / (inwards + outwards) if inwards + outwards else 0.0
