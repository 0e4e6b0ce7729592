"""A clip that is long enough to be cut, and what two reports say is covered in it."""

from __future__ import annotations

from pathlib import Path

import av
import numpy as np
from numpy.typing import NDArray

from passerby.assembly.piece_cover import cuts_of
from passerby.assembly.redaction import RedactionSetup
from passerby.jobs.cut_recordings import Cutting
from passerby.jobs.task import FileTask, RedactOrder
from passerby.media.files.video_file import VideoFile
from passerby.media.piece import seams
from passerby.media.stretch import Stretch
from passerby.redact.choice import CheckDepth
from passerby.reports.redaction import RedactionReport
from passerby.settings.options import RedactOptions
from passerby.vision.effort import Effort

OPTIONS = RedactOptions(effort=Effort.FAST, scale=(320, 320), hold_s=0.4, check=CheckDepth.OFF)
FAST = RedactOrder(OPTIONS, keep_boxes=True)
CUTTING = Cutting(7.0, warm_s=3.0)


def first_seconds(data_dir: Path, target: Path, seconds: int) -> Path:
    """Copy the beginning of a real recording, without encoding it again."""
    source = data_dir / "video/intel_one-by-one-person-detection.mp4"
    with av.open(str(source)) as plain, av.open(str(target), "w") as short:
        stream = short.add_stream_from_template(plain.streams.video[0])
        for packet in plain.demux(video=0):
            if packet.size and packet.pts is not None and packet.pts * packet.time_base < seconds:
                packet.stream = stream
                short.mux(packet)
    return target


def seams_of(clip: Path) -> list[Stretch]:
    """Return where two pieces meet."""
    made = cuts_of(clip, RedactionSetup(OPTIONS), piece_s=CUTTING.piece_s or 0.0, warm_s=CUTTING.warm_s)
    return seams(made.pieces)


def masks_of(task: FileTask) -> list[tuple[float, NDArray[np.bool_]]]:
    """Return the time of each frame of a copy and what is covered in it, shape (H, W), from its report."""
    assert task.report is not None
    report = RedactionReport.model_validate_json(task.report.read_text())
    shape = VideoFile(task.target).shape
    whole = {number for span in report.covered_whole for number in range(span.first_frame, span.last_frame + 1)}
    found = []
    for frame in report.boxes or ():
        mask = np.full((shape.height, shape.width), frame.frame in whole)
        for x1, y1, x2, y2 in frame.boxes_px:
            mask[max(0, y1) : y2, max(0, x1) : x2] = True
        found.append((frame.time_s, mask))
    return found
