"""One recording or picture in progress: read, inspected, covered and written."""

from __future__ import annotations

from collections.abc import Generator
from fractions import Fraction
from types import TracebackType
from typing import Self

from passerby.assembly.clip_meter import ClipMeter, MeteredInspector
from passerby.assembly.edited import EditedCover
from passerby.assembly.tested_detectors import models_of
from passerby.media.files.video_file import VideoFile
from passerby.media.piece import RecordingPiece
from passerby.media.source import Source
from passerby.media.stretch import Excerpt
from passerby.outputs.output import VideoOutput
from passerby.pipelines.pieces import run_piece
from passerby.pipelines.recording import Demanding, run
from passerby.redact.frame_record import FrameRecord, OwnFrame, SeamFrame
from passerby.redact.stream import Redactor
from passerby.vision.inspect.inspector import FrameInspector


class RedactJob:
    """One file in progress; a context manager that leaves no unfinished copy.

    Args:
        source: Reads the frames.
        inspector: Inspects them.
        redactor: Covers them.
        output: Writes them.
        meter: Receives the detections.
        edited: What a person changed by hand.
    """

    def __init__(
        self,
        source: Source,
        inspector: FrameInspector,
        redactor: Redactor,
        *,
        output: VideoOutput,
        meter: ClipMeter | None = None,
        edited: EditedCover | None = None,
    ) -> None:
        self.edited = edited or EditedCover()
        self._inspector = inspector if meter is None else MeteredInspector(inspector, meter)
        self.length = source.length
        self.excerpt = excerpt_of(source)
        self.models = models_of([*inspector.detectors, *inspector.segmenters])
        self._source = source
        self._frame_inspector = inspector
        self._redactor = redactor
        self._output = output

    def __enter__(self) -> Self:
        """Return itself."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Release everything; an unfinished copy is removed."""
        self._frame_inspector.close()
        self._source.close()
        self._output.abandon()

    def records(self) -> Generator[FrameRecord]:
        """Cover the frames one by one; after the last, the copy gets its final name, unless no pass succeeded."""
        output = Demanding(self._output, self._redactor, name=self._source.name)
        yield from run(self._source, self._inspector, self._redactor, output=output)

    def piece(self, piece: RecordingPiece) -> Generator[OwnFrame | SeamFrame | None]:
        """Cover a piece of a long recording frame by frame; after the last, the file of its own frames is complete."""
        begins_s = Fraction(0) if self.excerpt is None else self.excerpt.recording_s
        yield from run_piece(
            self._source,
            self._inspector,
            self._redactor,
            output=self._output,
            owns=lambda time_s: piece.owns(time_s - begins_s),
            shares=lambda time_s: piece.shares(time_s - begins_s),
        )

    @property
    def inspected(self) -> int:
        """How many passes did not fail so far."""
        return self._redactor.inspected

    @property
    def failure(self) -> str:
        """Why the latest failed pass failed ("" = none did)."""
        return self._redactor.failure


def excerpt_of(source: Source) -> Excerpt | None:
    """Return where the part of a recording lies that a source reads; None if it reads all of it."""
    return source.excerpt if isinstance(source, VideoFile) else None
