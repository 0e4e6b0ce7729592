"""Chooses which of a camera's frames the detectors inspect, so that all frames count as inspected."""

from __future__ import annotations

from collections import deque
from itertools import pairwise

from passerby.media.frame import Frame
from passerby.vision.inspect.inspector import PASS_GAP_S
from passerby.vision.picture.cuts import START, CutSide, ScenePosition

JITTER = 1.1
"""The next frame is expected within this multiple of the usual time between frames."""
SETTLES = 0.1
"""Weight of the newest value in a running mean."""
USUAL_GAP_S = 0.1
LONGEST_GAP_S = 1.0
BUSY = 0.7
"""Share of the time that the detectors may be busy before they are run less often."""
CALM = 0.45
CALM_S = 10.0


class Schedule:
    """Chooses the frames to inspect from those that wait, in order of time.

    A frame counts as inspected when there is a pass within `PASS_GAP_S` before it and one within `PASS_GAP_S`
    after it. As long as there is time, passes are no farther apart than that; under load, up to twice as far,
    which the rule still allows. The frames on both sides of a cut are always inspected; `side` gives the side of
    the frame chosen last.

    Args:
        lag_s: Frames older than this are skipped in favour of newer ones: the detectors have fallen behind.
    """

    def __init__(self, *, lag_s: float) -> None:
        self.sparse = False
        self.side = CutSide.NONE
        self._lag_s = lag_s
        self._since: deque[Frame] = deque()
        self._places: deque[ScenePosition] = deque()  # of the same frames
        self._before: ScenePosition | None = None  # of the frame before them
        self._last_pass_s = float("-inf")
        self._last_s: float | None = None
        self._step_s = USUAL_GAP_S
        self._steady = False
        self._cost_s = 0.0
        self._calm_since_s: float | None = None

    def add(self, frame: Frame, place: ScenePosition = START) -> None:
        """Add an undamaged frame that arrived, with its take and scene."""
        time_s = frame.time_s
        if self._last_s is not None:
            step_s = min(time_s - self._last_s, LONGEST_GAP_S)
            self._step_s = self._step_s + SETTLES * (step_s - self._step_s) if self._steady else step_s
            self._steady = True
        self._last_s = time_s
        self._since.append(frame)
        self._places.append(place)
        while time_s - self._since[0].time_s > self._lag_s:  # too old to be inspected
            self._pass_over()

    def choose(self, now_s: float) -> Frame | None:
        """Return the frame to inspect now, if one is due, and set `side` for it; the detectors must be free."""
        waiting = self._since
        if not waiting:
            return None
        index = self._latest_fit()
        if now_s - waiting[index].time_s > self._lag_s:
            index = len(waiting) - 1  # the frames between stay uninspected, but those to come will be inspected
        elif index == len(waiting) - 1 and not self._due() and self._side(index) is CutSide.NONE:
            return None
        chosen = waiting[index]
        self.side = self._side(index)
        for _ in range(index + 1):
            self._pass_over()
        self._last_pass_s = chosen.time_s
        return chosen

    def took(self, cost_s: float, now_s: float) -> None:
        """Record how long a pass took, and adapt how often passes may run.

        Args:
            cost_s: Time from the request to the answer.
            now_s: Time of the answer.
        """
        self._cost_s = cost_s if not self._cost_s else self._cost_s + SETTLES * (cost_s - self._cost_s)
        busy = self._cost_s / max(self._step_s, PASS_GAP_S // self._step_s * self._step_s)
        if busy > BUSY:
            self.sparse = True
            self._calm_since_s = None
        elif busy > CALM:
            self._calm_since_s = None
        elif self._calm_since_s is None:
            self._calm_since_s = now_s
        elif now_s - self._calm_since_s > CALM_S:
            self.sparse = False

    def _latest_fit(self) -> int:
        """Return the index of the latest frame whose pass leaves no frame uninspected and skips none beside a cut."""
        first_s = self._since[0].time_s
        fit = 0
        for index, (before, frame) in enumerate(pairwise(self._since), 1):
            late = before.time_s - self._last_pass_s > PASS_GAP_S or frame.time_s - first_s > PASS_GAP_S
            if late or self._side(fit) is not CutSide.NONE:
                break
            fit = index
        return fit

    def _side(self, index: int) -> CutSide:
        """Return on which side of a cut a waiting frame lies, as far as is known."""
        before = self._places[index - 1] if index else self._before
        after = self._places[index + 1] if index + 1 < len(self._places) else None
        return CutSide.of(before, self._places[index], after)

    def _pass_over(self) -> None:
        self._since.popleft()
        self._before = self._places.popleft()

    def _due(self) -> bool:
        """Return whether waiting for one more frame would be too long."""
        first_s, newest_s = self._since[0].time_s, self._since[-1].time_s
        next_s = newest_s + JITTER * self._step_s
        if not self.sparse:
            return next_s - self._last_pass_s > PASS_GAP_S
        return newest_s - self._last_pass_s > PASS_GAP_S or next_s - first_s > PASS_GAP_S
