"""The encoded pictures in recorded segments: decrypted, with their times, and never decoded."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from typing import TypeAlias

from av.packet import Packet
from av.video.stream import VideoStream

from passerby.outputs.recording.encryption import EncryptedReader, Key
from passerby.outputs.recording.segment import Segment
from passerby.outputs.stream.segment_muxer import read_packets

RecordedPicture: TypeAlias = "tuple[datetime, Packet[VideoStream]]"  # PyAV's class cannot be subscripted at run time
PictureFormat: TypeAlias = tuple[int, int, bytes | None]


def pictures(chosen: Iterable[Segment], key: Key) -> Iterator[RecordedPicture]:
    """Yield each picture of segments with its time, UTC.

    Args:
        chosen: Segments of one camera, oldest first.
        key: Key of the site's recordings.

    Raises:
        SourceError: A segment was changed or damaged.
    """
    for segment in chosen:
        data = b"".join(EncryptedReader(segment.path, key).chunks())
        for packet in read_packets(data, str(segment.path)):
            yield segment.begin + timedelta(seconds=float((packet.pts or 0) * packet.time_base)), packet


def between(found: Iterable[RecordedPicture], begin: datetime, end: datetime) -> Iterator[RecordedPicture]:
    """Yield the pictures of a period, from the last keyframe at or before its beginning on."""
    before: list[RecordedPicture] = []
    for at, packet in found:
        if at > end:
            break
        if at < begin:
            before = [(at, packet)] if packet.is_keyframe else [*before, (at, packet)]
            continue
        if not packet.is_keyframe:
            yield from before
        before = []
        yield at, packet


def format_of(packet: Packet[VideoStream]) -> PictureFormat:
    """Return what must be equal in all pictures of one file: width and height, px, and the decoder's parameters."""
    context = packet.stream.codec_context
    return context.width, context.height, context.extradata
