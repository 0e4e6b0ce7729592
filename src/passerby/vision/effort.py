"""How hard people are looked for."""

from __future__ import annotations

from enum import StrEnum


class Effort(StrEnum):
    """How much computing the search for people may cost."""

    FAST = "fast"
    BALANCED = "balanced"
    THOROUGH = "thorough"
    AUTO = "auto"
