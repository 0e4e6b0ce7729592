"""Nobody waits, and a loss never leaves a run of pictures that begins in the middle."""

from __future__ import annotations

import threading

from hypothesis import given
from hypothesis import strategies as st
from tests.outputs.broker import until
from tests.outputs.streams import packets

from passerby.outputs.stream.packet_queue import PacketQueue


def test_packets_come_out_in_order_and_the_end_after_them():
    queue = PacketQueue(10)
    stream = packets(5)
    assert all(queue.put(packet) for packet in stream)
    queue.close()
    assert [queue.take() for _ in range(6)] == [*stream, None]


def test_what_waits_is_dropped_where_that_is_asked():
    queue = PacketQueue(10)
    queue.put(packets(1)[0])
    queue.close(drop=True)
    assert queue.take() is None


@given(st.lists(st.integers(0, 4), max_size=60))
def test_every_run_begins_with_a_key_picture_and_has_no_hole(taken_after_each: list[int]):
    queue = PacketQueue(8)
    stream = packets(60, keys_every=7)
    got = []
    waiting = 0
    for packet, wanted in zip(stream, taken_after_each, strict=False):
        lost = waiting == 8
        waiting = (0 if lost else waiting) + queue.put(packet)
        for _ in range(min(wanted, waiting)):
            got.append(queue.take())
            waiting -= 1
    places = [stream.index(packet) for packet in got]
    assert places == sorted(places)
    assert all(now == before + 1 or stream[now].key for before, now in zip([-9, *places], places, strict=False))


def test_a_taker_is_behind_until_it_has_caught_up():
    queue = PacketQueue(3)
    for packet in packets(21):
        queue.put(packet)
    assert queue.behind
    taker = threading.Thread(target=lambda: [queue.take() for _ in range(3)])
    taker.start()
    until(lambda: not queue.behind)
    queue.close()
    taker.join()
