"""Check a covered copy with other networks."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from passerby.assembly.copy_checker import CopyChecker
from passerby.errors import DetectorError, UsageError
from passerby.outputs.files.contact_sheet import Tile, write_sheet
from passerby.redact.check import CheckResult
from passerby.redact.choice import CheckDepth
from passerby.reports.redaction import LeakCheck, ModelUse, ReportedMiss


def check_file(
    copy: str | Path,
    *,
    depth: CheckDepth = CheckDepth.FULL,
    sheet: str | Path | None = None,
    replace: bool = False,
    progress: Callable[[int, int | None], None] | None = None,
) -> LeakCheck:
    """Inspect a covered copy with networks that did not cover it, and return the spots they suspect.

    Args:
        copy: The covered video or picture.
        depth: Which frames are checked.
        sheet: PNG file for pictures of the spots, cut from the covered copy.
        replace: Overwrite an existing sheet.
        progress: Called with the number of frames read and of frames to read; None if the file does not say.

    Raises:
        UsageError: The depth is `OFF`, or the sheet exists and `replace` is not set.
        SourceError: The copy cannot be read.
        ModelError: A network is missing or damaged.
        DetectorError: A network failed: there is no result rather than a wrong one.
        OutputError: The sheet cannot be written.
    """
    if depth is CheckDepth.OFF:
        msg = "--depth off: choose sample or full"
        raise UsageError(msg)

    path = Path(copy)
    place = Path(sheet) if sheet else None
    if place is not None and place.exists() and not replace:
        msg = f"{place}: already exists; give another name with --sheet, or add --force to replace it"
        raise UsageError(msg)

    checker = CopyChecker()
    try:
        result = checker.check(path, depth, progress=progress)
    except DetectorError as error:
        msg = f"{path}: could not be checked: {error}"
        raise DetectorError(msg) from error

    if place is not None:
        tiles = [Tile(spot.crop, (f"{spot.first_s:.2f} s", f"{spot.kind} {spot.score:.2f}")) for spot in result.spots]
        write_sheet(place, tiles, title=f"{path.name}: {len(tiles)} spots to look at", replace=replace)

    return leak_check_of(result, depth, checker.models)


def leak_check_of(
    result: CheckResult, depth: CheckDepth, models: Sequence[ModelUse], *, starts_s: float = 0.0
) -> LeakCheck:
    """Return the result of a check in the form of the report.

    Args:
        result: What the check found.
        depth: Which frames were checked.
        models: The networks that checked.
        starts_s: Time of the recording at which a copy of a part of it begins, s: added to all times.
    """
    return LeakCheck(
        depth=depth.value,
        models=list(models),
        frames_checked=result.frames_looked,
        scenes=result.scenes,
        scenes_checked=result.scenes_looked,
        frames_suspicious=result.frames_suspicious,
        frames_unreadable=result.frames_unreadable,
        spots=[
            ReportedMiss(
                first_s=round(spot.first_s + starts_s, 6),
                last_s=round(spot.last_s + starts_s, 6),
                frame=spot.frame,
                frames=spot.frames,
                box_px=spot.box_px,
                kind=spot.kind,
                score=spot.score,
            )
            for spot in result.spots
        ],
    )
