"""How often the watchdog found heads that were exposed on purpose: measured, and used in every bound."""

from __future__ import annotations

from typing import Final

from passerby.watchdog.exposure import DetectionChance

CHANCE: Final = DetectionChance(found=41, planted=48)
"""People of 53 px height and more, by day, in one scene, each bare in one frame: the half of the planted misses by
which nothing was chosen (python -m benchmarks.watchdog chance)."""
