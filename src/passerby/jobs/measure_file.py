"""Measure one recording: compute the signals of its places."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, tzinfo
from pathlib import Path

from passerby.assembly.measurement import MeasureJob
from passerby.jobs.measure_plan import MeasuredRecording
from passerby.jobs.task import Progress
from passerby.measure.place import Line
from passerby.redact.choice import CheckDepth
from passerby.reports.measurement import MeasurementSummary, PlaceSummary
from passerby.settings.options import RedactOptions
from passerby.signals.signal import PlaceSignal
from passerby.signals.window import WindowLength, Windows, roll_up

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class MeasureOrder:
    """How recordings are measured.

    Args:
        out: File for the signals of all recordings: .csv, .jsonl or .parquet; None = not written.
        plot: File for a plot of the signals; None = not written.
        options: Effort of the detectors, and style of the cover in copies.
        window: Length of the windows.
        zone: Time zone of the windows.
        one_camera: Whether one camera made the recordings, one after the other.
        replace: Overwrite existing files.
        spreadsheet: Whether a CSV file is for Excel: marked as UTF-8, its times by the clocks of `zone`.
        crowd_model: Density-map network that counts where the picture is dense; "" = none.
    """

    out: Path | None = None
    plot: Path | None = None
    options: RedactOptions = field(default_factory=lambda: RedactOptions(check=CheckDepth.OFF))
    window: WindowLength = WindowLength.TEN_SECONDS
    zone: tzinfo = UTC
    one_camera: bool = False
    replace: bool = False
    spreadsheet: bool = False
    crowd_model: str = ""


@dataclass(frozen=True, slots=True)
class Measurement:
    """What was measured in a recording, or in several of one camera together.

    Args:
        summary: Summary of its readings.
        signals: Windows of every quantity of every place.
        notes: What was not measured, and why.
        suggestions: Lines worth measuring, if the places have none.
        frames: Frames of the recording.
        looked_s: How much of it was inspected, s.
        end: When it ended.
    """

    summary: MeasurementSummary
    signals: list[PlaceSignal]
    notes: list[str]
    suggestions: list[Line]
    frames: int
    looked_s: float
    end: datetime

    @property
    def places(self) -> list[PlaceSummary]:
        """One summary for each place."""
        return self.summary.places(self.looked_s)


def measuring(
    recording: MeasuredRecording, order: MeasureOrder, start: datetime = EPOCH
) -> Generator[Progress, None, Measurement]:
    """Measure one recording, yielding after each frame, and return the result; if closed early, it leaves no copy.

    Args:
        recording: The recording, and where its covered copy goes.
        order: How to measure; its files are not written here.
        start: When it began.

    Raises:
        UsageError: The places file is wrong, or a place does not fit the picture.
        SourceError: The recording cannot be read.
        ModelError: A network is missing or damaged.
        OutputError: The copy cannot be written, or exists; no partial copy is left.
    """
    windows = Windows(recording.site, order.window, zone=order.zone, origin_s=(start - EPOCH).total_seconds())
    summary = MeasurementSummary()
    signals = list[PlaceSignal]()
    frames = 0
    with MeasureJob(
        recording.clip,
        recording.places,
        order.options,
        video=recording.copy,
        replace=order.replace,
        crowd_model=order.crowd_model,
    ) as job:
        for readings in job.readings():
            summary.add(readings)
            signals += windows.add(readings)
            frames += 1
            yield Progress("measuring", frames, job.length, 0)
        end = start + timedelta(seconds=job.end_s)
        notes = job.notes
        suggestions = job.suggestions()
        looked_s = job.length_s

    signals += windows.close()

    return Measurement(summary, signals, notes, suggestions, frames - 1, looked_s, end)


def joined(found: Sequence[Measurement], order: MeasureOrder) -> Measurement:
    """Return the combined result of several recordings of one camera, in order of time: one series, one summary."""
    summary = MeasurementSummary()
    for each in found:
        summary.join(each.summary)
    return Measurement(
        summary,
        roll_up((signal for each in found for signal in each.signals), order.window, order.zone),
        sorted({note for each in found for note in each.notes}),
        next((each.suggestions for each in found if each.suggestions), []),
        sum(each.frames for each in found),
        sum(each.looked_s for each in found),
        found[-1].end,
    )
