"""Plays recorded segments: as fragmented MP4 that a browser shows while it arrives, or as one picture of a moment."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

import av
from av.error import FFmpegError
from av.packet import Packet
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from passerby.errors import RecordingAbsentError, SourceError
from passerby.outputs.recording.encryption import Key
from passerby.outputs.recording.pictures import RecordedPicture, between, format_of, pictures
from passerby.outputs.recording.segment import GAP_S, Segment
from passerby.outputs.stream.jpeg import jpeg_of
from passerby.outputs.stream.segment_muxer import BITEXACT, MICROSECOND, Written

_OPTIONS: Final = {"movflags": "empty_moov+default_base_moof+frag_keyframe", "frag_duration": "2000000"}  # µs


@dataclass(frozen=True, slots=True)
class Still:
    """A covered picture of a recording.

    Args:
        at: Its time, UTC.
        jpeg: The picture.
    """

    at: datetime
    jpeg: bytes


def playback(
    chosen: Iterable[Segment], key: Key, *, begin: datetime, end: datetime
) -> Iterator[tuple[datetime, bytes]]:
    """Yield a period as fragmented MP4, piece by piece, each with the time of the newest picture in it.

    It begins at the last keyframe at or before `begin`, whose time is zero in it, and ends at `end`, before a gap,
    or where the size of the pictures changes: ask for what comes after it anew. Nothing is encoded again.

    Args:
        chosen: Segments of one camera, oldest first.
        key: Key of the site's recordings.
        begin: Start, UTC.
        end: End, UTC.

    Raises:
        SourceError: A segment was changed or damaged, or there is no picture in that period.
    """
    found = between(pictures(chosen, key), begin, end)
    first = next(found, None)
    if first is None:
        msg = f"there is no picture between {begin:%Y-%m-%d %H:%M:%S} and {end:%Y-%m-%d %H:%M:%S} UTC"
        raise RecordingAbsentError(msg)
    memory = Written()
    container = av.open(memory, "w", format="mp4", container_options=_OPTIONS)
    container.flags |= BITEXACT
    stream = container.add_stream_from_template(first[1].stream, opaque=True)
    stream.time_base = MICROSECOND
    at = first[0]
    try:
        for at, packet in _one_run(first, found):
            packet.pts = packet.dts = (at - first[0]) // timedelta(microseconds=1)
            packet.time_base = MICROSECOND
            packet.stream = stream
            container.mux(packet)
            if piece := memory.take():
                yield at, piece
        container.close()
    except (FFmpegError, ValueError) as error:
        msg = f"the recording cannot be played ({error}); passerby recordings verify says what is damaged"
        raise SourceError(msg) from error
    yield at, memory.take()


def still(chosen: Iterable[Segment], key: Key, *, at: datetime, width_px: int) -> Still:
    """Return the covered picture that was shown at a moment.

    Args:
        chosen: Segments of one camera around it, oldest first.
        key: Key of the site's recordings.
        at: The moment, UTC.
        width_px: Width of the picture; never more than it was recorded with.

    Raises:
        SourceError: A segment was changed or damaged, or there was no picture.
    """
    run: list[RecordedPicture] = []
    for each in pictures(chosen, key):
        if each[0] > at:
            break
        if each[1].is_keyframe:
            run = []
        run.append(each)
    if not run or at - run[-1][0] > timedelta(seconds=GAP_S):
        msg = f"there was no picture at {at:%Y-%m-%d %H:%M:%S} UTC"
        raise RecordingAbsentError(msg)
    return still_of(run, width_px)


def still_of(run: list[RecordedPicture], width_px: int) -> Still:
    """Return the last picture of a run that begins with a keyframe.

    Args:
        run: At least one picture.
        width_px: Width of the picture; never more than it was recorded with.

    Raises:
        SourceError: It cannot be decoded.
    """
    try:
        return Still(run[-1][0], jpeg_of(_decoded([packet for _, packet in run]), width_px))
    except (FFmpegError, ValueError) as error:
        msg = f"the picture cannot be shown ({error}); passerby recordings verify says what is damaged"
        raise SourceError(msg) from error


def _one_run(first: RecordedPicture, rest: Iterable[RecordedPicture]) -> Iterator[RecordedPicture]:
    """Yield pictures up to a gap or another size."""
    before, form = first[0], format_of(first[1])  # now: whoever takes a packet gives it to another stream
    yield first
    for at, packet in rest:
        if at - before > timedelta(seconds=GAP_S) or format_of(packet) != form:
            return
        if at > before:  # two pictures cannot have one time
            yield at, packet
        before = at


def _decoded(packets: list[Packet[VideoStream]]) -> VideoFrame:
    """Return the last picture of a run that begins with a keyframe."""
    decoder = av.CodecContext.create("h264", "r")
    decoder.extradata = packets[0].stream.codec_context.extradata
    shown: list[VideoFrame] = []
    for packet in packets:
        shown = decoder.decode(packet) or shown
    shown = decoder.decode(None) or shown
    if not shown:
        msg = "it cannot be decoded"
        raise ValueError(msg)
    return shown[-1]
