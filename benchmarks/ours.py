"""passerby under test: its command line, and what it covered according to its report and its copy."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

import av
import cv2
import numpy as np
from numpy.typing import NDArray

from benchmarks.covers import FrameCover
from passerby import CheckDepth, CoverKind, Effort, RedactionReport, RedactOptions
from passerby.assembly.redaction import RedactionSetup
from passerby.jobs.redact_file import redacting
from passerby.jobs.stepwise import Stepwise
from passerby.jobs.task import RedactOrder
from passerby.redact.paint import SLATE

# A copy's colour may stray this far from the fill by the encoder; measured in full-range RGB, largest channel.
STRAY = 24
BORNE_OUT = 0.98  # the rest is the encoder's ringing at edges
RUN = "import sys; from passerby.cli.app import main; main()"


def command(source: Path, target: Path, *, effort: str = "balanced") -> list[str]:
    """Return passerby's command line; the check after the fact is off, since the peers have none."""
    words = [sys.executable, "-c", RUN, "redact", str(source), "-o", str(target), "--force"]
    return [*words, "--check", "off", "--effort", effort]


def covers(
    files: Sequence[Path], *, cover: str = "people", effort: str = "balanced", detectors: tuple[str, ...] = ()
) -> dict[Path, list[FrameCover]]:
    """Return what passerby covers in each frame: the report's boxes, once the copy is seen to bear them out.

    Raises:
        SystemExit: The copy shows something where the report claims cover.
    """
    options = RedactOptions(
        cover=frozenset({CoverKind(cover)}), effort=Effort(effort), detectors=detectors, check=CheckDepth.OFF
    )
    answers = {}
    with tempfile.TemporaryDirectory() as folder:
        setup = RedactionSetup(options)
        for path in sorted(files, key=_picture_size):  # networks are kept while the size stays
            still = path.suffix.lower() in {".jpg", ".jpeg", ".png"}
            target = Path(folder) / ("copy.png" if still else "copy.mp4")
            answers[path] = _from_report(_redact(path, target, setup))
            true = _kept_word(answers[path], target)
            if true < BORNE_OUT:
                msg = f"{path}: only {true:.1%} of what the report claims is covered in the copy"
                raise SystemExit(msg)
    return answers


def _redact(source: Path, target: Path, setup: RedactionSetup) -> RedactionReport:
    """Cover one file as `passerby redact` does one of several, and return its report."""
    with Stepwise(redacting(source, target, RedactOrder(setup.options, keep_boxes=True, replace=True), setup)) as steps:
        for _ in steps:
            pass
        return steps.result


def _picture_size(path: Path) -> tuple[int, int]:
    with av.open(os.fspath(path)) as source:
        return source.streams.video[0].width, source.streams.video[0].height


def _from_report(report: RedactionReport) -> list[FrameCover]:
    whole = {n for span in report.covered_whole for n in range(span.first_frame, span.last_frame + 1)}
    frames = report.boxes or []
    return [
        FrameCover(boxes=[list(box) for box in row.boxes_px], whole=row.frame in whole, polygons=row.polygons_px)
        for row in frames
    ]


def _kept_word(found: Sequence[FrameCover], copy: Path) -> float:
    """Return the share of the claimed pixels that really are covered in the copy."""
    claimed = true = 0
    for cover, picture in zip(found, _pictures(copy), strict=True):
        mask = cover.raster(*picture.shape[:2])
        fill = cv2.absdiff(picture, np.full_like(picture, SLATE)).max(axis=2) <= STRAY
        claimed += int(mask.sum())
        true += int((mask.astype(bool) & fill).sum())
    return true / claimed if claimed else 1.0


def _pictures(path: Path) -> Iterator[NDArray[np.uint8]]:
    with av.open(os.fspath(path)) as source:
        for frame in source.decode(video=0):
            yield frame.to_ndarray(format="rgb24").astype(np.uint8, copy=False)
