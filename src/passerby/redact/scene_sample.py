"""Which scenes of a covered copy the check looks at: each of some, fewer of very many."""

from __future__ import annotations

from passerby.media.frame import Frame
from passerby.vision.picture.cuts import Cuts

SCENES = 60
"""So many scenes are all looked at; of the next 60 every second one, then every third, and so on."""


class SceneSample:
    """Chooses scenes whose first frame is looked at; a scene that is back is not a new one."""

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
        """Number of those of which a frame was looked at."""
        return len(self._looked)

    def opens(self, frame: Frame) -> bool:
        """Take the next sound frame; return whether it begins a new scene that is to be looked at."""
        self._scene = self._cuts.place(frame).scene
        new = self._scene not in self._seen
        self._seen.add(self._scene)
        return new and len(self._seen) % (1 + (len(self._seen) - 1) // SCENES) == 0

    def looked(self) -> None:
        """Learn that the newest frame is looked at."""
        self._looked.add(self._scene)
