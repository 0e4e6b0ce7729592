"""A camera's covered stream to encrypted segments on disk, without ever holding up the camera."""

from __future__ import annotations

import fcntl
import logging
import os
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO, Final

from passerby.errors import OutputError
from passerby.outputs.partial import write_error
from passerby.outputs.recording.chain import Chain
from passerby.outputs.recording.encryption import Key, load_key, load_or_make_key
from passerby.outputs.recording.recovery import open_chain, recover
from passerby.outputs.recording.segment import SegmentWriter, cameras, segments
from passerby.outputs.stream.packet import StreamPacket
from passerby.outputs.stream.packet_queue import PacketQueue

WAITING_PACKETS: Final = 300
"""A disk that is this far behind loses pictures: 12 s at 25 pictures a second."""
RETRY_S: Final = 10.0
"""After a failure, such as a full disk, it is tried again this often."""
TRUST_S: Final = 2 * RETRY_S
"""So long nothing must fail before all is well again: a disk that is almost full takes a little now and then."""

log = logging.getLogger(__name__)


def prepare_recordings(folder: Path, key_file: Path) -> None:
    """Make folder and key where they are absent, and see whether the folder can be written; before cameras start.

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
    """See that the key of a site's recordings can be used, or that there is nothing yet that it would open.

    Raises:
        OutputError: The key is lost though there are recordings, or cannot be read.
    """
    _refuse_lost(folder, key_file)
    if key_file.exists():
        load_key(key_file)


def recording_key(folder: Path, key_file: Path) -> Key:
    """Return the key of a site's recordings; a new one only where nothing was recorded yet.

    Raises:
        OutputError: As `require_key`, or it cannot be made.
    """
    _refuse_lost(folder, key_file)
    return load_or_make_key(key_file)


def _refuse_lost(folder: Path, key_file: Path) -> None:
    if not key_file.exists() and any(segments(folder, camera) for camera in cameras(folder)):
        msg = f"{key_file}: the key of the recordings in {folder} is gone; restore it, or move the recordings away"
        raise OutputError(msg)


class SegmentRecorder:
    """Records the full covered stream of one camera, notices included.

    `write` never waits: a thread of its own writes. When the disk is full or fails, recording stops, `problem`
    says so, and it is tried again every `RETRY_S`; what was recorded before stays as it is.

    Args:
        camera: Its name.
        folder: Of all recordings.
        key_file: The site's key; made when absent and nothing was recorded yet.
        heads: The folder that says which segments there must be; not that of the recordings.
        segment_s: Length of a segment, s; it ends at the first key picture after that.
        clock: A monotonic clock, s.
    """

    def __init__(
        self,
        camera: str,
        *,
        folder: Path,
        key_file: Path,
        heads: Path,
        segment_s: float = 60.0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._camera, self._folder, self._key_file, self._segment_s = camera, folder, key_file, segment_s
        self._clock, self._heads = clock, heads
        self._chain: Chain | None = None
        self._writer: SegmentWriter | None = None
        self._lock: BinaryIO | None = None
        self._retry_at = self._trust_at = self._slow_until = float("-inf")
        self._failure = ""
        self.tries = 0
        """How often it was tried in vain since it last went well."""
        self._wants_key, self._closing = True, False
        self._queue = PacketQueue(WAITING_PACKETS)
        self._thread = threading.Thread(target=self._run, name=f"record {camera}", daemon=True)
        self._thread.start()

    @property
    def problem(self) -> str:
        """Why nothing is recorded at the moment, in one line with the mend; "" = all is well."""
        if self._failure or self._clock() >= self._slow_until:
            return self._failure
        return f"{self._folder}: the disk is too slow, pictures were not recorded; use a faster one"

    @property
    def wants_key(self) -> bool:
        """Whether a key picture is waited for."""
        return self._wants_key and self._clock() >= self._retry_at

    def write(self, packet: StreamPacket) -> None:
        """Take one packet; never waits."""
        if not self._queue.put(packet):
            self._wants_key = True
        if self._queue.behind:
            self._slow_until = self._clock() + TRUST_S

    def close(self, timeout_s: float = 10.0) -> None:
        """Complete the segment; harmless when repeated. A disk that hangs is waited for no longer than `timeout_s`."""
        self._closing = True
        self._queue.close()
        self._thread.join(timeout_s)

    def _run(self) -> None:
        try:
            while (packet := self._queue.take()) is not None:
                try:
                    self._take(packet)
                except OutputError as error:
                    self._stop(error)
            with suppress(OutputError):  # nobody is left to be told; what is on disk is good
                self._end()
        finally:
            if self._lock is not None:
                self._lock.close()
            if not self._closing:
                self._failure = f"{self._folder}: the recorder failed; restart the camera"

    def _take(self, packet: StreamPacket) -> None:
        if self._writer is not None and self._writer.interrupted(packet):
            self._end()
        over = self._writer is None or self._writer.over(packet, self._segment_s)
        if over and packet.key and self._clock() >= self._retry_at:
            self._end()
            self._begin(packet)
        elif over:
            self._wants_key = True
        if self._writer is not None:
            self._writer.write(packet)
            if self._failure and self._writer.good and self._clock() >= self._trust_at:
                self._failure, self.tries = "", 0

    def _begin(self, first: StreamPacket) -> None:
        key = recording_key(self._folder, self._key_file)
        if self._lock is None:
            self._lock = _locked(self._folder / self._camera)
            recover(self._folder, self._camera, key)
            self._chain = None
        if self._chain is None:
            self._chain = open_chain(self._folder, self._camera, key, self._heads)
        self._writer = SegmentWriter(self._folder, self._camera, key, first, chain=self._chain)
        self._wants_key = False

    def _end(self) -> None:
        if self._writer is not None:
            writer, self._writer = self._writer, None
            writer.finish()

    def _stop(self, error: OutputError) -> None:
        if str(error) != self._failure:
            log.error("recording_stopped", extra={"camera": self._camera, "reason": str(error)})
        self._failure, self.tries = str(error), self.tries + 1
        self._retry_at, self._wants_key = self._clock() + RETRY_S, True
        self._trust_at = self._clock() + TRUST_S
        if self._writer is not None:
            self._writer.abandon()
            self._writer = None
        if self._lock is not None:  # what the failure left is looked at again
            self._lock.close()
            self._lock = None


def _locked(folder: Path) -> BinaryIO:
    """Return the lock of a camera's recordings; a killed process lets go of it by itself.

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
        msg = f"{folder}: another process records this camera; end it or name another folder"
        raise OutputError(msg) from error
    return file
