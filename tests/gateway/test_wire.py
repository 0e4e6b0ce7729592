"""What a camera's process and the gateway say to each other arrives as it was, or is refused."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from math import inf, nan

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.store.made import foot_map

from passerby.errors import OutputError
from passerby.gateway import wire
from passerby.health.status import CameraState, CameraStatus, Redaction
from passerby.measure.reading import Quantity, Reading
from passerby.media.fault import Fault
from passerby.outputs.stream.live_hub import Demand
from passerby.outputs.stream.packet import StreamName, StreamPacket
from passerby.outputs.stream.wall import WallPicture


@given(
    st.builds(
        StreamPacket,
        stream=st.sampled_from(StreamName),
        data=st.binary(max_size=200),
        key=st.booleans(),
        time_s=st.floats(0, 4e9),
        width=st.integers(0, 65535),
        height=st.integers(0, 65535),
        redaction=st.sampled_from(Redaction),
    )
)
def test_a_packet_arrives_as_it_was(packet: StreamPacket) -> None:
    assert wire.unpacked(wire.packed(packet)) == packet


def test_a_small_picture_arrives_as_it_was() -> None:
    samples = np.random.default_rng(1).integers(0, 256, 16 * 8 * 3 // 2).astype(np.uint8)
    got = wire.unpacked(wire.packed(WallPicture(samples, 16, 8, 5.5, Redaction.ACTIVE)))
    assert isinstance(got, WallPicture)
    assert np.array_equal(got.packed, samples)
    assert (got.width, got.height, got.time_s, got.redaction) == (16, 8, 5.5, Redaction.ACTIVE)


def test_a_status_an_ending_and_an_order_arrive_as_they_were() -> None:
    status = CameraStatus(
        "door", CameraState.DEGRADED, 5.0, Redaction.ACTIVE, frozenset({Fault.DARK}), "dark", withheld={"late": 3}
    )
    assert wire.unpacked(wire.packed(status)) == status
    assert wire.unpacked(wire.packed(wire.Ending("gone"))) == wire.Ending("gone")
    for order in (wire.CameraOrder(Demand.KEY, StreamName.WALL), wire.CameraOrder(mosaic=True)):
        assert wire.order(wire.packed(order)) == order


tagged = st.sampled_from([b"", b"P", b"W", b"S", b"E"])


@given(tagged, st.binary(max_size=60))
def test_invalid_messages_are_refused_in_our_own_words(tag: bytes, data: bytes) -> None:
    with suppress(OutputError):  # any other error is a failure
        wire.unpacked(tag + data)


def test_an_order_that_is_none_is_refused() -> None:
    with pytest.raises(OutputError):
        wire.order(b"O{}}")


def test_readings_arrive_as_they_were() -> None:
    told = wire.Measured((Reading("hall", Quantity.DENSITY, 1.5, 10.0, 1.0, 0.5, "tracks"),))
    assert wire.unpacked(wire.packed(told)) == told


def test_a_reading_that_cannot_be_is_refused() -> None:
    text = wire.packed(wire.Measured((Reading("hall", Quantity.DENSITY, 1.5, 10.0, 1.0, 0.5, "tracks"),)))
    with pytest.raises(OutputError, match="an invalid"):
        wire.unpacked(text.replace(b'"observed_s":0.5', b'"observed_s":9.5'))


OK = CameraStatus("door", CameraState.OK, 5.0, Redaction.ACTIVE, width=640, height=360)


def test_maps_of_foot_points_arrive_as_they_were_and_one_of_a_few_people_is_refused() -> None:
    told = wire.Measured((), (foot_map(counts=(0, 7)),))
    assert wire.unpacked(wire.packed(told)) == told
    with pytest.raises(OutputError, match="MeasureError"):
        wire.unpacked(wire.packed(told).replace(b"[0,7]", b"[0,3]"))


@pytest.mark.parametrize(
    "wrong",
    [
        {"width": 65_000, "height": 65_000},
        {"height": -2},
        {"fps": nan},
        {"lag_ms": inf},
        {"since_s": 1e300},
        {"latency_counts": (1, 2)},
        {"frames_total": -1},
        {"self_tests": -1},
        {"tries": -1},
        {"frames_total": 10**400},
        {"withheld": {f"reason {k}": 1 for k in range(wire.MOST_REASONS + 1)}},
    ],
)
def test_a_status_that_would_trouble_other_cameras_is_refused(wrong: dict[str, object]) -> None:
    assert wire.unpacked(wire.packed(OK)) == OK
    with pytest.raises(OutputError, match="an invalid"):
        wire.unpacked(_with_all_numbers(replace(OK, **wrong)))  # type: ignore[arg-type]


def _with_all_numbers(status: CameraStatus) -> bytes:
    """Pack as a hostile process does: pydantic itself writes null for what is no number."""
    text = wire.packed(replace(status, fps=0.0, lag_ms=0.0))
    return text.replace(b'"fps":0.0', f'"fps":{_json(status.fps)}'.encode()).replace(
        b'"lag_ms":0.0', f'"lag_ms":{_json(status.lag_ms)}'.encode()
    )


def _json(value: float) -> str:
    return {"nan": "NaN", "inf": "Infinity"}.get(str(value), str(value))


@pytest.mark.parametrize("time_s", [nan, inf, -1.0, 1e300])
def test_a_picture_of_no_possible_time_is_refused(time_s: float) -> None:
    packet = StreamPacket(StreamName.FULL, b"\0\0\1", True, time_s, 64, 48, Redaction.ACTIVE)
    small = WallPicture(np.zeros(6, np.uint8), 2, 2, time_s, Redaction.ACTIVE)
    for message in (packet, small):
        with pytest.raises(OutputError, match="an invalid"):
            wire.unpacked(wire.packed(message))


def test_a_status_without_end_is_refused_unread() -> None:
    with pytest.raises(OutputError, match="an invalid"):
        wire.unpacked(wire.packed(OK) + b" " * wire.MOST_TEXT_BYTES)


def test_a_small_picture_of_nothing_is_refused() -> None:
    nothing = WallPicture(np.zeros(0, np.uint8), 0, 0, 5.0, Redaction.ACTIVE)
    with pytest.raises(OutputError, match="an invalid"):
        wire.unpacked(wire.packed(nothing))


@given(st.text(max_size=1000))
def test_what_a_process_says_is_one_line_that_no_terminal_obeys(text: str) -> None:
    status = wire.unpacked(wire.packed(replace(OK, detail=f"\x1b[2J{text}", withheld={text: 1})))
    ending = wire.unpacked(wire.packed(wire.Ending(f"{text}\n\x9b31m")))
    assert isinstance(status, CameraStatus)
    assert isinstance(ending, wire.Ending)
    for line in (status.detail, ending.reason, *status.withheld):
        assert line.isprintable()
        assert len(line) <= wire.LONGEST_LINE


def test_the_words_of_an_error_that_nobody_foresaw_lose_the_password() -> None:
    ending = wire.unpacked(wire.packed(wire.Ending("ValueError: rtsp://root:hunter2@cam/1?token=abc is odd")))
    assert ending == wire.Ending("ValueError: rtsp://cam/1?token=*** is odd")
