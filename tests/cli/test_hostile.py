"""Every hostile file of the shared collection is covered or refused, and copies hide what their records say."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from numpy.typing import NDArray
from tests.cli import hostile_run

VIDEOS = (
    "cinepak_op-partial.mp4",
    "h264_displaymatrix.mp4",
    "sample_with_invalid_nalu.mp4",
    "video_rotation_90.mp4",
)
"""Damaged, cut off, turned: through the command line beside the pictures and all files that are refused."""


@pytest.fixture(scope="module")
def files(data_dir: Path) -> list[Path]:
    return sorted(path for path in (data_dir / "hostile").rglob("*") if path.is_file())


@pytest.fixture(scope="module")
def results(files: list[Path], tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, Any]]:
    """What became of each file in one process that runs no networks: it is the files that count."""
    copies = tmp_path_factory.mktemp("copies")
    command = [sys.executable, hostile_run.__file__, copies, *files]
    root = Path(__file__).parents[2]
    path = os.pathsep.join([str(root), os.environ.get("PYTHONPATH", "")]).rstrip(os.pathsep)
    done = subprocess.run(
        list(map(str, command)),
        capture_output=True,
        text=True,
        timeout=900,
        check=False,
        env=os.environ | {"PYTHONPATH": path},
    )
    told = [json.loads(line) for line in done.stdout.splitlines()]
    assert done.returncode == 0, f"stopped at {files[len(told)]}: {done.stderr[-2000:]}"
    return told


@pytest.mark.data
def test_no_hostile_file_crashes_hangs_or_leaks(files, results, record_property):
    assert len(files) > 80
    assert [result["path"] for result in results] == list(map(str, files))
    rows = []
    for result in results:
        name = Path(result["path"]).name
        if "refused" in result:
            assert "\n" not in result["refused"]
            rows.append(f"{name:55} {result['refused'].split(': ', 1)[1]}")
            continue
        shown = [boxes for index, boxes in enumerate(result["boxes"]) if index not in result["whole"]]
        assert all(shown), result["path"]  # somebody is seen in every frame that can be read
        rows.append(f"{name:55} {judged(Path(result['copy']), result['whole'], result['boxes'])}")
    assert sum("refused" not in result for result in results) > 50
    record_property("table", "\n".join(rows))


@pytest.mark.data
def test_the_command_line_refuses_what_cannot_be_covered_in_one_line_and_covers_the_rest(
    passerby, registry_models, files, results, tmp_path
):
    refused = {Path(result["path"]) for result in results if "refused" in result}
    chosen = [path for path in files if path in refused or path.name in VIDEOS or path.suffix == ".avif"]
    copies, reports = tmp_path / "copies", tmp_path / "reports"
    done = passerby(
        *("redact", *chosen, "-o", f"{copies}/", "--report", f"{reports}/"),
        *("--jobs", "1", "--scale", "320x320", "--check", "off", "--boxes"),  # small nets: it is the files that count
        timeout_s=900,
    )
    assert done.returncode == 2, done.stderr
    complaints = {line for line in done.stderr.splitlines() if line.startswith("passerby: ")}
    covered = 0
    for source in chosen:
        hits = list(copies.glob(f"{source.stem}_redacted.*"))
        said = [line for line in complaints if line.startswith(f"passerby: {source}:")]
        assert len(hits) + len(said) == 1, (source, hits, said)
        assert bool(said) == (source in refused)
        for copy in hits:
            report = json.loads((reports / f"{copy.name}.json").read_text())
            spans = report["covered_whole"]
            whole = {n for span in spans for n in range(span["first_frame"], span["last_frame"] + 1)}
            judged(copy, whole, [told["boxes_px"] for told in report["boxes"]])
            assert report["frames"] == len(report["boxes"])
            covered += 1
    assert covered >= len(VIDEOS)
    assert f"{len(chosen)} files:" in done.stdout


EDGE_PX = 8
"""The encoder's blocks blur the border between cover and scene."""

RINGING = 12


def flat(luma: NDArray[np.uint8]) -> bool:
    """Whether a part of a copy shows one tone, but for a little ringing from the encoder."""
    if not luma.size:
        return True
    off = np.abs(luma.astype(np.int16) - int(np.median(luma)))
    return bool((off > RINGING).mean() <= 0.02 and off.mean() <= RINGING / 4)


def judged(copy: Path, whole: Collection[int], boxes_px: Sequence[Sequence[tuple[float, ...]]]) -> str:
    """Compare a copy with its record: as many frames, and nothing to see where it says that they are covered."""
    count = 0
    with av.open(str(copy)) as container:
        for frame, boxes in zip(container.decode(video=0), boxes_px, strict=True):
            luma = frame.reformat(format="gray").to_ndarray()
            if count in whole:
                assert flat(luma), (copy, count)
            for box in boxes:
                x1, y1, x2, y2 = map(round, box)
                rows, columns = (slice(max(0, a) + EDGE_PX, max(0, b - EDGE_PX)) for a, b in ((y1, y2), (x1, x2)))
                assert flat(luma[rows, columns]), (copy, count)
            count += 1
    return f"{count} frames, {len(whole)} covered whole"
