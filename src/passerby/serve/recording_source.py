"""What the API needs of the part of the gateway that has recordings; routes see it through a `RecordingView` only."""

from __future__ import annotations

from typing import Protocol

from passerby.outputs.recording.exports import Exports
from passerby.outputs.recording.legal_hold import LegalHolds
from passerby.outputs.recording.recorded import Recorded


class RecordingSource(Protocol):
    """Recordings of a site; used from several threads."""

    @property
    def archive(self) -> Recorded:
        """What was recorded."""
        ...

    @property
    def exports(self) -> Exports:
        """What was exported, and what is to be."""
        ...

    @property
    def holds(self) -> LegalHolds:
        """What must not be erased."""
        ...

    def cameras(self) -> list[str]:
        """Return the names of the cameras that are recorded, or of which there are recordings."""
        ...
