"""Covered pictures that nobody wants to keep: for runs that only measure."""

from __future__ import annotations

from passerby.redact.redactor import RedactedFrame


class DiscardOutput:
    """Takes covered pictures and keeps none."""

    def write(self, frame: RedactedFrame) -> None:
        """Let the picture go."""

    def finish(self) -> None:
        """There is nothing to complete."""

    def abandon(self) -> None:
        """There is nothing to remove."""
