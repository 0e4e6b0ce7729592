"""How the pictures of each second of a segment are covered, as one letter for each second."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from passerby.health.status import Redaction

COVERED, WHOLE, NO_PICTURE = "a", "w", "n"
_LETTERS: Final[Mapping[Redaction, str]] = MappingProxyType(
    {Redaction.ACTIVE: COVERED, Redaction.WHOLE: WHOLE, Redaction.NONE: NO_PICTURE}
)
_RANK: Final = COVERED + WHOLE + NO_PICTURE


class CoverSeconds:
    """Collects how the pictures of a segment are covered; of a second with several answers, the last in rank counts.

    A second without a notice and without a picture that is covered whole is `COVERED`; one with a notice is
    `NO_PICTURE`, whatever else was shown in it. A second without a picture is as the one before.

    Args:
        begin_s: Time of the segment's first picture, UTC since 1970, s.

    >>> seconds = CoverSeconds(100.5)
    >>> for at, cover in [(100.5, Redaction.ACTIVE), (101.6, Redaction.WHOLE), (103.7, Redaction.ACTIVE)]:
    ...     seconds.add(at, cover)
    >>> seconds.text()
    'awwa'
    """

    def __init__(self, begin_s: float) -> None:
        self._begin_s = begin_s
        self._letters: list[str] = []

    def add(self, time_s: float, redaction: Redaction) -> None:
        """Add a picture.

        Args:
            time_s: Its time, UTC since 1970, s; not before that of the picture before.
            redaction: How it is covered.
        """
        second, letter = max(0, int(time_s - self._begin_s)), _LETTERS[redaction]
        if second < len(self._letters):
            self._letters[-1] = max(self._letters[-1], letter, key=_RANK.index)
            return
        missing = second - len(self._letters)
        self._letters += (self._letters or [letter])[-1] * missing
        self._letters.append(letter)

    def text(self) -> str:
        """Return a letter for each second since the first picture."""
        return "".join(self._letters)
