"""The cameras as one user may see them: the others are not there, not even as a count."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from passerby.accounts.permission import Action, Principal, may
from passerby.errors import ForbiddenError
from passerby.health.status import CameraState, CameraStatus
from passerby.outputs.stream.live_hub import Subscription
from passerby.outputs.stream.packet import StreamName
from passerby.outputs.stream.wall import WallPicture
from passerby.serve.gateway import Gateway


class CameraView:
    """Those cameras with which a principal may do something.

    Args:
        gateway: All cameras.
        principal: Who looks.
        action: What they want to do.
    """

    def __init__(self, gateway: Gateway, principal: Principal, action: Action) -> None:
        self._gateway = gateway
        self._principal = principal
        self._action = action

    @property
    def scope(self) -> frozenset[str] | None:
        """Names of the cameras that the principal is limited to; None = all. Equal scopes see the same."""
        return self._principal.cameras if may(self._principal, self._action) else frozenset()

    @property
    def timezone(self) -> str:
        """Name of the site's time zone."""
        return self._gateway.timezone

    def sees(self, camera: str) -> bool:
        """Return whether the principal may do it with this camera."""
        return may(self._principal, self._action, camera)

    def statuses(self) -> list[CameraStatus]:
        """Return how each of the cameras is doing, in the site file's order."""
        return [status for status in self._gateway.statuses() if self.sees(status.camera)]

    def status(self, camera: str) -> CameraStatus | None:
        """Return how a camera is doing; None = no visible camera has this name."""
        return next((status for status in self.statuses() if status.camera == camera), None)

    @contextmanager
    def listen(self, callback: Callable[[CameraStatus], None]) -> Iterator[None]:
        """Call back, from another thread, when one of the cameras changes, while entered."""

        def filtered(status: CameraStatus) -> None:
            if self.sees(status.camera):
                callback(status)

        with self._gateway.listen(filtered):
            yield

    @contextmanager
    def listen_to_walls(self, callback: Callable[[str, WallPicture], None]) -> Iterator[None]:
        """Call back, from another thread, with small covered pictures of the cameras, while entered."""

        def filtered(camera: str, picture: WallPicture) -> None:
            if self.sees(camera):
                callback(camera, picture)

        with self._gateway.listen_to_walls(filtered):
            yield

    def subscribe(self, camera: str, stream: StreamName, *, notify: Callable[[], None]) -> Subscription:
        """Return a subscription of a covered stream.

        Raises:
            ForbiddenError: The camera is not in view.
        """
        if not self.sees(camera):
            msg = "no camera of this name; /api/cameras lists them"
            raise ForbiddenError(msg)
        return self._gateway.hub.subscribe(camera, stream, notify=notify)


class Readiness:
    """What anybody may know of the cameras: whether the gateway works and has started them.

    Args:
        gateway: All cameras.
    """

    def __init__(self, gateway: Gateway) -> None:
        self._gateway = gateway

    def starting(self) -> bool:
        """Return whether any camera is still starting; fails if the gateway does not work."""
        return any(status.state is CameraState.STARTING for status in self._gateway.statuses())
