"""Which passes apply to a frame of a video with cuts, and which cover extends to it: neither crosses a cut."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from math import inf

from passerby.redact.cover_plan import CoverPlan
from passerby.vision.picture.cuts import SCENES, ScenePosition
from passerby.vision.picture.similarity import STILL, Similarity

FADE_TAKES = 3
"""How many single-frame takes the cover of neighbouring scenes extends into: a fade counts as both scenes."""
FLASH_S = 0.125
"""A take no longer than this between two takes of one scene may be a flash: that scene's cover continues in it."""
SPARE_PLANS = 2 * SCENES
"""Plans kept in addition to those in use: a recent scene may come back."""


@dataclass(slots=True)
class _Take:
    """A take and the number of its frames."""

    place: ScenePosition
    start_s: float
    frames: int = 0


class Scenes:
    """The current takes, and a plan for each scene.

    Args:
        plan: Covers the first scene; every other scene gets a new plan like it.
    """

    def __init__(self, plan: CoverPlan) -> None:
        self._takes: deque[_Take] = deque()
        self._model = plan
        self._plans: dict[int, CoverPlan] = {}  # the one in use is the last

    def add(self, time_s: float, place: ScenePosition, step: Similarity = STILL) -> None:
        """Add the next undamaged frame; frames come in order of time.

        Args:
            time_s: Its time.
            place: Its take and scene.
            step: How the view moved since the frame before in this scene, px.
        """
        if not self._takes or self._takes[-1].place.take != place.take:
            self._takes.append(_Take(place, time_s))
            plan = self._plans.pop(place.scene, None) or (self._model.anew() if self._plans else self._model)
            self._plans[place.scene] = plan
        self._takes[-1].frames += 1
        self._plans[place.scene].follow(time_s, step)

    def span(self, time_s: float) -> tuple[float, float]:
        """Return when the take at a given time begins and when the next one begins; infinite where there is none."""
        index = self._index(time_s)
        start_s = self._takes[index].start_s if index > 0 else -inf
        return start_s, self._takes[index + 1].start_s if index + 1 < len(self._takes) else inf

    def plan(self, time_s: float) -> CoverPlan:
        """Return the plan of the scene at a given time."""
        return self._plans[self._takes[self._index(time_s)].place.scene] if self._takes else self._model

    def plans(self, time_s: float) -> list[CoverPlan]:
        """Return the plans that cover a frame: that of its scene and, in a flash or fade, those of its neighbours."""
        if not self._takes:
            return [self._model]
        index = self._index(time_s)
        scenes = dict.fromkeys([self._takes[index].place.scene])
        if 0 < index < len(self._takes) - 1 and self._is_flash(index):
            scenes[self._takes[index - 1].place.scene] = None
        if self._takes[index].frames == 1 and index + 1 < len(self._takes):
            scenes |= dict.fromkeys(self._reach(range(index - 1, -1, -1)))
            scenes |= dict.fromkeys(self._reach(range(index + 1, len(self._takes))))
        return [self._plans[scene] for scene in scenes if scene in self._plans]

    def forget(self, before_s: float) -> None:
        """Drop what frames from that time on no longer need."""
        while self._index(before_s) > FADE_TAKES + 1:
            self._takes.popleft()
        used = {take.place.scene for take in self._takes}
        for scene in list(self._plans)[:-SPARE_PLANS]:
            if scene not in used:
                del self._plans[scene]

    def _index(self, time_s: float) -> int:
        """Return the index of the take at a given time; earlier times belong to the first take."""
        later = (number for number in range(1, len(self._takes)) if self._takes[number].start_s > time_s)
        return next(later, max(1, len(self._takes))) - 1

    def _is_flash(self, index: int) -> bool:
        before, here, after = (self._takes[number] for number in (index - 1, index, index + 1))
        return before.place.scene == after.place.scene and after.start_s - here.start_s <= FLASH_S

    def _reach(self, way: Iterable[int]) -> Iterator[int]:
        """Yield the scenes of takes in one direction, up to the first with more than one frame."""
        for number, _ in zip(way, range(FADE_TAKES), strict=False):
            yield self._takes[number].place.scene
            if self._takes[number].frames > 1:
                return
