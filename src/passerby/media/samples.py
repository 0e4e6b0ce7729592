"""Converts decoded pictures to one of our layouts, without a copy if they already have it."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import cast

import av
import numpy as np
from av.sidedata.sidedata import SideData, Type
from av.video.plane import VideoPlane
from av.video.reformatter import ColorRange, Colorspace, VideoReformatter

from passerby.media.layout import Colour, Fields, Layout, Plane
from passerby.media.orientation import Orientation, of_matrix

_UNSPECIFIED = 2
_BT709, _SRGB = 1, 13
_BOTTOM_SHOWN_FIRST = (3, 4)  # AV_FIELD_BB, AV_FIELD_TB
_AS_IT_LIES = {"yuv420p": Layout.YUV420, "yuvj420p": Layout.YUV420, "yuv420p10le": Layout.YUV420_10}


def layout_of(frame: av.VideoFrame) -> Layout:
    """Return the layout that preserves a decoded picture: 10 bits if it has more than 8."""
    deepest = max(component.bits for component in frame.format.components)
    return Layout.YUV420_10 if deepest > 8 else Layout.YUV420


def colour_of(frame: av.VideoFrame) -> Colour:
    """Return the colour tags that the picture has once it is in its layout.

    RGB sources become BT.709 in limited range, with their own primaries and transfer if they name
    them, and with sRGB's if not.
    """
    if _is_rgb(frame):
        primaries, transfer = frame.color_primaries, frame.color_trc
        return Colour(
            full_range=False,
            primaries=_BT709 if primaries == _UNSPECIFIED else int(primaries),
            transfer=_SRGB if transfer == _UNSPECIFIED else int(transfer),
            matrix=_BT709,
        )
    return Colour(
        full_range=_is_full_range(frame),
        primaries=int(frame.color_primaries),
        transfer=int(frame.color_trc),
        matrix=int(frame.colorspace),
    )


class Unpacker:
    """Planes of decoded pictures, all in one layout and of one size.

    Args:
        width: Width of the planes, px, before rotation.
        height: Height of the planes, px, before rotation.
        layout: Layout of the planes.
        colour: Colour tags of the planes.
    """

    def __init__(self, width: int, height: int, *, layout: Layout, colour: Colour) -> None:
        self._width = width
        self._height = height
        self._layout = layout
        self._colour = colour
        self._swscale = VideoReformatter()

    def planes(self, frame: av.VideoFrame) -> tuple[Plane, ...]:
        """Return the read-only planes of a picture; they keep the decoder's memory alive.

        Raises:
            av.error.FFmpegError: The picture cannot be converted.
        """
        size = self._fitting(frame)
        same_range = _is_full_range(frame) == self._colour.full_range
        as_it_lies = same_range and _AS_IT_LIES.get(frame.format.name) is self._layout
        if not (as_it_lies and size == (frame.width, frame.height)):
            full_range = self._colour.full_range
            frame = converted(frame, size, layout=self._layout, full_range=full_range, swscale=self._swscale)
        planes = views(frame, self._layout)
        return planes if size == (self._width, self._height) else self._framed(planes)

    def black(self) -> tuple[Plane, ...]:
        """Return the planes of a black picture."""
        return black(self._width, self._height, layout=self._layout, full_range=self._colour.full_range)

    def _fitting(self, frame: av.VideoFrame) -> tuple[int, int]:
        """Return the largest size within ours that preserves the picture's proportions."""
        if (frame.width, frame.height) == (self._width, self._height):
            return self._width, self._height
        scale = min(self._width / frame.width, self._height / frame.height)
        width, height = (max(2, round(side * scale / 2) * 2) for side in (frame.width, frame.height))
        near = 2  # px: proportions that differ by less are the same picture at another resolution
        return (
            self._width if self._width - width <= near else width,
            self._height if self._height - height <= near else height,
        )

    def _framed(self, planes: tuple[Plane, ...]) -> tuple[Plane, ...]:
        """Return the planes centred in a black picture of our size."""
        framed = []
        for small, bars in zip(planes, self.black(), strict=True):
            plane = bars.copy()
            top, left = ((whole - part) // 2 for whole, part in zip(plane.shape, small.shape, strict=True))
            plane[top : top + small.shape[0], left : left + small.shape[1]] = small
            plane.flags.writeable = False
            framed.append(plane)
        return tuple(framed)


def converted(
    frame: av.VideoFrame, size: tuple[int, int], *, layout: Layout, full_range: bool, swscale: VideoReformatter
) -> av.VideoFrame:
    """Return a picture in a layout, size (width, height; px) and range; RGB becomes BT.709.

    Raises:
        av.error.FFmpegError: The picture cannot be converted.
    """
    rgb = _is_rgb(frame)
    return swscale.reformat(
        frame,
        *size,
        layout.value,
        dst_colorspace=Colorspace.ITU709 if rgb else None,
        interpolation="BICUBIC",
        src_color_range=ColorRange.JPEG if rgb or _is_full_range(frame) else ColorRange.MPEG,
        dst_color_range=ColorRange.JPEG if full_range else ColorRange.MPEG,
        threads=1,
    )


def views(frame: av.VideoFrame, layout: Layout) -> tuple[Plane, ...]:
    """Return read-only views of the planes of a picture that already has this `layout`."""
    return tuple(_view(plane, layout) for plane in frame.planes[:3])


def black(width: int, height: int, *, layout: Layout, full_range: bool) -> tuple[Plane, ...]:
    """Return the read-only planes of a black picture; they share one small block of memory."""
    deep = layout is Layout.YUV420_10
    dtype = np.uint16 if deep else np.uint8
    luma, chroma = (0 if full_range else 16) << 2 * deep, 128 << 2 * deep
    half = ((height + 1) // 2, (width + 1) // 2)
    return tuple(
        np.broadcast_to(np.array(value, dtype), shape)
        for value, shape in ((luma, (height, width)), (chroma, half), (chroma, half))
    )


def sample_aspect_ratio(value: Fraction | None) -> Fraction:
    """Return a usable pixel aspect ratio: 1 if it is missing or impossible."""
    return value if value is not None and Fraction(1, 100) < value < 100 else Fraction(1)


def orientation_of(picture: av.VideoFrame) -> Orientation:
    """Return the rotation and reflection that turn a decoded picture upright."""
    try:
        side_data = cast("Mapping[Type, SideData]", picture.side_data)
    except ValueError:  # PyAV does not know every kind of side data, such as EXIF; a reflection then stays unknown
        return Orientation(round(-picture.rotation / 90) % 4)
    matrix = side_data.get(Type.DISPLAYMATRIX)
    return of_matrix(bytes(matrix)) if matrix is not None else Orientation()


def fields_of(frame: av.VideoFrame, order: int) -> Fields:
    """Return which rows of a picture come first; `order` is FFmpeg's field order of the stream."""
    if not frame.interlaced_frame:
        return Fields.NONE
    return Fields.BOTTOM_FIRST if order in _BOTTOM_SHOWN_FIRST else Fields.TOP_FIRST


def _view(plane: VideoPlane, layout: Layout) -> Plane:
    samples = np.frombuffer(memoryview(plane), np.uint16 if layout is Layout.YUV420_10 else np.uint8)
    rows = samples.reshape(plane.height, -1)[:, : plane.width]  # the rest of a row is padding
    upright = rows[::-1] if plane.line_size < 0 else rows
    upright.flags.writeable = False
    return cast("Plane", upright)


def _is_rgb(frame: av.VideoFrame) -> bool:
    name = frame.format.name
    return bool(frame.format.is_rgb or frame.format.has_palette or name.startswith("xyz"))


def _is_full_range(frame: av.VideoFrame) -> bool:
    return frame.format.name.startswith("yuvj") or frame.color_range == ColorRange.JPEG
