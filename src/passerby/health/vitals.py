"""Computes the status of one camera from the pictures that it shows."""

from __future__ import annotations

import bisect
from collections import Counter, deque
from statistics import median

from passerby.health.status import LATENCY_BOUNDS_S, CameraState, CameraStatus, Redaction
from passerby.media.fault import Fault
from passerby.media.outage import Outage

SPAN_S = 3.0
"""Period over which rate, lag and kind of cover are reported."""
LATEST = 5
"""Consecutive pictures that decide the kind of cover reported: a single one covered whole is no change."""
MOST_REASONS = 20
"""Reasons that are counted separately; a metric must not get a new series for every new text."""
LATE_BEGINS_S = 1.0
LATE_ENDS_S = 0.7
"""Lag beyond the set delay above which a camera counts as late, and below which it no longer does."""
SHOWN_LATE, SHOWN_WELL = 0.5, 0.7
"""Share of the due pictures that is shown, below which a camera counts as late, and above which it no longer does."""


class Vitals:
    """Counts the pictures that a camera shows; one for each run of its process.

    Args:
        camera: Its name.
        delay_s: The delay that every picture is given deliberately.
        now_s: The current time, UTC epoch time, s.
    """

    def __init__(self, camera: str, *, delay_s: float, now_s: float) -> None:
        self._camera = camera
        self._delay_s = delay_s
        self._state = CameraState.STARTING
        self._since_s = now_s
        self._recent: deque[tuple[float, float, str]] = deque()
        self._came: deque[float] = deque()
        self._size = (0, 0)
        self._withheld: Counter[str] = Counter()
        self._frames = 0
        self._latency = [0] * (len(LATENCY_BOUNDS_S) + 1)
        self._latency_sum_s = 0.0
        self._late = self._begun = False
        self._outage: Outage | None = None

    def add_arrival(self, now_s: float) -> None:
        """Record that the camera sent a picture that is to be shown; may be called from another thread."""
        self._came.append(now_s)

    def add_shown(self, now_s: float, time_s: float, *, size: tuple[int, int], whole: str) -> None:
        """Record a picture that was shown.

        Args:
            now_s: The current time.
            time_s: Its time of capture, UTC epoch, s.
            size: Its height and width, px.
            whole: Why all of it was covered ("" = it was not).
        """
        self._size = size
        self._frames += 1
        lag_s = max(0.0, now_s - time_s)
        self._latency[bisect.bisect_left(LATENCY_BOUNDS_S, lag_s)] += 1
        self._latency_sum_s += lag_s
        if whole:
            known = whole in self._withheld or len(self._withheld) < MOST_REASONS
            self._withheld[whole if known else "other"] += 1
        self._recent.append((now_s, lag_s, whole))

    def outage(self, outage: Outage | None) -> None:
        """Record that no frames arrive, or that they arrive again (None)."""
        self._outage = outage

    def status(self, now_s: float, *, faults: frozenset[Fault], refusal: str, problem: str = "") -> CameraStatus:
        """Return the status of the camera.

        Args:
            now_s: The current time.
            faults: What is wrong with its picture.
            refusal: Why nothing counts as inspected at present ("" = the detectors work, or are just starting).
            problem: What is wrong with recording or publishing ("" = nothing).
        """
        while self._recent and self._recent[0][0] < now_s - SPAN_S:
            self._recent.popleft()
        lags = [lag for _, lag, _ in self._recent]
        lag_s = median(lags) if lags else 0.0
        behind = lag_s > self._delay_s + (LATE_ENDS_S if self._late else LATE_BEGINS_S)
        few = len(lags) < self._due(now_s) * (SHOWN_WELL if self._late else SHOWN_LATE)
        self._late = bool(lags) and (behind or few)
        faults |= {Fault.LATE} if self._late else frozenset()
        reasons = [whole for _, _, whole in self._recent]
        state, redaction, detail = self._judged(faults, reasons, refusal=refusal, problem=problem)
        if state is not self._state:
            self._state = state
            self._since_s = now_s

        return CameraStatus(
            camera=self._camera,
            state=state,
            since_s=self._since_s,
            redaction=redaction,
            faults=faults,
            detail="; ".join(filter(None, [detail, problem])),  # report a full disk even when there is no picture
            width=self._size[1],
            height=self._size[0],
            fps=round(len(lags) / SPAN_S, 1),
            lag_ms=round(lag_s * 1000, 1),
            frames_total=self._frames,
            withheld=dict(self._withheld),
            latency_counts=tuple(self._latency),
            latency_sum_s=round(self._latency_sum_s, 3),
        )

    def _due(self, now_s: float) -> int:
        """Return how many pictures should have been shown over the period: those that arrived the delay earlier."""
        while self._came and self._came[0] < now_s - SPAN_S - self._delay_s:
            self._came.popleft()
        return sum(at_s <= now_s - self._delay_s for at_s in list(self._came))

    def _judged(
        self, faults: frozenset[Fault], reasons: list[str], *, refusal: str, problem: str
    ) -> tuple[CameraState, Redaction, str]:
        if self._outage is not None:
            return _state_without_picture(self._outage), Redaction.NONE, self._outage.reason
        last = Redaction.NONE if not reasons else Redaction.WHOLE if all(reasons[-LATEST:]) else Redaction.ACTIVE
        if refusal:
            return CameraState.COVERED_WHOLE, last, refusal
        self._begun = self._begun or not all(reasons)
        if not self._begun:
            return CameraState.STARTING, last, reasons[-1] if reasons else ""
        if all(reasons):
            return CameraState.COVERED_WHOLE, last, reasons[-1] if reasons else "no picture is ready in time"
        reason = reasons[-1] if last is Redaction.WHOLE else ""
        state = CameraState.DEGRADED if faults or problem or reason else CameraState.OK
        return state, last, "; ".join(sorted(faults)) or reason


def _state_without_picture(outage: Outage) -> CameraState:
    if not outage.tried:
        return CameraState.STARTING
    if outage.absent:
        return CameraState.ABSENT
    return CameraState.REFUSED if outage.refused else CameraState.NO_PICTURE
