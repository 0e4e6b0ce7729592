"""What watchdogs have reported, as it is stored so that a restart loses none."""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, TypeAlias

from passerby.watchdog.tally import LookTally

log = logging.getLogger(__name__)


@dataclass(slots=True)
class ReportQuarter:
    """What was reported of a camera in a quarter of an hour."""

    tally: LookTally = field(default_factory=LookTally)
    findings: int = 0
    by: set[str] = field(default_factory=set)


@dataclass(slots=True)
class WatchedCamera:
    """What was reported of a camera."""

    buckets: dict[int, ReportQuarter] = field(default_factory=dict)
    looked_s: float | None = None
    whole_until_s: float = 0.0


@dataclass(slots=True)
class DaySeed:
    """What a watchdog has committed to for its draws of a day."""

    commitment: str
    seed: str = ""
    revealed_s: float = 0.0


SeedKey: TypeAlias = tuple[str, str]
"""Name of a watchdog's token, and a day in ISO 8601."""


def save_counts(path: Path, cameras: Mapping[str, WatchedCamera], seeds: Mapping[SeedKey, DaySeed]) -> None:
    """Store what was reported; a disk that fails is logged.

    Args:
        path: The file.
        cameras: By their names.
        seeds: Of the last days.
    """
    stored = {
        "cameras": {name: _plain(each) for name, each in cameras.items()},
        "seeds": [[by, day, asdict(each)] for (by, day), each in seeds.items()],
    }
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        partial = path.with_suffix(".partial")
        partial.write_text(json.dumps(stored), encoding="utf-8")
        partial.replace(path)
    except OSError as error:
        log.warning("watchdog_not_saved", extra={"reason": str(error)})


def load_counts(path: Path) -> tuple[dict[str, WatchedCamera], dict[SeedKey, DaySeed]]:
    """Return cameras and seeds as they were saved; a file that cannot be read is logged, and nothing is known."""
    try:
        stored = json.loads(path.read_text(encoding="utf-8"))
        cameras = {str(name): _camera(each) for name, each in stored["cameras"].items()}
        seeds = {(str(by), str(day)): DaySeed(**each) for by, day, each in stored["seeds"]}
    except FileNotFoundError:
        return {}, {}
    except (OSError, ValueError, TypeError, KeyError, AttributeError) as error:
        log.warning("watchdog_counts_lost", extra={"reason": str(error)})
        return {}, {}
    return cameras, seeds


def _plain(camera: WatchedCamera) -> dict[str, object]:
    buckets = {
        str(number): {"tally": asdict(each.tally), "findings": each.findings, "by": sorted(each.by)}
        for number, each in camera.buckets.items()
    }
    return {"buckets": buckets, "looked_s": camera.looked_s, "whole_until_s": camera.whole_until_s}


def _camera(stored: Mapping[str, Any]) -> WatchedCamera:
    buckets = {
        int(number): ReportQuarter(LookTally(**each["tally"]), int(each["findings"]), set(each["by"]))
        for number, each in stored["buckets"].items()
    }
    looked_s = stored["looked_s"]
    return WatchedCamera(buckets, None if looked_s is None else float(looked_s), float(stored["whole_until_s"]))
