"""One covered stream as the watchdog follows it: packets in, drawn frames out, decoded only when they are drawn."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date
from typing import Final

from passerby.assembly.watchdog_inspector import FOLLOWING, LookResult, WatchdogInspector
from passerby.media.covered_stream import CoveredStreamDecoder
from passerby.media.frame import Frame
from passerby.watchdog.schedule import DrawSchedule, day_of
from passerby.watchdog.tally import LookTally

STEP_S: Final = 0.2
"""Time between the drawn frame and each of those after it that are looked at too."""
LONGEST_GAP_S: Final = 2.0
"""A moment without a picture for longer than this was not shown, so it cannot be drawn."""
MOST_BYTES: Final = 64 << 20
"""Packets since the last keyframe that are held; a stream with more is decoded from its next keyframe on."""


@dataclass(frozen=True, slots=True)
class StreamMessage:
    """One picture of a covered stream.

    Args:
        data: H.264 with start codes (Annex B).
        key: Whether decoding can begin here.
        time_us: Time of capture, UTC since 1970, us.
    """

    data: bytes = field(repr=False)
    key: bool
    time_us: int

    @property
    def time_s(self) -> float:
        """Time of capture, UTC since 1970, s."""
        return self.time_us / 1e6


@dataclass(frozen=True, slots=True)
class DrawnLook:
    """A drawn frame with the packets that it takes to decode it, and the frames after it.

    Args:
        messages: From a keyframe on, in order.
        wanted: Indices of the drawn frame and of those after it.
    """

    messages: tuple[StreamMessage, ...] = field(repr=False)
    wanted: tuple[int, ...]

    @property
    def captured_s(self) -> float:
        """When the drawn frame was captured, UTC since 1970, s."""
        return self.messages[self.wanted[0]].time_s


class WatchedStream:
    """Draws frames of one camera's stream at the moments of a schedule.

    Args:
        camera: Name of the camera.
        schedule: Returns the schedule of a day (UTC).
    """

    def __init__(self, camera: str, schedule: Callable[[date], DrawSchedule]) -> None:
        self._camera = camera
        self._schedule = schedule
        self._messages: list[StreamMessage] = []
        self._bytes = 0
        self._drawn: int | None = None
        self._before_s: float | None = None
        self._due: tuple[int, float] | None = None
        self._tally = LookTally()

    def begin(self) -> None:
        """Begin again: the stream was interrupted."""
        if self._drawn is not None:
            self._tally += LookTally(missed=1)
        self._messages, self._bytes, self._drawn, self._before_s = [], 0, None, None

    def drain(self) -> LookTally:
        """Return what was counted since the last call: frames, time, and draws that could not be made."""
        tally, self._tally = self._tally, LookTally()
        return tally

    def add(self, message: StreamMessage) -> DrawnLook | None:
        """Take the next picture; return a look that is complete by now."""
        before_s, self._before_s = self._before_s, message.time_s
        gap_s = 0.0 if before_s is None else message.time_s - before_s
        seen = 0 < gap_s <= LONGEST_GAP_S
        self._tally += LookTally(frames=1, watched_s=gap_s if seen else 0.0)
        if message.key and self._drawn is None:
            self._messages, self._bytes = [], 0
        if self._messages or message.key:
            self._messages.append(message)
            self._bytes += len(message.data)
        if seen and before_s is not None:
            self._draw(before_s, message.time_s)
        if self._bytes > MOST_BYTES:
            self.begin()
            self._before_s = message.time_s
            return None
        return self._complete(message.time_s)

    def _draw(self, after_s: float, until_s: float) -> None:
        """Draw the frame of this moment, if the schedule's next moment lies before it."""
        slot, moment_s = self._next(after_s)
        if after_s < moment_s <= until_s:
            self._due = self._moment(slot + 1, after_s)
            if self._drawn is not None or not self._messages:
                self._tally += LookTally(missed=1)
            else:
                self._drawn = len(self._messages) - 1

    def _next(self, after_s: float) -> tuple[int, float]:
        """Return the first slot whose moment is not past."""
        if self._due is None or self._due[1] <= after_s:
            slot = self._schedule(day_of(after_s)).slot(after_s)
            self._due = self._moment(slot, after_s)
            if self._due[1] <= after_s:
                self._due = self._moment(slot + 1, after_s)
        return self._due

    def _moment(self, slot: int, near_s: float) -> tuple[int, float]:
        schedule = self._schedule(day_of(near_s))
        schedule = self._schedule(day_of(slot * schedule.every_s))  # the slot may begin on the next day
        return slot, schedule.moment_s(self._camera, slot)

    def _complete(self, now_s: float) -> DrawnLook | None:
        if self._drawn is None or now_s < self._messages[self._drawn].time_s + FOLLOWING * STEP_S:
            return None
        drawn, messages = self._drawn, tuple(self._messages)
        wanted = [drawn]
        for step in range(1, FOLLOWING + 1):
            at_s = messages[drawn].time_s + step * STEP_S
            wanted.append(next(index for index in range(drawn, len(messages)) if messages[index].time_s >= at_s))
        self._drawn = None
        last_key = max((index for index, each in enumerate(messages) if each.key), default=0)
        self._messages = list(messages[last_key:])
        self._bytes = sum(len(each.data) for each in self._messages)
        return DrawnLook(messages, tuple(dict.fromkeys(wanted)))


class StreamInspector:
    """Decodes looks at one camera's stream, and inspects them.

    Args:
        camera: Name of the camera.
    """

    def __init__(self, camera: str) -> None:
        self._camera = camera
        self._inspector: WatchdogInspector | None = None
        self._size = (0, 0)

    def inspect(self, look: DrawnLook) -> LookResult:
        """Return whom a look finds.

        Raises:
            SourceError: The frames cannot be decoded: they were not inspected.
            ModelError: A network is missing or damaged.
            DetectorError: A network failed, or does not find the drawn people of its self-test.
        """
        decoded = self._decoded(look)
        drawn = next(decoded)
        if self._inspector is None or self._size != (drawn.width, drawn.height):
            self._size = drawn.width, drawn.height
            self._inspector = WatchdogInspector(*self._size)
            self._inspector.test()
        return self._inspector.look(drawn, lambda: list(decoded))

    def _decoded(self, look: DrawnLook) -> Iterator[Frame]:
        """Yield the drawn frame, and those after it if somebody asks."""
        decoder = CoveredStreamDecoder(self._camera)
        for index, message in enumerate(look.messages[: look.wanted[-1] + 1]):
            frame = decoder.decode(message.data, message.time_us, wanted=index in look.wanted)
            if frame is not None:
                yield frame
