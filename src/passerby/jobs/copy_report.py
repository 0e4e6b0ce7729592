"""The report of a covered copy: what was covered frame by frame, and what a check of the copy found."""

from __future__ import annotations

import hashlib
from collections.abc import Generator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from pydantic import JsonValue

from passerby.assembly.edited import EditedCover
from passerby.assembly.redaction import RedactionSetup
from passerby.errors import DetectorError
from passerby.jobs.check_file import leak_check_of
from passerby.jobs.copy_sheet import ShareLog
from passerby.jobs.task import Progress
from passerby.media.stretch import Excerpt
from passerby.redact.choice import CheckDepth, SoundChoice
from passerby.redact.frame_record import FrameRecord
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


@dataclass(frozen=True, slots=True)
class CopyMade:
    """A complete copy, and what its report says beside the cover.

    Args:
        path: The copy.
        setup: What it was covered with.
        models: Networks that looked for what must be covered.
        excerpt: Which part of the recording was covered; None = all of it.
        edited: What a person changed by hand.
    """

    path: Path
    setup: RedactionSetup
    models: Sequence[ModelUse]
    excerpt: Excerpt | None = None
    edited: EditedCover = field(default_factory=EditedCover)


def add_record(coverage: Coverage, record: FrameRecord, shares: ShareLog | None, *, keep_boxes: bool) -> None:
    """Add what was done to the next frame of a copy.

    Args:
        coverage: Collects it for the report.
        record: What was done.
        shares: Receives how much of the frame is covered (None = not needed).
        keep_boxes: Whether the boxes go to the report.
    """
    boxes = record.cover.boxes_px.tolist() if keep_boxes else ()
    coverage.add(
        record.time_s,
        record.covered_share,
        whole=record.whole,
        boxes_px=map(tuple, boxes),
        as_region=record.as_region,
        plan=record.plan,
    )
    coverage.add_causes(record.causes)
    if keep_boxes:
        coverage.add_polygons([tuple(point) for point in each.tolist()] for each in record.cover.polygons_px)
    if shares is not None:
        shares.add(record.time_s, record.covered_share, record.whole)


def reported(made: CopyMade, coverage: Coverage, *, depth: CheckDepth) -> Generator[Progress, None, RedactionReport]:
    """Check a complete copy if that was asked for, yielding progress, and return its report.

    Args:
        made: The copy.
        coverage: What is covered in it.
        depth: How it is checked.

    Raises:
        PasserbyError: As `redact_file`.
    """
    target, setup = made.path, made.setup
    leak_check = None
    changes = made.edited.changes

    if setup.checker is not None and depth is not CheckDepth.OFF:
        yield Progress("checking", 0, None, coverage.whole)
        try:
            found = setup.checker.check(target, depth)
        except DetectorError as error:
            msg = f"{target}: the copy is complete, but it could not be checked: {error}"
            raise DetectorError(msg) from error
        starts_s = 0.0 if made.excerpt is None else float(made.excerpt.begins_s)
        found, expected = without_visible(found, made.edited.by_hand, starts_s=starts_s)
        changes = None if changes is None else changes.model_copy(update={"spots_left_visible": expected})
        leak_check = leak_check_of(found, depth, setup.checker.models, starts_s=starts_s)

    return _report(made, coverage, leak_check=leak_check, changes=changes)


def _report(
    made: CopyMade,
    coverage: Coverage,
    *,
    leak_check: LeakCheck | None,
    changes: HandChanges | None,
) -> RedactionReport:
    target, setup = made.path, made.setup
    causes = coverage.causes_over_90()
    return RedactionReport(
        passerby_version=__version__,
        copy_name=target.name,
        copy_sha256=_sha256(target),
        models=list(made.models),
        options=_options_for_report(setup.options, setup.plan),
        clip=_clip(setup.options, made.excerpt),
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


def _sound(setup: RedactionSetup) -> SoundUse | None:
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
