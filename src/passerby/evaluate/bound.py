"""What a number of misses proves: the upper bound of Clopper and Pearson."""

from __future__ import annotations

from math import exp, lgamma, log, log1p
from typing import Final

CONFIDENCE: Final = 0.95
_STEPS: Final = 60


def upper_bound(misses: int, heads: int, *, confidence: float = CONFIDENCE) -> float:
    """Return the largest share of misses that a result leaves possible, in [0, 1], one-sided.

    The heads are taken to be independent. Those of one person in neighbouring frames are not, so the bound is too low
    by as much as they repeat one another.

    Args:
        misses: Number of heads missed.
        heads: Number of heads; with none, nothing is proved.
        confidence: How sure the bound is.

    Source: Clopper and Pearson (1934). Without a miss it is close to 3 / heads.

    >>> round(upper_bound(0, 1000), 5), round(upper_bound(3, 1000), 5), upper_bound(0, 0)
    (0.00299, 0.00774, 1.0)
    """
    if misses >= heads:
        return 1.0
    low, high = misses / heads, 1.0
    for _ in range(_STEPS):
        middle = (low + high) / 2
        low, high = (middle, high) if _at_most(misses, heads, middle) > 1 - confidence else (low, middle)
    return high


def _at_most(misses: int, heads: int, share: float) -> float:
    """Return the probability of at most so many misses if each head is missed with this probability."""
    if share <= 0:
        return 1.0
    if share >= 1:
        return 0.0
    whole = lgamma(heads + 1)
    return sum(
        exp(whole - lgamma(k + 1) - lgamma(heads - k + 1) + k * log(share) + (heads - k) * log1p(-share))
        for k in range(misses + 1)
    )
