"""The gateway's chores: what happens when the clock is set, and what is kept."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import pytest

from passerby.config.site import SiteSettings
from passerby.errors import OutputError
from passerby.runners import upkeep
from passerby.runners.upkeep import Upkeep


class Cameras:
    """Remembers what was asked of it; keeping fails if it should."""

    def __init__(self, *, fails: bool = False) -> None:
        self.restarted: list[str] = []
        self.kept = 0
        self._fails = fails

    def restart(self, reason: str) -> None:
        self.restarted.append(reason)

    def keep(self) -> None:
        self.kept += 1
        if self._fails:
            raise OutputError("the state folder is full")


class Offset:
    """Stands for the module `time`, with a system clock that can be set."""

    monotonic = staticmethod(time.monotonic)
    ahead_s = 0.0

    def time(self) -> float:
        return time.time() + self.ahead_s


@pytest.fixture(name="clock", autouse=True)
def _clock(monkeypatch: pytest.MonkeyPatch) -> Offset:
    clock = Offset()
    monkeypatch.setattr(upkeep, "time", clock)
    monkeypatch.setattr(upkeep, "STEP_S", 0.02)
    monkeypatch.setattr(upkeep, "SWEEP_S", 0.05)
    return clock


def site(folder: Path) -> SiteSettings:
    camera = {"name": "door", "address": "x.mp4", "purpose": "See that it works.", "legal_basis": "consent"}
    return SiteSettings.model_validate({"site": "test", "state_folder": folder, "cameras": [camera]})


def until(what: Callable[[], object]) -> None:
    end_s = time.monotonic() + 20
    while not what():
        assert time.monotonic() < end_s
        time.sleep(0.01)


@pytest.mark.parametrize("seconds", [3600.0, -3600.0])
def test_a_clock_that_is_set_starts_the_cameras_anew_once(tmp_path: Path, clock: Offset, seconds: float) -> None:
    cameras = Cameras()
    with Upkeep(site(tmp_path), cameras):  # type: ignore[arg-type]
        until(lambda: cameras.kept)
        assert not cameras.restarted
        clock.ahead_s = seconds
        until(lambda: cameras.restarted)
        before = cameras.kept
        until(lambda: cameras.kept > before + 1)
    assert cameras.restarted == ["the system's clock was set"]


def test_what_cannot_be_kept_is_tried_again_and_stops_nothing(tmp_path: Path) -> None:
    cameras = Cameras(fails=True)
    with Upkeep(site(tmp_path), cameras):  # type: ignore[arg-type]
        until(lambda: cameras.kept > 2)
