"""Opens a recording so that its pictures come from a given time on, without decoding all that comes before."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain
from pathlib import Path

import av

from passerby.errors import SourceError
from passerby.media.files.decode import DecodedPicture, RecordingDecoder

_EARLIER_S = (0, 5, 30)
"""How much before the time a container without an exact index is asked for, s; then it is read from its beginning."""


def decoder_at(path: Path, pts: int, *, threads: int) -> tuple[RecordingDecoder, Iterator[DecodedPicture]]:
    """Open a recording at the key frame before a time; the first pictures may be earlier than the time.

    Containers may seek too far, and streams without times or key frames cannot be entered in the middle: what is
    found must be a key frame at or before the time, or the recording is read from its beginning.

    Args:
        path: The file.
        pts: The time in the stream's time base.
        threads: Decoder threads; 0 = one per processor.

    Returns:
        The decoder, which the caller closes, and its pictures in presentation order.

    Raises:
        SourceError: The file cannot be read.
    """
    for earlier_s in _EARLIER_S:
        recording = RecordingDecoder(path, threads=threads)
        try:
            recording.seek(pts - round(earlier_s / recording.time_base))
            pictures = recording.decoded()
            first = _key_picture(pictures, pts)
        except (SourceError, av.FFmpegError):
            first = None
        if first is not None:
            return recording, chain([first], pictures)
        recording.close()

    recording = RecordingDecoder(path, threads=threads)
    return recording, recording.decoded()


def _key_picture(pictures: Iterator[DecodedPicture], pts: int) -> DecodedPicture | None:
    """Return the first intact key picture; None if it is later than `pts` or has no time."""
    for each in pictures:
        if each.picture is None or each.damaged or not each.picture.key_frame:
            if each.pts is None or each.pts >= pts:  # the time itself must not come before the key picture
                return None
            continue
        return each if each.pts is not None and each.pts <= pts else None
    return None
