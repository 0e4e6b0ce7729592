"""The loop of a live camera: there is always a picture, and never an uninspected one."""

from __future__ import annotations

import threading
from collections.abc import Callable, Generator, Iterable, Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from math import inf
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from passerby.errors import PasserbyError, SourceError
from passerby.health.notice_text import notice_lines
from passerby.health.status import CameraStatus, Redaction
from passerby.health.vitals import Vitals
from passerby.measure.foot_map import FootMap
from passerby.measure.reading import Reading
from passerby.media.fault import Fault
from passerby.media.frame import Frame
from passerby.media.layout import Shape
from passerby.media.outage import Outage
from passerby.pipelines.camera_queue import CameraQueue
from passerby.redact.live import LiveRedactor
from passerby.redact.redactor import RedactedFrame, notice
from passerby.vision.inspect.ensemble import Look
from passerby.vision.inspect.live_inspector import LiveInspector
from passerby.vision.picture.change import Change
from passerby.vision.picture.cuts import Cuts
from passerby.vision.picture.scenery import Scenery

TICK_S = 0.1
NOTICE_S = 0.5
SETTLE_S = 1.0
"""Time covered whole after the start and after a change: motion detection needs it to learn the scene."""
NOTICE_SIZE = (1280, 720)
TICK = Fraction(1, 1_000_000)


class PictureMonitor(Protocol):
    """Reports what is wrong with a camera's picture."""

    def observe(self, frame: Frame, /) -> frozenset[Fault]:
        """Process the next frame and return what is wrong at present."""
        ...


@dataclass(frozen=True, slots=True)
class Timing:
    """The timing of the loop.

    Args:
        clock: Returns the current time, UTC epoch, s; never goes back.
        delay_s: How long every picture waits.
    """

    clock: Callable[[], float]
    delay_s: float


@dataclass(frozen=True, slots=True)
class CoveredPicture:
    """A covered picture or a notice for the viewers.

    Args:
        frame: The picture.
        redaction: How the picture was covered.
    """

    frame: RedactedFrame
    redaction: Redaction


class PlaceMeter(Protocol):
    """Measures the places in the picture."""

    @property
    def problem(self) -> str:
        """What cannot be measured at present, and why ("" = everything can)."""
        ...

    def watch(self, time_s: float, moving: NDArray[np.uint8] | None, /) -> None:
        """Use what moves in a frame, inspected or not; frames arrive in order of time."""
        ...

    def learn(self, look: Look, frame: Frame | None, /) -> None:
        """Use a detector pass and the frame that it inspected; passes arrive in order of time."""
        ...

    def drain(self) -> list[Reading]:
        """Return the readings since the last call."""
        ...

    def foot_maps(self) -> list[FootMap]:
        """Return the maps of foot points of the hours that ended since the last call."""
        ...


@dataclass(frozen=True, slots=True)
class LiveStages:
    """Covers pictures of one shape, and measures what is in them.

    Args:
        redactor: Holds the pictures for the delay and covers them.
        scenery: What moves in them; None where motion is not used.
        meter: Measures places; None where there are none.
        refusal: Why pictures of this shape are covered whole ("" = they need not be).
        problem: Why places are not measured in them ("" = they are, or there are none).
    """

    redactor: LiveRedactor
    scenery: Scenery | None
    meter: PlaceMeter | None = None
    refusal: str = ""
    problem: str = ""


class LiveLoop:
    """One camera in progress.

    Args:
        name: Name of the camera.
        feed: Its frames and outages, without end; read in a separate thread.
        detectors: Creates the inspector; its argument wakes the loop when there is a result.
        cover: Creates what covers pictures of one shape.
        monitor: Creates what reports problems with pictures of one shape.
        timing: The current time, and how long a picture waits.
    """

    def __init__(
        self,
        name: str,
        feed: Iterable[Frame | Outage],
        *,
        detectors: Callable[[Callable[[], None]], LiveInspector],
        cover: Callable[[Shape], LiveStages],
        monitor: Callable[[], PictureMonitor],
        timing: Timing,
    ) -> None:
        self._name = name
        self._feed = feed
        self._make_cover = cover
        self._make_monitor = monitor
        self._clock = timing.clock
        self._delay_s = timing.delay_s
        self._queue = CameraQueue()
        self._over = threading.Event()
        self._inspector = detectors(self._queue.wake)
        self._vitals = Vitals(name, delay_s=timing.delay_s, now_s=self._clock())
        self._cover: LiveStages | None = None
        self._shape: Shape | None = None
        self._change = Change()
        self._cuts = Cuts()
        self._monitor = monitor()
        self._faults: frozenset[Fault] = frozenset()
        self._outage: Outage | None = Outage("starting", refused=False, since_s=self._clock())
        self._ended: tuple[Outage, float] | None = None  # the last outage, and the time of the first frame after it
        self._noticed_s = 0.0
        self._asked: Frame | None = None
        self._whole_until_s = -inf
        self._whole_reason = ""

    def pictures(self) -> Generator[CoveredPicture | None, None, None]:
        """Yield pictures for viewers without end, and None in between so that the caller can do other work.

        When the caller stops, the detectors' thread ends, and the feed's with its next item.

        Raises:
            DetectorError: The detectors do not respond.
            PasserbyError: The feed cannot go on.
        """
        threading.Thread(target=self._read, name="passerby-feed", daemon=True).start()
        try:
            while True:
                due_s = TICK_S if self._cover is None else self._cover.redactor.wait_s(self._clock())
                for item in self._queue.take(min(TICK_S, max(0.001, due_s))):
                    self._process(item)
                yield from self._step(self._clock())
                yield None
        finally:
            self._over.set()
            self._inspector.close()

    def status(self, *, problem: str = "") -> CameraStatus:
        """Return how the camera is doing.

        Args:
            problem: What is wrong with recording or publishing ("" = nothing).
        """
        refusal = self._refusal if self._inspector.begun else ""
        problems = [problem]
        if self._cover is not None:
            problems = [self._cover.problem, self._cover.meter.problem if self._cover.meter else "", problem]
        told = "; ".join(filter(None, problems))
        status = self._vitals.status(self._clock(), faults=self._faults, refusal=refusal, problem=told)
        return replace(status, self_tests=self._inspector.tests, self_tests_failed=self._inspector.tests_failed)

    def cover_whole(self, for_s: float, reason: str) -> None:
        """Cover everything that is shown from now on, also what waits already; this never ends another cover sooner.

        Args:
            for_s: For how long, s.
            reason: Why, in one line.
        """
        until_s = self._clock() + for_s
        if until_s > self._whole_until_s:
            self._whole_until_s, self._whole_reason = until_s, reason

    def readings(self) -> list[Reading]:
        """Return what was measured of places since the last call."""
        return self._cover.meter.drain() if self._cover is not None and self._cover.meter is not None else []

    def foot_maps(self) -> list[FootMap]:
        """Return the maps of foot points of the hours that ended since the last call."""
        return self._cover.meter.foot_maps() if self._cover is not None and self._cover.meter is not None else []

    @property
    def _refusal(self) -> str:
        """Why nothing counts as inspected at present ("" = detectors work, masks fit, and nobody asked for cover)."""
        if self._clock() < self._whole_until_s:
            return self._whole_reason
        return (self._cover.refusal if self._cover is not None else "") or self._inspector.refusal

    def _read(self) -> None:
        try:
            for item in self._feed:
                if self._over.is_set():
                    return
                if isinstance(item, Frame):
                    self._vitals.add_arrival(self._clock())
                self._queue.put(item)
            self._queue.put(SourceError("the feed ended"))
        except PasserbyError as error:
            self._queue.put(error)
        except Exception as error:  # noqa: BLE001 - a decoder may raise anything; the loop handles only our errors
            self._queue.put(SourceError(f"the feed failed: {type(error).__name__}"))

    def _process(self, item: Frame | Outage | PasserbyError) -> None:
        if isinstance(item, PasserbyError):
            raise item
        if isinstance(item, Outage):
            self._outage = item
            self._faults = frozenset()
            self._vitals.outage(item)
            return
        if self._outage is not None:
            self._ended = (self._outage, item.time_s)
            self._outage = None
        self._vitals.outage(None)

        cover = self._stages_for(item)
        if item.damaged:
            cover.redactor.take(item, None)
            return

        if why := self._change.of(item):
            cover.redactor.cover_whole(self._change.seen_s, item.time_s + SETTLE_S, why)
        self._faults = self._monitor.observe(item)
        place = self._cuts.place(item)
        moving = cover.scenery.mask(item, place) if cover.scenery else None
        if cover.meter is not None:
            cover.meter.watch(item.time_s, moving)
        if cover.scenery is None:
            cover.redactor.take(item, None, place)
        else:
            cover.redactor.take(item, moving, place, step=cover.scenery.step)
        self._inspector.add(item, place)

    def _stages_for(self, frame: Frame) -> LiveStages:
        """Return what covers frames of this shape; create it again when the shape changes."""
        rate = Fraction(25)  # not used for live pictures
        shape = Shape(frame.width, frame.height, frame.layout, frame.colour, rate, frame.time_base)
        if self._cover is None or shape != self._shape:
            self._shape = shape
            self._change = Change()
            self._cuts = Cuts()
            self._monitor = self._make_monitor()
            self._cover = self._make_cover(shape)
            self._inspector.begin_again(shape)
            self._cover.redactor.cover_whole(-inf, frame.time_s + SETTLE_S, "the camera has just started")
        return self._cover

    def _step(self, now_s: float) -> Iterator[CoveredPicture]:
        looks = list(self._inspector.looks(now_s))
        looked_at = self._asked
        # the first self-test loads the networks, 200 MB: a camera that never had a picture needs none
        asked = self._inspector.ask(now_s) if self._shape is not None else None
        if asked is not None:
            self._change.inspected(asked.time_s)
            self._asked = asked

        if self._cover is not None:
            for look in looks:
                self._cover.redactor.learn(look)
                if self._cover.meter is not None:
                    fits = looked_at is not None and looked_at.time_s == look.time_s
                    self._cover.meter.learn(look, looked_at if fits else None)
            for covered in self._cover.redactor.due(now_s, self._refusal):
                yield self._shown(covered.frame, covered.time_s)
        time_s = now_s - self._delay_s  # the time that is due now: after the last picture, and before the next
        outage = self._outage
        if self._ended is not None and outage is None:
            outage = self._ended[0] if time_s < self._ended[1] else None
        if outage is not None and now_s - self._noticed_s >= NOTICE_S:
            self._noticed_s = now_s
            yield CoveredPicture(self._notice(outage, time_s), Redaction.NONE)

    def _shown(self, frame: RedactedFrame, time_s: float) -> CoveredPicture:
        height, width = frame.planes[0].shape[:2]
        self._vitals.add_shown(self._clock(), time_s, size=(height, width), whole=frame.whole)
        return CoveredPicture(frame, Redaction.WHOLE if frame.whole else Redaction.ACTIVE)

    def _notice(self, outage: Outage, time_s: float) -> RedactedFrame:
        """Draw a notice that says why there is no picture."""
        width, height = (self._shape.width, self._shape.height) if self._shape else NOTICE_SIZE
        lines = notice_lines(self._name, outage.reason, lasts_s=time_s - outage.since_s)
        return notice(lines, height=height, width=width, pts=round(time_s * 1_000_000), time_base=TICK)
