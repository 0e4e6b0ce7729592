"""What the public log says of a camera and a day: how well people were covered; nothing about anybody."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass


@dataclass(frozen=True, slots=True)
class CoverDay:
    """One camera on one day.

    Args:
        site: Name of the site.
        camera: Name of the camera.
        day: Date in the site's time zone, ISO 8601.
        observed_s: How long the gateway ran and had the camera on that day, s.
        frames_shown: Covered pictures that were shown.
        covered_whole: How many of them were covered whole, by reason.
        cover_failures: How often a fault began because of which the camera was covered whole.
        self_tests: Self-tests of the detectors that ended.
        self_tests_failed: How many of them they failed.
        serviceability: Share of the observed time with a usable, correctly covered picture, in [0, 1].
        networks_sha256: Hash of the hashes of the networks in use.
        settings_sha256: Hash of the site's settings without secrets.
        software: Version of passerby.
        watchdog: What watchdogs saw: time, looks, findings, the bound, and hashes and seeds of their draws; None = no
            watchdog observed the camera, which is not the same as one that found nothing.
    """

    site: str
    camera: str
    day: str
    observed_s: float
    frames_shown: int
    covered_whole: Mapping[str, int]
    cover_failures: int
    self_tests: int
    self_tests_failed: int
    serviceability: float
    networks_sha256: str
    settings_sha256: str
    software: str
    watchdog: Mapping[str, object] | None = None

    def __post_init__(self) -> None:
        """Refuse figures that cannot be."""
        counts = (self.frames_shown, self.cover_failures, self.self_tests, self.self_tests_failed)
        if not 0 <= self.serviceability <= 1 or not math.isfinite(self.observed_s) or min(counts) < 0:
            msg = f"impossible figures of a day of camera '{self.camera}': {self}"
            raise ValueError(msg)

    def encoded(self) -> bytes:
        """Return the entry as it is logged: one JSON object, keys sorted, no line feed."""
        return json.dumps(asdict(self), sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
