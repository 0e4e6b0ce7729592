"""What can be wrong with a camera's picture."""

from __future__ import annotations

from enum import StrEnum


class Fault(StrEnum):
    """One thing that makes a camera's picture unusable, or its use doubtful."""

    DARK = "dark"
    BLURRED = "blurred"
    FROZEN = "frozen"
    MOVED = "moved"
    OBSTRUCTED = "obstructed"
    LATE = "late"
