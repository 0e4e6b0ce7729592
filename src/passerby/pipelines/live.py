"""The loop of a live camera: whatever happens there is a picture, and never an uninspected one."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from fractions import Fraction
from math import inf
from typing import Protocol

from passerby.errors import PasserbyError, SourceError
from passerby.health.status import CameraStatus, Redaction
from passerby.health.vitals import Vitals
from passerby.measure.reading import Reading
from passerby.media.fault import Fault
from passerby.media.frame import Frame
from passerby.media.layout import Shape
from passerby.media.outage import Outage
from passerby.redact.live import LiveRedactor
from passerby.redact.redactor import RedactedFrame, notice
from passerby.vision.inspect.ensemble import Look
from passerby.vision.inspect.live_inspector import LiveInspector
from passerby.vision.picture.change import Change
from passerby.vision.picture.foreground import Foreground

AHEAD = 6
"""Frames that may wait for the loop; of more, the oldest is dropped before anybody looks at it."""
TICK_S = 0.1
NOTICE_S = 0.5
SETTLE_S = 1.0
"""Covered whole after the start and after a change: as long as motion needs to learn the scene."""
NOTICE_SIZE = (1280, 720)
TICK = Fraction(1, 1_000_000)


class PictureMonitor(Protocol):
    """Says what is wrong with a camera's picture."""

    def observe(self, frame: Frame, /) -> frozenset[Fault]:
        """Take the next frame and return what is wrong at present."""
        ...


@dataclass(frozen=True, slots=True)
class Timing:
    """When things happen.

    Args:
        clock: The present, UTC epoch, s; never goes back.
        delay_s: How long every picture waits.
    """

    clock: Callable[[], float]
    delay_s: float


@dataclass(frozen=True, slots=True)
class Shown:
    """A covered picture or a notice for the viewers.

    Args:
        frame: The picture.
        redaction: What is seen in it.
    """

    frame: RedactedFrame
    redaction: Redaction


class Inbox:
    """What came from a camera and was not looked at yet; who puts into it never waits."""

    def __init__(self) -> None:
        self._items: deque[Frame | Outage | PasserbyError] = deque()
        self._frames = 0
        self._more = threading.Condition()
        self._woken = False

    def put(self, item: Frame | Outage | PasserbyError) -> None:
        """Add an item; of too many frames the oldest goes."""
        with self._more:
            self._items.append(item)
            self._frames += isinstance(item, Frame)
            if self._frames > AHEAD:
                oldest = next(each for each in self._items if isinstance(each, Frame))
                self._items.remove(oldest)
                self._frames -= 1
            self._woken = True
            self._more.notify()

    def wake(self) -> None:
        """Let `take` return."""
        with self._more:
            self._woken = True
            self._more.notify()

    def take(self, timeout_s: float) -> list[Frame | Outage | PasserbyError]:
        """Return all items; wait for one, or to be woken, for a while."""
        with self._more:
            if not self._woken:
                self._more.wait(timeout_s)
            self._woken = False
            items = list(self._items)
            self._items.clear()
            self._frames = 0
            return items


class PlaceMeter(Protocol):
    """Measures the places in the picture."""

    @property
    def problem(self) -> str:
        """What cannot be measured at present, and why ("" = all can)."""
        ...

    def learn(self, look: Look, frame: Frame | None, /) -> None:
        """Take a pass of the detectors and the frame that they looked at; passes come in order of time."""
        ...

    def take(self) -> list[Reading]:
        """Return the readings since the last call."""
        ...


@dataclass(frozen=True, slots=True)
class LiveStages:
    """What covers pictures of one shape, and measures what is in them.

    Args:
        redactor: Holds them back and covers them.
        foreground: What moves in them; None where motion is no opinion.
        meter: Measures places; None where there are none.
        refusal: Why pictures of this shape are covered whole ("" = they need not be).
        problem: Why places are not measured in them ("" = they are, or there are none).
    """

    redactor: LiveRedactor
    foreground: Foreground | None
    meter: PlaceMeter | None = None
    refusal: str = ""
    problem: str = ""


class LiveLoop:
    """One camera at work.

    Args:
        name: Of the camera.
        feed: Its frames and outages, for ever; read in a thread of its own.
        detectors: Makes the watch, given what tells the loop of an answer.
        cover: Makes what covers pictures of a shape.
        eye: Makes what says what is wrong with pictures of one shape.
        timing: The present, and how long a picture waits.
    """

    def __init__(
        self,
        name: str,
        feed: Iterable[Frame | Outage],
        *,
        detectors: Callable[[Callable[[], None]], LiveInspector],
        cover: Callable[[Shape], LiveStages],
        eye: Callable[[], PictureMonitor],
        timing: Timing,
    ) -> None:
        self._name, self._feed, self._make_cover, self._make_eye = name, feed, cover, eye
        self._clock, self._delay_s = timing.clock, timing.delay_s
        self._inbox = Inbox()
        self._watch = detectors(self._inbox.wake)
        self._vitals = Vitals(name, delay_s=timing.delay_s, now_s=self._clock())
        self._cover: LiveStages | None = None
        self._shape: Shape | None = None
        self._change, self._eye = Change(), eye()
        self._faults: frozenset[Fault] = frozenset()
        self._outage: Outage | None = Outage("starting", refused=False, since_s=self._clock())
        self._ended: tuple[Outage, float] | None = None  # the last outage, and the time of the first frame behind it
        self._noticed_s = 0.0
        self._asked: Frame | None = None

    def pictures(self) -> Iterator[Shown | None]:
        """Yield what viewers get, for ever, and None between so that the caller can do its chores.

        Raises:
            DetectorError: The detectors hang.
            PasserbyError: The feed cannot go on.
        """
        threading.Thread(target=self._read, name="passerby-feed", daemon=True).start()
        while True:
            due_s = TICK_S if self._cover is None else self._cover.redactor.wait_s(self._clock())
            for item in self._inbox.take(min(TICK_S, max(0.001, due_s))):
                self._take(item)
            yield from self._step(self._clock())
            yield None

    def status(self, *, problem: str = "") -> CameraStatus:
        """Return how the camera is doing.

        Args:
            problem: What is wrong with its recording or with sending it on ("" = nothing).
        """
        refusal = self._refusal if self._watch.begun else ""
        meter = self._cover.meter if self._cover is not None else None
        problems = [
            self._cover.problem if self._cover is not None else "",
            meter.problem if meter is not None else "",
            problem,
        ]
        told = "; ".join(filter(None, problems))
        return self._vitals.status(self._clock(), faults=self._faults, refusal=refusal, problem=told)

    def readings(self) -> list[Reading]:
        """Return what was measured of places since the last call."""
        return self._cover.meter.take() if self._cover is not None and self._cover.meter is not None else []

    @property
    def _refusal(self) -> str:
        """Why nothing counts as inspected at present ("" = the detectors work, and masks fit the picture)."""
        return (self._cover.refusal if self._cover is not None else "") or self._watch.refusal

    def _read(self) -> None:
        try:
            for item in self._feed:
                if isinstance(item, Frame):
                    self._vitals.came(self._clock())
                self._inbox.put(item)
            self._inbox.put(SourceError("the feed ended"))
        except PasserbyError as error:
            self._inbox.put(error)
        except Exception as error:  # noqa: BLE001 - a decoder may raise anything; the loop meets only our errors
            self._inbox.put(SourceError(f"the feed failed: {type(error).__name__}"))

    def _take(self, item: Frame | Outage | PasserbyError) -> None:
        if isinstance(item, PasserbyError):
            raise item
        if isinstance(item, Outage):
            self._outage = item
            self._faults = frozenset()
            self._vitals.outage(item)
            return
        if self._outage is not None:
            self._ended, self._outage = (self._outage, item.time_s), None
        self._vitals.outage(None)
        cover = self._fitting(item)
        if item.damaged:
            cover.redactor.take(item, None)
            return
        if why := self._change.of(item):
            cover.redactor.cover_whole(self._change.seen_s, item.time_s + SETTLE_S, why)
        self._faults = self._eye.observe(item)
        cover.redactor.take(item, cover.foreground.mask(item) if cover.foreground else None)
        self._watch.add(item)

    def _fitting(self, frame: Frame) -> LiveStages:
        """Return what covers frames of this shape; it begins anew when the shape changes."""
        rate = Fraction(25)  # nobody asks for it live
        shape = Shape(frame.width, frame.height, frame.layout, frame.colour, rate, frame.time_base)
        if self._cover is None or shape != self._shape:
            self._shape, self._change, self._eye = shape, Change(), self._make_eye()
            self._cover = self._make_cover(shape)
            self._watch.begin_again(shape)
            self._cover.redactor.cover_whole(-inf, frame.time_s + SETTLE_S, "the camera has just begun")
        return self._cover

    def _step(self, now_s: float) -> Iterator[Shown]:
        looks, looked_at = list(self._watch.looks(now_s)), self._asked
        # the first self-test loads the networks, 200 MB: a camera that never had a picture needs none
        asked = self._watch.ask(now_s) if self._shape is not None else None
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
        time_s = now_s - self._delay_s  # of what is due now: it fits behind the last picture, and before the next
        outage = self._outage
        if self._ended is not None and outage is None:
            outage = self._ended[0] if time_s < self._ended[1] else None
        if outage is not None and now_s - self._noticed_s >= NOTICE_S:
            self._noticed_s = now_s
            yield Shown(self._notice(outage, time_s), Redaction.NONE)

    def _shown(self, frame: RedactedFrame, time_s: float) -> Shown:
        height, width = frame.planes[0].shape[:2]
        self._vitals.shown(self._clock(), time_s, size=(height, width), whole=frame.whole)
        return Shown(frame, Redaction.WHOLE if frame.whole else Redaction.ACTIVE)

    def _notice(self, outage: Outage, time_s: float) -> RedactedFrame:
        """Draw why there is no picture."""
        width, height = (self._shape.width, self._shape.height) if self._shape else NOTICE_SIZE
        since = datetime.fromtimestamp(outage.since_s, UTC)
        lines = [self._name, f"no picture since {since:%H:%M:%S} UTC", outage.reason]
        return notice(lines, height=height, width=width, pts=round(time_s * 1_000_000), time_base=TICK)
