"""Cover one file in this process: read the source, write the covered copy and the report."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Generator
from contextlib import closing
from pathlib import Path

from pydantic import JsonValue

from passerby.assembly import redaction
from passerby.assembly.redact_job import RedactJob
from passerby.errors import DetectorError, OutputError, UsageError
from passerby.jobs.check_file import leak_check_of
from passerby.jobs.copy_sheet import ShareLog
from passerby.jobs.redact_plan import default_target
from passerby.jobs.stepwise import Stepwise
from passerby.jobs.task import Progress, RedactOrder
from passerby.media.stretch import Excerpt
from passerby.outputs.partial import PartialFile, require_short_name, write_error
from passerby.redact.choice import CheckDepth, SoundChoice
from passerby.redact.visible_spots import without_visible
from passerby.reports.coverage import Coverage
from passerby.reports.redaction import (
    ClipUse,
    HandChanges,
    LeakCheck,
    ModelUse,
    RedactionReport,
    ReportedSilence,
    SoundUse,
)
from passerby.settings.camera_plan import CameraPlan
from passerby.settings.options import RedactOptions
from passerby.version import __version__
from passerby.vision.models.catalogue import model_named

WRITTEN = {
    "--report": "the report",
    "--boxes-csv": "the table of boxes",
    "--sheet": "the contact sheet",
    "--annex": "the annex",
}
"""What an option names, where it is not the covered copy."""


def redact_file(
    source: str | Path,
    target: str | Path | None = None,
    options: RedactOptions | None = None,
    *,
    keep_boxes: bool = False,
    replace: bool = False,
    progress: Callable[[Progress], None] | None = None,
) -> RedactionReport:
    """Write a covered copy of a video or picture and return its report.

    Args:
        source: A video or picture; its content decides which, not its name.
        target: The covered copy; by default NAME_redacted.EXT next to the source.
        options: What to cover, and how.
        keep_boxes: Include the boxes of each frame in the report.
        replace: Overwrite an existing copy.
        progress: Called after each frame.

    Raises:
        UsageError: The target is the source, or exists and `replace` is not set.
        SourceError: The source cannot be read.
        ModelError: A network is missing or damaged.
        OutputError: The copy cannot be written. After any error, no partial copy is left.
    """
    source = Path(source)
    order = RedactOrder(options or RedactOptions(), keep_boxes=keep_boxes, replace=replace)
    target = Path(target) if target else default_target(source, codec=order.options.codec)
    check_target(source, target, replace=replace)
    with Stepwise(redacting(source, target, order, redaction.RedactionSetup(order.options))) as steps:
        for step in steps:
            if progress is not None:
                progress(step)
        return steps.result


def redacting(
    source: Path,
    target: Path,
    order: RedactOrder,
    setup: redaction.RedactionSetup,
    *,
    shares: ShareLog | None = None,
) -> Generator[Progress, None, RedactionReport]:
    """Cover one file, yielding after each frame, and return its report; if closed early, it leaves no copy.

    Args:
        source: What to cover.
        target: The covered copy.
        order: How.
        setup: The networks.
        shares: Receives how much of each frame is covered (None = not needed).

    Raises:
        PasserbyError: As `redact_file`.
    """
    check_target(source, target, replace=order.replace)
    coverage = Coverage(keep_boxes=order.keep_boxes)
    with setup.job(source, target, replace=order.replace) as job, closing(job.records()) as records:
        for record in records:
            boxes = record.cover.boxes_px.tolist() if order.keep_boxes else ()
            coverage.add(
                record.time_s,
                record.covered_share,
                whole=record.whole,
                boxes_px=map(tuple, boxes),
                as_region=record.as_region,
                plan=record.plan,
            )
            coverage.add_causes(record.causes)
            if order.keep_boxes:
                coverage.add_polygons([tuple(point) for point in each.tolist()] for each in record.cover.polygons_px)
            if shares is not None:
                shares.add(record.time_s, record.covered_share, record.whole)
            yield Progress("covering", coverage.frames, job.length, coverage.whole)

    leak_check = None
    changes = job.edited.changes
    depth = order.options.check

    if setup.checker is not None and depth is not CheckDepth.OFF:
        yield Progress("checking", 0, None, coverage.whole)
        try:
            found = setup.checker.check(target, depth)
        except DetectorError as error:
            msg = f"{target}: the copy is complete, but it could not be checked: {error}"
            raise DetectorError(msg) from error
        starts_s = 0.0 if job.excerpt is None else float(job.excerpt.begins_s)
        found, expected = without_visible(found, job.edited.by_hand, starts_s=starts_s)
        changes = None if changes is None else changes.model_copy(update={"spots_left_visible": expected})
        leak_check = leak_check_of(found, depth, setup.checker.models, starts_s=starts_s)

    return _report(target, setup, coverage, job=job, leak_check=leak_check, changes=changes)


def check_target(source: Path, target: Path, *, replace: bool, flag: str = "-o") -> None:
    """Refuse a target that is the source, or that exists and may not be replaced; `flag` is the target's option.

    Raises:
        UsageError: The target is refused.
    """
    require_short_name(target, flag)
    if target.exists() and source.exists() and target.samefile(source):
        what = WRITTEN.get(flag, "the covered copy")
        msg = f"{flag} {target}: {what} would overwrite its source; name another file with {flag}"
        raise UsageError(msg)
    refuse_existing(target, flag, replace=replace)


def refuse_existing(path: Path, option: str, *, replace: bool) -> None:
    """Refuse a file that exists unless it may be replaced.

    Raises:
        UsageError: It exists and may not be replaced.
    """
    require_short_name(path, option)
    if path.exists() and not replace:
        msg = f"{path}: already exists; give another name with {option}, or add --force to replace it"
        raise UsageError(msg)


def make_folder(folder: Path) -> None:
    """Create the folder for copies if it is missing.

    Raises:
        OutputError: It cannot be created.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        msg = f"{folder}: the folder cannot be created ({error.strerror}); name another one"
        raise OutputError(msg) from error


def write_json(text: str, path: Path, *, mode: int = 0o666) -> None:
    """Write a report or table under its final name once it is complete, replacing an existing file.

    Args:
        text: What to write.
        path: The file.
        mode: Its permissions, before the umask.

    Raises:
        OutputError: The file cannot be written.
    """
    make_folder(path.parent)
    file = PartialFile(path, replace=True, mode=mode)
    try:
        file.write(text.encode())
        file.commit()
    except OSError as error:
        raise write_error(path, error) from error
    finally:
        file.discard()


def _report(
    target: Path,
    setup: redaction.RedactionSetup,
    coverage: Coverage,
    *,
    job: RedactJob,
    leak_check: LeakCheck | None,
    changes: HandChanges | None,
) -> RedactionReport:
    causes = coverage.causes_over_90()
    return RedactionReport(
        passerby_version=__version__,
        copy_name=target.name,
        copy_sha256=_sha256(target),
        models=list(job.models),
        options=_options_for_report(setup.options, setup.plan),
        clip=_clip(setup.options, job.excerpt),
        sound=_sound(setup),
        frames=coverage.frames,
        covered_share=min(1.0, round(coverage.mean(), 4)),
        covered_share_per_second=coverage.per_second(),
        causes=coverage.causes(),
        causes_per_second=coverage.causes_per_second(),
        frames_over_90=sum(each.frames for each in causes),
        causes_over_90=causes,
        frames_covered_whole=coverage.whole,
        frames_with_crowd=coverage.crowded,
        covered_whole=coverage.spans,
        plans=coverage.plans,
        boxes=coverage.boxes,
        leak_check=leak_check,
        edits=changes,
    )


def _clip(options: RedactOptions, excerpt: Excerpt | None) -> ClipUse | None:
    """Return which part of the recording was covered; None = all of it."""
    if excerpt is None:
        return None
    return ClipUse(
        from_s=options.from_s or 0.0,
        until_s=options.until_s,
        recording_starts_s=round(float(excerpt.recording_s), 6),
        copy_starts_s=round(float(excerpt.begins_s), 6),
    )


def _sound(setup: redaction.RedactionSetup) -> SoundUse | None:
    """Return what the copy has of the sound; None = nothing."""
    if setup.silenced is None:
        return None
    sound = setup.options.sound_choice
    speech = model_named("silero-vad")
    return SoundUse(
        choice=sound.value,
        models=[ModelUse(name=speech.name, sha256=speech.sha256)] if sound is SoundChoice.MUTE_SPEECH else [],
        silent=[
            ReportedSilence(start_s=round(each.start_s, 6), end_s=round(each.end_s, 6), reason=each.reason)
            for each in setup.silenced.silences
        ],
    )


def _options_for_report(options: RedactOptions, plan: CameraPlan | None = None) -> dict[str, JsonValue]:
    """Return the options as the report shows them: what masks and plan say, not where they are."""
    shown: dict[str, JsonValue] = options.model_dump(mode="json")
    shown["cover"] = [kind.value for kind in sorted(options.cover)]
    shown["masks"] = len(options.masks)
    shown["edits"] = options.edits is not None
    shown["plan"] = None if plan is None else plan.model_dump(mode="json", include={"choice", "evidence"})
    return shown


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
