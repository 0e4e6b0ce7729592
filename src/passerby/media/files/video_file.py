"""Recordings as sources of frames: upright, in one layout and size, with every frame at its exact time."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from itertools import chain
from pathlib import Path

import av

from passerby.errors import SourceError, UsageError
from passerby.media.files.decode import DecodedPicture, RecordingDecoder
from passerby.media.files.picture_file import PictureFile, holds_one_picture
from passerby.media.files.seek import decoder_at
from passerby.media.files.timestamps import TimestampRepair
from passerby.media.frame import Frame
from passerby.media.layout import Fields, Plane, Shape
from passerby.media.limits import check_size
from passerby.media.orientation import Orientation
from passerby.media.samples import Unpacker, colour_of, fields_of, layout_of, orientation_of, sample_aspect_ratio
from passerby.media.source import Source
from passerby.media.stretch import ROUNDING_S, Excerpt, Stretch

_USUAL_RATE = Fraction(25)
_Timed = tuple[DecodedPicture, int]
"""A picture or gap, and its time after repair, in the stream's time base."""


class VideoFile:
    """A recording: a `Source` that yields as many frames as the file shows, at the file's own times.

    Rotation and reflection are applied. If a stream changes its size, depth or range, its pictures are
    converted to those of the first. A picture that cannot be decoded becomes a black frame with `damaged` set.

    Args:
        path: The file; any format that FFmpeg reads, recognised by its content.
        camera: Name for messages; the file's name by default.
        threads: Decoder threads; 0 = one per processor.
        stretch: Which part of it to read; None = all of it.

    Raises:
        SourceError: The file is missing, not a recording, encrypted, too large, or shows nothing.
        UsageError: There is no picture in the stretch.
    """

    name: str
    shape: Shape
    length: int | None
    excerpt: Excerpt | None
    """Where the stretch lies in the file's own times; None = all of the file is read."""
    starts_s: Fraction
    """Time of the file's first frame, s."""
    _recording: RecordingDecoder
    _timed: Iterator[_Timed]
    _unpacker: Unpacker
    _orientation: Orientation
    _bits_per_pixel: float
    _begun: bool

    def __init__(self, path: Path, *, camera: str = "", threads: int = 0, stretch: Stretch | None = None) -> None:
        self.name = camera or path.name
        self.excerpt = None
        self._path = path
        self._threads = threads
        self._stretch = stretch
        self._open()

    def __iter__(self) -> Iterator[Frame]:
        """Yield the frames from the beginning; a second pass opens the file again.

        Raises:
            SourceError: The file cannot be read any more.
        """
        if self._begun:
            self.close()
            self._open()
        self._begun = True
        for decoded, pts in self._timed:
            yield self._frame(decoded, pts)

    def close(self) -> None:
        """Close the file and the decoder; safe to repeat."""
        self._begun = True
        self._timed = iter(())
        self._recording.close()

    def _open(self) -> None:
        self._begun = False
        self._recording = RecordingDecoder(self._path, threads=self._threads)
        try:
            self._look_ahead()
            if self._stretch is not None:
                self._go_to(self._stretch)
        except (SourceError, UsageError):
            self._recording.close()
            raise

    def _look_ahead(self) -> None:
        """Decode up to the first picture: only it gives size, layout and orientation for certain."""
        decoded = self._recording.decoded()
        before: list[DecodedPicture] = []
        for first in decoded:
            before.append(first)
            if first.picture is not None:
                self._describe(first.picture)
                break
        self._timed = self._with_times(chain(before, decoded))
        self.starts_s = (before[0].pts or 0) * self.shape.time_base

    def _with_times(self, decoded: Iterator[DecodedPicture]) -> Iterator[_Timed]:
        clock = TimestampRepair(self.shape.rate, self.shape.time_base)
        return ((each, clock.next(each.pts)) for each in decoded)

    def _go_to(self, stretch: Stretch) -> None:
        """Continue with the first picture of a stretch; only what the decoder needs before it is read.

        Raises:
            UsageError: There is no picture in the stretch.
        """
        first, start = next(self._timed)
        unit_s = self.shape.time_base
        if stretch.from_s and first.pts is not None:
            self._recording.close()
            pts = start + int((stretch.from_s - ROUNDING_S) / unit_s)
            self._recording, decoded = decoder_at(self._path, pts, threads=self._threads)
            self._timed = self._with_times(decoded)
        else:
            self._timed = chain([(first, start)], self._timed)

        last_s = Fraction(0)
        for decoded_at in self._timed:
            last_s = (decoded_at[1] - start) * unit_s
            if not stretch.before(last_s):
                break
        if stretch.before(last_s) or stretch.after(last_s):
            raise UsageError(self._nothing_in(stretch, last_s))
        picture, pts = decoded_at
        if picture.picture is not None:
            self._describe(picture.picture)
        self._timed = chain([decoded_at], _up_to(self._timed, stretch, start=start, unit_s=unit_s))
        ends_s = None if stretch.until_s is None else start * unit_s + stretch.until_s
        self.excerpt = Excerpt(start * unit_s, pts * unit_s, ends_s)
        self.length = self._length_of(stretch)

    def _nothing_in(self, stretch: Stretch, last_s: Fraction) -> str:
        if stretch.before(last_s):
            asked = f"--from {float(stretch.from_s):g} s is after its last frame, at {float(last_s):.3f} s"
            return f"{self._path}: {asked}; choose an earlier time"
        times = f"--from {float(stretch.from_s):g} s and --until {float(stretch.until_s or 0):g} s"
        return f"{self._path}: no frame lies between {times}; choose times farther apart"

    def _length_of(self, stretch: Stretch) -> int | None:
        """Return about how many frames a stretch has; None if the file does not say how many it has."""
        whole = None if self.length is None else self.length / self.shape.rate
        until_s = stretch.until_s if whole is None else min(whole, stretch.until_s or whole)
        return None if until_s is None else max(1, round((until_s - stretch.from_s) * self.shape.rate))

    def _describe(self, picture: av.VideoFrame) -> None:
        check_size(picture.width, picture.height, name=str(self._path))
        stream = self._recording.stream
        layout = layout_of(picture)
        colour = colour_of(picture)
        self._unpacker = Unpacker(picture.width, picture.height, layout=layout, colour=colour)
        self._orientation = orientation_of(picture)
        pixel = sample_aspect_ratio(stream.sample_aspect_ratio)
        order = stream.codec_context.field_order
        swapped = self._orientation.swaps_sides
        rate = stream.average_rate or stream.guessed_rate or _USUAL_RATE
        self.shape = Shape(
            width=picture.height if swapped else picture.width,
            height=picture.width if swapped else picture.height,
            layout=layout,
            colour=colour,
            rate=rate,
            time_base=self._recording.time_base,
            sample_aspect_ratio=1 / pixel if swapped else pixel,
            fields=fields_of(picture, order) if self._orientation.is_upright else Fields.NONE,
        )
        self._bits_per_pixel = self._recording.bit_rate / float(rate * picture.width * picture.height)
        spans = (stream.duration or 0) * self._recording.time_base * rate
        self.length = stream.frames or round(spans) or None

    def _frame(self, decoded: DecodedPicture, pts: int) -> Frame:
        planes, damaged = self._planes(decoded)
        return Frame(
            planes=tuple(self._orientation.apply(plane) for plane in planes),
            layout=self.shape.layout,
            pts=pts,
            time_base=self.shape.time_base,
            camera=self.name,
            colour=self.shape.colour,
            damaged=damaged,
            bits_per_pixel=self._bits_per_pixel,
        )

    def _planes(self, decoded: DecodedPicture) -> tuple[tuple[Plane, ...], str]:
        if decoded.picture is None or decoded.damaged:
            return self._unpacker.black(), decoded.damaged
        try:
            return self._unpacker.planes(decoded.picture), ""
        except av.FFmpegError as error:
            return self._unpacker.black(), f"cannot be converted: {error.strerror}"


def _up_to(timed: Iterator[_Timed], stretch: Stretch, *, start: int, unit_s: Fraction) -> Iterator[_Timed]:
    """Yield pictures with their times until the stretch ends, and read no further."""
    for each in timed:
        if stretch.after((each[1] - start) * unit_s):
            return
        yield each


def open_stretch(path: Path, stretch: Stretch, *, threads: int = 0) -> VideoFile:
    """Open part of a recording.

    Raises:
        SourceError: The file is missing or unreadable.
        UsageError: It is a picture, or there is no picture in the stretch.
    """
    if holds_one_picture(path):
        msg = f"{path}: a picture has no times; leave --from and --until out"
        raise UsageError(msg)
    return VideoFile(path, threads=threads, stretch=stretch)


def open_source(path: Path, *, camera: str = "", threads: int = 0) -> Source:
    """Open a recording or a picture; its content decides which, not the file's extension.

    Raises:
        SourceError: The file is missing, unreadable, or neither.
    """
    if holds_one_picture(path):
        return PictureFile(path, camera=camera)
    return VideoFile(path, camera=camera, threads=threads)
