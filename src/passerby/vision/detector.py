"""The seam for everything that finds what must be covered."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from passerby.errors import DetectorError, PasserbyError
from passerby.media.frame import Frame
from passerby.vision.detections import Detections, Kind


class Detector(Protocol):
    """Finds everything that must be covered. Missing a person is worse than covering a pillar."""

    name: str
    finds: frozenset[Kind]

    def detect(self, frames: Sequence[Frame]) -> list[Detections]:
        """Return one `Detections` per frame, in the same order; raise if any frame failed."""
        ...


def detect_or_fail(detector: Detector, frame: Frame) -> Detections:
    """Run a detector on one frame and let no foreign error and no short answer through.

    The error does not say whose frame it was: it becomes a reason in reports, and those name no source.

    Raises:
        DetectorError: The detector raised, or did not answer for this one frame.
    """
    try:
        answers: list[object] = list(detector.detect([frame]))
    except PasserbyError:
        raise
    except Exception as error:  # a plug-in may raise anything; the loop may meet only our errors
        msg = f"{detector.name} failed: {str(error) or type(error).__name__}"
        raise DetectorError(msg) from error
    if len(answers) != 1:
        msg = f"{detector.name} gave {len(answers)} answers for 1 frame"
        raise DetectorError(msg)
    found = answers[0]
    if not isinstance(found, Detections):  # a plug-in may break the promise of its type
        msg = f"{detector.name} answered with {type(found).__name__} instead of Detections"
        raise DetectorError(msg)
    return found
