"""What of a recording's sound goes to a copy."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from math import inf
from pathlib import Path

SpanS = tuple[float, float]
"""Start and end, s, in the recording's own times."""
ALWAYS: SpanS = (-inf, inf)


@dataclass(frozen=True, slots=True)
class SoundPlan:
    """The sound of a copy.

    Args:
        path: The recording.
        audible: When its sound is heard, in order, in the recording's own times, s; at all other times there is
            silence. None = always, and the sound is copied unchanged.
    """

    path: Path
    audible: tuple[SpanS, ...] | None = None


def without(spans: Iterable[SpanS], cut: Iterable[SpanS]) -> tuple[SpanS, ...]:
    """Return spans without the times of others, in order.

    >>> without([(0.0, 10.0)], [(2.0, 3.0), (9.0, 12.0)])
    ((0.0, 2.0), (3.0, 9.0))
    """
    rest = sorted(spans)
    for start, end in cut:
        parts = [part for a, b in rest for part in ((a, min(b, start)), (max(a, end), b))]
        rest = [(a, b) for a, b in parts if a < b]
    return tuple(sorted(set(rest)))
