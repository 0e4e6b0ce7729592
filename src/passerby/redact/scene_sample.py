"""Which scenes of a covered copy the check inspects: all of them if there are few, a share if there are many."""

from __future__ import annotations

from passerby.media.frame import Frame
from passerby.vision.picture.cuts import Cuts

SCENES = 60
"""The first 60 scenes are all inspected, then every second of the next 60, then every third, and so on."""


class SceneSample:
    """Chooses scenes whose first frame is inspected; a scene that comes back is not a new one."""

    def __init__(self) -> None:
        self._cuts = Cuts()
        self._scene = -1
        self._seen: set[int] = set()
        self._looked: set[int] = set()

    @property
    def count(self) -> int:
        """Number of scenes so far."""
        return len(self._seen)

    @property
    def count_looked(self) -> int:
        """Number of scenes of which a frame was inspected."""
        return len(self._looked)

    def opens(self, frame: Frame) -> bool:
        """Add the next undamaged frame; return whether it begins a new scene that should be inspected."""
        self._scene = self._cuts.place(frame).scene
        new = self._scene not in self._seen
        self._seen.add(self._scene)
        return new and len(self._seen) % (1 + (len(self._seen) - 1) // SCENES) == 0

    def looked(self) -> None:
        """Record that the newest frame is inspected."""
        self._looked.add(self._scene)
