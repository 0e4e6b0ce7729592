"""How often the watchdog found heads that were exposed on purpose: measured, and used in every bound."""

from __future__ import annotations

from typing import Final

from passerby.watchdog.exposure import DetectionChance

CHANCE: Final = DetectionChance(found=0, planted=0)
"""Planted misses of the report half: python -m benchmarks.watchdog chance."""
LEAST_HEAD_PX: Final = 12
"""Smaller heads were not planted, and the bound does not speak of them."""
