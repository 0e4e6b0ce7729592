"""How thoroughly passerby searches for people."""

from __future__ import annotations

from enum import StrEnum


class Effort(StrEnum):
    """How much computing time the search for people may use."""

    FAST = "fast"
    BALANCED = "balanced"
    THOROUGH = "thorough"
    AUTO = "auto"
