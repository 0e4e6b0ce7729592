"""From which nodes a camera can be reached: one that gives no picture to a node is tried from another."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass, field

from passerby.health.status import CameraState, CameraStatus

TRY_S = 60.0
"""A camera that has given no picture to its node for so long since it was placed there is tried from another one."""
REST_S = 600.0
"""After all nodes have tried, the camera stays for so long where it is: it is probably off."""
_UNREACHED = frozenset({CameraState.NO_PICTURE, CameraState.ABSENT})
"""Not `REFUSED`: a wrong password must not be tried from everywhere."""
_REACHED = frozenset({CameraState.OK, CameraState.DEGRADED, CameraState.COVERED_WHOLE})


@dataclass(slots=True)
class _Tries:
    node: str
    lacking_since_s: float | None = None
    reached: bool = False
    tried: set[str] = field(default_factory=set)
    rest_until_s: float = float("-inf")


class CameraReach:
    """Knows which nodes a camera gave no picture to; use it from one thread at a time."""

    def __init__(self) -> None:
        self._tries: dict[str, _Tries] = {}

    def place(self, camera: str, node: str) -> None:
        """Note where a camera was placed."""
        before = self._tries.get(camera)
        self._tries[camera] = (
            _Tries(node) if before is None else _Tries(node, tried=before.tried, rest_until_s=before.rest_until_s)
        )

    def forget(self, camera: str) -> None:
        """Forget a camera."""
        self._tries.pop(camera, None)

    def note(self, status: CameraStatus, now_s: float) -> None:
        """Note the status of a camera.

        Args:
            status: The status.
            now_s: Time on a clock that never goes back, s.
        """
        tries = self._tries.get(status.camera)
        if tries is None:
            return
        if status.state in _REACHED:
            tries.reached = True
            tries.tried.clear()
        elif status.state not in _UNREACHED:
            tries.lacking_since_s = None
        elif tries.lacking_since_s is None:
            tries.lacking_since_s = now_s

    def must_try_other(self, camera: str, nodes: Callable[[], Collection[str]], now_s: float) -> bool:
        """Return whether a camera must be tried from another node; its own is then one that was tried.

        Args:
            camera: Name of the camera.
            nodes: Returns the nodes that may have it.
            now_s: Time on a clock that never goes back, s.
        """
        tries = self._tries.get(camera)
        if tries is None or tries.reached or tries.lacking_since_s is None:
            return False
        if now_s < tries.rest_until_s or now_s - tries.lacking_since_s < TRY_S:
            return False
        tries.tried.add(tries.node)
        if set(nodes()) <= tries.tried:
            tries.tried.clear()
            tries.rest_until_s = now_s + REST_S
            return False
        return True

    def tried(self, camera: str) -> frozenset[str]:
        """Return the nodes that have tried a camera in vain."""
        tries = self._tries.get(camera)
        return frozenset() if tries is None else frozenset(tries.tried)
