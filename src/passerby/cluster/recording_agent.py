"""What a node does with the recordings that it has, for a gateway that asks; a process of its own.

Keys stay here: what leaves the node is covered video, pictures and verdicts, over the cluster's TLS.
"""

from __future__ import annotations

import secrets
import shutil
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from passerby.cluster.camera_work import node_state
from passerby.cluster.site_folder import HEADS, KEY, RECORDINGS, site_folder
from passerby.cluster.spool_folder import has_ended, locked_folder
from passerby.errors import OutputError, RecordingAbsentError
from passerby.outputs.partial import write_error
from passerby.outputs.recording.archive import RecordingArchive
from passerby.outputs.recording.erasure import ErasureRecord
from passerby.outputs.recording.export import Exported
from passerby.outputs.recording.legal_hold import LegalHold
from passerby.outputs.recording.limits import Limits
from passerby.outputs.recording.playback import Still
from passerby.outputs.recording.retention import Retention
from passerby.outputs.recording.segment import Segment
from passerby.outputs.recording.verify import Verification
from passerby.process.core_dump import forbid_core_dumps
from passerby.process.private_files import keep_files_private

PIECES: Final = 16
"""Pieces of video in one answer: about half a minute."""
CHUNK_BYTES: Final = 4 << 20
FORGOTTEN_S: Final = 120.0
"""What nobody has continued to ask for so long is given up."""
_EXPORTS: Final = "cluster-exports"


@dataclass(frozen=True, slots=True)
class RecordingPlace:
    """Where a site's recordings are on a node.

    Args:
        site: Name of the site.
        cameras: Names of its cameras.
        folder: Where they are; None = in the site's folder on the node.
        key_file: Their key; None = in the site's folder on the node.
    """

    site: str
    cameras: tuple[str, ...] = ()
    folder: Path | None = None
    key_file: Path | None = None


@dataclass(frozen=True, slots=True)
class NodeSpan:
    """A span without a gap that a node has.

    Args:
        begin: Time of its first picture, UTC.
        end: Time of its last picture, UTC; of one that is being recorded, when that was asked.
        size: Bytes.
    """

    begin: datetime
    end: datetime
    size: int


@dataclass(slots=True)
class _Playing:
    pieces: Iterator[tuple[datetime, bytes]]
    asked_s: float


class RecordingAgent:
    """The recordings of a site on this node.

    Args:
        place: Where they are.

    Raises:
        OutputError: The site's folder on this node cannot be written.
    """

    def __init__(self, place: RecordingPlace) -> None:
        forbid_core_dumps()
        state = node_state()
        keep_files_private(state)
        own = site_folder(state, place.site, place.cameras)
        self._folder = place.folder or own / RECORDINGS
        self._key_file = place.key_file or own / KEY
        self._heads = own / HEADS
        self._held = _Held()
        self._retention: tuple[Limits, Retention] | None = None
        self._exports = _own_folder(state / _EXPORTS)
        self._archive = RecordingArchive(self._folder, self._key_file, self._heads)
        self._playing: dict[str, _Playing] = {}
        self._shares: dict[str, float] = {}
        self._lock = threading.Lock()

    def summary(self) -> dict[str, list[NodeSpan]]:
        """Return what was recorded, by camera."""
        now = datetime.fromtimestamp(time.time(), UTC)
        return {
            camera: [
                NodeSpan(span.begin, span.end or now, sum(each.size for each in span.members))
                for span in self._archive.spans(camera)
            ]
            for camera in self._archive.cameras()
        }

    def segments(self, camera: str, begin: datetime | None, end: datetime | None) -> list[Segment]:
        """Return the segments of a camera in which pictures of a period can be; None = of all times."""
        if begin is None or end is None:
            return [each for span in self._archive.spans(camera) for each in span.members]
        return self._archive.of_period(camera, begin, end)

    def still(self, camera: str, at: datetime, width_px: int) -> Still:
        """Return the covered picture of a moment; errors as in `RecordingArchive.still`."""
        return self._archive.still(camera, at, width_px)

    def previews(self, camera: str, period: tuple[datetime, datetime], count: int, width_px: int) -> list[Still]:
        """Return small covered pictures; errors as in `RecordingArchive.previews`."""
        return self._archive.previews(camera, *period, count=count, width_px=width_px)

    def play(self, camera: str, begin: datetime, end: datetime) -> str:
        """Begin to play a period, and return what `more` is asked with."""
        name = secrets.token_hex(8)
        with self._lock:
            self._forget()
            self._playing[name] = _Playing(self._archive.play(camera, begin, end), time.monotonic())
        return name

    def more(self, name: str) -> list[tuple[datetime, bytes]]:
        """Return the next pieces of what is played; none = it is over.

        Raises:
            SourceError: As `RecordingArchive.play`.
            RecordingAbsentError: It was given up, because nobody asked for long.
        """
        with self._lock:
            playing = self._playing.get(name)
        if playing is None:
            msg = "this video was given up, because nobody asked for its next part; ask for it again"
            raise RecordingAbsentError(msg)
        playing.asked_s = time.monotonic()
        found = [piece for _, piece in zip(range(PIECES), playing.pieces, strict=False)]
        if not found:
            self.end_play(name)
        return found

    def end_play(self, name: str) -> None:
        """Give up what is played."""
        with self._lock:
            self._playing.pop(name, None)

    def export(self, name: str, camera: str, begin: datetime, end: datetime) -> list[Exported]:
        """Write a period to files on this node, which `read` returns; errors as in `RecordingArchive.export`.

        Args:
            name: Of this export.
            camera: Name of the camera.
            begin: Start, UTC.
            end: End, UTC.
        """
        folder = self._exports / name
        try:
            folder.mkdir(parents=True, mode=0o700)
        except OSError as error:
            raise write_error(folder, error) from error
        self._shares[name] = 0.0
        try:
            return self._archive.export(
                camera, begin, end, folder / "1.mp4", watch=lambda share: self._note(name, share)
            )
        except BaseException:
            self.end_export(name)
            raise

    def share(self, name: str) -> float:
        """Return how far an export has come, [0, 1]."""
        return self._shares.get(name, 0.0)

    def read(self, name: str, file: str, begin: int) -> bytes:
        """Return a part of an exported file; b"" = it ends there.

        Raises:
            OutputError: It cannot be read.
        """
        try:
            with (self._exports / name / Path(file).name).open("rb") as opened:
                opened.seek(begin)
                return opened.read(CHUNK_BYTES)
        except OSError as error:
            msg = f"{file}: cannot be read on its node ({error.strerror}); export it again"
            raise OutputError(msg) from error

    def end_export(self, name: str) -> None:
        """Give up an export, or erase its files."""
        self._shares.pop(name, None)
        shutil.rmtree(self._exports / name, ignore_errors=True)

    def verify(self, camera: str) -> list[Verification]:
        """Return a verdict on each segment of a camera; errors as in `RecordingArchive.verify`."""
        return list(self._archive.verify(camera))

    def sweep(self, limits: Limits, holds: list[LegalHold]) -> int:
        """Erase what exceeds the limits, and return how many segments were.

        Args:
            limits: What the recordings of this node may take.
            holds: What must not be erased.

        Raises:
            OutputError: As `Retention.sweep`.
        """
        if not self._folder.is_dir():
            return 0
        self._held.periods = list(holds)
        if self._retention is None or self._retention[0] != limits:  # it remembers whether the clock has jumped
            record = ErasureRecord(self._key_file, self._heads)
            made = Retention(self._folder, limits, record=record, holds=self._held, clock=time.time)
            self._retention = limits, made
        return len(self._retention[1].sweep())

    def _note(self, name: str, share: float) -> None:
        if name not in self._shares:
            msg = "the export was given up"
            raise OutputError(msg)
        self._shares[name] = share

    def _forget(self) -> None:
        old_s = time.monotonic() - FORGOTTEN_S
        self._playing = {name: each for name, each in self._playing.items() if each.asked_s > old_s}


def _own_folder(above: Path) -> Path:
    """Return a folder of this process alone, and remove those of processes that have ended: they are not encrypted."""
    try:
        above.mkdir(exist_ok=True, mode=0o700)
        for each in above.iterdir():
            if not each.name.startswith(".") and has_ended(each):
                shutil.rmtree(each, ignore_errors=True)
        own = above / secrets.token_hex(8)
        locked_folder(own)  # open as long as this process runs
    except OSError as error:
        raise write_error(above, error) from error
    return own


class _Held:
    """Legal holds that the gateway has sent."""

    def __init__(self) -> None:
        self.periods: list[LegalHold] = []

    def all(self) -> list[LegalHold]:
        """Return them."""
        return self.periods
