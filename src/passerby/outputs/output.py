"""The interface of everything that covered pictures are written to."""

from __future__ import annotations

from typing import Protocol

from passerby.redact.redactor import RedactedFrame


class VideoOutput(Protocol):
    """Takes covered pictures in order; nothing that looks complete exists before `finish`."""

    def write(self, frame: RedactedFrame) -> None:
        """Write one covered picture; raise OutputError if that fails."""
        ...

    def finish(self) -> None:
        """Complete the target and give it its final name; raise OutputError if that fails."""
        ...

    def abandon(self) -> None:
        """Remove what was written; no effect after `finish`."""
        ...
