"""A sink that fails, waits, tries again and trusts again, whatever it writes to."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import pytest
from tests.outputs.streams import packets
from tests.waiting import PATIENCE_S, until

from passerby.errors import OutputError
from passerby.outputs.packet_sink import PacketSink, SinkTraits
from passerby.outputs.stream.packet import StreamPacket

RETRY_S = 10.0
TRAITS = SinkTraits(
    camera="door",
    thread="sink door",
    stopped="sink_stopped",
    resumed="sink_resumed",
    too_slow="too slow; use a faster one",
    crashed="the sink failed; restart it",
    waiting_packets=20,
    steady_s=5.0,
    close_s=20.0,
)


class Place:
    """Takes packets from the first keyframe on, unless it is told to fail or to hang."""

    def __init__(self) -> None:
        self.reason = ""
        self.crash = False
        self.go_on = threading.Event()
        self.go_on.set()
        self.taken: list[StreamPacket] = []
        self.well = True
        self.begun = False
        self.calls: list[str] = []
        self.writes = 0

    def write(self, packet: StreamPacket, *, may_begin: bool) -> bool:
        self.writes += 1
        assert self.go_on.wait(PATIENCE_S)
        if self.crash:
            raise ZeroDivisionError
        self.begun = self.begun or may_begin
        if self.begun and self.reason:
            raise OutputError(self.reason)
        if self.begun:
            self.taken.append(packet)
        return not self.begun

    def steady(self, failed_s: float) -> bool:
        return self.well

    def abandon(self, tries: int) -> float:
        self.calls.append(f"abandon {tries}")
        self.begun = False
        return RETRY_S

    def finish(self) -> None:
        self.calls.append("finish")

    def release(self) -> None:
        self.calls.append("release")

    def interrupt(self) -> None:
        self.calls.append("interrupt")
        self.go_on.set()


@contextmanager
def sink_to(place: Place, now: list[float], **changed) -> Iterator[PacketSink]:
    sink = PacketSink(place, replace(TRAITS, **changed), clock=lambda: now[0])
    try:
        yield sink
    finally:
        sink.close()


def write(sink: PacketSink, count: int = 1) -> None:
    for packet in packets(count):
        sink.write(packet)


def fail(sink: PacketSink, now: list[float]) -> str:
    """Let one more attempt fail, and return the problem that is shown then."""
    tries = sink.tries
    now[0] += RETRY_S
    write(sink)
    until(lambda: sink.tries > tries)
    return sink.problem


def test_packets_are_handed_on_in_order_and_the_end_completes_them():
    place = Place()
    with sink_to(place, [0.0]) as sink:
        write(sink, 15)
    assert place.taken == packets(15)
    assert place.calls == ["finish", "release"]


def test_after_a_failure_it_waits_then_tries_and_is_well_again_only_when_it_has_been_for_a_while():
    place, now = Place(), [0.0]
    with sink_to(place, now) as sink:
        place.reason, place.well = "the disk is full", False
        assert fail(sink, now) == "the disk is full"
        assert not sink.wants_key
        place.reason = ""
        write(sink)  # too early
        until(lambda: place.writes == 2)
        now[0] += RETRY_S
        assert sink.wants_key
        write(sink)
        until(lambda: place.taken)
        assert len(place.taken) == 1
        assert sink.problem == "the disk is full"
        place.well = True
        write(sink)
        until(lambda: not sink.problem)
        assert sink.tries == 0
    assert place.calls == ["abandon 0", "finish", "release"]


def test_a_stop_is_logged_once_and_another_reason_is_shown_when_it_has_come_twice(caplog: pytest.LogCaptureFixture):
    place, now = Place(), [0.0]
    with sink_to(place, now) as sink:
        place.reason = "one"
        assert [fail(sink, now) for _ in range(2)] == ["one"] * 2
        place.reason = "two"
        assert [fail(sink, now) for _ in range(3)] == ["one", "two", "two"]
    assert place.calls[:5] == [f"abandon {tries}" for tries in range(5)]
    assert [record.message for record in caplog.records] == ["sink_stopped"]


def test_a_place_that_hangs_holds_up_neither_the_camera_nor_the_end():
    place, now = Place(), [0.0]
    place.go_on.clear()
    with sink_to(place, now, close_s=0.1, drop=True) as sink:
        write(sink)
        until(lambda: place.writes)
        write(sink, 60)
        assert sink.problem == "too slow; use a faster one"
        assert sink.wants_key
    until(lambda: place.calls[-1] == "release")
    assert "interrupt" in place.calls


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_thread_that_ends_by_itself_is_reported():
    place = Place()
    place.crash = True
    with sink_to(place, [0.0]) as sink:
        write(sink)
        until(lambda: sink.problem)
        assert sink.problem == "the sink failed; restart it"
    assert place.calls == ["release"]
