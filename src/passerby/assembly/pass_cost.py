"""What one pass of the standard networks costs on this machine, measured: costs of cameras were measured on another."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Final

from passerby.assembly.camera import USUAL_SHAPE
from passerby.errors import DetectorError
from passerby.vision.detections import Kind
from passerby.vision.effort import Effort
from passerby.vision.inspect.detector_set import covering_detectors, taking_turns
from passerby.vision.inspect.ensemble import DetectorEnsemble
from passerby.vision.inspect.self_test import scene

_PEOPLE: Final = frozenset({Kind.PERSON, Kind.FACE})
_WARM_UP: Final = 4
_FOR_S: Final = 1.5


def pass_ms_here(
    *, clock: Callable[[], float] = time.monotonic, used: Callable[[], float] = time.process_time
) -> float:
    """Measure the processor time of a pass of effort `balanced`, ms, for a second or two.

    Nothing else may compute in this process meanwhile. What other processes do matters little, since it is processor
    time; two busy threads of one core make it longer.

    Args:
        clock: A monotonic clock, s.
        used: Returns the processor time that this process has used, s.

    Raises:
        ModelError: A network is missing or damaged.
        DetectorError: One fails.
    """
    detectors = covering_detectors(USUAL_SHAPE, _PEOPLE, effort=Effort.BALANCED)
    ensemble = DetectorEnsemble(detectors, occasional=taking_turns(detectors, Effort.BALANCED, _PEOPLE))
    picture = scene(USUAL_SHAPE)

    def look_twice() -> None:  # some networks run in every other pass
        for _ in range(2):
            if failure := ensemble.look(picture).failure:
                raise DetectorError(failure)

    for _ in range(_WARM_UP // 2):
        look_twice()
    passes, began_s, used_s = 0, clock(), used()
    while not passes or clock() - began_s < _FOR_S:
        look_twice()
        passes += 2
    return 1000 * (used() - used_s) / passes
