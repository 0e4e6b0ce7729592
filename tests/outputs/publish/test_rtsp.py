"""The covered stream reaches another server, and nothing that server does reaches the camera."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import count
from pathlib import Path

import av
import pytest
from tests.cameras.rtsp import PASSWORD, USER
from tests.outputs.streams import BEGIN_S, packets
from tests.sockets import free_port
from tests.waiting import until

from passerby.errors import OutputError
from passerby.media.address import Address
from passerby.outputs.packet_sink import PacketSink
from passerby.outputs.publish.rtsp import WAITING_PACKETS, publisher
from passerby.outputs.stream.packet import StreamPacket


@contextmanager
def publishing(address: Address, **settings) -> Iterator[PacketSink]:
    sink = publisher(address, camera="door", **settings)
    try:
        yield sink
    finally:
        sink.close()


def arrived(target: Path) -> int:
    """Pictures that can be decoded from what the server got."""
    if not target.exists() or not target.stat().st_size:
        return 0
    with av.open(str(target), format="h264") as container:
        return sum(1 for _ in container.decode(video=0))


def send(sink: PacketSink, stream: Sequence[StreamPacket]) -> None:
    for packet in stream:
        sink.write(packet)


@pytest.mark.parametrize("transport", ["tcp", "udp"])
def test_every_picture_arrives_at_a_server_that_asks_for_a_password(rtsp_server, tmp_path: Path, transport: str):
    target = tmp_path / "nvr.h264"
    server = rtsp_server(targets={"nvr": target}, password=PASSWORD)
    address = Address(server.url("nvr")).with_credentials(USER, PASSWORD)
    with publishing(address, transport=transport) as sink:
        send(sink, packets(60))
        until(lambda: arrived(target) == 60)
        assert not sink.problem


def test_a_refused_password_is_told_without_the_password_and_tried_slowly(rtsp_server, tmp_path: Path, caplog):
    server = rtsp_server(targets={"nvr": tmp_path / "nvr.h264"}, password=PASSWORD)
    now = [0.0]
    with publishing(Address(server.url("nvr")).with_credentials(USER, "no+pass"), clock=lambda: now[0]) as sink:
        send(sink, packets(1))
        until(lambda: sink.problem)
        assert "the server rejected the user or password" in sink.problem
        now[0] = 59.0
        assert not sink.wants_key
        now[0] = 60.0
        assert sink.wants_key
        shown = sink.problem + caplog.text + repr(sink.__dict__) + repr(vars(sink._writer))
        assert "no+pass" not in shown
        assert USER not in sink.problem


def test_a_server_that_comes_back_gets_the_stream_again(rtsp_server, tmp_path: Path):
    target = tmp_path / "nvr.h264"
    server = rtsp_server(targets={"nvr": target})
    with publishing(Address(server.url("nvr"))) as sink:
        send(sink, packets(20))
        until(lambda: arrived(target) == 20)
        seconds = count(10)

        def sent() -> bool:
            send(sink, packets(10, begin_s=BEGIN_S + next(seconds)))
            return True

        server.kill()
        until(lambda: sent() and sink.problem)
        server.start()
        until(lambda: sent() and arrived(target) > 30 and not sink.problem)
        assert sink.tries == 0


def test_a_server_that_fails_again_and_again_is_told_in_the_same_words_and_logged_once(caplog):
    now = [0.0]
    with socket.create_server(("127.0.0.1", free_port())) as server:
        address = f"rtsp://127.0.0.1:{server.getsockname()[1]}/nvr"
        with publishing(Address(address), clock=lambda: now[0]) as sink:

            def fail(count: int, *, answer: bool) -> str:
                """Let the server hang up or refuse as often as that, and return what is told then."""
                for _ in range(count):
                    tries = sink.tries
                    now[0] += 20
                    send(sink, packets(1))
                    if answer:
                        server.accept()[0].close()
                    until(lambda tries=tries: sink.tries > tries)
                return sink.problem

            told = fail(1, answer=True)
            assert "publishing failed (" in told
            assert fail(2, answer=True) == told
            server.close()
            assert fail(1, answer=False) == told  # a reason that came once
            refused = fail(1, answer=False)
            assert "refused" in refused
            assert fail(2, answer=False) == refused
            assert sink.tries == 7
    assert caplog.text.count("publishing_stopped") == 1


def test_a_picture_of_another_size_begins_a_new_session(rtsp_server, tmp_path: Path):
    target = tmp_path / "nvr.h264"
    server = rtsp_server(targets={"nvr": target})
    with publishing(Address(server.url("nvr"))) as sink:
        send(sink, packets(10))
        until(lambda: arrived(target) == 10)
        send(sink, packets(10, size=(96, 64), begin_s=BEGIN_S + 1))
        until(lambda: arrived(target) == 20)
    with av.open(str(target), format="h264") as container:
        assert {frame.width for frame in container.decode(video=0)} == {64, 96}


def test_a_server_that_never_answers_holds_up_neither_the_camera_nor_the_end():
    with socket.create_server(("127.0.0.1", 0)) as silent:
        with publishing(Address(f"rtsp://127.0.0.1:{silent.getsockname()[1]}/nvr")) as sink:
            send(sink, packets(1))
            connection, _ = silent.accept()
            longest_s = 0.0
            for packet in packets(60) * (3 * WAITING_PACKETS // 60):
                began = time.monotonic()
                sink.write(packet)
                time.sleep(0.001)  # another thread that holds Python's lock would show here
                longest_s = max(longest_s, time.monotonic() - began)
            assert longest_s < 5
            assert "too slow" in sink.problem
            began = time.monotonic()
        assert time.monotonic() - began < 12
        connection.close()


def test_a_closed_port_is_told_with_the_address():
    port = free_port()
    with publishing(Address(f"rtsp://u:secret@127.0.0.1:{port}/nvr?token=abc")) as sink:
        send(sink, packets(1))
        until(lambda: sink.problem)
        assert f"rtsp://127.0.0.1:{port}/nvr?token=***: publishing failed (" in sink.problem
        assert "secret" not in sink.problem


@pytest.mark.parametrize("url", ["http://nvr/door", "/dev/video0", "file:///etc/passwd"])
def test_only_rtsp_is_published_to(url: str):
    with pytest.raises(OutputError, match="cannot publish to"):
        publisher(Address(url), camera="door")
