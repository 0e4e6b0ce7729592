"""What can be said about a camera's watchdog, in words that the public may read."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from passerby.watchdog.tally import LookTally

NOT_OBSERVED: Final = "not observed by a watchdog"


@dataclass(frozen=True, slots=True)
class WatchdogStanding:
    """What watchdogs reported about a camera.

    Args:
        camera: Its name.
        observed: Whether a watchdog looks at it now; if not, nothing can be said.
        looked_s: When a look was last reported, UTC since 1970, s; None = never.
        over_s: The span that the counts are from, s.
        tally: The counts.
        head_frames_per_h: At most so many exposed head-frames an hour (95 %); None = nothing can be said.
        findings: How often somebody was found uncovered in the span.
        whole_until_s: Until when the camera is covered whole because of a finding, UTC since 1970, s; 0 = it is not.
        watchdogs: Names of the tokens that reported in the span.
    """

    camera: str
    observed: bool
    looked_s: float | None
    over_s: float
    tally: LookTally
    head_frames_per_h: float | None
    findings: int
    whole_until_s: float
    watchdogs: tuple[str, ...]

    @property
    def text(self) -> str:
        """The statement in one sentence."""
        bound = self.head_frames_per_h
        if not self.observed or bound is None:
            return NOT_OBSERVED
        looks = self.tally.looks + self.tally.missed
        found = "nobody uncovered was found" if not self.findings else f"{self.findings} findings"
        hours = self.tally.watched_s / 3600
        return (
            f"at most {bounded(bound)} exposed head-frames an hour (95 %), from {looks} random looks in "
            f"{hours:.1f} h; {found}"
        )


def bounded(value: float) -> str:
    """Return an upper bound rounded up to two digits, so that rounding never makes it smaller.

    >>> bounded(64.2), bounded(0.0123), bounded(1234.0), bounded(0.0)
    ('65', '0.013', '1300', '0')
    """
    if value <= 0:
        return "0"
    step = 10.0 ** (len(f"{value:.0f}") - 2) if value >= 10 else 1.0
    while value < 10 * step and value < 10:
        step /= 10
    up = -(-value // step) * step
    return f"{up:.10f}".rstrip("0").rstrip(".")
