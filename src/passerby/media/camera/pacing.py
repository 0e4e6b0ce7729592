"""When pictures of a live stream are due: files play in real time, and no more a second than wanted."""

from __future__ import annotations

_LATE_S = 0.5
_GAP_S = 5.0
_EARLY = 0.1


class Pacer:
    """Holds the pictures of a file up to real time."""

    def __init__(self) -> None:
        self._offset_s: float | None = None
        self._due_s = 0.0

    def due_s(self, stream_s: float | None, now_s: float) -> float:
        """Return when to show a picture, UTC epoch, s: never long ago, and after no gap of more than 5 s.

        Args:
            stream_s: The picture's time in the file, s; None when the file gives none: then 25 a second.
            now_s: UTC epoch time, s.
        """
        if stream_s is None:
            self._due_s = max(self._due_s + 0.04, now_s)
            return self._due_s
        if self._offset_s is None or not now_s - _LATE_S < stream_s + self._offset_s < now_s + _GAP_S:
            self._offset_s = now_s - stream_s
        return stream_s + self._offset_s


class FrameRateCap:
    """Lets at most so many pictures a second pass, as evenly as can be.

    Args:
        max_fps: Pictures a second.
    """

    def __init__(self, max_fps: float) -> None:
        self._period_us = 1e6 / max_fps
        self._due_us = 0.0

    def passes(self, time_us: int) -> bool:
        """Return whether a picture of this time passes, us; a tenth of the period too early is on time."""
        if time_us < self._due_us - _EARLY * self._period_us:
            return False
        self._due_us = max(self._due_us, time_us - self._period_us) + self._period_us
        return True
