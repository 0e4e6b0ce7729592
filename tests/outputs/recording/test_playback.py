"""A recording plays as fragmented MP4 up to the next gap, and shows one picture of a moment."""

from __future__ import annotations

import io
from datetime import UTC, datetime, timedelta
from pathlib import Path

import av
import numpy as np
import pytest
from tests.outputs.recording.written import write_segment
from tests.outputs.streams import BEGIN_S, packets

from passerby.errors import SourceError
from passerby.outputs.recording.encryption import Key
from passerby.outputs.recording.playback import playback, still
from passerby.outputs.recording.segment import segments

KEY = Key(Path("key"), bytes(32))
BEGIN = datetime.fromtimestamp(BEGIN_S, UTC)


def after(seconds):
    return BEGIN + timedelta(seconds=seconds)


def record(folder, *streams):
    for stream in streams:
        write_segment(folder, "door", KEY, stream)


def played(folder, begin_s, end_s):
    return list(playback(segments(folder, "door"), KEY, begin=after(begin_s), end=after(end_s)))


def shown_s(pieces):
    with av.open(io.BytesIO(b"".join(data for _, data in pieces))) as container:
        return [round(float(frame.pts * frame.time_base), 3) for frame in container.decode(video=0)]


def test_a_period_plays_from_its_keyframe_on_across_segments(tmp_path):
    record(tmp_path, packets(20), packets(30, begin_s=BEGIN_S + 2))
    pieces = played(tmp_path, 1.25, 4)
    assert shown_s(pieces) == [round(i / 10, 3) for i in range(31)]
    assert pieces[-1][0] == after(4)
    assert len(pieces) > 2  # it arrives in pieces


def test_it_ends_before_a_gap_and_begins_after_one(tmp_path):
    record(tmp_path, packets(10), packets(10, begin_s=BEGIN_S + 60))
    assert len(shown_s(played(tmp_path, 0, 100))) == 10
    later = played(tmp_path, 30, 100)
    assert len(shown_s(later)) == 10
    assert later[-1][0] == after(60.9)


def test_it_ends_where_the_size_changes(tmp_path):
    record(tmp_path, packets(10), packets(10, size=(96, 64), begin_s=BEGIN_S + 1))
    assert len(shown_s(played(tmp_path, 0, 100))) == 10
    assert len(shown_s(played(tmp_path, 1, 100))) == 10


def test_a_period_without_pictures_and_a_changed_segment_are_refused(tmp_path):
    record(tmp_path, packets(10))
    with pytest.raises(SourceError, match="no picture between"):
        played(tmp_path, 10, 20)
    path = segments(tmp_path, "door")[0].path
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)
    with pytest.raises(SourceError, match="changed or damaged"):
        played(tmp_path, 0, 20)


def bar_px(jpeg):
    """Return how wide the bar is that tells a picture's index, px, and the width of the picture."""
    with av.open(io.BytesIO(jpeg)) as container:
        (frame,) = container.decode(video=0)
    row = frame.to_ndarray(format="gray")[2]
    return int(np.count_nonzero(row > 170)), frame.width


@pytest.mark.parametrize(("at_s", "shown", "bar"), [(1.25, 1.2, 48), (0.0, 0.0, 0), (2.4, 1.9, 76 % 64)])
def test_a_still_is_the_picture_that_was_shown_then(tmp_path, at_s, shown, bar):
    record(tmp_path, packets(20))
    made = still(segments(tmp_path, "door"), KEY, at=after(at_s), width_px=640)
    assert made.at == after(shown)
    found, width = bar_px(made.jpeg)
    assert width == 64
    assert abs(found - bar) <= 2


def test_a_still_is_as_small_as_asked_and_there_is_none_in_a_gap(tmp_path):
    record(tmp_path, packets(20))
    small = still(segments(tmp_path, "door"), KEY, at=after(1), width_px=33)
    assert bar_px(small.jpeg)[1] == 32
    for at_s in (-1, 5):
        with pytest.raises(SourceError, match="no picture at"):
            still(segments(tmp_path, "door"), KEY, at=after(at_s), width_px=64)
