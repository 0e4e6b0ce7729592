"""The status of a camera: signals about the camera, none about people."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from passerby.media.fault import Fault


class CameraState(StrEnum):
    """The state of a camera."""

    STARTING = "starting"
    OK = "ok"
    DEGRADED = "degraded"
    """There is a covered picture, but something is wrong with it: see the faults."""
    NO_PICTURE = "no_picture"
    """The camera does not answer, or its stream ended; reconnecting."""
    ABSENT = "absent"
    """The file, share or device is not there; it is tried again every second."""
    REFUSED = "refused"
    """The camera rejected the password or the address; retrying slowly."""
    COVERED_WHOLE = "covered_whole"
    """Pictures arrive, but cannot be inspected: the detector fails, or fails its self-test."""
    DOWN = "down"
    """The camera's process has ended; it is being restarted."""


class Redaction(StrEnum):
    """How the pictures that viewers get are covered."""

    ACTIVE = "active"
    WHOLE = "whole"
    NONE = "none"
    """No picture: a drawn notice."""


LATENCY_BOUNDS_S = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.8, 1.0, 1.5, 2.0, 5.0)
"""Upper bounds of the latency buckets, from capture to covered picture, s."""


@dataclass(frozen=True, slots=True)
class CameraStatus:
    """The status of one camera at one moment.

    Args:
        camera: Its name.
        state: Its state.
        since_s: UTC epoch time of the last change of `state`, s.
        redaction: How the pictures that viewers get are covered.
        faults: What is wrong with the picture.
        detail: Why, in one line, without secrets ("" = no details).
        width: Width of the covered picture, px; 0 before the first.
        height: Height of the covered picture, px; 0 before the first.
        fps: Covered pictures a second, over the last few seconds.
        lag_ms: Time from capture to covered picture, median over the last few seconds.
        frames_total: Covered pictures since the start of the gateway.
        withheld: Number of pictures covered whole, by reason.
        restarts: How often its process was restarted.
        tries: Failed attempts to record or publish it since the last success.
        latency_counts: Pictures per bucket of `LATENCY_BOUNDS_S`, not cumulative; the last is above all bounds.
        latency_sum_s: Sum of all these latencies, s.
        serviceability: Share of time in which a usable, correctly covered picture was delivered, by
            period ("24h", "7d", "30d"); a period without any observation is absent.
        serviceability_over_s: Time that each of these shares covers, s: less than the period until the camera has
            been observed for that long.
        fault_since_s: UTC epoch time when each fault began, s.
        self_tests: Self-tests of its detectors that ended, since the start of the gateway.
        self_tests_failed: How many of them the detectors failed.
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
    serviceability_over_s: Mapping[str, float] = field(default_factory=dict)
    fault_since_s: Mapping[Fault, float] = field(default_factory=dict)
    self_tests: int = 0
    self_tests_failed: int = 0
