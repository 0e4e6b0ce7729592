"""The only wiring: from options to the parts that carry them out."""

from __future__ import annotations

import re
from collections.abc import Callable, Generator, Hashable, Iterator, Sequence
from contextlib import closing
from math import inf
from pathlib import Path
from types import TracebackType
from typing import Self

from passerby.assembly.clip_meter import ClipMeter, Heard
from passerby.media.files.video_file import open_source
from passerby.media.frame import Frame
from passerby.media.layout import Layout, Shape
from passerby.media.source import Source
from passerby.outputs.files.discard import DiscardOutput
from passerby.outputs.files.picture import PictureTarget
from passerby.outputs.files.video import Encoding, VideoTarget
from passerby.outputs.output import VideoOutput
from passerby.pipelines.recording import FrameRecord, run
from passerby.redact.check import HUMAN, CheckResult, Depth, check
from passerby.redact.cover_plan import CoverPlan
from passerby.redact.rule import COVER_SCORE, FACES, Covering, kinds_of, rules_for
from passerby.redact.static_mask import require_inside
from passerby.redact.stream import Redactor
from passerby.redact.style import style_named
from passerby.reports.redaction import ModelUse
from passerby.settings.masks import read_masks
from passerby.settings.options import CheckDepth, CoverKind, RedactOptions
from passerby.settings.options import Effort as EffortName
from passerby.vision.detector import Detector
from passerby.vision.inspect.detector_set import (
    Effort,
    checking_detectors,
    choosable_detectors,
    covering_detectors,
    taking_turns,
)
from passerby.vision.inspect.inspector import PASS_GAP_S, FrameInspector
from passerby.vision.inspect.planner import DetectorPlan, Planner
from passerby.vision.inspect.self_test import self_test
from passerby.vision.models.catalogue import model_named

REAL_TIME_SHARE = 0.6
"""Of the time between looks that these may take; decoding, covering and encoding want the rest (decision 5)."""

LOOK_AHEAD_S = 1.0
"""A frame of a recording waits so long at least: who is found again within it is covered in between."""


class RedactionKit:
    """What one file after another is covered with: style, masks, rules, and networks kept loaded.

    Args:
        options: What is covered, and how.
        threads: Decoder threads; 0 = one a processor.

    Raises:
        UsageError: A mask file is wrong.
    """

    def __init__(self, options: RedactOptions, *, threads: int = 0) -> None:
        self.options = options
        self._threads = threads
        self.style = style_named(options.style)
        self._masks = tuple(mask for path in options.masks for mask in read_masks(path))
        score = COVER_SCORE if options.thresh is None else options.thresh
        covering = frozenset(Covering(kind.value) for kind in options.cover)
        self._rules = rules_for(covering, score=score, margin=options.growth - 1)
        self._kinds = kinds_of(covering)
        self._lineup: tuple[Hashable, list[Detector]] | None = None
        self._plans: list[DetectorPlan] = []
        human = options.cover - {CoverKind.VEHICLES, CoverKind.SCREENS}
        self.checker = Checker(options, threads=threads) if human and options.check is not CheckDepth.OFF else None

    def job(self, source: Path, target: Path, *, replace: bool, meter: ClipMeter | None = None) -> Job:
        """Open a source and its target.

        Args:
            source: What is read.
            target: Where the covered copy goes.
            replace: Whether an existing copy may be replaced.
            meter: Listens to what is seen, and draws on the copy.

        Raises:
            SourceError: The source cannot be read.
            ModelError: A network is missing or damaged.
            DetectorError: A network fails its self-test.
            UsageError: A mask lies outside the picture, or codec and target do not go together.
            OutputError: The target cannot be written.
        """
        return self._job(source, lambda shape: self._output(source, target, shape=shape, replace=replace), meter)

    def trial(self, source: Path) -> Job:
        """Open a source to cover it and write nothing, to see what would be covered.

        Raises:
            PasserbyError: As `job`.
        """
        return self._job(source, lambda _: DiscardOutput())

    def _job(self, source: Path, open_output: Callable[[Shape], VideoOutput], meter: ClipMeter | None = None) -> Job:
        opened = open_source(source, threads=self._threads)
        try:
            require_inside(self._masks, opened.shape.height, opened.shape.width)
            detectors = self._detectors(opened.shape)
            if self.checker is not None:
                self.checker.prepare(opened.shape)  # what is missing must show before the work, not after it
            style = self.style if meter is None else meter.begin(opened.shape, detectors, self.style)
            output = open_output(opened.shape)
        except BaseException:
            opened.close()
            raise
        motion = CoverKind.PEOPLE in self.options.cover
        plan = CoverPlan(self._rules, hold_s=self.options.hold_s, motion=motion)
        redactor = Redactor(plan, style, look_ahead_s=max(LOOK_AHEAD_S, self.options.hold_s), masks=self._masks)
        planner = Planner(self._plans, budget_ms=self._budget_ms(opened.shape)) if self._plans else None
        turns = taking_turns(detectors, Effort(self.options.effort.value), self._kinds)
        watch = FrameInspector(detectors, occasional=turns, planner=planner, foreground=motion)
        return Job(opened, watch, redactor, output=output, meter=meter)

    def _budget_ms(self, shape: Shape) -> float | None:
        """Return what a look may take on average: of the time from one to the next, the rest is for the copy."""
        if not self.options.real_time:
            return self.options.budget_ms
        apart_s = max(1, int(PASS_GAP_S * shape.rate)) / float(shape.rate)
        return min(1000 * REAL_TIME_SHARE * apart_s, self.options.budget_ms or inf)

    def _detectors(self, shape: Shape) -> list[Detector]:
        """Return tested detectors; those for pictures like the last one are kept."""
        options = self.options
        side, still = max(options.scale) if options.scale else None, shape.layout is Layout.RGB
        self._plans = []
        if options.effort is EffortName.AUTO and not still:
            lineup, self._plans = choosable_detectors(shape, self._kinds, long_side=side, named=options.detectors)
        else:
            effort = Effort(options.effort.value)
            lineup = covering_detectors(
                shape, self._kinds, effort=effort, still=still, long_side=side, named=options.detectors
            )
        alike = _alike(lineup, shape)
        if self._lineup is None or self._lineup[0] != alike:
            self._lineup = (alike, tested(lineup, shape))
        return self._lineup[1]

    def _output(self, source: Path, target: Path, *, shape: Shape, replace: bool) -> VideoOutput:
        if shape.layout is Layout.RGB:
            return PictureTarget(target, replace=replace)
        encoding = Encoding(self.options.codec.value, self.options.crf)
        sound = source if self.options.keep_audio else None
        return VideoTarget(target, shape, encoding=encoding, audio_from=sound, replace=replace)


class Checker:
    """Looks at covered copies with networks that can disagree with those that covered them.

    Args:
        options: What was to be covered: what was not does not count.
        threads: Decoder threads; 0 = one a processor.
    """

    def __init__(self, options: RedactOptions | None = None, *, threads: int = 0) -> None:
        self.models: list[ModelUse] = []
        bodies = (options or RedactOptions()).cover & {CoverKind.PEOPLE, CoverKind.HEADS}
        self._kinds = HUMAN if bodies else FACES
        self._threads = threads
        self._lineup: tuple[Hashable, list[Detector]] | None = None

    def prepare(self, shape: Shape) -> list[Detector]:
        """Return tested detectors for pictures of this shape; those for pictures like the last one are kept.

        Raises:
            ModelError: A network is missing or damaged.
            DetectorError: A network fails its self-test.
        """
        lineup = checking_detectors(shape, still=shape.layout is Layout.RGB)
        alike = _alike(lineup, shape)
        if self._lineup is None or self._lineup[0] != alike:
            self._lineup = (alike, tested(lineup, shape))
            self.models = models_of(self._lineup[1])
        return self._lineup[1]

    def look(
        self, copy: Path, depth: CheckDepth, *, heard: Callable[[int, int | None], None] | None = None
    ) -> CheckResult:
        """Look at a covered copy.

        Args:
            copy: The file.
            depth: `SAMPLE` or `FULL`.
            heard: Called with the frames read and those to read, None when the file does not say.

        Raises:
            SourceError: The copy cannot be read.
            DetectorError: A network failed.
        """
        with closing(open_source(copy, threads=self._threads)) as source:
            counted = source if heard is None else FrameCounter(source, heard)
            return check(counted, self.prepare(source.shape), depth=Depth(depth.value), kinds=self._kinds)


class FrameCounter:
    """A source that tells how many of its frames were read.

    Args:
        source: The source itself.
        heard: Called before each frame is handed on.
    """

    def __init__(self, source: Source, heard: Callable[[int, int | None], None]) -> None:
        self.name, self.shape, self.length = source.name, source.shape, source.length
        self._source, self._heard = source, heard

    def __iter__(self) -> Iterator[Frame]:
        """Yield the frames."""
        for count, frame in enumerate(self._source, 1):
            self._heard(count, self.length)
            yield frame

    def close(self) -> None:
        """Close the source itself."""
        self._source.close()


class Job:
    """One file at work; used as a context manager, which leaves no unfinished copy.

    Args:
        source: What is read.
        watch: Who looks.
        redactor: Who covers.
        output: Where it goes.
        meter: Listens to what is seen.
    """

    def __init__(
        self,
        source: Source,
        watch: FrameInspector,
        redactor: Redactor,
        *,
        output: VideoOutput,
        meter: ClipMeter | None = None,
    ) -> None:
        self._lookout = watch if meter is None else Heard(watch, meter)
        self.length = source.length
        self.models = models_of(watch.detectors)
        self._source, self._watch, self._redactor, self._output = source, watch, redactor, output

    def __enter__(self) -> Self:
        """Return itself."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Free everything; a copy that is not finished is removed."""
        self._watch.close()
        self._source.close()
        self._output.abandon()

    def records(self) -> Generator[FrameRecord]:
        """Cover the frames one by one; after the last, the copy has its name."""
        yield from run(self._source, self._lookout, self._redactor, output=self._output)


def _alike(lineup: list[Detector], shape: Shape) -> Hashable:
    """Return what two pictures must share for one line-up to serve both: stills share it whatever their size."""
    still = shape.layout is Layout.RGB
    return tuple(detector.name for detector in lineup), still or (shape.width, shape.height)


def size_of(path: Path) -> tuple[int, int]:
    """Return rows and columns of a video's or picture's pictures, upright.

    Raises:
        SourceError: It cannot be read.
    """
    with closing(open_source(path)) as source:
        return source.shape.height, source.shape.width


def tested(detectors: list[Detector], shape: Shape) -> list[Detector]:
    """Return detectors that pass their self-test on pictures of this shape.

    Raises:
        DetectorError: One fails it.
    """
    for detector in detectors:
        self_test(detector, shape)
    return detectors


def models_of(detectors: Sequence[Detector]) -> list[ModelUse]:
    """Return the networks behind detectors, whose names are those of the catalogue and how they look."""
    names = sorted({re.split("[@/]", detector.name)[0] for detector in detectors})
    return [ModelUse(name=name, sha256=model_named(name).sha256) for name in names]
