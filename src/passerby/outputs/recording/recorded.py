"""What the rest of the gateway needs of recordings, wherever they lie."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Protocol

from passerby.outputs.recording.archive import RecordedSpan
from passerby.outputs.recording.export import Exported
from passerby.outputs.recording.playback import Still
from passerby.outputs.recording.segment import Segment
from passerby.outputs.recording.verify import Verification


class Recorded(Protocol):
    """Recordings of a site; each method is explained in `RecordingArchive`, and may be called from any thread."""

    def cameras(self) -> list[str]:
        """Return the names of the cameras that have recordings."""
        ...

    def spans(self, camera: str) -> list[RecordedSpan]:
        """Return what was recorded of a camera, oldest first."""
        ...

    def of_period(self, camera: str, begin: datetime, end: datetime) -> list[Segment]:
        """Return the segments in which pictures of a period can be, oldest first; not to be opened."""
        ...

    def play(self, camera: str, begin: datetime, end: datetime) -> Iterator[tuple[datetime, bytes]]:
        """Yield a period as fragmented MP4, each piece with the time of its newest picture."""
        ...

    def still(self, camera: str, at: datetime, width_px: int) -> Still:
        """Return the covered picture that a camera showed at a moment."""
        ...

    def previews(self, camera: str, begin: datetime, end: datetime, *, count: int, width_px: int) -> list[Still]:
        """Return small covered pictures of a period, evenly spread."""
        ...

    def export(
        self, camera: str, begin: datetime, end: datetime, target: Path, *, watch: Callable[[float], None]
    ) -> list[Exported]:
        """Write a period to MP4 files."""
        ...

    def verify(self, camera: str) -> Iterator[Verification]:
        """Yield a verdict on each segment of a camera, and on those that are missing."""
        ...
