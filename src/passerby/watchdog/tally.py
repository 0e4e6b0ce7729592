"""What a watchdog has seen of a camera in a span of time: counts only, nothing about anybody."""

from __future__ import annotations

from dataclasses import dataclass
from math import isfinite


@dataclass(frozen=True, slots=True)
class LookTally:
    """Counts of a span of time.

    Args:
        looks: Drawn frames that were inspected.
        exposed: Of them, those in which somebody was found uncovered.
        missed: Drawn frames that were shown but could not be inspected.
        frames: Frames that the camera showed.
        watched_s: How long its stream arrived, s.
        most_heads: The most people found uncovered in one of the frames.
    """

    looks: int = 0
    exposed: int = 0
    missed: int = 0
    frames: int = 0
    watched_s: float = 0.0
    most_heads: int = 0

    def __post_init__(self) -> None:
        """Refuse counts that cannot be.

        Raises:
            ValueError: They cannot be.
        """
        counts = (self.looks, self.exposed, self.missed, self.frames, self.most_heads)
        possible = min(counts) >= 0 and self.exposed <= self.looks and isfinite(self.watched_s) and self.watched_s >= 0
        if not possible or (self.exposed and not self.most_heads):
            msg = f"impossible counts of a watchdog: {self}"
            raise ValueError(msg)

    def __add__(self, other: LookTally) -> LookTally:
        """Return the counts of both spans."""
        return LookTally(
            self.looks + other.looks,
            self.exposed + other.exposed,
            self.missed + other.missed,
            self.frames + other.frames,
            self.watched_s + other.watched_s,
            max(self.most_heads, other.most_heads),
        )
