"""The cameras of a site as the rest of the gateway sees them, wherever they run."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from typing import Protocol

from passerby.gateway.wire import CameraOrder
from passerby.health.status import CameraStatus
from passerby.measure.foot_map import FootMap
from passerby.measure.reading import Reading
from passerby.settings.site.site import SiteSettings


class Cameras(Protocol):
    """Cameras at work; the methods may be called from any thread, callbacks come from other threads."""

    def statuses(self) -> list[CameraStatus]:
        """Return how each camera is doing, in the site file's order; quick."""
        ...

    def listen(self, callback: Callable[[CameraStatus], None]) -> AbstractContextManager[None]:
        """Call back when a camera's state, redaction, faults or reason change, while entered."""
        ...

    def listen_to_readings(self, callback: Callable[[str, Sequence[Reading]], None]) -> AbstractContextManager[None]:
        """Call back with what each camera measured at its places, while entered."""
        ...

    def listen_to_foot_maps(self, callback: Callable[[str, Sequence[FootMap]], None]) -> AbstractContextManager[None]:
        """Call back with each camera's maps of foot points, after each hour, while entered."""
        ...

    def order(self, camera: str, order: CameraOrder) -> None:
        """Ask a camera for something; a camera that no longer exists ignores it."""
        ...

    def reload(self, site: SiteSettings) -> None:
        """Take another site file: cameras that did not change continue, the others stop or start."""
        ...

    def restart(self, reason: str) -> None:
        """Restart all cameras."""
        ...

    def save(self) -> None:
        """Save what must survive a restart of the gateway.

        Raises:
            OutputError: The state folder cannot be written.
        """
        ...
