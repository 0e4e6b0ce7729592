"""Broken, odd and fuzzed media: frames or a clear refusal, and nothing else."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from tests.media import clips, survey

pytestmark = pytest.mark.data

DAMAGED = {"h264_attachment631-small.mp4", "mpeg4_demo.mp4", "Error_I_P.264", "sample_with_invalid_nalu.mp4"}


def surveyed(paths: list[Path]) -> list[dict[str, Any]]:
    names = [str(path) for path in paths]
    done = subprocess.run(
        [sys.executable, survey.__file__, *names], capture_output=True, text=True, timeout=240, check=False
    )
    assert done.returncode == 0, f"stopped after {done.stdout.count(chr(10))} files: {done.stderr[-2000:]}"
    assert done.stderr == ""
    return [json.loads(line) for line in done.stdout.splitlines()]


@pytest.fixture(scope="module")
def results(data_dir: Path) -> dict[str, dict[str, Any]]:
    paths = sorted(path for path in (data_dir / "hostile").rglob("*") if path.is_file())
    return {Path(result["path"]).name: result for result in surveyed(paths)}


def test_every_hostile_file_yields_frames_or_is_refused_in_one_line(results: dict[str, dict[str, Any]]):
    assert len(results) > 80
    for name, result in results.items():
        refused = result.get("refused", "")
        assert "broken" not in result, result
        assert result.get("frames") or refused, result
        assert "\n" not in refused
        assert not refused or (name in refused and "; " in refused), refused


def test_whole_files_yield_every_frame_that_they_tell(results: dict[str, dict[str, Any]]):
    assert results["bbb_642x642_768kbps_30fps_vp9.webm"] | {"path": ""} == {"path": "", "frames": 90, "damaged": 0}
    assert results["hdr10-av1.mp4"]["frames"] == 127
    assert results["h264_test-4867.mp4"]["frames"] == 359
    assert results["h264_mov_neg_first_pts_discard.mp4"]["frames"] == 15  # its edit list hides the other half
    assert results["tree.avi"]["frames"] == 68  # its header promises 444


def test_packets_that_fail_are_damaged_frames_and_not_gaps(results: dict[str, dict[str, Any]]):
    assert {name for name in DAMAGED if results[name]["damaged"]} == DAMAGED
    assert results["sample_with_invalid_nalu.mp4"] | {"path": ""} == {"path": "", "frames": 30, "damaged": 1}
    assert results["h264_displaymatrix.mp4"] | {"path": ""} == {"path": "", "frames": 34, "damaged": 1}


def test_frames_and_times_are_those_of_ffmpeg(data_dir: Path):
    for path in sorted((data_dir / "hostile" / "media3").glob("*.*")):
        if path.name in DAMAGED or path.suffix not in {".mp4", ".mkv", ".webm", ".3gp"} or "audio_only" in path.name:
            continue
        assert clips.shown_times(path) == clips.told_times(path), path.name
