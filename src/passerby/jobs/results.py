"""The results of a run as a table: what became of each file."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Sequence
from pathlib import Path

from pydantic import ValidationError

from passerby.errors import PasserbyError, UsageError
from passerby.jobs.companions import outcome_of
from passerby.jobs.redact_file import refuse_existing, write_json
from passerby.jobs.task import FileTask, Outcome
from passerby.process.exit_status import DONE, exit_code
from passerby.reports.redaction import RedactionReport

Cell = str | int | float | None
COLUMNS = (
    *("source", "copy", "frames", "covered_share", "frames_over_90", "causes_over_90", "frames_covered_whole"),
    *("suspected_spots", "report", "status", "error"),
)
"""`status` is the exit status that the file alone would have had."""
_ENDINGS = frozenset({".csv", ".json"})
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""A spreadsheet takes a cell that begins so for a formula, and file names come from strangers."""


def check_results(path: Path, *, replace: bool) -> None:
    """Refuse a results file before the work.

    Raises:
        UsageError: Its extension says neither CSV nor JSON, or it exists and may not be replaced.
    """
    if path.suffix.lower() not in _ENDINGS:
        msg = f"--results {path}: end the name in .csv or .json"
        raise UsageError(msg)
    refuse_existing(path, "--results", replace=replace)


def write_results(
    path: Path, outcomes: Sequence[Outcome], refused: Sequence[PasserbyError], earlier: Sequence[FileTask] = ()
) -> None:
    """Write what became of each file, in the order in which they ended; refused ones come last.

    The table names sources: it is for whoever made the copies.

    Args:
        path: The table.
        outcomes: Files of this run.
        refused: What was not tried, and why.
        earlier: Files that an earlier run covered; their figures are those of their reports, if they have one.

    Raises:
        OutputError: The file cannot be written.
    """
    rows = [dict(zip(COLUMNS, _earlier(each), strict=True)) for each in earlier]
    rows += [dict(zip(COLUMNS, _row(each), strict=True)) for each in outcomes]
    rows += [dict.fromkeys(COLUMNS) | {"status": exit_code(error), "error": str(error)} for error in refused]
    if path.suffix.lower() == ".json":
        write_json(json.dumps(rows, indent=1, ensure_ascii=False) + "\n", path)
    else:
        write_json(_csv(rows), path)


def _earlier(task: FileTask) -> tuple[Cell, ...]:
    """Return the row of a file that an earlier run covered; without its report, only that there is a copy."""
    try:
        report = RedactionReport.model_validate_json(task.report.read_bytes()) if task.report is not None else None
    except (OSError, ValidationError):
        report = None
    if report is not None:
        return _row(outcome_of(task, report))
    return (str(task.source), str(task.target), *[None] * (len(COLUMNS) - 4), DONE, None)


def _row(outcome: Outcome) -> tuple[Cell, ...]:
    task = outcome.task
    if outcome.error is not None:
        return (str(task.source), *[None] * (len(COLUMNS) - 3), outcome.code, str(outcome.error))
    causes = "; ".join(f"{cause}: {count}" for cause, count in outcome.causes)
    shares = (outcome.covered_share, outcome.over_90, causes, outcome.whole, outcome.spots)
    report = str(task.report) if task.report else None
    return (str(task.source), str(task.target), outcome.frames, *shares, report, outcome.code, None)


def _csv(rows: Sequence[dict[str, Cell]]) -> str:
    text = io.StringIO()
    table = csv.writer(text, lineterminator="\n")
    table.writerow(COLUMNS)
    for row in rows:
        table.writerow([_safe(cell) for cell in row.values()])
    return text.getvalue()


def _safe(cell: Cell) -> Cell:
    """Return a cell that no spreadsheet runs.

    >>> _safe("=1+1.mp4"), _safe("hall.mp4"), _safe(-1)
    ("'=1+1.mp4", 'hall.mp4', -1)
    """
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(_FORMULA) else cell
