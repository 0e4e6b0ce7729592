"""What is counted in one pass, and by which of the networks that ran."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from passerby.vision.detections import Detections, Kind
from passerby.vision.detector import Detector
from passerby.vision.inspect.ensemble import Look
from passerby.vision.models.catalogue import SELECTABLE

PERSONS = frozenset({Kind.PERSON})
GROUPS = (PERSONS, frozenset({Kind.BICYCLE, Kind.MOTORCYCLE}), frozenset({Kind.CAR, Kind.BUS, Kind.TRUCK}))
"""Kinds that networks confuse with each other: one network counts a whole group."""


class CountingSelector:
    """Chooses whose answer counts: for each group of kinds, the last network run that finds any of them.

    Networks that the user selected come last, so they count what they find. Their scores are scaled to match those
    of the standard network, for which the thresholds of `measure.tuning` were chosen.

    Args:
        detectors: The detectors, in the order of their answers.
    """

    def __init__(self, detectors: Sequence[Detector]) -> None:
        models = [SELECTABLE.get(each.name.split("@")[0]) for each in detectors]
        self._powers = [model.counting_power if model else 1.0 for model in models]
        self._places = [
            (kinds, [at for at, each in enumerate(detectors) if each.finds & kinds][::-1]) for kinds in GROUPS
        ]
        self._standard = [at for at, each in enumerate(detectors) if each.finds & PERSONS and models[at] is None]

    def of(self, look: Look) -> Detections | None:
        """Return the counted detections of a pass; None if it failed or no network that finds these kinds was run."""
        if look.failure:
            return None
        parts = []
        for kinds, places in self._places:
            place = next((at for at in places if at < len(look.found) and look.found[at] is not None), None)
            if place is not None:
                parts.append(self._scaled(look, place, kinds))
        return Detections.joined(parts) if parts else None

    def gauge(self, look: Look) -> Detections | None:
        """Return what the first standard network that ran found, to measure density; None = none was run."""
        answers = (look.found[at] for at in self._standard if at < len(look.found))
        return next((answer for answer in answers if answer is not None), None)

    def _scaled(self, look: Look, place: int, kinds: frozenset[Kind]) -> Detections:
        found = look.found[place]
        assert found is not None  # noqa: S101 - the caller checked
        found = found.of(kinds)
        power = self._powers[place]
        return (
            found
            if power == 1 or kinds != PERSONS
            else replace(found, scores=np.power(found.scores, power, dtype=np.float32))
        )
