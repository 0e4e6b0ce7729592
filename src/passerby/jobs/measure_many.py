"""Several recordings in one run: one file of signals, one plot, a table, and a covered copy of each."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path

from passerby.assembly.measurement import require_fit
from passerby.errors import ModelError, PasserbyError, UsageError
from passerby.jobs.failure import without_frames
from passerby.jobs.measure_file import EPOCH, Measurement, MeasureOrder, joined, measuring
from passerby.jobs.measure_plan import MeasuredRecording
from passerby.jobs.redact_file import check_target, make_folder
from passerby.jobs.stepwise import Stepwise
from passerby.jobs.task import Event, FileTask, Outcome, Step
from passerby.outputs.files.plot import check_plot, write_plot
from passerby.outputs.files.signal_file import TableStyle, check_signal_file, write_signals
from passerby.signals.signal import PlaceSignal

INCOMPLETE = ".incomplete"
"""Part of the name of a file that lacks a recording, so that it is not mistaken for a complete one."""
SLACK = timedelta(seconds=1)
"""Precision of where cameras cut their recordings: a longer overlap means two recordings of the same time."""


@dataclass(slots=True)
class MeasureRun:
    """The result of a run.

    Args:
        measured: Result of each recording.
        failed: Errors of the recordings that failed.
        together: Combined result of all measured recordings, if one camera made them.
        files: Files written besides the covered copies.
    """

    measured: list[tuple[MeasuredRecording, Measurement]] = field(default_factory=list)
    failed: list[PasserbyError] = field(default_factory=list)
    together: Measurement | None = None
    files: list[Path] = field(default_factory=list)

    @property
    def signals(self) -> list[PlaceSignal]:
        """Signals of all recordings; those of one camera as one series."""
        if self.together is not None:
            return self.together.signals
        return [signal for _, found in self.measured for signal in found.signals]


def measure_all(recordings: Sequence[MeasuredRecording], order: MeasureOrder) -> Generator[Event, None, MeasureRun]:
    """Measure recordings one after the other, yielding an event for each step, and return the results.

    Everything that can be checked beforehand is checked before the work starts. If one of several recordings fails
    later, it is left out completely; files that lack a recording are called NAME.incomplete.EXT.

    Raises:
        UsageError: A places file is wrong, a place does not fit a picture, or an output's name is wrong or in use.
        SourceError: A recording cannot be read.
        ModelError: A network is missing or damaged.
        OutputError: A file cannot be written, or exists; no partial file is left.
    """
    check_before(recordings, order)
    run = MeasureRun()
    for each in recordings:
        task = FileTask(each.clip, each.copy or each.clip)
        try:
            with Stepwise(measuring(each, order, _start(each, run, order))) as steps:
                for progress in steps:
                    yield Step(task, progress)
                found = steps.result
        except PasserbyError as error:
            if len(recordings) == 1 or isinstance(error, ModelError):
                raise
            run.failed.append(without_frames(error))
            yield Outcome(task, error=error)
        else:
            run.measured.append((each, found))
            yield Outcome(task, found.frames)
    return _completed(run, order)


def complete(found: Sequence[tuple[MeasuredRecording, Measurement | PasserbyError]], order: MeasureOrder) -> MeasureRun:
    """Write the files of a run whose recordings are all measured, and return its results.

    Args:
        found: The result or the error of each recording, in order.
        order: How they were measured.

    Raises:
        UsageError: Recordings of one camera overlap.
        OutputError: A file cannot be written, or exists.
    """
    run = MeasureRun()
    for recording, result in found:
        if isinstance(result, PasserbyError):
            run.failed.append(result)
        else:
            _start(recording, run, order)
            run.measured.append((recording, result))
    return _completed(run, order)


def _completed(run: MeasureRun, order: MeasureOrder) -> MeasureRun:
    if order.one_camera and run.measured:
        run.together = joined([found for _, found in run.measured], order)
    _write(run, order)

    return run


def check_before(recordings: Sequence[MeasuredRecording], order: MeasureOrder) -> None:
    """Refuse what cannot be measured or written, before the work starts, and make folders for copies.

    Raises:
        UsageError: As `measure_all`.
        SourceError: A recording cannot be read.
        OutputError: A folder cannot be made.
    """
    if order.out is not None:
        check_signal_file(order.out, replace=order.replace)
    if order.plot is not None:
        check_plot(order.plot, replace=order.replace)
    for each in recordings:
        if each.copy is not None:
            check_target(each.clip, each.copy, replace=order.replace, flag="--video")
        require_fit(each.clip, each.places)
    for folder in {each.copy.parent for each in recordings if each.copy is not None}:
        make_folder(folder)


def _start(recording: MeasuredRecording, run: MeasureRun, order: MeasureOrder) -> datetime:
    """Return when a recording began: as given, or where the one before it ended."""
    if not order.one_camera or not (run.measured or run.failed):
        return recording.start or EPOCH
    if recording.start is None and run.failed:
        msg = f"{recording.clip}: start unknown because an earlier recording failed; give --start for each"
        raise UsageError(msg)

    if not run.measured:
        return recording.start or EPOCH
    before, found = run.measured[-1]
    if recording.start is None:
        return found.end

    if recording.start < found.end - SLACK:
        msg = (
            f"{recording.clip}: began at {recording.start.isoformat()}, but {before.clip} ran until "
            f"{found.end.isoformat(timespec='seconds')}; give recordings of one camera in order, each with its --start"
        )
        raise UsageError(msg)

    return recording.start


def _write(survey: MeasureRun, order: MeasureOrder) -> None:
    signals = survey.signals
    lacks = bool(survey.failed)
    style = TableStyle(bom=order.spreadsheet, zone=order.zone if order.spreadsheet or _is_xlsx(order.out) else None)
    writers = (
        (order.out, partial(write_signals, style=style)),
        (order.plot, partial(write_plot, zone=order.zone)),
    )
    for path, write in writers:
        if path is not None and signals:
            named = path.with_suffix(INCOMPLETE + path.suffix) if lacks else path
            write(named, signals, replace=order.replace or lacks)
            survey.files.append(named)


def _is_xlsx(path: Path | None) -> bool:
    return path is not None and path.suffix.lower() == ".xlsx"
