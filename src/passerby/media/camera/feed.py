"""A camera as an endless source: frames as they arrive, and outages while none do."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import closing

import av

from passerby.errors import AbsentError, RefusedError, SourceError
from passerby.media.address import Address, Transport
from passerby.media.camera.arrival import Arrival
from passerby.media.camera.clock import CaptureClock, SteadyClock
from passerby.media.camera.connect import connect
from passerby.media.camera.fit import FrameBuilder
from passerby.media.camera.pacing import FrameRateCap, Pacer
from passerby.media.frame import Frame
from passerby.media.outage import Outage

_NOTICE_S = 0.5
_QUIET_S = 2.0
_HUNG_S = 60.0
_WAITING = 4
_FIRST_RETRY_S, _LONGEST_RETRY_S = 0.2, 1.0
_FIRST_REFUSED_S, _LONGEST_REFUSED_S = 30.0, 600.0
"""Time between attempts after a rejected sign-in: many cameras lock out a user after five wrong passwords."""


class CameraFeed:
    """Frames of one live camera, which is reconnected whenever it is lost; iterate it once, and `close` it.

    A thread reads and decodes everything that arrives, so that a slow consumer makes nothing late: if more
    than four frames wait, the oldest are dropped. Times are UTC in microseconds and strictly
    increase; width and height may change from one frame to the next.

    Args:
        name: Name of the camera.
        address: Its address with credentials: rtsp(s)://, http(s)://, /dev/video0, simulation:NAME, or a file, looped.
        clock: System clock, UTC epoch, s.
        transport: Transport of RTSP packets.
        max_fps: Highest number of frames a second that are passed on.
        max_width: Wider frames are scaled down, px.
    """

    def __init__(
        self,
        name: str,
        address: Address,
        *,
        clock: Callable[[], float],
        transport: Transport = Transport.TCP,
        max_fps: float = 25.0,
        max_width: int = 1920,
    ) -> None:
        self.name = name
        self._address = address
        self._transport = transport
        self._fitter = FrameBuilder(name, max_width=max_width)
        self._thinner = FrameRateCap(max_fps)
        self._clock = SteadyClock(clock)
        self._capture = CaptureClock()
        self._closed = threading.Event()
        self._news = threading.Condition()
        self._waiting: deque[Frame] = deque(maxlen=_WAITING)
        self._last_s = self._clock.now_s()
        self._outage: Outage | None = Outage("not connected yet", refused=False, since_s=self._last_s, tried=False)
        self._untold = False
        self._broken: Exception | None = None
        self._alive_at = time.monotonic()
        self._thread = threading.Thread(target=self._run, name=f"camera {name}", daemon=True)

    def __iter__(self) -> Iterator[Frame | Outage]:
        """Yield frames as they arrive; while none do, an outage at once and then twice a second.

        Ends only with `close`; a consumer that stops iterating disconnects it too.

        Raises:
            SourceError: Reading itself failed or is blocked: only a new process can help.
        """
        self._thread.start()
        quiet_at = time.monotonic() + _QUIET_S
        try:
            while not self._closed.is_set():
                item = self._next()
                if item is not None:
                    quiet_at = time.monotonic() + _QUIET_S
                    yield item
                elif time.monotonic() > quiet_at:
                    yield Outage("connected, but it sends no pictures", refused=False, since_s=self._last_s)
        finally:
            self._closed.set()

    def close(self) -> None:
        """Disconnect; safe to repeat."""
        self._closed.set()
        with self._news:
            self._news.notify_all()
        if self._thread.is_alive():
            self._thread.join(timeout=_QUIET_S)

    def _next(self) -> Frame | Outage | None:
        """Wait for a frame or a new outage, for half a second at most."""
        with self._news:
            self._news.wait_for(lambda: self._waiting or self._untold or self._closed.is_set(), _NOTICE_S)
            if self._waiting:
                return self._waiting.popleft()
            self._untold = False
            if self._broken is not None:
                msg = f"camera {self.name}: reading failed: {type(self._broken).__name__}"
                raise SourceError(msg) from self._broken
        if time.monotonic() - self._alive_at > _HUNG_S:
            msg = f"camera {self.name}: reading has been blocked for {_HUNG_S:.0f} s"
            raise SourceError(msg)
        return self._outage

    def _run(self) -> None:
        """Read until closed; reconnect after each loss."""
        failures = 0
        try:
            while not self._closed.is_set():
                try:
                    self._read()
                except SourceError as error:
                    failures = 0 if self._outage is None else failures + 1
                    self._lose(error)
                    self._wait(_retry_s(failures, refused=isinstance(error, RefusedError)))
        except Exception as error:  # noqa: BLE001 - a thread would die silently: the consumer raises it as ours
            with self._news:
                self._broken = error
                self._untold = True
                self._news.notify_all()

    def _read(self) -> None:
        """Pass on the pictures of one connection.

        Raises:
            SourceError: It cannot be established, or is lost.
        """
        self._alive_at = time.monotonic()
        came = False
        with closing(connect(self._address, self._transport)) as connection:
            pacer = Pacer() if connection.paced else None
            for arrival in connection:
                if self._closed.is_set():
                    return
                came = True
                at_s = self._clock.now_s()
                if pacer is not None:
                    due_s = pacer.due_s(arrival.stream_s, at_s)
                    self._wait(due_s - at_s)
                    at_s = due_s
                self._alive_at = time.monotonic()
                self._hand_over(arrival, self._capture.next_us(None if pacer else arrival.stream_s, at_s))
            if not came or not connection.looped:
                msg = "it ended the stream" if came else "it sends no picture that can be decoded"
                raise SourceError(msg)

    def _hand_over(self, arrival: Arrival, time_us: int | None) -> None:
        if time_us is None or not self._thinner.passes(time_us):
            return
        try:
            frame = self._fitter.frame(arrival, time_us)
        except av.FFmpegError as error:
            msg = f"its pictures cannot be converted: {error.strerror}"
            raise SourceError(msg) from error
        with self._news:
            self._waiting.append(frame)
            self._outage = None
            self._last_s = frame.time_s
            self._news.notify_all()

    def _lose(self, error: SourceError) -> None:
        refused, absent = isinstance(error, RefusedError), isinstance(error, AbsentError)
        with self._news:
            self._outage = Outage(str(error), refused=refused, since_s=self._last_s, absent=absent)
            self._untold = True
            self._news.notify_all()

    def _wait(self, seconds: float) -> None:
        self._alive_at = time.monotonic() + max(0.0, seconds)  # a long wait does not count as blocked
        self._closed.wait(max(0.0, seconds))


def _retry_s(failures: int, *, refused: bool) -> float:
    first, longest = (_FIRST_REFUSED_S, _LONGEST_REFUSED_S) if refused else (_FIRST_RETRY_S, _LONGEST_RETRY_S)
    return float(min(longest, first * 2 ** min(failures, 10)))
