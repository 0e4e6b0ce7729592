"""A camera cannot make the gateway ask anybody but itself."""

from __future__ import annotations

import hashlib
import re
import socket
import threading
import time
from contextlib import closing
from itertools import islice

import av
import pytest
from tests.cameras.elsewhere import rtsp_camera, self_signed, trap, web_camera
from tests.cameras.plain import _http, _Mjpeg, mjpeg_camera, web_folder
from tests.media import clips

from passerby.errors import RefusedError, SourceError
from passerby.media.address import Address, Transport
from passerby.media.camera.stream import NetworkStream

ELSEWHERE = r"it sends us to 127\.0\.0\.1:{port}, which is not its own host and port; .* add it to allow_hosts"


def opened(url, *also):
    return closing(NetworkStream(Address(url, also), transport=Transport.TCP))


def pictures(url, *also, count=3):
    with opened(url, *also) as stream:
        return list(islice(stream, count))


def moved(to, status=302):
    return lambda path: (status, {"Location": to, "Content-Length": "0"}, b"")


@pytest.fixture(scope="module")
def camera_tls(tmp_path_factory):
    """What a camera that signed itself answers with over TLS."""
    return self_signed(tmp_path_factory.mktemp("tls"))


@pytest.fixture
def segments(tmp_path):
    """A folder with a recording as HLS."""
    clip = clips.make_clip(tmp_path / "clip.mp4", times=range(0, 100 * 512, 512), size=(160, 120))
    with av.open(str(clip)) as source, av.open(str(tmp_path / "live.m3u8"), "w", format="hls") as target:
        stream = target.add_stream_from_template(source.streams.video[0])
        for packet in source.demux(video=0):
            if packet.dts is not None:
                packet.stream = stream
                target.mux(packet)
    return tmp_path


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize("scheme", ["http", "https"])
def test_a_redirect_to_another_place_is_refused_and_nobody_there_is_asked(status, scheme):
    with trap() as other, web_camera(moved(f"{scheme}://127.0.0.1:{other.port}/secret", status)) as url:
        with pytest.raises(RefusedError, match=ELSEWHERE.format(port=other.port)):
            pictures(f"{url}/video")
        assert other.visits == []


def test_the_environment_cannot_lead_past_the_guard(monkeypatch):
    monkeypatch.setenv("no_proxy", "127.0.0.1,*")
    with trap() as other, web_camera(moved(f"http://127.0.0.1:{other.port}/")) as url:
        with pytest.raises(RefusedError):
            pictures(f"{url}/video")
        assert other.visits == []


def test_a_redirect_within_the_camera_is_followed():
    with mjpeg_camera() as camera:
        port = camera.rpartition(":")[2]
        with web_camera(moved(f"http://127.0.0.1:{port}/video")) as url:
            assert len(pictures(f"{url}/x", f"127.0.0.1:{port}")) == 3


@pytest.mark.parametrize("kind", ["segments", "a playlist in a playlist", "the key of segments"])
def test_what_a_playlist_names_elsewhere_is_not_asked(segments, kind):
    def playlist(path):
        if path == "/live.m3u8" and kind == "a playlist in a playlist":
            lines = ["#EXTM3U", "#EXT-X-STREAM-INF:BANDWIDTH=100000", f"{away}/live.m3u8"]
        elif kind == "the key of segments":
            key = f'#EXT-X-KEY:METHOD=AES-128,URI="{away}/key"'
            lines = ["#EXTM3U", "#EXT-X-TARGETDURATION:2", key, "#EXTINF:2,", "one.ts", "#EXT-X-ENDLIST"]
        else:
            lines = ["#EXTM3U", "#EXT-X-TARGETDURATION:2", "#EXTINF:2,", f"{away}/live0.ts", "#EXT-X-ENDLIST"]
        return 200, {"Content-Type": "application/vnd.apple.mpegurl"}, "\n".join(lines).encode()

    with trap() as other:
        away = f"http://127.0.0.1:{other.port}"
        with web_camera(playlist) as url, pytest.raises(RefusedError, match=ELSEWHERE.format(port=other.port)):
            pictures(f"{url}/live.m3u8")
        assert other.visits == []


def test_segments_elsewhere_are_read_when_the_site_file_allows_the_place(segments):
    with web_folder(segments) as away:
        place = away.removeprefix("http://")
        lines = ["#EXTM3U", "#EXT-X-TARGETDURATION:4", "#EXTINF:4,", f"{away}/live0.ts", "#EXT-X-ENDLIST"]
        body = "\n".join(lines).encode()
        with web_camera(lambda path: (200, {"Content-Type": "application/vnd.apple.mpegurl"}, body)) as url:
            assert len(pictures(f"{url}/live.m3u8", place)) == 3
            with pytest.raises(SourceError, match="allow_hosts"):
                pictures(f"{url}/live.m3u8")


def md5(text):
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()


class Locked(_Mjpeg):
    """An MJPEG camera that asks for a password by Digest."""

    def do_GET(self):  # noqa: N802 - as the base class has it
        told = self.headers.get("Authorization", "")
        named = re.search(r'response="(\w+)"', told)
        if named is None or named[1] != self._expected(told):
            self.send_response(401)
            self.send_header("WWW-Authenticate", 'Digest realm="camera", nonce="42"')
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        super().do_GET()

    def _expected(self, told):
        uri = re.search(r'uri="([^"]*)"', told)[1]
        secret, request = md5("viewer:camera:geheim"), md5(f"GET:{uri}")
        return md5(f"{secret}:42:{request}")


def test_a_camera_with_a_password_works_through_the_guard():
    with _http(Locked) as url:
        address = Address(f"{url}/video?size=1").with_credentials("viewer", "geheim")
        with closing(NetworkStream(address, transport=Transport.TCP)) as stream:
            assert len(list(islice(stream, 3))) == 3
        with pytest.raises(RefusedError, match="rejects the user or password"):
            NetworkStream(Address(url).with_credentials("viewer", "wrong"), transport=Transport.TCP)


def test_a_camera_with_tls_works_through_the_guard(camera_tls):
    with trap() as other, _http(_Mjpeg, camera_tls) as url:
        assert len(pictures(f"{url}/video")) == 3
        assert other.visits == []


@pytest.mark.parametrize("method", ["OPTIONS", "DESCRIBE", "DESCRIBE+"])
@pytest.mark.parametrize("challenge", ["Basic realm=camera", 'Digest realm="camera", nonce="42"'])
def test_an_rtsp_redirect_to_another_place_is_refused_before_anybody_there_is_asked(method, challenge):
    with trap() as other:
        there = f"302 Moved\nLocation: rtsp://127.0.0.1:{other.port}/stream"
        answers = {"OPTIONS": "200 OK", "DESCRIBE": f"401 Unauthorized\nWWW-Authenticate: {challenge}", method: there}
        with rtsp_camera(answers) as port, pytest.raises(RefusedError, match=ELSEWHERE.format(port=other.port)):
            pictures(f"rtsp://viewer:geheim@127.0.0.1:{port}/stream")
        assert other.visits == []


class _SecondTime(dict):
    """Answers of a camera that redirects a method only from the given request on."""

    def __init__(self, method, there, *, number):
        super().__init__(OPTIONS="200 OK", DESCRIBE=DESCRIPTION)
        self._method, self._there, self._left = method, f"302 Moved\nLocation: {there}", number - 1

    def get(self, method, default=None):
        if method == self._method:
            self._left -= 1
            if self._left < 0:
                return self._there
        return super().get(method, default)


DESCRIPTION = (
    "200 OK\nContent-Type: application/sdp\n\nv=0\r\no=- 0 0 IN IP4 0.0.0.0\r\ns=x\r\nt=0 0\r\n"
    "m=video 0 RTP/AVP 96\r\na=rtpmap:96 H264/90000\r\na=control:track1\r\n"
)


@pytest.mark.parametrize(
    ("method", "number"),
    [("OPTIONS", 2), ("DESCRIBE", 2), ("SETUP", 1)],
    ids=["the second OPTIONS", "the second DESCRIBE", "the first SETUP"],
)
@pytest.mark.parametrize("allowed", [False, True], ids=["refused", "allowed, but only at the first request"])
def test_an_rtsp_redirect_of_a_later_request_leads_nowhere(method, number, allowed):
    with trap() as other:
        answers = _SecondTime(method, f"rtsp://127.0.0.1:{other.port}/stream", number=number)
        with rtsp_camera(answers) as port, pytest.raises(RefusedError, match=ELSEWHERE.format(port=other.port)):
            pictures(f"rtsp://viewer:geheim@127.0.0.1:{port}/stream", *[f"127.0.0.1:{other.port}"] * allowed)
        assert other.visits == []


def test_an_rtsp_redirect_that_is_allowed_is_followed():
    asked = []
    with rtsp_camera({"DESCRIBE": "404 Not Found"}, asked) as there:
        answers = {"DESCRIBE": f"302 Moved\nLocation: rtsp://127.0.0.1:{there}/other"}
        with rtsp_camera(answers) as port, pytest.raises(SourceError, match="no stream at this address"):
            pictures(f"rtsp://127.0.0.1:{port}/stream", f"127.0.0.1:{there}")
    assert any("/other" in each for each in asked)


@pytest.mark.parametrize("scheme", ["rtsp", "rtsps"])
def test_a_redirect_of_a_camera_with_tls_is_refused_and_nobody_there_is_asked(camera_tls, scheme):
    with trap() as other:
        answers = {"DESCRIBE": f"302 Moved\nLocation: {scheme}://127.0.0.1:{other.port}/stream"}
        refused = pytest.raises(RefusedError, match=ELSEWHERE.format(port=other.port))
        with rtsp_camera(answers, tls=camera_tls) as port, refused:
            pictures(f"rtsps://viewer:geheim@127.0.0.1:{port}/stream")
        assert other.visits == []


@pytest.mark.parametrize(("method", "number"), [("DESCRIBE", 2), ("SETUP", 1)])
def test_a_redirect_of_a_later_request_of_a_camera_with_tls_leads_nowhere(camera_tls, method, number):
    with trap() as other:
        answers = _SecondTime(method, f"rtsps://127.0.0.1:{other.port}/stream", number=number)
        refused = pytest.raises(RefusedError, match=ELSEWHERE.format(port=other.port))
        with rtsp_camera(answers, tls=camera_tls) as port, refused:
            pictures(f"rtsps://viewer:geheim@127.0.0.1:{port}/stream")
        assert other.visits == []


def test_a_redirect_from_tls_to_tls_that_is_allowed_is_followed_and_one_without_encryption_is_not(camera_tls):
    asked = []
    with rtsp_camera({"DESCRIBE": "404 Not Found"}, asked, tls=camera_tls) as there:
        for scheme, reason in (("rtsps", "no stream at this address"), ("rtsp", "without encryption; .* rtsp://")):
            answers = {"DESCRIBE": f"302 Moved\nLocation: {scheme}://127.0.0.1:{there}/{scheme}"}
            with rtsp_camera(answers, tls=camera_tls) as port, pytest.raises(SourceError, match=reason):
                pictures(f"rtsps://127.0.0.1:{port}/stream", f"127.0.0.1:{there}")
    assert any(each.endswith("/rtsps RTSP/1.0") for each in asked)
    assert not any(each.endswith("/rtsp RTSP/1.0") for each in asked)


def test_an_endless_redirect_ends():
    answers = {}
    with rtsp_camera(answers) as port:
        answers["DESCRIBE"] = f"302 Moved\nLocation: rtsp://127.0.0.1:{port}/stream"
        with pytest.raises(RefusedError, match="redirects more than 5 times"):
            pictures(f"rtsp://127.0.0.1:{port}/stream")


def test_a_camera_that_does_not_take_the_transport_is_told_with_the_setting():
    answers = {"DESCRIBE": DESCRIPTION, "SETUP": "461 Unsupported Transport"}
    with rtsp_camera(answers) as port, pytest.raises(SourceError, match=r"RTSP 461.*set transport: udp"):
        pictures(f"rtsp://127.0.0.1:{port}/stream")


class _Busy(dict):
    """Answers of a camera that is busy for so many requests after the one that asks for redirects."""

    def __init__(self, busy):
        super().__init__(OPTIONS="200 OK")
        self._described = iter(["200 OK", *["503 Service Unavailable"] * busy])

    def get(self, method, default=None):
        return next(self._described, "404 Not Found") if method == "DESCRIBE" else super().get(method, default)


@pytest.mark.parametrize(("busy", "reason"), [(0, "no stream"), (1, "no stream"), (2, "no stream"), (3, "5XX")])
def test_a_camera_that_is_busy_for_a_moment_is_asked_again(monkeypatch, busy, reason):
    monkeypatch.setattr("passerby.media.camera.stream._BUSY_WAITS_S", (0.0, 0.0))
    with rtsp_camera(_Busy(busy)) as port, pytest.raises(SourceError, match=reason):
        pictures(f"rtsp://127.0.0.1:{port}/stream")


@pytest.mark.parametrize("url", ["rtsp://127.0.0.1:{port}/x", "http://127.0.0.1:{port}/x"])
@pytest.mark.parametrize("sent", [b"", b"HTTP/1.1 200 OK\r\nContent-Type: multipart/x-mixed-replace\r\n\r\n"])
def test_a_server_that_stands_still_does_not_answer(monkeypatch, url, sent):
    """It takes connections and says nothing, or nothing more: what a frozen server does."""
    for name in ("OPEN_TIMEOUT_S", "SILENCE_S"):
        monkeypatch.setattr(f"passerby.media.camera.stream.{name}", 1.0)
    monkeypatch.setattr("passerby.media.camera.rtsp_redirect._ANSWER_S", 0.5)
    held = []
    with socket.create_server(("127.0.0.1", 0)) as frozen:

        def accept():
            while True:
                try:
                    held.append(frozen.accept()[0])
                    held[-1].sendall(sent)
                except OSError:
                    return

        threading.Thread(target=accept, daemon=True).start()
        with pytest.raises(SourceError, match="it does not answer"):
            pictures(url.format(port=frozen.getsockname()[1]))
        frozen.shutdown(socket.SHUT_RDWR)
    for each in held:
        each.close()


def test_a_camera_that_is_off_refuses_the_connection_as_before():
    with trap() as other:
        port = other.port
    for scheme in ("http", "rtsp"):
        with pytest.raises(SourceError, match="connection refused; check that the camera is on"):
            pictures(f"{scheme}://127.0.0.1:{port}/x")


def test_closing_ends_what_the_guard_has_open():
    with mjpeg_camera() as url:
        stream = NetworkStream(Address(f"{url}/x"), transport=Transport.TCP)
        next(iter(stream))
        guard = stream._guard
        stream.close()
        stream.close()
        give_up = time.monotonic() + 20
        while guard.connections and time.monotonic() < give_up:
            time.sleep(0.02)
        assert not guard.connections
