"""The interface of everything that finds what must be covered."""

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
    """Run a detector on one frame; turn any foreign error or incomplete answer into a DetectorError.

    The error does not name the source of the frame: it becomes a reason in reports, and those name no source.

    Raises:
        DetectorError: The detector raised an error, or did not return exactly one answer for the frame.
    """
    try:
        answers: list[object] = list(detector.detect([frame]))
    except PasserbyError:
        raise
    except Exception as error:  # a plug-in may raise anything; callers handle only our errors
        msg = f"{detector.name} failed: {str(error) or type(error).__name__}"
        raise DetectorError(msg) from error

    if len(answers) != 1:
        msg = f"{detector.name} gave {len(answers)} answers for 1 frame"
        raise DetectorError(msg)

    found = answers[0]
    if not isinstance(found, Detections):  # a plug-in may ignore its declared type
        msg = f"{detector.name} answered with {type(found).__name__} instead of Detections"
        raise DetectorError(msg)

    return found
