"""The seam where covered pictures go out."""

from __future__ import annotations

from typing import Protocol

from passerby.redact.redactor import RedactedFrame


class VideoOutput(Protocol):
    """Takes covered pictures in order; nothing that looks whole exists before `finish`."""

    def write(self, frame: RedactedFrame) -> None:
        """Take one covered picture; raise OutputError when it cannot be kept."""
        ...

    def finish(self) -> None:
        """Complete the target and give it its name; raise OutputError when that fails."""
        ...

    def abandon(self) -> None:
        """Remove what was written; harmless after `finish`."""
        ...
