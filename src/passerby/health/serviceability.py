"""The share of time in which a usable, correctly covered picture was delivered, for each camera."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

from passerby.errors import OutputError
from passerby.health.status import CameraState, CameraStatus, Redaction

HOUR_S = 3600
SPANS_H = {"24h": 24, "7d": 7 * 24, "30d": 30 * 24}
LONGEST_STEP_S = 5.0
"""A longer step was not observed: the machine was asleep."""

Hours = dict[int, float]
"""Seconds with a good picture in each hour since the epoch."""


def serviceable(status: CameraStatus) -> bool:
    """Return whether a camera delivers a usable and correctly covered picture at present."""
    shown = status.state in {CameraState.OK, CameraState.DEGRADED} and status.redaction is Redaction.ACTIVE
    return shown and not status.faults


class Serviceability:
    """Adds up good time per hour and stores it in a file across restarts.

    A period begins at the earliest when the camera was first observed; after that, time in which the gateway
    did not run counts as time without a picture.

    Args:
        path: The file.

    Raises:
        OutputError: The file cannot be read, or has another format.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._begun: dict[str, float] = {}
        self._good: dict[str, Hours] = {}
        try:
            kept = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
            for camera, (begun_s, good) in kept.items():
                self._begun[camera] = float(begun_s)
                self._good[camera] = {int(hour): float(seconds) for hour, seconds in good.items()}
        except (OSError, ValueError, TypeError, AttributeError) as error:
            msg = f"{path}: the cameras' serviceability cannot be read; move the file away to start again"
            raise OutputError(msg) from error

    def observe(self, camera: str, now_s: float, step_s: float, *, good: bool) -> None:
        """Add how a camera was for a moment.

        Args:
            camera: Its name.
            now_s: UTC epoch time, s.
            step_s: Time since the last call, on a clock that never jumps, s.
            good: Whether it delivered a usable, correctly covered picture.
        """
        self._begun.setdefault(camera, now_s)
        hours = self._good.setdefault(camera, {})
        if good and 0 < step_s <= LONGEST_STEP_S:
            hour = int(now_s // HOUR_S)
            hours[hour] = min(HOUR_S, hours.get(hour, 0.0) + step_s)

    def shares(self, camera: str, now_s: float) -> Mapping[str, float]:
        """Return the share of each period that was good, in [0, 1]; periods without any time are absent."""
        if camera not in self._begun:
            return {}
        shares = {}
        for name, length_h in SPANS_H.items():
            from_s = max(self._begun[camera], now_s - length_h * HOUR_S)
            if now_s - from_s >= 1:
                begun = from_s == self._begun[camera]  # all of its time lies in the period
                good_s = sum(
                    seconds if begun else seconds * _part(hour, from_s) for hour, seconds in self._good[camera].items()
                )
                shares[name] = round(min(1.0, good_s / (now_s - from_s)), 4)
        return shares

    def lengths_s(self, camera: str, now_s: float) -> Mapping[str, float]:
        """Return the time that each of the shares covers, s: less than its period while the camera is new."""
        return {name: min(now_s - self._begun[camera], SPANS_H[name] * HOUR_S) for name in self.shares(camera, now_s)}

    def save(self, now_s: float) -> None:
        """Write the file, without hours that no period needs any more.

        Raises:
            OutputError: It cannot be written.
        """
        oldest = int(now_s // HOUR_S) - max(SPANS_H.values()) - 1
        for camera, hours in self._good.items():
            self._good[camera] = {hour: seconds for hour, seconds in hours.items() if hour >= oldest}
        kept = {camera: [self._begun[camera], hours] for camera, hours in self._good.items()}
        partial = self._path.with_suffix(".partial")
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            partial.write_text(json.dumps(kept), encoding="utf-8")
            partial.replace(self._path)
        except OSError as error:
            msg = f"{self._path}: the cameras' serviceability cannot be stored ({error.strerror}); set state_folder"
            raise OutputError(msg) from error


def _part(hour: int, from_s: float) -> float:
    """Return the part of an hour, in [0, 1], that lies in a period with this start."""
    return min(1.0, max(0.0, (hour + 1) * HOUR_S - from_s) / HOUR_S)
