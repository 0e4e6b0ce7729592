"""The wiring of `passerby measure`: measures the places of a recording, and writes covered pictures if asked."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from contextlib import ExitStack, closing
from pathlib import Path
from types import TracebackType
from typing import Self

from passerby.assembly.clip_meter import ClipMeter, MeteredInspector, fitting
from passerby.assembly.crowd_model import density_map
from passerby.assembly.redaction import RedactionSetup
from passerby.assembly.tested_detectors import tested
from passerby.errors import UsageError
from passerby.measure.place import Line
from passerby.measure.reading import Reading
from passerby.media.files.video_file import open_source
from passerby.pipelines.recording import look
from passerby.redact.frame_record import FrameRecord
from passerby.settings.options import RedactOptions
from passerby.settings.places import read_places
from passerby.vision.inspect.detector_set import counting_detectors, counting_turns
from passerby.vision.inspect.inspector import FrameInspector
from passerby.vision.picture.scenery import Observed


def require_fit(clip: Path, places: Path | None) -> None:
    """Refuse a recording or places file that cannot be measured, before the work starts.

    Raises:
        UsageError: The places file is wrong, or a place does not fit the picture.
        SourceError: The recording cannot be read.
    """
    with closing(open_source(clip)) as source:
        if places is not None:
            settings = read_places(places)
            if not settings.names():
                msg = f"{places}: has no lines and no zones; add some, or leave --places out to count the whole picture"
                raise UsageError(msg)
            fitting(settings.plan(), places, (source.shape.width, source.shape.height))


class MeasureJob:
    """One recording in progress; a context manager that leaves no unfinished copy.

    Args:
        clip: The recording.
        places: Places file; None = the whole picture is one zone.
        options: Effort of the detectors, and style of the cover in a copy.
        video: File for a covered copy with lines and numbers on it; None = not written.
        replace: Whether an existing copy may be replaced.
        crowd_model: Name of the density map that counts where the picture is dense; "" = none.

    Raises:
        UsageError: The places file is wrong, or a place does not fit the picture.
        SourceError: The recording cannot be read.
        ModelError: A network is missing or damaged.
        OutputError: The copy cannot be written.
    """

    def __init__(
        self,
        clip: Path,
        places: Path | None,
        options: RedactOptions,
        *,
        video: Path | None = None,
        replace: bool = False,
        crowd_model: str = "",
    ) -> None:
        plan = None if places is None else read_places(places).plan()
        self._meter = ClipMeter(plan, places, density_map(crowd_model) if crowd_model else None)
        with ExitStack() as undo:
            if video is not None:
                job = undo.enter_context(RedactionSetup(options).job(clip, video, replace=replace, meter=self._meter))
                self.length = job.length
                self._steps = self._covered(job.records())
            else:
                source = open_source(clip)
                undo.callback(source.close)
                counting = counting_detectors(
                    source.shape, options.effort, named=options.detectors, gauge=bool(crowd_model)
                )
                detectors = tested(counting, source.shape)
                self._meter.begin(source.shape, detectors, RedactionSetup(options).style)
                observed = Observed.MOTION if self._meter.wants_motion else Observed.NOTHING
                inspector = FrameInspector(detectors, occasional=counting_turns(detectors), observed=observed)
                undo.callback(inspector.close)
                self.length = source.length
                self._steps = look(source, MeteredInspector(inspector, self._meter))
            self._undo = undo.pop_all()

    def __enter__(self) -> Self:
        """Return itself."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Release everything; an unfinished copy is removed."""
        self._steps.close()
        self._undo.close()

    @staticmethod
    def _covered(records: Generator[FrameRecord]) -> Generator[None]:
        with closing(records):
            for _ in records:
                yield

    @property
    def notes(self) -> list[str]:
        """What is not measured, and why."""
        return self._meter.notes

    @property
    def length_s(self) -> float:
        """How much of the recording was inspected so far, from its first to its last inspected frame, s."""
        return self._meter.length_s

    @property
    def end_s(self) -> float:
        """End of the latest frame, s."""
        return self._meter.end_s

    def suggestions(self) -> list[Line]:
        """Return lines worth measuring, if there are none."""
        return self._meter.suggestions()

    def readings(self) -> Iterator[list[Reading]]:
        """Yield after each frame the readings that it produced, often none; at the end the rest."""
        for _ in self._steps:
            yield self._meter.drain()
        yield self._meter.drain()
