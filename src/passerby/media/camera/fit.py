"""Converts live pictures to a form that can be covered and sent: 8 bits, even sides, square pixels, limited width."""

from __future__ import annotations

from fractions import Fraction

from av.video.reformatter import VideoReformatter

from passerby.media.camera.arrival import Arrival
from passerby.media.camera.clock import MICROSECOND
from passerby.media.frame import Frame
from passerby.media.layout import Colour, Layout, Plane
from passerby.media.orientation import Orientation
from passerby.media.samples import colour_of, converted, orientation_of, views


class FrameBuilder:
    """Converts a camera's pictures to frames.

    Args:
        camera: Its name.
        max_width: Wider pictures are scaled down, px.
    """

    def __init__(self, camera: str, *, max_width: int) -> None:
        self._camera = camera
        self._max_width = max_width
        self._swscale = VideoReformatter()

    def frame(self, arrival: Arrival, time_us: int) -> Frame:
        """Return the frame of a picture that was captured at a UTC epoch time, us.

        Raises:
            av.error.FFmpegError: The picture cannot be converted.
        """
        turn = orientation_of(arrival.picture)
        colour = colour_of(arrival.picture)
        planes = self._planes(arrival, turn, colour)
        return Frame(
            planes=tuple(turn.apply(plane) for plane in planes),
            layout=Layout.YUV420,
            pts=time_us,
            time_base=MICROSECOND,
            camera=self._camera,
            colour=colour,
            damaged=arrival.damaged,
            bits_per_pixel=arrival.bits_per_pixel,
        )

    def _planes(self, arrival: Arrival, turn: Orientation, colour: Colour) -> tuple[Plane, ...]:
        picture = arrival.picture
        width, height = self._size(arrival, turn)
        as_it_lies = picture.format.name in {"yuv420p", "yuvj420p"}
        if not (as_it_lies and (width, height) == (picture.width & ~1, picture.height & ~1)):
            picture = converted(
                picture, (width, height), layout=Layout.YUV420, full_range=colour.full_range, swscale=self._swscale
            )
        luma, *chroma = views(picture, Layout.YUV420)
        return luma[:height, :width], *(plane[: height // 2, : width // 2] for plane in chroma)

    def _size(self, arrival: Arrival, turn: Orientation) -> tuple[int, int]:
        """Return the size before rotation: even, and with square pixels."""
        width = arrival.picture.width * max(Fraction(1), arrival.aspect)
        height = arrival.picture.height / min(Fraction(1), arrival.aspect)
        scale = min(Fraction(1), self._max_width / (height if turn.swaps_sides else width))
        return max(2, int(width * scale) & ~1), max(2, int(height * scale) & ~1)
