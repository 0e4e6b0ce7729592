"""Frames are drawn at the schedule's moments; what cannot be inspected is counted, never left out."""

from __future__ import annotations

from datetime import date

import pytest
from tests.store.made import NOON_S

from passerby.assembly.watched_stream import DrawnLook, StreamMessage, WatchedStream
from passerby.watchdog.schedule import DrawSchedule, seed_of_day

SECRET = bytes(range(32))
EVERY_S = 10.0


def schedule(day: date) -> DrawSchedule:
    return DrawSchedule(seed_of_day(SECRET, day), EVERY_S)


def messages(count: int, *, rate: int = 10, key_every: int = 40, start_s: float = NOON_S) -> list[StreamMessage]:
    return [
        StreamMessage(bytes(10), index % key_every == 0, round((start_s + index / rate) * 1e6))
        for index in range(count)
    ]


def moments(start_s: float, end_s: float) -> list[float]:
    found = []
    for slot in range(int(start_s // EVERY_S) - 1, int(end_s // EVERY_S) + 2):
        from passerby.watchdog.schedule import day_of

        found.append(schedule(day_of(slot * EVERY_S)).moment_s("door", slot))
    return [each for each in found if start_s < each <= end_s]


@pytest.mark.parametrize("start_s", [NOON_S, NOON_S - NOON_S % 86_400 - 300], ids=["noon", "midnight"])
def test_each_moment_draws_the_first_frame_after_it_with_what_decodes_it(start_s):
    stream = WatchedStream("door", schedule)
    looks: list[DrawnLook] = [
        look for each in messages(6000, start_s=start_s) if (look := stream.add(each)) is not None
    ]
    wanted = moments(start_s, start_s + 599)
    drawn = [look.captured_s for look in looks]
    assert len(drawn) >= len(wanted) - stream.drain().missed
    for look in looks:
        assert look.messages[0].key
        assert len(look.wanted) == 3
    for at_s in drawn:
        assert min(abs(at_s - 0.1 - each) for each in wanted) <= 0.1 + 1e-6


def test_frames_and_time_are_counted_and_a_gap_is_not_watched():
    stream = WatchedStream("door", schedule)
    for each in [*messages(11), *messages(11, start_s=NOON_S + 100)]:
        stream.add(each)
    tally = stream.drain()
    assert (tally.frames, round(tally.watched_s, 6)) == (22, 2.0)


def test_a_moment_without_a_picture_is_not_drawn():
    stream = WatchedStream("door", schedule)
    looks = []
    for part in range(30):  # a second of pictures in every minute
        looks += [stream.add(each) for each in messages(10, start_s=NOON_S + 60 * part)]
    found = [look for look in looks if look is not None]
    assert len(found) + stream.drain().missed == len(
        [each for part in range(30) for each in moments(NOON_S + 60 * part, NOON_S + 60 * part + 0.9)]
    )


def test_a_draw_that_the_stream_interrupts_or_that_cannot_be_decoded_is_missed():
    (first, *_) = moments(NOON_S, NOON_S + 60)
    stream = WatchedStream("door", schedule)
    for each in messages(int((first - NOON_S) * 10) + 2):
        assert stream.add(each) is None
    stream.begin()
    assert stream.drain().missed == 1
    blind = WatchedStream("door", schedule)
    for each in messages(700, key_every=10**9)[1:]:  # never a keyframe
        assert blind.add(each) is None
    assert blind.drain().missed == len(moments(NOON_S + 0.1, NOON_S + 69.9))
