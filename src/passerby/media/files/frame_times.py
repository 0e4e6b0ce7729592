"""When the frames of a recording are shown, read from its packets without decoding them."""

from __future__ import annotations

from contextlib import closing
from fractions import Fraction
from pathlib import Path

import av

from passerby.errors import SourceError
from passerby.media.files.container import open_recording
from passerby.media.piece import FrameTimes


def length_s(path: Path) -> float:
    """Return how long a recording is according to its header, s; 0 if it does not say.

    Raises:
        SourceError: It cannot be read.
    """
    container, _ = open_recording(path)
    with closing(container):
        return (container.duration or 0) / av.time_base


def frame_times(path: Path) -> FrameTimes | None:
    """Return when the frames of a recording are shown; None if its packets do not say, so that it cannot be cut.

    Raises:
        SourceError: It cannot be read.
    """
    container, stream = open_recording(path)
    time_base = stream.time_base or Fraction(1, 90000)  # before it is closed: afterwards FFmpeg's memory is free
    times: list[int] = []
    keys: list[int] = []
    try:
        with closing(container):
            for packet in container.demux(stream):
                if not packet.size:
                    continue
                if packet.pts is None:
                    return None
                times.append(packet.pts)
                if packet.is_keyframe:
                    keys.append(packet.pts)
    except av.FFmpegError as error:
        msg = f"{path}: cannot be read to its end ({error.strerror})"
        raise SourceError(msg) from error
    if not times or len(set(times)) < len(times):
        return None
    return FrameTimes(tuple(sorted(times)), tuple(sorted(keys)), time_base)
