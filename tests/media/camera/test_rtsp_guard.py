"""What a relay finds in the bytes of an RTSP camera, however they are cut."""

from __future__ import annotations

import select
import socket
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing

import pytest
from tests.cameras.elsewhere import self_signed, trap
from tests.waiting import eventually, until

from passerby.media.camera.rtsp_guard import RtspGuard, RtspHeads, connected, received

PACKET = b"$\x00\x00\x08RTSP/1.0"  # a packet of video that looks like the begin of an answer
ANSWERS = [
    b"RTSP/1.0 200 OK\r\nCSeq: 1\r\nContent-Length: 21\r\n\r\nRTSP/1.0 302 Moved\r\n\r\n"[:-1],
    PACKET,
    b"RTSP/1.0 200 OK\r\nCSeq: 2\r\n\r\n",
    PACKET * 3,
    b"REDIRECT rtsp://127.0.0.1/x RTSP/1.0\r\nCSeq: 1\r\nLocation: rtsp://10.9.8.7/x\r\n\r\n",
]


@pytest.fixture(scope="module")
def tls(tmp_path_factory):
    """What a camera that signed itself answers with over TLS."""
    return self_signed(tmp_path_factory.mktemp("tls"))


@pytest.mark.parametrize("size", [1, 3, 7, 4096])
def test_heads_are_found_between_bodies_and_packets(size):
    found, data = RtspHeads(), b"".join(ANSWERS)
    heads = [head for at in range(0, len(data), size) for head in found.heads(data[at : at + size])]
    assert [head.split()[1] for head in heads] == [b"200", b"200", b"rtsp://127.0.0.1/x"]


def test_a_head_that_never_ends_ends_the_connection():
    with pytest.raises(OSError, match="too long"):
        list(RtspHeads().heads(b"x" * 100_000))


@pytest.mark.parametrize(
    ("sent", "place"),
    [
        (ANSWERS[-1], "10.9.8.7:554"),
        (PACKET + b"RTSP/1.0 301 Moved\r\nLocation: rtsp://10.9.8.7:8554/x\r\n\r\n", "10.9.8.7:8554"),
        (b"RTSP/1.0 305 Use Proxy\r\n\r\n", "a place that cannot be read"),
    ],
    ids=["a request", "an answer after video", "nowhere"],
)
def test_a_redirect_in_the_middle_of_a_stream_never_arrives(sent, place):
    with socket.create_server(("127.0.0.1", 0)) as camera:
        url = f"rtsp://viewer:geheim@127.0.0.1:{camera.getsockname()[1]}/x"
        with RtspGuard(url) as guard:
            port = int(guard.url.rpartition(":")[2].partition("/")[0])
            assert guard.url == f"rtsp://viewer:geheim@127.0.0.1:{port}/x"
            with closing(socket.create_connection(("127.0.0.1", port))) as client:
                accepted, _ = camera.accept()
                with accepted:
                    client.sendall(b"PLAY rtsp://x RTSP/1.0\r\n\r\n")
                    assert accepted.recv(4096).startswith(b"PLAY")
                    accepted.sendall(PACKET)
                    assert client.recv(len(PACKET)) == PACKET
                    accepted.sendall(sent)
                    client.settimeout(20)
                    assert client.recv(4096) == b""
            assert guard.elsewhere == place


def test_a_camera_with_tls_that_redirects_in_the_middle_of_a_stream_leads_nowhere(tls):
    with socket.create_server(("127.0.0.1", 0)) as listener, ExitStack() as opened:
        here = f"127.0.0.1:{listener.getsockname()[1]}"
        guard = opened.enter_context(RtspGuard(f"rtsps://{here}/x"))
        port = int(guard.url.rpartition(":")[2].partition("/")[0])
        assert guard.url == f"rtsp://127.0.0.1:{port}/x"
        client = opened.enter_context(closing(socket.create_connection(("127.0.0.1", port))))
        camera = opened.enter_context(tls.wrap_socket(listener.accept()[0], server_side=True))
        for each in (camera, client):
            each.settimeout(60)
        client.sendall(b"PLAY rtsp://x RTSP/1.0\r\n\r\n")
        assert camera.recv(4096).startswith(b"PLAY")
        camera.sendall(PACKET)
        assert client.recv(len(PACKET)) == PACKET
        camera.sendall(b"RTSP/1.0 301 Moved\r\nLocation: /y\r\n\r\n")
        assert client.recv(4096) == b""
        assert guard.elsewhere == here


def test_what_a_camera_with_tls_sends_that_is_no_data_holds_up_nobody(tls):
    """After the handshake come session tickets: whoever waits for more behind them hears no request of FFmpeg's."""
    with socket.create_server(("127.0.0.1", 0)) as listener, ThreadPoolExecutor(1) as pool, ExitStack() as opened:
        visit = pool.submit(connected, f"rtsps://127.0.0.1:{listener.getsockname()[1]}/x", timeout_s=60)
        camera = opened.enter_context(tls.wrap_socket(listener.accept()[0], server_side=True))
        ours = opened.enter_context(visit.result(60))
        ours.settimeout(5)
        assert select.select([ours], [], [], 60)[0]
        assert received(ours) is None
        camera.sendall(PACKET)
        assert until(lambda: received(ours)) == PACKET
        camera.close()
        eventually(lambda: received(ours), b"")


def test_a_camera_that_is_off_is_a_failure_of_the_camera():
    with trap() as other:
        port = other.port
    with RtspGuard(f"rtsp://127.0.0.1:{port}/x") as guard:
        here = int(guard.url.rpartition(":")[2].partition("/")[0])
        with closing(socket.create_connection(("127.0.0.1", here))) as client:
            client.settimeout(20)
            assert client.recv(10) == b""
        assert isinstance(guard.failure, ConnectionRefusedError)
