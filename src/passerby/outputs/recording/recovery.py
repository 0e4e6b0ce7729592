"""What a killed process left: entered into the index, and the chain of segments goes on behind it."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from passerby.errors import SourceError
from passerby.outputs.partial import write_error
from passerby.outputs.recording.chain import Chain, link_from
from passerby.outputs.recording.encryption import EncryptedReader, Key
from passerby.outputs.recording.segment import OPEN, Segment, add_to_index, file_hash, link_of, named_whole, segments
from passerby.outputs.stream.segment_muxer import read_packets


def recover(folder: Path, camera: str, key: Key) -> None:
    """Enter the segments that a killed process left into the index, and remove those that hold no picture yet.

    Raises:
        OutputError: The folder cannot be written.
    """
    for segment in segments(folder, camera):
        if segment.sha256:
            continue
        try:
            held = _held(segment, key)
            if held.cut_off and not held.pictures and segment.path.suffix == OPEN:
                segment.path.unlink()
                continue
            path = named_whole(segment.path)
            add_to_index(replace(held, path=path, sha256=file_hash(path)))
        except OSError as error:
            raise write_error(segment.path, error) from error


def open_chain(folder: Path, camera: str, key: Key, heads: Path) -> Chain:
    """Return the chain of a camera's segments, to be continued; after `recover`.

    Raises:
        OutputError: The head cannot be read or written, or a segment not read.
    """
    found = {}
    for segment in segments(folder, camera):
        try:
            link = link_of(segment, key)
        except OSError as error:
            raise write_error(segment.path, error) from error
        if link is not None:
            found[link.number] = segment.sha256
    return Chain(heads, camera, key, found=found)


def _held(segment: Segment, key: Key) -> Segment:
    """Return a segment with what its file holds; nothing of a damaged one: `verify` says what is wrong with it."""
    reader = EncryptedReader(segment.path, key)
    times_s = []
    with suppress(SourceError):
        data = b"".join(reader.chunks())
        times_s = [float((packet.pts or 0) * packet.time_base) for packet in read_packets(data, segment.path.name)]
    end = segment.begin + timedelta(seconds=times_s[-1]) if times_s else None
    link = link_from(reader.about)
    number = None if link is None else link.number
    return replace(segment, end=end, pictures=len(times_s), cut_off=reader.cut_off, number=number)
