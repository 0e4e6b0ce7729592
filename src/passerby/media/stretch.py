"""Which part of a recording is read: from one time up to another, exact to the frame."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Self

ROUNDING_S = Fraction(1, 1_000_000)
"""Reports round times to this part of a second: a time that is copied from one must hit its frame."""


@dataclass(frozen=True, slots=True)
class Stretch:
    """Part of a recording, counted from its first picture as a player counts it.

    A picture at `from_s` belongs to it, one at `until_s` does not: two stretches that meet share no picture.

    Args:
        from_s: Its start, s.
        until_s: Its end, s; None = the end of the recording.
    """

    from_s: Fraction = Fraction(0)
    until_s: Fraction | None = None

    @classmethod
    def of(cls, from_s: float | None, until_s: float | None) -> Self | None:
        """Return the stretch between two times, or None if there is neither.

        >>> Stretch.of(0.04, None)
        Stretch(from_s=Fraction(1, 25), until_s=None)
        """
        if from_s is None and until_s is None:
            return None
        return cls(_exact(from_s or 0.0), None if until_s is None else _exact(until_s))

    def before(self, time_s: Fraction) -> bool:
        """Return whether a time, s, is before the stretch."""
        return _rounded(time_s) < _rounded(self.from_s)

    def after(self, time_s: Fraction) -> bool:
        """Return whether a time, s, is after the stretch."""
        return self.until_s is not None and _rounded(time_s) >= _rounded(self.until_s)


@dataclass(frozen=True, slots=True)
class Excerpt:
    """Where a stretch lies in the recording's own times, which need not begin at 0.

    Args:
        recording_s: Time of the recording's first picture, s.
        begins_s: Time of the first picture of the stretch, s: a copy of it begins here.
        ends_s: End of the stretch, s; None = the end of the recording.
    """

    recording_s: Fraction
    begins_s: Fraction
    ends_s: Fraction | None


def _exact(time_s: float) -> Fraction:
    """Return a time as it was written: 0.04 is 1/25."""
    return Fraction(repr(time_s))


def _rounded(time_s: Fraction) -> int:
    return round(time_s / ROUNDING_S)
