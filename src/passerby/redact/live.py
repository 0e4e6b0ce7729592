"""Covers a camera's frames a fixed delay after they arrive: in doubt the whole frame; late frames are dropped."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from passerby.media.frame import Frame
from passerby.redact.stream import UNSEEN, Covered, Redactor, size_of
from passerby.vision.inspect.ensemble import Look
from passerby.vision.inspect.inspector import InspectedFrame
from passerby.vision.picture.cuts import START, ScenePosition
from passerby.vision.picture.similarity import STILL, Similarity

GRACE_S = 1.0
"""How long to wait for a late pass beyond the delay."""
SHOW_S = 1.0
"""Frames not inspected in time are dropped, but after this long without a picture one is shown, covered whole."""
LONELY_S = 0.5
"""If the previous pass is longer ago than this, with frames between, no other pass makes up for what was missed."""
WAITING_BYTES = 48 << 20
"""Raw frames that may wait in memory: 0.6 s of 1080p at 25/s. Beyond this, the delay gets shorter."""
LATE = "late: the machine is too slow for this camera's rate"


class LiveRedactor:
    """Holds a camera's frames for the delay, so that later passes can add to their cover, and releases each once.

    Args:
        redactor: Covers the frames.
        delay_s: How long a frame waits.
    """

    def __init__(self, redactor: Redactor, *, delay_s: float) -> None:
        self.dropped = 0
        self._redactor = redactor
        self._delay_s = delay_s
        self._waiting: deque[InspectedFrame] = deque()
        self._waiting_bytes = 0
        self._doubts: deque[tuple[float, float, str]] = deque()
        self._shown_s = -np.inf

    def take(
        self,
        frame: Frame,
        moving: NDArray[np.uint8] | None,
        place: ScenePosition = START,
        *,
        step: Similarity = STILL,
    ) -> None:
        """Hold a frame; frames come in order of time.

        Args:
            frame: The raw frame.
            moving: What moves in it, as `Foreground.mask` returns it.
            place: Its take and scene.
            step: How the view moved since the frame before in this scene, px.
        """
        self._waiting.append(InspectedFrame(frame, None, moving, place, step))
        self._redactor.follow(self._waiting[-1])
        self._waiting_bytes += size_of(frame)

    def learn(self, look: Look) -> None:
        """Add the results of a detector pass; passes come in order of time."""
        before_s = self._redactor.known_s
        passed_over = any(before_s < each.frame.time_s < look.time_s for each in self._waiting)
        if passed_over and look.time_s - before_s > LONELY_S:
            self.cover_whole(before_s, look.time_s, LATE)
        here = next((each for each in self._waiting if each.frame.time_s == look.time_s), None)
        still = here is not None and here.moving is not None
        self._redactor.learn(look, still_rows=here.frame.height if here and still else 0)

    def cover_whole(self, after_s: float, until_s: float, reason: str) -> None:
        """Treat frames between two times as not inspected, whatever the detectors report about them."""
        self._doubts.append((after_s, until_s, reason))

    def wait_s(self, now_s: float) -> float:
        """Return the seconds until the next frame may be due; infinity when none waits."""
        return self._waiting[0].frame.time_s + self._delay_s - now_s if self._waiting else np.inf

    def due(self, now_s: float, refusal: str = "") -> Iterator[Covered]:
        """Release the frames that have waited long enough.

        Args:
            now_s: The present, in the frames' time.
            refusal: Why no frame counts as inspected at present ("" = the detectors work).
        """
        while self._waiting:
            frame = self._waiting[0].frame
            age_s = now_s - frame.time_s
            full = self._waiting_bytes > WAITING_BYTES
            if age_s < self._delay_s and not full:
                return
            doubt = self._doubted(frame.time_s)  # called for every frame, because it drops what is past
            reason = frame.damaged or refusal or doubt
            if not reason and (reason := self._redactor.doubt(frame.time_s)):
                hopeless = frame.time_s <= self._redactor.known_s or age_s > self._delay_s + GRACE_S
                if not hopeless and not full:
                    return
                reason = LATE if reason == UNSEEN else reason
            inspected = self._waiting.popleft()
            self._waiting_bytes -= size_of(frame)
            if reason == LATE and now_s - self._shown_s < SHOW_S:
                self.dropped += 1
                continue
            self._shown_s = now_s
            yield self._redactor.covered(
                replace(inspected, frame=replace(frame, damaged=reason)) if reason else inspected
            )

    def _doubted(self, time_s: float) -> str:
        while self._doubts and self._doubts[0][1] < time_s:
            self._doubts.popleft()
        return next((reason for after, until, reason in self._doubts if after < time_s <= until), "")
