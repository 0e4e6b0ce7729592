"""Several recordings in one run: one file of signals, one plot, a table, and a covered copy of each."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path

from passerby.assembly.measurement import require_fit
from passerby.errors import ModelError, PasserbyError, UsageError
from passerby.jobs.measure_file import EPOCH, Measurement, MeasureOrder, joined, measuring
from passerby.jobs.measure_plan import MeasuredRecording
from passerby.jobs.redact_file import check_target, make_folder
from passerby.jobs.task import Event, FileTask, Outcome, Progress, Step
from passerby.outputs.files.plot import check_plot, write_plot
from passerby.outputs.files.signal_file import TableStyle, check_signal_file, write_signals
from passerby.signals.signal import PlaceSignal

INCOMPLETE = ".incomplete"
"""In the names of files that lack a recording, so that none of them passes for the whole."""
SLACK = timedelta(seconds=1)
"""Cameras cut their recordings this exactly: what overlaps more is two recordings of the same time."""


@dataclass(slots=True)
class MeasureRun:
    """What a run found.

    Args:
        measured: What each recording said.
        failed: Why the others said nothing.
        together: What all that were measured say together, if one camera recorded them.
        files: What was written besides the covered copies.
    """

    measured: list[tuple[MeasuredRecording, Measurement]] = field(default_factory=list)
    failed: list[PasserbyError] = field(default_factory=list)
    together: Measurement | None = None
    files: list[Path] = field(default_factory=list)

    @property
    def signals(self) -> list[PlaceSignal]:
        """Signals of all recordings, those of one camera as one series."""
        if self.together is not None:
            return self.together.signals
        return [signal for _, found in self.measured for signal in found.signals]


def surveying(recordings: Sequence[MeasuredRecording], order: MeasureOrder) -> Generator[Event, None, MeasureRun]:
    """Measure recordings one after the other, telling of each step, and return what they said.

    What can be refused is refused before the work. One of several that fails at work is left out whole; files that lack
    one are called NAME.incomplete.EXT.

    Raises:
        UsageError: A places file is wrong, a place does not fit a picture, or an output's name is wrong or taken.
        SourceError: A recording cannot be read.
        ModelError: A network is missing or damaged.
        OutputError: A file cannot be written, or exists; no part of one is left then.
    """
    _refuse_at_once(recordings, order)
    survey = MeasureRun()
    for each in recordings:
        task = FileTask(each.clip, each.copy or each.clip)
        try:
            found = yield from _told(task, measuring(each, order, _start(each, survey, order)))
        except PasserbyError as error:
            if len(recordings) == 1 or isinstance(error, ModelError):
                raise
            survey.failed.append(error)
            yield Outcome(task, error=error)
        else:
            survey.measured.append((each, found))
            yield Outcome(task, found.frames)
    if order.one_camera and survey.measured:
        survey.together = joined([found for _, found in survey.measured], order)
    _write(survey, order)
    return survey


def _refuse_at_once(recordings: Sequence[MeasuredRecording], order: MeasureOrder) -> None:
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


def _told(task: FileTask, steps: Generator[Progress, None, Measurement]) -> Generator[Event, None, Measurement]:
    with closing(steps):
        while True:
            try:
                yield Step(task, next(steps))
            except StopIteration as end:
                found: Measurement = end.value
                return found


def _start(recording: MeasuredRecording, survey: MeasureRun, order: MeasureOrder) -> datetime:
    """Return when a recording began: as was said, or where the one before it ended."""
    if not order.one_camera or not (survey.measured or survey.failed):
        return recording.start or EPOCH
    if recording.start is None and survey.failed:
        msg = f"{recording.clip}: when it began is not known, for one before it failed; give --start for each"
        raise UsageError(msg)
    if not survey.measured:
        return recording.start or EPOCH
    before, found = survey.measured[-1]
    if recording.start is None:
        return found.end
    if recording.start < found.end - SLACK:
        msg = (
            f"{recording.clip}: began at {recording.start.isoformat()}, but {before.clip} went on until "
            f"{found.end.isoformat(timespec='seconds')}; name recordings of one camera in order, each with its --start"
        )
        raise UsageError(msg)
    return recording.start


def _write(survey: MeasureRun, order: MeasureOrder) -> None:
    signals, lacks = survey.signals, bool(survey.failed)
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
