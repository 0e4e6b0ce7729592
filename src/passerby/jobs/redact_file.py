"""Cover one file in this process: read the source, write the covered copy and the report."""

from __future__ import annotations

from collections.abc import Callable, Generator
from contextlib import closing
from pathlib import Path

from passerby.assembly import redaction
from passerby.errors import OutputError, UsageError
from passerby.jobs.copy_report import CopyMade, add_record, reported
from passerby.jobs.copy_sheet import ShareLog
from passerby.jobs.redact_plan import default_target
from passerby.jobs.stepwise import Stepwise
from passerby.jobs.task import Progress, RedactOrder
from passerby.outputs.partial import PartialFile, require_short_name, write_error
from passerby.reports.coverage import Coverage
from passerby.reports.redaction import RedactionReport
from passerby.settings.options import RedactOptions

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
            add_record(coverage, record, shares, keep_boxes=order.keep_boxes)
            yield Progress("covering", coverage.frames, job.length, coverage.whole)
    made = CopyMade(target, setup, job.models, job.excerpt, job.edited)
    return (yield from reported(made, coverage, depth=order.options.check))


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
