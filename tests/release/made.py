"""Keys, clips and reports for tests of releases."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from pathlib import Path

import av
import numpy as np

from passerby.redact.cause import Cause
from passerby.reports.redaction import (
    CauseShare,
    FrameBoxes,
    HandAddition,
    HandChanges,
    HandMuting,
    HandOpening,
    HandVisible,
    RedactionReport,
    ReportedSilence,
    SecondCauses,
    SecondShare,
    SoundUse,
)

NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


def clip(path: Path, *, seconds: int = 3) -> Path:
    """A drawn clip, 5 frames a second."""
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=5)
        stream.width, stream.height, stream.pix_fmt = 160, 120, "yuv420p"
        for number in range(5 * seconds):
            pixels = np.full((120, 160, 3), 40 + 10 * (number % 9), np.uint8)
            pixels[20:60, 30 + number : 60 + number] = 200
            container.mux(stream.encode(av.VideoFrame.from_ndarray(pixels, format="rgb24")))
        container.mux(stream.encode())
    return path


def second(number: int, *causes: Cause, reason: str = "") -> SecondCauses:
    return SecondCauses(second=number, causes=[CauseShare(cause=each, reason=reason, share=0.1) for each in causes])


def changes(**parts) -> HandChanges:
    return HandChanges(**({"added": [], "opened": [], "visible": [], "doubts_accepted": 0, "reviews": 0} | parts))


ADDED = HandAddition(from_s=1.0, to_s=2.5, reason="third party", basis="")
OPENED = HandOpening(
    from_s=0.5,
    to_s=2.0,
    box_px=(0, 0, 10, 10),
    piece="people",
    reason="a statue",
    frames_looked=3,
    frames_suspicious=1,
    confirmed=True,
    applied=True,
)
MUTED = HandMuting(from_s=1.0, to_s=2.0000004, reason="third party")
VISIBLE = HandVisible(from_s=0.2, to_s=1.0, ground="consent")
SILENT = SoundUse(choice="mute-speech", models=[], silent=[ReportedSilence(start_s=0.25, end_s=1.75, reason="speech")])


def report_of(copy: Path, *, seconds: int = 3, **parts) -> RedactionReport:
    """A report of a copy in which people are covered all the time."""
    values = {
        "passerby_version": "0.1.0",
        "copy_name": copy.name,
        "copy_sha256": hashlib.sha256(copy.read_bytes()).hexdigest(),
        "models": [],
        "options": {"effort": "fast", "masks": 0},
        "frames": 5 * seconds,
        "covered_share": 0.1,
        "covered_share_per_second": [SecondShare(second=number, share=0.1234) for number in range(seconds)],
        "causes_per_second": [second(number, Cause.BODIES) for number in range(seconds)],
        "frames_covered_whole": 0,
        "covered_whole": [],
        "frames_with_crowd": 0,
        "boxes": [FrameBoxes(frame=number, time_s=number / 5, boxes_px=[]) for number in range(5 * seconds)],
    }
    return RedactionReport(**(values | parts))
