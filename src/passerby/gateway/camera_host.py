"""What runs one camera: a process of this machine, or something elsewhere that behaves like one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol, TypeAlias

from passerby.gateway.camera_task import CameraTask
from passerby.gateway.wire import CameraOrder, Message
from passerby.health.status import CameraStatus


@dataclass(frozen=True, slots=True)
class HostListener:
    """Where a camera's host sends what it has; called from threads of the host, and quick.

    Args:
        message: Receives each packet, small picture and set of readings, with the camera's name.
        status: Receives each new status.
        wanted: Returns what viewers want at present, for a camera that has just started.
    """

    message: Callable[[str, Message], None]
    status: Callable[[CameraStatus], None]
    wanted: Callable[[str], list[CameraOrder]]


class CameraHost(Protocol):
    """Runs one camera and restarts it when it fails; its methods may be called from any thread."""

    @property
    def task(self) -> CameraTask:
        """What it runs."""
        ...

    def start(self) -> None:
        """Start the camera; returns at once."""
        ...

    def stop(self) -> None:
        """Ask the camera to finish its recording and end; returns at once, see `join`."""
        ...

    def join(self, timeout_s: float) -> None:
        """Wait until the camera has ended; one that has not ended by then is ended without further notice."""
        ...

    def status(self) -> CameraStatus:
        """Return how the camera is doing; quick."""
        ...

    def order(self, order: CameraOrder) -> None:
        """Ask the camera for something; returns at once."""
        ...

    def check(self) -> None:
        """Show notices while the camera gives no sign of life and restart it if it hangs; called twice a second."""
        ...

    def restart(self, reason: str) -> None:
        """End the camera's process at once; another one follows."""
        ...


HostFactory: TypeAlias = Callable[[CameraTask, HostListener], CameraHost]
"""Makes a host; a cluster has one of its own."""
