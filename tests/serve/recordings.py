"""Recordings of a made-up site: two cameras, of which the door has a gap, and exports of them."""

from __future__ import annotations

import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from tests.outputs.recording.written import write_segment
from tests.outputs.streams import BEGIN_S, packets

from passerby.health.status import Redaction
from passerby.outputs.recording.archive import RecordingArchive
from passerby.outputs.recording.encryption import load_or_make_key
from passerby.outputs.recording.exports import Exports

BEGIN = datetime.fromtimestamp(BEGIN_S, UTC)
CAMERAS = ("door", "hall")


def after(seconds: float) -> str:
    return (BEGIN + timedelta(seconds=seconds)).isoformat()


class RecordingsStub:
    """30 s of each camera, of which the last 10 are covered whole, and 10 s an hour later."""

    def __init__(self, folder: Path, *, clock=time.time) -> None:
        self.folder = folder / "recordings"
        key_file, heads = folder / "recording.key", folder / "heads"
        key = load_or_make_key(key_file)
        for camera in CAMERAS:
            for begin_s in (0, 10, 20, 3600):
                stream = packets(100, begin_s=BEGIN_S + begin_s)
                if begin_s == 20:
                    stream = [replace(each, redaction=Redaction.WHOLE) for each in stream]
                write_segment(self.folder, camera, key, stream, heads)
        self.archive = RecordingArchive(self.folder, key_file, heads)
        self.exports = Exports(folder / "exports", clock=clock)
        self.exports.archive = self.archive

    def cameras(self):
        return list(CAMERAS)

    def __enter__(self):
        self.exports.__enter__()
        return self

    def __exit__(self, *_):
        self.exports.__exit__(None, None, None)
