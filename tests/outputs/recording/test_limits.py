"""Does the disk have what recordings may take?"""

from __future__ import annotations

from pathlib import Path

import pytest

from passerby.outputs.recording.limits import DiskSpace, Limits, beyond_disk

GB = 10**9


@pytest.mark.parametrize(
    ("free_gb", "used_gb", "enough"),
    [(30, 0, True), (21, 0, True), (20.9, 0, False), (1, 20, True), (1, 19.9, False), (0.2, 0, False)],
)
def test_a_budget_beyond_the_disk_is_reported_counting_what_is_recorded_already(
    tmp_path: Path, free_gb: float, used_gb: float, enough: bool
):
    day = tmp_path / "door" / "2026-11-18"
    day.mkdir(parents=True)
    with (day / "10-00-00-000000.segment").open("wb") as segment:
        segment.truncate(int(used_gb * GB))  # a sparse file: it takes nothing
    told = beyond_disk(tmp_path, Limits(72, 20 * GB, GB), DiskSpace(100 * GB, int(free_gb * GB)))
    assert (told == "") == enough
    if not enough:
        room = max(0, free_gb - 1 + used_gb)
        assert (
            told
            == f"{tmp_path}: the disk has {room:.1f} GB for recordings, disk_gb is 20; the oldest are erased earlier"
        )
