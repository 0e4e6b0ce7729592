"""The files of a review: the recording, its covered copy and report, the edits, and the journal of the review."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from pydantic import ValidationError

from passerby.assembly.source_kind import is_image
from passerby.errors import SourceError, UsageError
from passerby.jobs.redact_file import redact_file, write_json
from passerby.jobs.redact_plan import MARK
from passerby.jobs.task import Progress
from passerby.media.file_name import why_no_file
from passerby.reports.redaction import RedactionReport
from passerby.review.edits import RecordingEdits
from passerby.review.edits_file import binding, read_edits, require_bound
from passerby.review.journal import salt_of
from passerby.settings.options import RedactOptions


@dataclass(frozen=True, slots=True)
class ReviewFiles:
    """Where everything about one review is.

    Args:
        recording: The recording; read, never written.
        copy: Its covered copy, which a browser can play.
        report: The report of the copy, with the boxes of each frame.
        edits: The edits file.
        journal: Every change of the review.
    """

    recording: Path
    copy: Path
    report: Path
    edits: Path
    journal: Path


def review_files(recording: Path, *, copy: Path | None = None, edits: Path | None = None) -> ReviewFiles:
    """Return the files of a review; by default they are beside the recording.

    Raises:
        UsageError: The recording is a picture, or the copy is not to be an MP4 file.
        SourceError: There is no such recording.
    """
    if reason := why_no_file(str(recording)):
        raise SourceError(reason)
    if not recording.is_file():
        msg = f"{recording}: no such file; check the name"
        raise SourceError(msg)
    if is_image(recording):
        msg = f"{recording}: is a picture; passerby review takes videos. Use passerby redact --mask for pictures"
        raise UsageError(msg)
    copy = copy or recording.with_name(f"{recording.stem}{MARK}.mp4")
    if copy.suffix.lower() != ".mp4":
        msg = f"-o {copy}: browsers play MP4 files; end the name in .mp4"
        raise UsageError(msg)
    edits = edits or recording.with_name(f"{recording.stem}.edits.json")
    report, other = (copy.with_name(f"{copy.name}{ending}") for ending in (".report.json", ".json"))
    if other.exists() and not report.exists():  # passerby redact FOLDER --report FOLDER names them so
        report = other
    return ReviewFiles(recording, copy, report, edits, edits.with_name(f"{edits.name}.journal"))


def first_edits(files: ReviewFiles, *, openings: bool, second: bool) -> RecordingEdits:
    """Return the edits that a review begins with: those of the edits file, or none.

    Args:
        files: The files of the review.
        openings: Whether cover may be taken away in this recording.
        second: Whether a copy needs a second reviewer.

    Raises:
        UsageError: The edits file is wrong, is for another recording, or takes cover away where it may not.
        SourceError: The recording cannot be read.
    """
    if not files.edits.exists():
        bound = binding(files.recording, salt_of(files.journal))
        return RecordingEdits(recording=bound, openings_locked=not openings, two_reviewers=second)
    edits = read_edits(files.edits)
    require_bound(edits, files.edits, files.recording)
    if not openings and (edits.opened or edits.visible):
        msg = f"{files.edits}: takes cover away, which --no-openings forbids; remove `opened` and `visible`"
        raise UsageError(msg)
    locked, two = edits.openings_locked or not openings, edits.two_reviewers or second
    return edits.model_copy(update={"openings_locked": locked, "two_reviewers": two})


def present_report(files: ReviewFiles) -> RedactionReport | None:
    """Return the report of the copy that is there; None if there is neither.

    Raises:
        UsageError: There is a copy, but not the report that was written with it, or it is one of a part.
    """
    if not files.copy.exists():
        return None
    try:
        report = RedactionReport.model_validate_json(files.report.read_bytes())
    except (OSError, ValidationError):
        report = None
    if report is None or report.boxes is None or report.copy_sha256 != _sha256(files.copy):
        msg = (
            f"{files.copy}: exists without the report that belongs to it ({files.report.name}, with boxes); "
            "add --force to cover the recording again"
        )
        raise UsageError(msg)
    if report.clip is not None:
        msg = f"{files.copy}: is a copy of a part of the recording; name another copy with -o, or add --force"
        raise UsageError(msg)
    return report


def make_copy(
    files: ReviewFiles, options: RedactOptions, *, replace: bool, progress: Callable[[Progress], None] | None = None
) -> RedactionReport:
    """Cover the recording, and write the report with it.

    Raises:
        PasserbyError: As `redact_file`.
    """
    report = redact_file(files.recording, files.copy, options, keep_boxes=True, replace=replace, progress=progress)
    write_json(report.to_json(), files.report)
    return report


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
