"""What random looks prove about exposed heads: an upper bound, with how often the watchdog itself misses in it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from passerby.evaluate.bound import upper_bound
from passerby.watchdog.tally import LookTally

CONFIDENCE: Final = 0.95
_EACH: Final = 1 - (1 - CONFIDENCE) / 2
"""Two bounds hold together with 95 % if each holds with 97.5 % (Bonferroni)."""
HOUR_S: Final = 3600.0


@dataclass(frozen=True, slots=True)
class DetectionChance:
    """How often the watchdog found heads that were exposed on purpose.

    Args:
        found: How many it found.
        planted: How many there were.

    >>> round(DetectionChance(80, 100).least, 3)
    0.708
    """

    found: int
    planted: int

    def __post_init__(self) -> None:
        """Refuse figures that cannot be.

        Raises:
            ValueError: They cannot be.
        """
        if not 0 <= self.found <= self.planted:
            msg = f"{self.found} of {self.planted} planted heads cannot be found"
            raise ValueError(msg)

    @property
    def least(self) -> float:
        """Lower limit of the chance to find an exposed head in one look, in [0, 1], with 97.5 %."""
        return 1.0 - upper_bound(self.planted - self.found, self.planted, confidence=_EACH)


def exposed_head_frames_per_h(tally: LookTally, chance: DetectionChance) -> float | None:
    r"""Return the largest number of exposed head-frames an hour that the looks leave possible (95 %).

    A head-frame is one exposed head in one shown frame: a head that is exposed for a second at 10 frames a second is
    ten head-frames. With :math:`n` looks, of which :math:`k` found somebody or could not be inspected,

    .. math:: x = F \, m \, \min(1, U(k, n) / d)

    where :math:`F` is the frames an hour, :math:`U` the upper limit of Clopper and Pearson at 97.5 %, :math:`d` the
    lower limit at 97.5 % of the chance to find an exposed head in one look, and :math:`m` the most heads found in one
    look, at least 1. A drawn frame that could not be inspected counts as exposed. Draws need not be equally likely to
    fall on an exposed frame: for independent draws with different chances the binomial limit is too high rather than
    too low (Hoeffding 1956, theorem 5, where the limit is above the count by 1 or more).

    It holds for heads like the planted ones: of people whom the watchdog is as likely to find, and at most m at once.

    Args:
        tally: What was seen.
        chance: How often the watchdog finds an exposed head.

    Returns:
        Head-frames an hour; None = nothing was observed, so nothing can be said.

    Source: Clopper and Pearson (1934); Hoeffding, On the distribution of the number of successes in independent
    trials, Annals of Mathematical Statistics 27 (1956).

    >>> tally = LookTally(looks=2880, frames=864_000, watched_s=86_400)
    >>> round(exposed_head_frames_per_h(tally, DetectionChance(80, 100)))
    65
    >>> exposed_head_frames_per_h(LookTally(), DetectionChance(80, 100)) is None
    True
    """
    draws = tally.looks + tally.missed
    if not draws or tally.watched_s <= 0:
        return None
    share = upper_bound(tally.exposed + tally.missed, draws, confidence=_EACH)
    least = chance.least
    share = min(1.0, share / least) if least > 0 else 1.0
    return tally.frames / tally.watched_s * HOUR_S * share * max(1, tally.most_heads)
