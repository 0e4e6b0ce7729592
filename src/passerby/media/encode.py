"""Covered pictures to one encoded stream in one container: nothing in it but pictures and times."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Protocol, cast

import av
import numpy as np
from av.bitstream import BitStreamFilterContext
from av.packet import Packet
from av.video.stream import VideoStream

from passerby.errors import UsageError
from passerby.media.codecs import Codec
from passerby.media.layout import Layout, Plane, Shape
from passerby.media.sound import Sound

_BITEXACT_FILE = 1 << 10  # AVFMT_FLAG_BITEXACT: no version of the writing library, no random numbers
_BITEXACT_STREAM = 1 << 23  # AV_CODEC_FLAG_BITEXACT
_MUXER_OPTIONS = {
    "mp4": {"movflags": "+faststart"},
    "mov": {"movflags": "+faststart"},
    "mpegts": {"mpegts_copyts": "1"},
}


class WritableFile(Protocol):
    """What a container is written into; `name` is read again for the index in front."""

    name: str
    closed: bool

    def write(self, data: bytes) -> int:
        """Write all bytes."""
        ...

    def seek(self, offset: int, whence: int = 0) -> int:
        """Move to a position."""
        ...

    def tell(self) -> int:
        """Return the position."""
        ...


class Encoder:
    """Writes pictures of one shape into a container.

    Args:
        file: Where to; closed by its owner, after `finish` or to give up.
        shape: What every picture looks like.
        codec: How to write them.
        container: FFmpeg's name of the container.
        crf: Quality; the codec's own default when None.
        preset: Effort; the codec's own default when empty.

    Raises:
        UsageError: The codec cannot write such pictures, or refuses crf or preset.
    """

    def __init__(
        self, file: WritableFile, shape: Shape, *, codec: Codec, container: str, crf: int | None, preset: str
    ) -> None:
        os.environ.setdefault("SVT_LOG", "1")  # SVT-AV1 prints its banner to stderr otherwise
        av.logging.set_libav_level(av.logging.PANIC)
        self._shape = shape
        self._container = av.open(
            file, "w", format=container, container_options=_muxer_options(container, shape), buffer_size=1 << 20
        )
        self._container.flags |= _BITEXACT_FILE
        self._stream = self._added(codec, crf, preset)
        self._nominal = max(1, round(1 / (shape.rate * shape.time_base)))
        self._unsigned: BitStreamFilterContext | None = None
        self._signed = codec.encoder == "libx264"
        self._sound: Sound | None = None

    def carry_sound(self, path: Path) -> None:
        """Carry over the sound of a recording; before the first picture.

        Raises:
            SourceError: The recording cannot be read.
            UsageError: The container cannot hold its sound.
        """
        self._sound = Sound(path, self._container)

    def write(self, packed: Plane, pts: int) -> None:
        """Encode one picture.

        Args:
            packed: Shape (samples,), the planes of the shape's layout, one after the other.
            pts: Presentation time in the shape's time base, larger than the one before.

        Raises:
            OSError: The file cannot be written.
            av.error.FFmpegError: The encoder or the container refuses the picture.
        """
        picture = self._picture(packed)
        picture.pts = pts
        picture.time_base = self._shape.time_base
        picture.duration = self._nominal
        if self._sound is not None:
            self._sound.mux_until(pts * self._shape.time_base)
        self._mux(self._stream.encode(picture))

    def finish(self) -> None:
        """Write what is still on its way, and the index.

        Raises:
            OSError: The file cannot be written.
            av.error.FFmpegError: The encoder or the container fails.
        """
        self._mux(self._stream.encode(None))
        if self._sound is not None:
            self._sound.mux_until(None)
        self._container.close()

    def release(self) -> None:
        """Free the encoder and the sound's source; harmless when repeated."""
        if self._sound is not None:
            self._sound.close()

    def _added(self, codec: Codec, crf: int | None, preset: str) -> VideoStream:
        shape = self._shape
        odd = shape.width % 2 or shape.height % 2
        pixel_format = (codec.odd_layouts if odd else codec.layouts).get(shape.layout)
        if pixel_format is None:
            msg = f"{codec.encoder} cannot write {shape.layout} pictures; choose codec h264, h265 or av1"
            raise UsageError(msg)
        stream = cast("VideoStream", self._container.add_stream(codec.encoder, rate=shape.rate))
        context = stream.codec_context
        context.width, context.height, context.pix_fmt = shape.width, shape.height, pixel_format
        context.time_base = stream.time_base = shape.time_base
        context.sample_aspect_ratio = shape.sample_aspect_ratio
        context.color_range = 2 if shape.colour.full_range else 1
        context.color_primaries, context.color_trc = shape.colour.primaries, shape.colour.transfer
        context.colorspace = shape.colour.matrix
        context.flags |= _BITEXACT_STREAM
        chosen = {"crf": str(codec.crf if crf is None else crf), codec.preset_option: preset or codec.preset}
        context.options = codec.options | chosen
        try:
            context.open()
        except av.FFmpegError as error:
            asked = ", ".join(f"{key} {value}" for key, value in chosen.items())
            msg = f"{codec.encoder} refuses {shape.width}x{shape.height} {pixel_format} with {asked}; choose others"
            raise UsageError(msg) from error
        return stream

    def _picture(self, packed: Plane) -> av.VideoFrame:
        """Return the samples as a picture of FFmpeg's: the same memory where PyAV can, else a copy."""
        width, height, layout = self._shape.width, self._shape.height, self._shape.layout
        if layout is Layout.YUV420 and width % 2 == 0 and height % 4 == 0:
            return av.VideoFrame.from_numpy_buffer(packed.reshape(height * 3 // 2, width), layout.value)
        picture = av.VideoFrame(width, height, layout.value)
        start = 0
        for plane in picture.planes:
            stop = start + plane.width * plane.height
            rows = np.frombuffer(memoryview(plane), packed.dtype).reshape(plane.height, -1)
            rows[:, : plane.width] = packed[start:stop].reshape(plane.height, plane.width)
            start = stop
        return picture

    def _mux(self, packets: list[Packet[VideoStream]]) -> None:
        for packet in packets:
            self._container.mux(self._without_signature(packet) if self._signed else packet)

    def _without_signature(self, packet: Packet[VideoStream]) -> list[Packet[VideoStream]]:
        """Drop the message in which x264 names itself and its options; only the first packet has it."""
        self._signed = False
        self._container.start_encoding()
        only_pictures = BitStreamFilterContext("filter_units=remove_types=6", in_stream=self._stream)
        return only_pictures.filter(packet) + only_pictures.filter(None)


def _muxer_options(container: str, shape: Shape) -> dict[str, str]:
    options = dict(_MUXER_OPTIONS.get(container, {}))
    if container in {"mp4", "mov", "3gp", "3g2"}:  # times to the tick, the start of the first picture too
        options["movie_timescale"] = str(shape.time_base.denominator)
    return options
