"""Checks covered copies with networks that did not cover them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

from passerby.assembly.tested_detectors import DetectorCache, models_of
from passerby.media.files.video_file import open_source
from passerby.media.frame import Frame
from passerby.media.layout import Layout, Shape
from passerby.media.source import Source
from passerby.redact.check import HUMAN, CheckResult, check
from passerby.redact.choice import CheckDepth, CoverKind
from passerby.redact.rule import FACES
from passerby.reports.redaction import ModelUse
from passerby.settings.options import RedactOptions
from passerby.vision.detector import Detector
from passerby.vision.inspect.detector_set import checking_detectors


class CopyChecker:
    """Checks covered copies with networks that can disagree with those that covered them.

    Args:
        options: What was to be covered; other finds do not count.
        threads: Decoder threads; 0 = one per processor.
    """

    def __init__(self, options: RedactOptions | None = None, *, threads: int = 0) -> None:
        self.models: list[ModelUse] = []
        bodies = (options or RedactOptions()).cover & {CoverKind.PEOPLE, CoverKind.HEADS}
        self._kinds = HUMAN if bodies else FACES
        self._threads = threads
        self._detectors = DetectorCache()

    def prepare(self, shape: Shape) -> list[Detector]:
        """Return tested detectors for pictures of this shape; those of the last picture shape are reused.

        Raises:
            ModelError: A network is missing or damaged.
            DetectorError: A network fails its self-test.
        """
        detectors = self._detectors.of(checking_detectors(shape, still=shape.layout is Layout.RGB), shape)
        self.models = models_of(detectors)
        return detectors

    def check(
        self, copy: Path, depth: CheckDepth, *, progress: Callable[[int, int | None], None] | None = None
    ) -> CheckResult:
        """Check a covered copy.

        Args:
            copy: The file.
            depth: `SAMPLE` or `FULL`.
            progress: Called with the number of frames read and of frames to read; None if the file does not say.

        Raises:
            SourceError: The copy cannot be read.
            DetectorError: A network failed.
        """
        with closing(open_source(copy, threads=self._threads)) as source:
            counted = source if progress is None else FrameCounter(source, progress)
            return check(counted, self.prepare(source.shape), depth=depth, kinds=self._kinds)


class FrameCounter:
    """A source that reports how many of its frames were read.

    Args:
        source: The source itself.
        progress: Called before each frame is passed on.
    """

    def __init__(self, source: Source, progress: Callable[[int, int | None], None]) -> None:
        self.name = source.name
        self.shape = source.shape
        self.length = source.length
        self._source = source
        self._progress = progress

    def __iter__(self) -> Iterator[Frame]:
        """Yield the frames."""
        for count, frame in enumerate(self._source, 1):
            self._progress(count, self.length)
            yield frame

    def close(self) -> None:
        """Close the source itself."""
        self._source.close()
