"""Cover a clip in memory, and compare the cover with the labels that a person made."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from pydantic import ValidationError

from passerby.assembly import redaction
from passerby.errors import RedactionError, UsageError
from passerby.evaluate.exposure import Exposure
from passerby.evaluate.read import read_truth
from passerby.evaluate.result import Evaluation, TruthFormat
from passerby.jobs.task import Progress
from passerby.redact.choice import CheckDepth
from passerby.redact.mask import Cover
from passerby.reports.redaction import FrameBoxes, RedactionReport
from passerby.settings.options import RedactOptions
from passerby.version import __version__

UPPER = 0.4
_REACH_PX = 1 << 20


def evaluate_file(
    clip: str | Path,
    truth: str | Path,
    options: RedactOptions | None = None,
    *,
    truth_format: TruthFormat = TruthFormat.AUTO,
    upper: float = UPPER,
    progress: Callable[[Progress], None] | None = None,
) -> Evaluation:
    """Cover a labelled clip, write nothing, and return which labelled people the cover missed.

    Args:
        clip: A video or picture.
        truth: The labels: MOT, CVML, COCO or head points.
        options: What to cover, and how.
        truth_format: Format of the labels.
        upper: Share of a person's height that must be covered, from the top, in (0, 1].
        progress: Called after each frame.

    Raises:
        UsageError: The labels are wrong, or belong to another clip.
        SourceError: The clip cannot be read.
        ModelError: A network is missing or damaged.
    """
    clip = Path(clip)
    exposure = _exposure(clip, Path(truth), truth_format, upper=upper)
    setup = redaction.RedactionSetup((options or RedactOptions()).model_copy(update={"check": CheckDepth.OFF}))
    with setup.trial(clip) as job, closing(job.records()) as records:
        whole = 0
        for record in records:
            exposure.observe(Cover.all(record.whole) if record.whole else record.cover, record.time_s)
            whole += bool(record.whole)
            if progress is not None:
                progress(Progress("covering", record.index + 1, job.length, whole))
    return exposure.result(upper=upper, version=__version__)


def evaluate_report(
    clip: str | Path,
    truth: str | Path,
    report: str | Path,
    *,
    truth_format: TruthFormat = TruthFormat.AUTO,
    upper: float = UPPER,
) -> Evaluation:
    """Return which labelled people a covered copy missed, from the boxes in its report; no network runs.

    Args:
        clip: The video or picture, or its covered copy; only the size of its picture is used.
        truth: The labels.
        report: Written by `passerby redact --report FILE --boxes`.
        truth_format: Format of the labels.
        upper: Share of a person's height that must be covered, from the top, in (0, 1].

    Raises:
        UsageError: The labels or the report are wrong, or belong to another clip.
        SourceError: The clip cannot be read.
    """
    clip, report = Path(clip), Path(report)
    exposure = _exposure(clip, Path(truth), truth_format, upper=upper)
    for cover, time_s in _covers(report):
        exposure.observe(cover, time_s)
    return exposure.result(upper=upper, version=__version__)


def _exposure(clip: Path, truth: Path, truth_format: TruthFormat, *, upper: float) -> Exposure:
    labelled = read_truth(truth, truth_format, upper=upper, clip=clip.name)
    height, width = redaction.size_of(clip)
    return Exposure(labelled, height=height, width=width)


def _covers(path: Path) -> Iterator[tuple[Cover, float]]:
    """Yield the cover and the time of each frame of a report."""
    try:
        report = RedactionReport.model_validate_json(path.read_bytes())
    except OSError as error:
        msg = f"{path}: cannot be read ({error.strerror}); give a report of passerby redact"
        raise UsageError(msg) from error
    except ValidationError as error:
        fault = error.errors()[0]
        msg = f"{path}: not a report of passerby redact: {'.'.join(map(str, fault['loc']))} {fault['msg']}"
        raise UsageError(msg) from error

    if not report.boxes or [each.frame for each in report.boxes] != list(range(report.frames)):
        msg = f"{path}: does not contain the boxes of each frame; write it with passerby redact --report FILE --boxes"
        raise UsageError(msg)

    reasons = {
        frame: span.reason
        for span in report.covered_whole
        for frame in range(span.first_frame, min(span.last_frame + 1, report.frames))
    }
    for each in report.boxes:
        if each.frame in reasons:
            yield Cover.all(reasons[each.frame] or "covered whole"), each.time_s
            continue
        try:
            yield _cover(each), each.time_s
        except RedactionError as error:
            msg = f"{path}: frame {each.frame}: {error}; use the report unedited"
            raise UsageError(msg) from error


def _cover(covered: FrameBoxes) -> Cover:
    boxes = _limited(covered.boxes_px, 4)
    polygons = tuple(_limited(each, 2) for each in covered.polygons_px)
    return Cover(boxes, np.zeros(len(boxes), np.bool_), polygons)


def _limited(rows: Sequence[Sequence[int]], length: int) -> NDArray[np.int32]:
    limited = [[min(max(edge, -_REACH_PX), _REACH_PX) for edge in row] for row in rows]
    return np.array(limited, np.int32).reshape(-1, length)
