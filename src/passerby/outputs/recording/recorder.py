"""Records a camera's covered stream to encrypted segments on disk."""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO, Final

from passerby.errors import OutputError
from passerby.outputs.packet_sink import PacketSink, SinkTraits
from passerby.outputs.partial import write_error
from passerby.outputs.recording.chain import Chain
from passerby.outputs.recording.encryption import Key, load_key, load_or_make_key
from passerby.outputs.recording.recovery import open_chain, recover
from passerby.outputs.recording.segment import SegmentWriter, cameras, segments
from passerby.outputs.stream.packet import StreamPacket

WAITING_PACKETS: Final = 300
"""Packets that may wait for the disk before pictures are dropped: 12 s at 25 pictures a second."""
RETRY_S: Final = 10.0
"""Time between attempts after a failure, such as a full disk."""
TRUST_S: Final = 2 * RETRY_S
"""Time without failures before a problem is cleared: a disk that is almost full accepts a little now and then."""


def prepare_recordings(folder: Path, key_file: Path) -> None:
    """Create folder and key if missing, and check that the folder can be written, before cameras start.

    Raises:
        OutputError: Folder or key cannot be used.
    """
    recording_key(folder, key_file)
    probe = folder / f".probe-{os.getpid()}"
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        probe.touch()
        probe.unlink()
    except OSError as error:
        raise write_error(folder, error) from error


def require_key(folder: Path, key_file: Path) -> None:
    """Check that the key of a site's recordings can be used, or that there are no recordings that need it.

    Raises:
        OutputError: The key is missing although there are recordings, or it cannot be read.
    """
    _refuse_lost(folder, key_file)
    if key_file.exists():
        load_key(key_file)


def recording_key(folder: Path, key_file: Path) -> Key:
    """Return the key of a site's recordings; create one only if nothing has been recorded yet.

    Raises:
        OutputError: As `require_key`, or it cannot be created.
    """
    _refuse_lost(folder, key_file)
    return load_or_make_key(key_file)


def _refuse_lost(folder: Path, key_file: Path) -> None:
    if not key_file.exists() and any(segments(folder, camera) for camera in cameras(folder)):
        msg = f"{key_file}: the key of the recordings in {folder} is missing; restore it, or move the recordings away"
        raise OutputError(msg)


def segment_recorder(
    camera: str,
    *,
    folder: Path,
    key_file: Path,
    heads: Path,
    segment_s: float = 60.0,
    clock: Callable[[], float] = time.monotonic,
) -> PacketSink:
    """Return a sink that records the full covered stream of one camera, including notices.

    If the disk is full or fails, recording stops, `problem` says so, and it retries every `RETRY_S`; earlier
    recordings are not affected.

    Args:
        camera: Its name.
        folder: Folder of all recordings.
        key_file: The site's key; created if it is missing and nothing has been recorded yet.
        heads: Folder that says which segments there must be; not that of the recordings.
        segment_s: Length of a segment, s; it ends at the first keyframe after that.
        clock: A monotonic clock, s.
    """
    traits = SinkTraits(
        camera=camera,
        thread=f"record {camera}",
        stopped="recording_stopped",
        resumed="recording_resumed",
        too_slow=f"{folder}: the disk is too slow, pictures were not recorded; use a faster one",
        crashed=f"{folder}: the recorder failed; restart the camera",
        waiting_packets=WAITING_PACKETS,
        steady_s=TRUST_S,
        close_s=10.0,
    )
    writer = RecordingWriter(camera, folder=folder, key_file=key_file, heads=heads, segment_s=segment_s, clock=clock)
    return PacketSink(writer, traits, clock=clock)


class RecordingWriter:
    """Writes one segment after the other; a `PacketWriter`.

    Args:
        camera: Its name.
        folder: Folder of all recordings.
        key_file: The site's key.
        heads: Folder that says which segments there must be.
        segment_s: Length of a segment, s.
        clock: A monotonic clock, s.
    """

    def __init__(
        self,
        camera: str,
        *,
        folder: Path,
        key_file: Path,
        heads: Path,
        segment_s: float,
        clock: Callable[[], float],
    ) -> None:
        self._camera = camera
        self._folder = folder
        self._key_file = key_file
        self._heads = heads
        self._segment_s = segment_s
        self._clock = clock
        self._chain: Chain | None = None
        self._segment: SegmentWriter | None = None
        self._lock: BinaryIO | None = None

    def write(self, packet: StreamPacket, *, may_begin: bool) -> bool:
        """Write one packet into the segment that it belongs to; return whether a new segment needs a keyframe."""
        if self._segment is not None and self._segment.interrupted(packet):
            self.finish()

        over = self._segment is None or self._segment.ends_before(packet, self._segment_s)
        if over and may_begin:
            self.finish()
            self._begin(packet)

        if self._segment is not None:
            self._segment.write(packet)
        return over and not may_begin

    def steady(self, failed_s: float) -> bool:
        """Return whether pictures have reached the disk, and nothing has failed for `TRUST_S`."""
        return self._segment is not None and self._segment.good and self._clock() >= failed_s + TRUST_S

    def abandon(self, tries: int) -> float:  # noqa: ARG002 - the time between attempts is constant
        """Give up the segment; the next attempt recovers its content."""
        if self._segment is not None:
            self._segment.abandon()
            self._segment = None
        self.release()
        return RETRY_S

    def finish(self) -> None:
        """Complete the segment."""
        if self._segment is not None:
            segment = self._segment
            self._segment = None
            segment.finish()

    def release(self) -> None:
        """Release the lock, so that another process can record this camera."""
        if self._lock is not None:
            self._lock.close()
            self._lock = None

    def interrupt(self) -> None:
        """Do nothing: a blocked disk cannot be interrupted."""

    def _begin(self, first: StreamPacket) -> None:
        key = recording_key(self._folder, self._key_file)
        if self._lock is None:
            self._lock = _locked(self._folder / self._camera)
            recover(self._folder, self._camera, key)
            self._chain = None
        if self._chain is None:
            self._chain = open_chain(self._folder, self._camera, key, self._heads)
        self._segment = SegmentWriter(self._folder, self._camera, key, first, chain=self._chain)


def _locked(folder: Path) -> BinaryIO:
    """Return the lock of a camera's recordings; the system releases it if the process is killed.

    Raises:
        OutputError: Another process records this camera, or the folder cannot be written.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        file = (folder / ".lock").open("wb")
    except OSError as error:
        raise write_error(folder, error) from error
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        file.close()
        msg = f"{folder}: another process is recording this camera; stop it or name another folder"
        raise OutputError(msg) from error
    return file
