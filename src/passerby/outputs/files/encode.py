"""Encodes covered pictures to one stream in one container that holds only pictures and timestamps."""

from __future__ import annotations

import os
import re
from fractions import Fraction
from typing import cast

import av
import numpy as np
from av.packet import Packet
from av.video.stream import VideoStream

from passerby.errors import UsageError
from passerby.media.layout import Fields, Layout, Plane, Shape
from passerby.media.sound_plan import SoundPlan
from passerby.media.stretch import Excerpt
from passerby.outputs.files.codecs import CodecProfile
from passerby.outputs.files.copy_file import CopyFile, WritableFile

_BITEXACT_STREAM = 1 << 23  # AV_CODEC_FLAG_BITEXACT
_NO_TIME_BEFORE_THE_FIRST = frozenset({"mpegts", "flv"})  # reordered pictures would shift all timestamps
_NO_PIXEL_SHAPE = frozenset({"matroska", "webm"})  # unless the codec itself stores it
_SHAPE_IN_STREAM = frozenset({"libx264", "libx265"})
_USUAL_RATES = (Fraction(1, 10), Fraction(240))  # frames/s: used by encoders to distribute bits
_START_CODE = re.compile(rb"(\x00?\x00\x00\x01)")
_USER_DATA = (6, b"\x05")  # a unit of supplemental information whose first message is unregistered user data


class Encoder:
    """Writes pictures of one shape into a container.

    Args:
        file: The open file; its owner closes it, after `finish` or to give up.
        shape: The shape of every picture.
        codec: The codec.
        container: FFmpeg's name for the container.
        crf: Quality; None = the codec's default.
        preset: Effort; "" = the codec's default.

    Raises:
        UsageError: The codec cannot write such pictures, or rejects crf or preset.
    """

    def __init__(
        self, file: WritableFile, shape: Shape, *, codec: CodecProfile, container: str, crf: int | None, preset: str
    ) -> None:
        os.environ.setdefault("SVT_LOG", "1")  # otherwise SVT-AV1 prints its banner to stderr
        av.logging.set_libav_level(av.logging.PANIC)
        self._shape = shape
        self._file = CopyFile(file, container=container, time_base=shape.time_base)
        self._stream = self._added(codec, _options(codec, shape, crf=crf, preset=preset, container=container))
        self._nominal = max(1, round(1 / (shape.rate * shape.time_base)))
        self._signed = codec.encoder == "libx264"
        self._excerpt: Excerpt | None = None
        self._origin = 0

    def begin_at(self, excerpt: Excerpt) -> None:
        """Let the copy of a stretch begin at 0; call it before the first picture, and before `carry_sound`."""
        self._excerpt = excerpt
        self._origin = round(excerpt.begins_s / self._shape.time_base)

    def carry_sound(self, plan: SoundPlan) -> None:
        """Write the sound of a recording, or of its stretch; call it before the first picture.

        Raises:
            SourceError: The recording cannot be read.
            UsageError: The container cannot hold its sound.
        """
        self._file.carry_sound(plan, self._excerpt)

    def write(self, packed: Plane, pts: int) -> None:
        """Encode one picture.

        Args:
            packed: Shape (samples,), the planes of the shape's layout, one after the other.
            pts: Presentation time in the shape's time base, larger than the one before.

        Raises:
            OSError: The file cannot be written.
            av.error.FFmpegError: The encoder or the container rejects the picture.
        """
        pts -= self._origin
        picture = self._picture(packed)
        picture.pts = pts
        picture.time_base = self._shape.time_base
        picture.duration = self._nominal
        self._file.sound_until(pts * self._shape.time_base)
        self._mux(self._stream.encode(picture))

    def finish(self) -> None:
        """Write what the encoder still holds, and the index.

        Raises:
            OSError: The file cannot be written.
            av.error.FFmpegError: The encoder or the container fails.
        """
        self._mux(self._stream.encode(None))
        self._file.finish()

    def release(self) -> None:
        """Release the encoder and the sound's source; safe to repeat."""
        self._file.release()

    def _added(self, codec: CodecProfile, options: dict[str, str]) -> VideoStream:
        shape = self._shape
        slowest, fastest = _USUAL_RATES
        pixel_format = _pixel_format(codec, shape)
        container = self._file.container.format.name
        if shape.sample_aspect_ratio != 1 and codec.encoder not in _SHAPE_IN_STREAM and container in _NO_PIXEL_SHAPE:
            msg = f"{container} with {codec.encoder} cannot store that pixels are not square; choose .mp4"
            raise UsageError(msg)

        rate = min(max(shape.rate, slowest), fastest)
        stream = cast("VideoStream", self._file.container.add_stream(codec.encoder, rate=rate))
        context = stream.codec_context
        context.width = shape.width
        context.height = shape.height
        context.pix_fmt = pixel_format
        context.time_base = stream.time_base = self._file.time_base
        context.sample_aspect_ratio = shape.sample_aspect_ratio
        context.color_range = 2 if shape.colour.full_range else 1
        context.color_primaries = shape.colour.primaries
        context.color_trc = shape.colour.transfer
        context.colorspace = shape.colour.matrix
        context.flags |= _BITEXACT_STREAM
        context.options = options

        try:
            context.open()
        except av.FFmpegError as error:
            asked = f"crf {options['crf']} and preset {options.get(codec.preset_option, 'default')}"
            msg = f"{codec.encoder} rejects {shape.width}x{shape.height} {pixel_format} with {asked}; change them"
            raise UsageError(msg) from error

        return stream

    def _picture(self, packed: Plane) -> av.VideoFrame:
        """Return the samples as an FFmpeg picture: the same memory if PyAV can share it, else a copy."""
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
            self._file.mux(self._without_signature(packet) if self._signed else packet)

    def _without_signature(self, packet: Packet[VideoStream]) -> Packet[VideoStream]:
        """Remove the message with x264's name and options; only the first packet has it."""
        self._signed = False
        clean: Packet[VideoStream] = Packet(without_user_data(bytes(packet)))  # type: ignore[assignment] # stream follows
        clean.stream = packet.stream
        clean.is_keyframe = packet.is_keyframe
        clean.time_base = packet.time_base
        clean.pts = packet.pts
        clean.dts = packet.dts
        clean.duration = packet.duration
        return clean


def without_user_data(units: bytes) -> bytes:
    """Return H.264 units (Annex B) without messages of unregistered user data, where encoders put their names."""
    parts = _START_CODE.split(units)
    pairs = zip(parts[1::2], parts[2::2], strict=True)
    return b"".join(code + unit for code, unit in pairs if (unit[0] & 31, unit[1:2]) != _USER_DATA)


def _pixel_format(codec: CodecProfile, shape: Shape) -> str:
    odd = shape.width % 2 or shape.height % 2
    pixel_format = (codec.odd_layouts if odd else codec.layouts).get(shape.layout)
    if pixel_format is None:
        msg = f"{codec.encoder} cannot write {shape.layout} pictures; choose codec h264, h265 or av1"
        raise UsageError(msg)
    return pixel_format


def _options(codec: CodecProfile, shape: Shape, *, crf: int | None, preset: str, container: str) -> dict[str, str]:
    effort = {codec.preset_option: preset} if preset else codec.effort
    options = codec.options | effort | {"crf": str(codec.crf if crf is None else crf)}
    if container in _NO_TIME_BEFORE_THE_FIRST:
        options["bf"] = "0"
    name = codec.field_option
    if shape.fields is not Fields.NONE and name and shape.height % 4 == 0:  # two fields with whole 4:2:0 rows
        options[name] = ":".join(filter(None, [options.get(name, ""), f"{shape.fields.value}=1"]))
    return options
