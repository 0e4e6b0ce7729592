"""The loop for recordings: decode, inspect, cover and write in parallel; each frame once, none uncovered."""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Generator, Iterable, Iterator
from typing import Generic, Protocol, TypeVar

from passerby.errors import DetectorError
from passerby.media.frame import Frame
from passerby.media.source import Source
from passerby.outputs.output import VideoOutput
from passerby.redact.frame_record import FrameRecord, record_of
from passerby.redact.redactor import RedactedFrame
from passerby.redact.stream import Redactor
from passerby.vision.inspect.inspector import InspectedFrame

AHEAD = 4
"""Frames that one stage may be ahead of the next: enough to even out delays, with little memory."""
FAREWELL_S = 10.0
"""Time for a blocked source to return when the work ends."""
T = TypeVar("T")


class Inspector(Protocol):
    """Inspects the frames of a stream: a `FrameInspector`, or one whose results also go to a meter."""

    def inspect(self, frames: Iterable[Frame]) -> Iterator[InspectedFrame]:
        """Yield every frame with its detections."""
        ...


def run(source: Source, inspector: Inspector, redactor: Redactor, *, output: VideoOutput) -> Iterator[FrameRecord]:
    """Cover a source and write it out; yield a record after each frame.

    Every frame that the source yields is written once, covered. When this raises, or is closed early,
    the caller abandons the output.

    Raises:
        SourceError: The source cannot be read any further.
        OutputError: The target cannot take more.
    """
    height, width = source.shape.height, source.shape.width
    with Prefetch(source) as frames, Prefetch(inspector.inspect(frames)) as inspected:
        for index, done in enumerate(redactor.stream(inspected)):
            output.write(done.frame)
            yield record_of(done, index, (height, width))
    output.finish()


class Demanding:
    """An output that is not finished when the detectors failed at every look: a black copy is of no use to anybody.

    Args:
        output: Where the copy goes.
        redactor: Knows whether anything was inspected.
        name: Of the source, for messages.
    """

    def __init__(self, output: VideoOutput, redactor: Redactor, *, name: str) -> None:
        self._output = output
        self._redactor = redactor
        self._name = name

    def write(self, frame: RedactedFrame) -> None:
        """Take one covered picture."""
        self._output.write(frame)

    def finish(self) -> None:
        """Complete the target.

        Raises:
            DetectorError: Nothing was inspected.
        """
        if (failure := self._redactor.failure) and not self._redactor.inspected:
            msg = (
                f"{self._name}: no frame could be inspected ({failure}), so no copy was written: it would be black. "
                "If this machine is busy, try again later or with --effort fast, otherwise run `passerby doctor`"
            )
            raise DetectorError(msg)
        self._output.finish()

    def abandon(self) -> None:
        """Remove what was written."""
        self._output.abandon()


def look(source: Source, inspector: Inspector) -> Generator[None]:
    """Inspect a source and write nothing; yield after each frame.

    Raises:
        SourceError: The source cannot be read any further.
    """
    with Prefetch(source) as frames:
        for _ in inspector.inspect(frames):
            yield


class Prefetch(Generic[T]):
    """Runs an iterable in a separate thread, a few items ahead; errors are raised where they would be without it."""

    def __init__(self, items: Iterable[T]) -> None:
        self._items = items
        self._queue: queue.Queue[tuple[bool, T | BaseException | None]] = queue.Queue(AHEAD)
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._fill, daemon=True)

    def __enter__(self) -> Prefetch[T]:
        """Start."""
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Stop, whether or not all items were taken; a source that blocks is abandoned."""
        self._stop.set()
        end_s = time.monotonic() + FAREWELL_S
        while self._thread.is_alive() and time.monotonic() < end_s:
            self._drain()
            self._thread.join(0.01)

    def __iter__(self) -> Iterator[T]:
        """Yield the items."""
        while True:
            more, item = self._queue.get()
            if more:
                yield item  # type: ignore[misc]  # the flag says that it is one
            elif isinstance(item, BaseException):
                raise item
            else:
                return

    def _fill(self) -> None:
        last: BaseException | None = None
        try:
            for item in self._items:
                if self._stop.is_set():
                    return
                self._queue.put((True, item))
        except BaseException as error:  # noqa: BLE001  # passed on to the thread that reads
            last = error
        self._queue.put((False, last))

    def _drain(self) -> None:
        try:
            while True:
                self._queue.get(block=False)
        except queue.Empty:
            return
