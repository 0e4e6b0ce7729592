"""Every hostile file of the shared collection through `passerby redact`, in one batch."""

from __future__ import annotations

import json
from pathlib import Path

import av
import pytest


@pytest.mark.data
def test_no_hostile_file_crashes_hangs_or_leaks(passerby, registry_models, data_dir, tmp_path, record_property):
    files = sorted(path for path in (data_dir / "hostile").rglob("*") if path.is_file())
    copies, reports = tmp_path / "copies", tmp_path / "reports"
    done = passerby(
        *("redact", *files, "-o", f"{copies}/", "--report", f"{reports}/"),
        *("--jobs", "2", "--effort", "fast", "--check", "off"),
        timeout_s=1800,
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


def judged(copy: Path, reports: Path) -> str:
    """Compare a copy with its report: as many frames, and nothing to see in those that are covered whole."""
    report = json.loads((reports / f"{copy.name}.json").read_text())
    whole = {n for span in report["covered_whole"] for n in range(span["first_frame"], span["last_frame"] + 1)}
    count = 0
    with av.open(str(copy)) as container:
        for number, frame in enumerate(container.decode(video=0)):
            count += 1
            if number in whole:
                luma = frame.reformat(format="gray").to_ndarray()
                assert int(luma.max()) - int(luma.min()) <= 24, (copy, number)
    assert count == report["frames"], copy
    return f"{count} frames, {len(whole)} covered whole, share {report['covered_share']:.2f}"
