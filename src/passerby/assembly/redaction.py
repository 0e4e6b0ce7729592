"""The only wiring for recordings: builds the running parts from the options."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing
from math import inf
from pathlib import Path

from passerby.assembly.clip_meter import ClipMeter
from passerby.assembly.copy_checker import CopyChecker
from passerby.assembly.edited import EditedCover, checked_edits, edited_cover
from passerby.assembly.outlines import LazyOutliner
from passerby.assembly.redact_job import RedactJob, excerpt_of
from passerby.assembly.silencing import SilencedPlan, by_hand, without_speech
from passerby.assembly.tested_detectors import DetectorCache
from passerby.errors import UsageError
from passerby.media.files.video_file import VideoFile, open_source, open_stretch
from passerby.media.layout import Layout, Shape
from passerby.media.sound_plan import SoundPlan
from passerby.media.source import Source
from passerby.media.stretch import Stretch
from passerby.outputs.files.discard import DiscardOutput
from passerby.outputs.files.picture import PictureTarget
from passerby.outputs.files.video import Encoding, VideoTarget
from passerby.outputs.output import VideoOutput
from passerby.redact.choice import CheckDepth, CoverKind, CoverShape, SoundChoice
from passerby.redact.cover_plan import CoverPlan
from passerby.redact.rule import COVER_SCORE, Rule, kinds_of, rules_for
from passerby.redact.static_mask import require_inside
from passerby.redact.stream import Redactor
from passerby.redact.style import style_named
from passerby.review.edits import RecordingEdits
from passerby.settings.camera_plan import CameraPlan, read_plan
from passerby.settings.masks import read_masks
from passerby.settings.options import RedactOptions
from passerby.vision.detector import Detector
from passerby.vision.effort import Effort
from passerby.vision.inspect.detector_set import (
    choosable_detectors,
    covering_detectors,
    taking_turns,
)
from passerby.vision.inspect.inspector import PASS_GAP_S, FrameInspector
from passerby.vision.inspect.planner import DetectorPlan, Planner
from passerby.vision.picture.scenery import Observed

REAL_TIME_SHARE = 0.6
"""Share of the time between passes for the detectors; decoding, covering and encoding need the rest (decision 5)."""

LOOK_AHEAD_S = 1.0
"""A frame of a recording waits so long at least: who is found again within it is covered in between."""


class RedactionSetup:
    """What all files of a run are covered with: style, masks, rules, and networks that stay loaded.

    Args:
        options: What to cover, and how.
        threads: Decoder threads; 0 = one per processor.

    Raises:
        UsageError: A mask file or the plan is wrong, or the plan is for other cover.
    """

    def __init__(self, options: RedactOptions, *, threads: int = 0) -> None:
        self.plan = None if options.plan is None else read_plan(options.plan)
        if self.plan is not None:
            options = planned(options, self.plan)
        self.options = options
        self._threads = threads
        self.style = style_named(options.style)
        self._masks = tuple(mask for path in options.masks for mask in read_masks(path))
        self._kinds = kinds_of(options.cover)
        self._tested = DetectorCache()
        self._plans: list[DetectorPlan] = []
        self.silenced: SilencedPlan | None = None  # of the latest job
        self._outliner = LazyOutliner(options.cover, options.style, options.shape)
        human = options.cover & {CoverKind.PEOPLE, CoverKind.HEADS, CoverKind.FACES}
        self.checker = CopyChecker(options, threads=threads) if human and options.check is not CheckDepth.OFF else None

    def job(self, source: Path, target: Path, *, replace: bool, meter: ClipMeter | None = None) -> RedactJob:
        """Open a source and its target.

        Args:
            source: The file to read.
            target: The covered copy.
            replace: Whether an existing copy may be replaced.
            meter: Receives the detections, and draws on the copy.

        Raises:
            SourceError: The source cannot be read.
            ModelError: A network is missing or damaged.
            DetectorError: A network fails its self-test.
            UsageError: A mask lies outside the picture, or the codec does not fit the target's format.
            OutputError: The target cannot be written.
        """

        def output(opened: Source, edits: RecordingEdits | None) -> VideoOutput:
            return self._output(source, target, opened=opened, edits=edits, replace=replace)

        return self._job(source, output, meter)

    def trial(self, source: Path) -> RedactJob:
        """Open a source to cover it in memory and write nothing.

        Raises:
            PasserbyError: As `job`.
        """
        return self._job(source, lambda *_: DiscardOutput())

    def piece_job(self, source: Path, target: Path, reach: Stretch) -> RedactJob:
        """Open what one process reads of a long recording, and the file for the frames that it covers alone.

        Raises:
            PasserbyError: As `job`.
        """
        return self._job(source, lambda opened, _: self.part_of_copy(target, opened.shape), stretch=reach)

    def part_of_copy(self, target: Path, shape: Shape) -> VideoTarget:
        """Open a file for a part of a copy: without sound, at the recording's own times; it replaces an older one.

        Raises:
            UsageError: The codec does not fit the target's format.
            OutputError: The target cannot be written.
        """
        return VideoTarget(target, shape, encoding=Encoding(self.options.codec, self.options.crf), replace=True)

    @property
    def ahead_s(self) -> float:
        """How long a frame of a recording waits at least, s."""
        return max(LOOK_AHEAD_S, self.options.hold_s)

    def opened(self, source: Path, stretch: Stretch | None = None) -> Source:
        """Open a source, or a stretch of it; by default the stretch that the options name.

        Raises:
            SourceError: It cannot be read.
            UsageError: There is no picture in the stretch.
        """
        stretch = stretch or Stretch.of(self.options.from_s, self.options.until_s)
        if stretch is None:
            return open_source(source, threads=self._threads)
        return open_stretch(source, stretch, threads=self._threads)

    def _job(
        self,
        source: Path,
        open_output: Callable[[Source, RecordingEdits | None], VideoOutput],
        meter: ClipMeter | None = None,
        *,
        stretch: Stretch | None = None,
    ) -> RedactJob:
        options = self.options
        edits = checked_edits(options.edits, source, openings=not options.no_openings) if options.edits else None
        with ExitStack() as undo:
            opened = self.opened(source, stretch)
            undo.callback(opened.close)
            require_inside(self._masks, opened.shape.height, opened.shape.width)
            rules = self._rules(opened.shape)
            output = open_output(opened, edits)  # a target that is refused costs no loading of networks
            undo.callback(output.abandon)
            detectors = self._prepared(opened.shape)
            outliner = self._outliner.get()
            style = self.style if meter is None else meter.begin(opened.shape, detectors, self.style)
            edited = EditedCover() if edits is None else self._edited(edits, source)
            undo.pop_all()

        motion = CoverKind.PEOPLE in options.cover
        plan = CoverPlan(rules, hold_s=options.hold_s, motion=motion)
        ahead_s = self.ahead_s
        redactor = Redactor(plan, style, look_ahead_s=ahead_s, masks=self._masks, explain=True, by_hand=edited.by_hand)
        planner = Planner(self._plans, budget_ms=self._budget_ms(opened.shape)) if self._plans else None
        turns = taking_turns(detectors, options.effort, self._kinds)
        observed = Observed.MOTION if motion else Observed.CAMERA
        inspector = FrameInspector(detectors, occasional=turns, planner=planner, observed=observed, outliner=outliner)

        return RedactJob(opened, inspector, redactor, output=output, meter=meter, edited=edited)

    def _edited(self, edits: RecordingEdits, source: Path) -> EditedCover:
        """Return what edits change; networks that did not cover the recording look at what is to be opened."""
        checker = self.checker or CopyChecker(self.options, threads=self._threads)
        return edited_cover(edits, source, checking=checker.prepare, threads=self._threads)

    def _rules(self, shape: Shape) -> list[Rule]:
        """Return what is covered in pictures of this shape.

        Raises:
            UsageError: The plan is for pictures of another size.
        """
        options = self.options
        scores = None
        if self.plan is not None:
            if misfit := self.plan.misfit(shape.width, shape.height):
                msg = f"--plan {options.plan}: {misfit}"
                raise UsageError(msg)
            scores = self.plan.choice.table((shape.width, shape.height))
        score = COVER_SCORE if options.thresh is None else options.thresh
        return rules_for(options.cover, score=score, margin=options.growth - 1, scores=scores)

    def _budget_ms(self, shape: Shape) -> float | None:
        """Return the mean time for a detector pass: of the time between passes, the rest is for the copy."""
        if not self.options.real_time:
            return self.options.budget_ms
        apart_s = max(1, int(PASS_GAP_S * shape.rate)) / float(shape.rate)
        return min(1000 * REAL_TIME_SHARE * apart_s, self.options.budget_ms or inf)

    def _prepared(self, shape: Shape) -> list[Detector]:
        """Return tested detectors; those of the check are tested beside them, so that faults show before the work."""
        with ThreadPoolExecutor(1) as beside:
            checking = beside.submit(self.checker.prepare, shape) if self.checker is not None else None
            detectors = self._detectors(shape)
            if checking is not None:
                checking.result()
        return detectors

    def _detectors(self, shape: Shape) -> list[Detector]:
        """Return tested detectors; those of the last picture shape are reused."""
        options = self.options
        side = max(options.scale) if options.scale else None
        still = shape.layout is Layout.RGB
        self._plans = []
        if options.effort is Effort.AUTO and not still:
            chosen, self._plans = choosable_detectors(shape, self._kinds, long_side=side, named=options.detectors)
        else:
            chosen = covering_detectors(
                shape, self._kinds, effort=options.effort, still=still, long_side=side, named=options.detectors
            )

        return self._tested.of(chosen, shape)

    def take_sound(self, source: Path, opened: Source, edits: RecordingEdits | None = None) -> SoundPlan | None:
        """Decide what a copy has of the sound, remember it as `silenced`, and return it; None = no sound."""
        self.silenced = self._silenced(source, opened, edits)
        return None if self.silenced is None else self.silenced.plan

    def _silenced(self, source: Path, opened: Source, edits: RecordingEdits | None) -> SilencedPlan | None:
        """Return the sound of a copy; None if it has none."""
        sound = self.options.sound_choice
        if sound is SoundChoice.DROP or not isinstance(opened, VideoFile):
            return None
        start_s = float(opened.starts_s)
        muted = [(start_s + first, start_s + last) for first, last in self.options.mute]
        muted += [(each.from_s, each.to_s) for each in edits.muted] if edits is not None else []
        if sound is SoundChoice.MUTE_SPEECH:
            return without_speech(source, muted, opened.excerpt)
        return by_hand(source, muted) if muted else SilencedPlan(SoundPlan(source), ())

    def _output(
        self, source: Path, target: Path, *, opened: Source, edits: RecordingEdits | None, replace: bool
    ) -> VideoOutput:
        if opened.shape.layout is Layout.RGB:
            return PictureTarget(target, replace=replace)
        encoding = Encoding(self.options.codec, self.options.crf)
        excerpt = excerpt_of(opened)
        sound = self.take_sound(source, opened, edits)
        return VideoTarget(target, opened.shape, encoding=encoding, sound=sound, excerpt=excerpt, replace=replace)


def planned(options: RedactOptions, plan: CameraPlan) -> RedactOptions:
    """Return the options with what a plan stands for.

    Raises:
        UsageError: The plan is for cover that the options do not have.
    """
    if lacking := sorted(plan.cover - options.cover):
        msg = f"--plan {options.plan}: is for {', '.join(sorted(plan.cover))}; add {', '.join(lacking)} to --cover"
        raise UsageError(msg)
    chosen = plan.choice
    own = {"effort": chosen.effort, "hold_s": chosen.hold_s, "growth": chosen.growth, "shape": CoverShape.BOX}
    return options.model_copy(update=own)  # boxes are what the plan was measured with


def size_of(path: Path) -> tuple[int, int]:
    """Return the height and width of a video's or picture's frames, upright.

    Raises:
        SourceError: It cannot be read.
    """
    with closing(open_source(path)) as source:
        return source.shape.height, source.shape.width
