"""Segments on disk for tests, written as the recorder writes them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from passerby.outputs.recording.encryption import Key
from passerby.outputs.recording.recovery import open_chain
from passerby.outputs.recording.segment import SegmentWriter
from passerby.outputs.stream.packet import StreamPacket


def heads_of(folder: Path) -> Path:
    """Return where tests keep the heads of a folder of recordings: beside it."""
    return folder.with_name(f"{folder.name}-heads")


def begin_segment(
    folder: Path, camera: str, key: Key, stream: Sequence[StreamPacket], heads: Path | None = None
) -> SegmentWriter:
    """Return a writer that has taken a stream and is not finished."""
    chain = open_chain(folder, camera, key, heads or heads_of(folder))
    writer = SegmentWriter(folder, camera, key, stream[0], chain=chain)
    for packet in stream:
        writer.write(packet)
    return writer


def write_segment(
    folder: Path, camera: str, key: Key, stream: Sequence[StreamPacket], heads: Path | None = None
) -> None:
    """Write one whole segment."""
    begin_segment(folder, camera, key, stream, heads).finish()
