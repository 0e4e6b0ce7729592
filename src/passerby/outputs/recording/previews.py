"""Small pictures of a period, evenly spread: what somebody sees while they look for a moment."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from passerby.outputs.recording.encryption import Key
from passerby.outputs.recording.pictures import RecordedPicture, pictures
from passerby.outputs.recording.playback import Still, still_of
from passerby.outputs.recording.segment import GAP_S, Segment


def previews(
    chosen: Sequence[Segment], key: Key, *, begin: datetime, end: datetime, count: int, width_px: int
) -> Iterator[Still]:
    """Yield a covered picture for each of so many equal parts of a period; parts without a picture are left out.

    Each is the last keyframe before the middle of its part, so that one picture is decoded and no more.

    Args:
        chosen: Segments of one camera that can reach into the period, oldest first.
        key: Key of the site's recordings.
        begin: Start, UTC.
        end: End, UTC.
        count: Number of parts.
        width_px: Width of the pictures; never more than they were recorded with.

    Raises:
        SourceError: A segment was changed or damaged.
    """
    part = (end - begin) / count
    before: Still | None = None
    for number in range(count):
        at = begin + part * (number + 0.5)
        segment = _segment_at(chosen, at)
        found = None if segment is None else _keyframe(segment, key, at)
        if found is None:
            continue
        if before is None or before.at != found[0]:
            before = still_of([found], width_px)
            yield before


def _segment_at(chosen: Sequence[Segment], at: datetime) -> Segment | None:
    """Return the segment that was shown at a moment."""
    segment = next((each for each in reversed(chosen) if each.begin <= at), None)
    over = segment is not None and segment.end is not None and at - segment.end > timedelta(seconds=GAP_S)
    return None if over else segment


def _keyframe(segment: Segment, key: Key, at: datetime) -> RecordedPicture | None:
    """Return the last keyframe of a segment before a moment, if a picture was shown then."""
    keyframe, newest = None, segment.begin
    for each in pictures([segment], key):
        if each[0] > at:
            break
        newest = each[0]
        if each[1].is_keyframe:
            keyframe = each
    return None if at - newest > timedelta(seconds=GAP_S) else keyframe
