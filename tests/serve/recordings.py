"""Recordings of made-up sites: two cameras, of which the door has a gap, and exports of them."""

from __future__ import annotations

import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from tests.outputs.recording.written import write_segment
from tests.outputs.streams import BEGIN_S, packets
from tests.serve.acted import covered, drawn

from passerby.health.status import Redaction
from passerby.outputs.recording.archive import RecordingArchive
from passerby.outputs.recording.encryption import load_or_make_key
from passerby.outputs.recording.exports import Exports
from passerby.outputs.recording.legal_hold import LegalHolds
from passerby.outputs.stream.encoder import LiveEncoder
from passerby.outputs.stream.packet import StreamName

BEGIN = datetime.fromtimestamp(BEGIN_S, UTC)
CAMERAS = ("door", "hall")


def after(seconds: float) -> str:
    return (BEGIN + timedelta(seconds=seconds)).isoformat()


class RecordingsStub:
    """30 s of each camera, of which the last 10 are covered whole, and 10 s an hour later."""

    def __init__(self, folder: Path, *, clock=time.time) -> None:
        self.folder = folder / "recordings"
        key_file, heads = folder / "recording.key", folder / "heads"
        self._record(load_or_make_key(key_file), heads)
        self.archive = RecordingArchive(self.folder, key_file, heads)
        self.holds = LegalHolds(folder / "legal-holds.json")
        self.exports = Exports(folder / "exports", clock=clock)
        self.exports.archive = self.archive

    def _record(self, key, heads) -> None:
        for camera in CAMERAS:
            for begin_s in (0, 10, 20, 3600):
                stream = packets(100, begin_s=BEGIN_S + begin_s)
                if begin_s == 20:
                    stream = [replace(each, redaction=Redaction.WHOLE) for each in stream]
                write_segment(self.folder, camera, key, stream, heads)

    def cameras(self):
        return list(CAMERAS)

    def __enter__(self):
        self.exports.__enter__()
        return self

    def __exit__(self, *_):
        self.exports.__exit__(None, None, None)


class DrawnRecordings(RecordingsStub):
    """The last 140 s of both cameras, each picture with its time in ms as a time code.

    Of the door, 40 s are covered, 20 s covered whole, 20 s missing, 20 s without a picture, and 40 s covered.
    """

    FPS = 5
    HALL_S = 140
    DOOR = (
        (0, 40, Redaction.ACTIVE),
        (40, 60, Redaction.WHOLE),
        (80, 100, Redaction.NONE),
        (100, 140, Redaction.ACTIVE),
    )

    def __init__(self, folder: Path, *, clock=time.time) -> None:
        self.begin_s = float(int(clock()) - 150)
        super().__init__(folder, clock=clock)

    def _record(self, key, heads) -> None:
        for camera, runs in (("door", self.DOOR), ("hall", ((0, self.HALL_S, Redaction.ACTIVE),))):
            for begin_s, end_s, redaction in runs:
                for first_s in range(begin_s, end_s, 20):
                    write_segment(self.folder, camera, key, self._drawn(first_s, redaction), heads)

    def _drawn(self, first_s: int, redaction: Redaction):
        encoder = LiveEncoder(StreamName.FULL, kbit=400, rate=self.FPS)
        times_s = [self.begin_s + first_s + index / self.FPS for index in range(20 * self.FPS)]
        frames = [covered(drawn(index, (320, 180), at), redaction) for index, at in enumerate(times_s)]
        return [packet for each in frames if (packet := encoder.encode(each, redaction))]
