"""The share of good time: by the hour, across restarts, honest about time without a gateway."""

from __future__ import annotations

from pathlib import Path

import pytest

from passerby.errors import OutputError
from passerby.health.serviceability import HOUR_S, Serviceability, serviceable
from passerby.health.status import CameraState, CameraStatus, Redaction
from passerby.media.fault import Fault

DAY_S = 24 * HOUR_S
BEGIN_S = 20_000 * DAY_S + 1234.0


def observed(ledger: Serviceability, from_s: float, to_s: float, *, good: bool, step_s: int = 5) -> None:
    for second in range(int(from_s), int(to_s), step_s):
        ledger.observe("door", second, step_s, good=good)


def test_nothing_is_said_of_a_camera_that_was_never_observed(tmp_path: Path) -> None:
    assert Serviceability(tmp_path / "s.json").shares("door", BEGIN_S) == {}


def test_the_share_of_a_mixed_hour_is_that_of_its_good_time(tmp_path: Path) -> None:
    ledger = Serviceability(tmp_path / "s.json")
    observed(ledger, BEGIN_S, BEGIN_S + 900, good=True)
    observed(ledger, BEGIN_S + 900, BEGIN_S + 3600, good=False)
    shares = ledger.shares("door", BEGIN_S + 3600)
    assert shares == {span: pytest.approx(0.25, abs=0.01) for span in ("24h", "7d", "30d")}


def test_a_bad_day_leaves_the_24_hours_after_a_day(tmp_path: Path) -> None:
    ledger = Serviceability(tmp_path / "s.json")
    observed(ledger, BEGIN_S, BEGIN_S + DAY_S, good=False)
    observed(ledger, BEGIN_S + DAY_S, BEGIN_S + 2 * DAY_S, good=True)
    shares = ledger.shares("door", BEGIN_S + 2 * DAY_S)
    assert shares["24h"] == pytest.approx(1.0, abs=0.01)
    assert shares["7d"] == pytest.approx(0.5, abs=0.01)


def test_it_goes_on_after_a_restart_and_the_gap_counts_as_without_a_picture(tmp_path: Path) -> None:
    path = tmp_path / "state" / "s.json"
    first = Serviceability(path)
    observed(first, BEGIN_S, BEGIN_S + 1000, good=True)
    first.save(BEGIN_S + 1000)
    again = Serviceability(path)
    observed(again, BEGIN_S + 2000, BEGIN_S + 3000, good=True)
    assert again.shares("door", BEGIN_S + 3000)["24h"] == pytest.approx(2 / 3, abs=0.01)
    assert [each.name for each in path.parent.iterdir()] == ["s.json"]


def test_a_sleep_of_the_machine_is_not_good_time(tmp_path: Path) -> None:
    ledger = Serviceability(tmp_path / "s.json")
    ledger.observe("door", BEGIN_S, 1, good=True)
    ledger.observe("door", BEGIN_S + 3000, 3000, good=True)
    assert ledger.shares("door", BEGIN_S + 3000)["24h"] < 0.01


def test_a_share_says_over_which_time_it_is(tmp_path: Path) -> None:
    ledger = Serviceability(tmp_path / "s.json")
    observed(ledger, BEGIN_S, BEGIN_S + 2 * DAY_S, good=True, step_s=3600)
    assert ledger.lengths_s("door", BEGIN_S + 1800) == {"24h": 1800, "7d": 1800, "30d": 1800}
    assert ledger.lengths_s("door", BEGIN_S + 2 * DAY_S) == {"24h": DAY_S, "7d": 2 * DAY_S, "30d": 2 * DAY_S}
    assert ledger.lengths_s("hall", BEGIN_S) == {}


def test_what_is_no_longer_needed_is_forgotten(tmp_path: Path) -> None:
    path = tmp_path / "s.json"
    ledger = Serviceability(path)
    observed(ledger, BEGIN_S, BEGIN_S + 100, good=True)
    ledger.save(BEGIN_S + 40 * DAY_S)
    assert Serviceability(path).shares("door", BEGIN_S + 40 * DAY_S) == {"24h": 0.0, "7d": 0.0, "30d": 0.0}
    assert len(path.read_text()) < 60


@pytest.mark.parametrize("text", ["{", "[]", '{"door": 5}', '{"door": [1, {"x": "y"}]}'])
def test_a_damaged_file_is_an_error_with_a_mend(tmp_path: Path, text: str) -> None:
    path = tmp_path / "s.json"
    path.write_text(text)
    with pytest.raises(OutputError, match="move the file away"):
        Serviceability(path)


def test_dark_whole_and_absent_pictures_do_not_serve() -> None:
    good = CameraStatus("door", CameraState.OK, redaction=Redaction.ACTIVE)
    dark = CameraStatus("door", CameraState.DEGRADED, redaction=Redaction.ACTIVE, faults=frozenset({Fault.DARK}))
    full = CameraStatus("door", CameraState.DEGRADED, redaction=Redaction.ACTIVE, detail="the disk is full")
    whole = CameraStatus("door", CameraState.COVERED_WHOLE, redaction=Redaction.WHOLE)
    gone = CameraStatus("door", CameraState.NO_PICTURE)
    assert [serviceable(each) for each in (good, dark, full, whole, gone)] == [True, False, True, False, False]
