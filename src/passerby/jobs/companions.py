"""What is written beside a covered copy: report, boxes, contact sheet, and the private annex about its source."""

from __future__ import annotations

import csv
import hashlib
import io
import json
from pathlib import Path

from passerby.errors import SourceError, UsageError
from passerby.jobs.copy_sheet import ShareLog, write_copy_sheet
from passerby.jobs.redact_file import check_target, make_folder, write_json
from passerby.jobs.task import FileTask, Outcome
from passerby.reports.redaction import Box, Polygon, RedactionReport
from passerby.version import __version__

_PRIVATE = "Keep this file: it links the copy to its source. Do not pass it on with the copy."


def check_outputs(task: FileTask, *, replace: bool) -> None:
    """Refuse files that may not be written, and make their folders.

    Raises:
        UsageError: One of them is the source, exists and may not be replaced, or is named twice.
        OutputError: A folder cannot be created.
    """
    seen: dict[Path, str] = {}
    for option, path in task.outputs.items():
        other = seen.setdefault(path.absolute(), option)
        if other != option:
            msg = f"{path}: named by {other} and by {option}; name two files"
            raise UsageError(msg)
        check_target(task.source, path, replace=replace, flag=option)
        make_folder(path.parent)


def write_companions(
    task: FileTask, report: RedactionReport, shares: ShareLog | None, *, boxes_in_report: bool
) -> None:
    """Write what was requested beside the copy.

    Args:
        task: Says what was requested, and where it goes.
        report: The report, with the covered boxes if they are needed.
        shares: How much of each frame is covered, if a contact sheet is requested.
        boxes_in_report: Whether the boxes go to the report too.

    Raises:
        OutputError: A file cannot be written.
        SourceError: The source or the copy cannot be read any more.
    """
    if task.report is not None:
        shown = report if boxes_in_report else report.model_copy(update={"boxes": None})
        write_json(shown.to_json(), task.report)
    if task.boxes is not None:
        write_json(boxes_csv(report), task.boxes)
    if task.sheet is not None and shares is not None:
        write_copy_sheet(task.target, shares, task.sheet, replace=True)
    if task.annex is not None:
        write_json(annex_json(task.source, report), task.annex, mode=0o600)


def outcome_of(task: FileTask, report: RedactionReport) -> Outcome:
    """Return what a run says of a file that is covered."""
    return Outcome(
        task,
        frames=report.frames,
        whole=report.frames_covered_whole,
        spots=len(report.leak_check.spots) if report.leak_check else 0,
        covered_share=report.covered_share,
        over_90=report.frames_over_90,
        causes=tuple((each.cause, each.frames) for each in report.causes_over_90),
        shares=tuple((each.reason or each.cause.value, each.share) for each in report.causes),
    )


def boxes_csv(report: RedactionReport) -> str:
    """Return the covered boxes of a report as CSV: a row a box, and one row without a box for a frame that has none.

    An outline or a mask with corners has the box around it, which is larger than what is covered.
    `covered_whole` is the reason where all of a frame is covered, whatever its boxes are.
    """
    text = io.StringIO()
    table = csv.writer(text, lineterminator="\n")
    table.writerow(("frame", "time_s", "x1_px", "y1_px", "x2_px", "y2_px", "covered_whole"))
    reasons = {
        frame: span.reason for span in report.covered_whole for frame in range(span.first_frame, span.last_frame + 1)
    }
    for each in report.boxes or ():
        around = [_bounds(polygon) for polygon in each.polygons_px]
        rows: list[tuple[int | None, ...]] = [*each.boxes_px, *around] or [(None,) * 4]
        for row in rows:
            table.writerow((each.frame, each.time_s, *row, reasons.get(each.frame, "")))
    return text.getvalue()


def _bounds(polygon: Polygon) -> Box:
    """Return the box around a polygon, whose edge is covered too."""
    across, down = zip(*polygon, strict=True)
    return min(across), min(down), max(across) + 1, max(down) + 1


def annex_json(source: Path, report: RedactionReport) -> str:
    """Return which source a copy was made of: for the files of whoever made it, never for those who get the copy.

    Raises:
        SourceError: The source cannot be read any more.
    """
    try:
        with source.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
            size = file.tell()
    except OSError as error:
        msg = f"{source}: cannot be read again for --annex ({error.strerror}); keep the source until the run ends"
        raise SourceError(msg) from error

    annex = {
        "annex_version": 1,
        "private": _PRIVATE,
        "source": str(source.absolute()),
        "source_bytes": size,
        "source_sha256": digest,
        "copy_name": report.copy_name,
        "copy_sha256": report.copy_sha256,
        "passerby_version": __version__,
    }
    return json.dumps(annex, indent=1, ensure_ascii=False) + "\n"
