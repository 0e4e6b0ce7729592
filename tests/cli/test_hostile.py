"""Every hostile file of the shared collection through `passerby redact`, in one batch."""

from __future__ import annotations

import json
from pathlib import Path

import av
import numpy as np
import pytest
from numpy.typing import NDArray


@pytest.mark.data
def test_no_hostile_file_crashes_hangs_or_leaks(passerby, registry_models, data_dir, tmp_path, record_property):
    files = sorted(path for path in (data_dir / "hostile").rglob("*") if path.is_file())
    copies, reports = tmp_path / "copies", tmp_path / "reports"
    done = passerby(
        *("redact", *files, "-o", f"{copies}/", "--report", f"{reports}/"),
        *("--jobs", "2", "--scale", "320x320", "--check", "off", "--boxes"),  # small nets: it is the files that count
        timeout_s=900,
    )
    assert done.returncode == 2, done.stderr
    complaints = {line for line in done.stderr.splitlines() if line.startswith("passerby: ")}
    rows = []
    for source in files:
        hits = list(copies.glob(f"{source.stem}_redacted.*"))
        said = [line for line in complaints if line.startswith(f"passerby: {source}:")]
        assert len(hits) + len(said) == 1, (source, hits, said)
        rows.append(f"{source.name:55} {judged(hits[0], reports) if hits else said[0].split(': ', 2)[2]}")
    assert f"{len(files)} files:" in done.stdout
    record_property("table", "\n".join(rows))


EDGE_PX = 8
"""The encoder's blocks blur the border between cover and scene."""

RINGING = 12


def flat(luma: NDArray[np.uint8]) -> bool:
    """Whether a part of a copy shows one tone, but for a little ringing from the encoder."""
    if not luma.size:
        return True
    off = np.abs(luma.astype(np.int16) - int(np.median(luma)))
    return bool((off > RINGING).mean() <= 0.02 and off.mean() <= RINGING / 4)


def judged(copy: Path, reports: Path) -> str:
    """Compare a copy with its report: as many frames, and nothing to see where it says that they are covered."""
    report = json.loads((reports / f"{copy.name}.json").read_text())
    whole = {n for span in report["covered_whole"] for n in range(span["first_frame"], span["last_frame"] + 1)}
    count = 0
    with av.open(str(copy)) as container:
        for frame, told in zip(container.decode(video=0), report["boxes"], strict=True):
            luma = frame.reformat(format="gray").to_ndarray()
            if count in whole:
                assert flat(luma), (copy, count)
            for x1, y1, x2, y2 in told["boxes_px"]:
                rows, columns = (slice(max(0, a) + EDGE_PX, max(0, b - EDGE_PX)) for a, b in ((y1, y2), (x1, x2)))
                assert flat(luma[rows, columns]), (copy, count)
            count += 1
    assert count == report["frames"], copy
    return f"{count} frames, {len(whole)} covered whole, share {report['covered_share']:.2f}"
