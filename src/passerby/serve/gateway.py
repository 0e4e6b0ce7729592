"""What the page and the API need of the gateway that runs the cameras; routes see it through a `CameraView` only."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Protocol

from passerby.health.status import CameraStatus
from passerby.outputs.stream.live_hub import LiveHub
from passerby.outputs.stream.wall import WallPicture


class Gateway(Protocol):
    """Cameras at work: how they are doing, and their covered streams; used from several threads."""

    @property
    def hub(self) -> LiveHub:
        """Where the covered streams come from."""
        ...

    @property
    def timezone(self) -> str:
        """Name of the site's time zone."""
        ...

    def statuses(self) -> list[CameraStatus]:
        """Return how each camera is doing, in the site file's order; quick."""
        ...

    def listen(self, callback: Callable[[CameraStatus], None]) -> AbstractContextManager[None]:
        """Call back, from another thread, when a camera's state, redaction, faults or reason change, while entered."""
        ...

    def listen_to_walls(self, callback: Callable[[str, WallPicture], None]) -> AbstractContextManager[None]:
        """Call back, from another thread, with small covered pictures of all cameras, while entered."""
        ...
