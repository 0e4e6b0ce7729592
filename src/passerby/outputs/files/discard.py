"""Discards covered pictures, for runs that only measure."""

from __future__ import annotations

from passerby.redact.redactor import RedactedFrame


class DiscardOutput:
    """Accepts covered pictures and discards them."""

    def write(self, frame: RedactedFrame) -> None:
        """Discard the picture."""

    def finish(self) -> None:
        """Do nothing: there is nothing to complete."""

    def abandon(self) -> None:
        """Do nothing: there is nothing to remove."""
