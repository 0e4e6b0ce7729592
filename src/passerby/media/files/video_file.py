"""Recordings as sources of frames: upright, in one layout and size, with every frame at its exact time."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from itertools import chain
from pathlib import Path

import av

from passerby.errors import SourceError
from passerby.media.files.decode import DecodedPicture, RecordingDecoder
from passerby.media.files.picture_file import PictureFile, holds_one_picture
from passerby.media.files.timestamps import TimestampRepair
from passerby.media.frame import Frame
from passerby.media.layout import Fields, Plane, Shape
from passerby.media.limits import check_size
from passerby.media.orientation import Orientation
from passerby.media.samples import Unpacker, colour_of, fields_of, layout_of, orientation_of, sample_aspect_ratio
from passerby.media.source import Source

_USUAL_RATE = Fraction(25)


class VideoFile:
    """A recording: a `Source` that yields as many frames as the file shows, at the file's own times.

    Rotation and reflection are applied. If a stream changes its size, depth or range, its pictures are
    converted to those of the first. A picture that cannot be decoded becomes a black frame with `damaged` set.

    Args:
        path: The file; any format that FFmpeg reads, recognised by its content.
        camera: Name for messages; the file's name by default.
        threads: Decoder threads; 0 = one per processor.

    Raises:
        SourceError: The file is missing, not a recording, encrypted, too large, or shows nothing.
    """

    name: str
    shape: Shape
    length: int | None
    _recording: RecordingDecoder
    _decoded: Iterator[DecodedPicture]
    _unpacker: Unpacker
    _orientation: Orientation
    _bits_per_pixel: float
    _begun: bool

    def __init__(self, path: Path, *, camera: str = "", threads: int = 0) -> None:
        self.name = camera or path.name
        self._path = path
        self._threads = threads
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
        clock = TimestampRepair(self.shape.rate, self.shape.time_base)
        for decoded in self._decoded:
            yield self._frame(decoded, clock.next(decoded.pts))

    def close(self) -> None:
        """Close the file and the decoder; safe to repeat."""
        self._begun = True
        self._decoded = iter(())
        self._recording.close()

    def _open(self) -> None:
        self._begun = False
        self._recording = RecordingDecoder(self._path, threads=self._threads)
        try:
            self._look_ahead()
        except SourceError:
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
        self._decoded = chain(before, decoded)

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


def open_source(path: Path, *, camera: str = "", threads: int = 0) -> Source:
    """Open a recording or a picture; its content decides which, not the file's extension.

    Raises:
        SourceError: The file is missing, unreadable, or neither.
    """
    if holds_one_picture(path):
        return PictureFile(path, camera=camera)
    return VideoFile(path, camera=camera, threads=threads)
