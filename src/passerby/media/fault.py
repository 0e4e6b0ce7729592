"""What can be wrong with a camera's picture."""

from __future__ import annotations

from enum import StrEnum


class Fault(StrEnum):
    """A problem that makes a camera's picture unusable or doubtful."""

    DARK = "dark"
    BLURRED = "blurred"
    FROZEN = "frozen"
    MOVED = "moved"
    OBSTRUCTED = "obstructed"
    LATE = "late"
