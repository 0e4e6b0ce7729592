"""When pictures of a live stream are due: files play in real time, and pictures above a maximum rate are dropped."""

from __future__ import annotations

_LATE_S = 0.5
_GAP_S = 5.0
_EARLY = 0.1


class Pacer:
    """Delays the pictures of a file to real time."""

    def __init__(self) -> None:
        self._offset_s: float | None = None
        self._due_s = 0.0

    def due_s(self, stream_s: float | None, now_s: float) -> float:
        """Return when to show a picture, UTC epoch, s: not far in the past, and after a gap of at most 5 s.

        Args:
            stream_s: The picture's timestamp in the file, s; None if the file has none: then 25 a second.
            now_s: UTC epoch time, s.
        """
        if stream_s is None:
            self._due_s = max(self._due_s + 0.04, now_s)
            return self._due_s
        if self._offset_s is None or not now_s - _LATE_S < stream_s + self._offset_s < now_s + _GAP_S:
            self._offset_s = now_s - stream_s
        return stream_s + self._offset_s


class FrameRateCap:
    """Limits the pictures a second, and spaces them as evenly as possible.

    Args:
        max_fps: Highest number of pictures a second.
    """

    def __init__(self, max_fps: float) -> None:
        self._period_us = 1e6 / max_fps
        self._due_us = 0.0

    def passes(self, time_us: int) -> bool:
        """Return whether to use a picture of this time, us; a tenth of the period early counts as on time."""
        if time_us < self._due_us - _EARLY * self._period_us:
            return False
        self._due_us = max(self._due_us, time_us - self._period_us) + self._period_us
        return True
