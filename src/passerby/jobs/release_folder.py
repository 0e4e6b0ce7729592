"""Put together what goes with a copy that is passed on: its exemption log, its report, and how to verify them."""

from __future__ import annotations

import json
import os
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from passerby.assembly.silencing import has_sound
from passerby.errors import OutputError, UsageError
from passerby.jobs.redact_file import write_json
from passerby.jobs.review_files import ReviewFiles
from passerby.jobs.review_state import has_all_edits, missing_approval
from passerby.jobs.signing import Signing, parsed_report, sha256_of, sign_copy
from passerby.outputs.partial import temporary_name, write_error
from passerby.release.exemption import ExemptionLog, exemption_log
from passerby.release.exemption_pdf import exemption_pdf
from passerby.release.exemption_text import exemption_csv, exemption_html
from passerby.release.instructions import instructions
from passerby.reports.redaction import FrameBoxes, HandChanges, RedactionReport
from passerby.review.edits import RecordingEdits
from passerby.review.edits_file import read_edits, require_bound
from passerby.settings.reasons import SiteReasons

SUMS: Final = "SHA256SUMS"
_PRIVATE: Final = "This file names the reviewers. Keep it with your records; do not pass it on with the release."


@dataclass(frozen=True, slots=True)
class ReleaseOrder:
    """What is released, and how.

    Args:
        files: The recording, its copy, report and edits.
        folder: The release.
        record: Who approved it; private.
        reasons: The site's list (None = it has none).
        case: Case number ("" = none).
        signing: How the copy is signed (None = not at all).
        replace: Whether an earlier release may be replaced.
    """

    files: ReviewFiles
    folder: Path
    record: Path
    reasons: SiteReasons | None = None
    case: str = ""
    signing: Signing | None = None
    replace: bool = False


def record_of(folder: Path) -> Path:
    """Return where the private record of a release is."""
    return folder.with_name(f"{folder.name}.record.json")


def release(order: ReleaseOrder) -> ExemptionLog:
    """Write a release and return its exemption log; the folder gets its name when it is complete.

    Without a signature, the same copy, edits and options give the same bytes.

    Raises:
        UsageError: An approval is missing, or copy, report, edits and recording do not belong together.
        OutputError: It cannot be written; nothing is left of it.
        SourceError: The copy or the recording cannot be read.
    """
    files = order.files
    try:
        report_file = files.report.read_bytes()
    except OSError as error:
        msg = f"{files.report}: the copy's report cannot be read ({error.strerror}); make the copy with passerby review"
        raise UsageError(msg) from error
    report = parsed_report(report_file, files.copy)
    edits = _approved_edits(files, report)
    _refuse_folder(order)
    shown = _as_released(report, edits)
    partial = temporary_name(order.folder)
    try:
        partial.mkdir(parents=True, mode=0o755)
        log = _fill(partial, order, shown, report.boxes, edits=edits)
        _write_record(partial, order, edits, log)
        if order.folder.exists():
            shutil.rmtree(order.folder)
        partial.rename(order.folder)
    except OSError as error:
        raise write_error(order.folder, error) from error
    finally:
        shutil.rmtree(partial, ignore_errors=True)
    return log


def _approved_edits(files: ReviewFiles, report: RedactionReport) -> RecordingEdits | None:
    """Return the edits that the copy was made with; None = there are none."""
    if not files.edits.exists():
        if report.edits is not None:
            msg = f"{files.copy}: was changed by hand, but its edits file is gone; give it with --edits"
            raise UsageError(msg)
        return None
    edits = read_edits(files.edits)
    require_bound(edits, files.edits, files.recording)
    again = f"start passerby review {files.recording.name}"
    if not has_all_edits(report, edits):
        msg = f"{files.edits}: the copy was made before the latest changes; {again} and make the new copy"
        raise UsageError(msg)
    if reason := missing_approval(edits):
        msg = f"{files.edits}: asks for two reviewers, but {reason}; {again} --reviewer NAME, and approve it there"
        raise UsageError(msg)
    return edits


def _as_released(report: RedactionReport, edits: RecordingEdits | None) -> RedactionReport:
    """Return the report with what was decided after the copy was made, and without the boxes of each frame."""
    changes = report.edits
    if edits is not None:
        changes = changes or HandChanges(added=[], opened=[], visible=[], doubts_accepted=0, reviews=0)
        update = {
            "doubts_accepted": len(edits.accepted),
            "reviews": len(edits.reviews),
            "reasons": {
                each.piece: f"{each.reason}; {each.basis}" if each.basis else each.reason for each in edits.reasons
            },
        }
        changes = _reasoned(changes, edits).model_copy(update=update)
    return report.model_copy(update={"boxes": None, "edits": changes})


def _reasoned(changes: HandChanges, edits: RecordingEdits) -> HandChanges:
    """Return what was changed by hand with the reasons of the edits file: they may be younger than the copy."""
    why = {"added": ("reason", "basis"), "muted": ("reason", "basis"), "opened": ("reason",), "visible": ("ground",)}
    return changes.model_copy(
        update={
            part: [
                made.model_copy(update={name: getattr(each, name) for name in names})
                for made, each in zip(getattr(changes, part), getattr(edits, part), strict=True)
            ]
            for part, names in why.items()
        }
    )


def _refuse_folder(order: ReleaseOrder) -> None:
    """Refuse a folder that exists, or that has files of somebody else.

    Raises:
        UsageError: It does.
    """
    if not order.folder.exists():
        return
    if not order.replace:
        msg = f"{order.folder}: exists; give another folder with -o, or add --force to replace it"
        raise UsageError(msg)
    if not order.folder.is_dir() or not (order.folder / SUMS).exists():
        msg = f"{order.folder}: is not a release that passerby made, so it is not replaced; give another folder with -o"
        raise UsageError(msg)


def _fill(
    folder: Path,
    order: ReleaseOrder,
    shown: RedactionReport,
    boxes: list[FrameBoxes] | None,
    *,
    edits: RecordingEdits | None,
) -> ExemptionLog:
    """Write the files of a release and return the exemption log."""
    copy = folder / order.files.copy.name
    report_file = shown.to_json().encode()
    if order.signing is None:
        shutil.copyfile(order.files.copy, copy)
    else:
        source = order.files.recording if order.signing.bind_source else None
        report_file = sign_copy(order.files.copy, report_file, order.signing, target=copy, recording=source)
        if order.signing.key.authority:
            (folder / "authority.pem").write_bytes(order.signing.key.authority)
    digest = sha256_of(copy)
    log = exemption_log(
        shown.model_copy(update={"boxes": boxes, "copy_sha256": digest}),
        edits,
        had_sound=has_sound(order.files.recording),
        reasons=order.reasons,
        case=order.case,
    )
    (folder / "report.json").write_bytes(report_file)
    (folder / "exemption-log.csv").write_text(exemption_csv(log), encoding="utf-8")
    (folder / "exemption-log.html").write_text(exemption_html(log), encoding="utf-8")
    (folder / "exemption-log.pdf").write_bytes(exemption_pdf(log))
    signer = "" if order.signing is None else order.signing.key.name
    (folder / "VERIFY.txt").write_text(instructions(copy.name, signer), encoding="utf-8")
    sums = "".join(f"{sha256_of(each)}  {each.name}\n" for each in sorted(folder.iterdir()))
    (folder / SUMS).write_text(sums, encoding="utf-8")
    for each in folder.iterdir():
        _sync(each)
    return log


def _write_record(folder: Path, order: ReleaseOrder, edits: RecordingEdits | None, log: ExemptionLog) -> None:
    """Write who approved the release, for the site's own records."""
    reviews = [] if edits is None else [each.model_dump(mode="json") for each in edits.reviews]
    decided = [] if edits is None else [*edits.opened, *edits.visible, *edits.accepted]
    record = {
        "record_version": 1,
        "private": _PRIVATE,
        "case": order.case,
        "copy_name": log.copy_name,
        "copy_sha256": log.copy_sha256,
        "sha256sums_sha256": sha256_of(folder / SUMS),
        "edits_sha256": None if edits is None else sha256_of(order.files.edits),
        "two_reviewers": edits is not None and edits.two_reviewers,
        "reviews": reviews,
        "decided_by": sorted({each.by for each in decided}),
    }
    write_json(json.dumps(record, indent=1, ensure_ascii=False) + "\n", order.record, mode=0o600)


def _sync(path: Path) -> None:
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
    except OSError as error:
        msg = f"{path}: cannot be written to the disk ({error.strerror}); free some space"
        raise OutputError(msg) from error
