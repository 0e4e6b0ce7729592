"""How a camera is doing: signals about the camera, none about people."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from passerby.media.fault import Fault


class CameraState(StrEnum):
    """What a camera is doing."""

    STARTING = "starting"
    OK = "ok"
    DEGRADED = "degraded"
    """There is a covered picture, but something is wrong with it: see the faults."""
    NO_PICTURE = "no_picture"
    """The camera does not answer, or its stream ended; it is tried again and again."""
    ABSENT = "absent"
    """The file, share or device is not there; it is tried again every second."""
    REFUSED = "refused"
    """The camera refused the password or the address; it is tried again slowly."""
    COVERED_WHOLE = "covered_whole"
    """Pictures arrive, but cannot be inspected: the detector fails, or fails its self-test."""
    DOWN = "down"
    """The camera's process is gone or gives no sign of life; it is being started again."""


class Redaction(StrEnum):
    """What viewers get."""

    ACTIVE = "active"
    WHOLE = "whole"
    NONE = "none"
    """No picture: a drawn notice."""


LATENCY_BOUNDS_S = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.8, 1.0, 1.5, 2.0, 5.0)
"""Upper bounds of the buckets in which the delay from capture to covered picture is counted, s."""


@dataclass(frozen=True, slots=True)
class CameraStatus:
    """One camera at one moment.

    Args:
        camera: Its name.
        state: What it is doing.
        since_s: UTC epoch time of the last change of `state`, s.
        redaction: What viewers get.
        faults: What is wrong with the picture.
        detail: Why, in one line, without secrets ("" = nothing to say).
        width: Of the covered picture, px; 0 before the first.
        height: As `width`.
        fps: Covered pictures in a second, over the last few seconds.
        lag_ms: From capture to covered picture, median over the last few seconds.
        frames_total: Covered pictures since the start of the gateway.
        withheld: Of them covered whole, by reason.
        restarts: How often its process was started again.
        tries: How often recording it or sending it on was tried in vain since that last went well.
        latency_counts: Pictures per bucket of `LATENCY_BOUNDS_S`, not cumulative; the last is beyond all bounds.
        latency_sum_s: Sum of all these delays, s.
        serviceability: Share of the span in which a usable, correctly covered picture was delivered, by
            span ("24h", "7d", "30d"); a span without any observation is absent.
    """

    camera: str
    state: CameraState = CameraState.STARTING
    since_s: float = 0.0
    redaction: Redaction = Redaction.NONE
    faults: frozenset[Fault] = frozenset()
    detail: str = ""
    width: int = 0
    height: int = 0
    fps: float = 0.0
    lag_ms: float = 0.0
    frames_total: int = 0
    withheld: Mapping[str, int] = field(default_factory=dict)
    restarts: int = 0
    tries: int = 0
    latency_counts: tuple[int, ...] = (0,) * (len(LATENCY_BOUNDS_S) + 1)
    latency_sum_s: float = 0.0
    serviceability: Mapping[str, float] = field(default_factory=dict)
