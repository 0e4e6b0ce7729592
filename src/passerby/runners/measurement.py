"""One recording in, the signals of its places out."""

from __future__ import annotations

import re
from collections.abc import Generator
from dataclasses import dataclass, field
from datetime import UTC, datetime, tzinfo
from pathlib import Path

from passerby.config.measuring import MeasureJob
from passerby.config.options import CheckDepth, RedactOptions
from passerby.measure.place import Line
from passerby.outputs.plot import check_plot, write_plot
from passerby.outputs.signal_file import check_signal_file, write_signals
from passerby.reports.measurement import MeasurementSummary, PlaceSummary
from passerby.runners.task import Progress
from passerby.signals.signal import PlaceSignal
from passerby.signals.window import WindowLength, Windows

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class MeasureOrder:
    """What is to be done with a recording.

    Args:
        places: Places file; None = the whole picture is counted.
        out: Signals go here: .csv, .jsonl or .parquet; None = nowhere.
        plot: A picture of them goes here; None = nowhere.
        video: A covered copy with lines and numbers on it goes here; None = nowhere.
        options: How hard is looked, and how cover looks.
        window: How long the windows of signals are.
        start: When the recording began; its windows count from 1970 on otherwise.
        zone: Time zone of the windows.
        site: Name of the site in the signals; "" = the recording's own.
        replace: Overwrite existing files.
        crowd_model: Density map that counts where the picture is dense; "" = none.
    """

    places: Path | None = None
    out: Path | None = None
    plot: Path | None = None
    video: Path | None = None
    options: RedactOptions = field(default_factory=lambda: RedactOptions(check=CheckDepth.OFF))
    window: WindowLength = WindowLength.TEN_SECONDS
    start: datetime = EPOCH
    zone: tzinfo = UTC
    site: str = ""
    replace: bool = False
    crowd_model: str = ""


@dataclass(frozen=True, slots=True)
class Measurement:
    """What a recording said of its places.

    Args:
        places: One summary for each.
        signals: Windows of every quantity of every place.
        notes: What was not measured, and why.
        suggestions: Lines worth measuring, where there were none.
        frames: Frames of the recording.
    """

    places: list[PlaceSummary]
    signals: list[PlaceSignal]
    notes: list[str]
    suggestions: list[Line]
    frames: int


def measuring(clip: Path, order: MeasureOrder) -> Generator[Progress, None, Measurement]:
    """Measure one recording, yielding after each frame, and return what it said.

    Raises:
        UsageError: The places file is wrong, a place does not fit the picture, or an output's name is wrong.
        SourceError: The recording cannot be read.
        ModelError: A network is missing or damaged.
        OutputError: A file cannot be written, or exists; no part of one is left then.
    """
    if order.out is not None:
        check_signal_file(order.out, replace=order.replace)
    if order.plot is not None:
        check_plot(order.plot, replace=order.replace)
    windows = Windows(
        order.site or site_named(clip), order.window, zone=order.zone, origin_s=(order.start - EPOCH).total_seconds()
    )
    summary, signals, frames, length_s = MeasurementSummary(), list[PlaceSignal](), 0, 0.0
    with MeasureJob(
        clip,
        order.places,
        order.options,
        video=order.video,
        replace=order.replace,
        crowd_model=order.crowd_model,
    ) as job:
        for readings in job.readings():
            summary.add(readings)
            signals += windows.add(readings)
            frames += 1
            yield Progress("measuring", frames, job.length, 0)
        length_s = job.length_s
        notes, suggestions = job.notes, job.suggestions()
    signals += windows.close()
    if order.out is not None:
        write_signals(order.out, signals, replace=order.replace)
    if order.plot is not None:
        write_plot(order.plot, signals, replace=order.replace)
    return Measurement(summary.places(length_s), signals, notes, suggestions, frames - 1)


def site_named(clip: Path) -> str:
    """Return a name for a recording's site that signals accept.

    >>> site_named(Path("Hall #2.mp4"))
    'Hall 2'
    """
    words = re.sub(r"[^\w .-]+", "", clip.stem).strip(" .-")
    return words[:64].strip() or "recording"
