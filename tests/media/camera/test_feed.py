from __future__ import annotations

import socket
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from pathlib import Path

import numpy as np
import pytest
from tests.cameras import timecode
from tests.cameras.reel import make_reel, scene, scene_reel
from tests.cameras.rtsp import PASSWORD, USER
from tests.media import clips
from tests.waiting import until

from passerby.media.address import Address, Transport
from passerby.media.camera.feed import CameraFeed, _retry_s
from passerby.media.outage import Outage
from passerby.vision.picture.visibility import VisibilityMonitor

PATIENCE_S = 60


class Watched:
    """A feed that is read in the background, and what it brought."""

    def __init__(self, feed):
        self.items, self._feed = [], feed
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self):
        for item in self._feed:
            if isinstance(item, Outage):
                self.items.append(item)
            else:  # a decoder has few pictures to give: keep none
                number = timecode.read(item.planes[0])
                self.items.append((number, item.width, item.height, item.time_s, item.damaged))

    def until(self, condition, start=0):
        """Wait for an item, and return its place."""

        def places():
            return [place for place, item in enumerate(self.items[start:], start) if condition(item)]

        return until(places, shown=lambda: self.items[start:])[0]

    def picture(self, start=0):
        return self.until(lambda item: isinstance(item, tuple), start)

    def outage(self, reason, start=0):
        return self.until(lambda item: isinstance(item, Outage) and reason in item.reason, start)


@contextmanager
def watched(url, **options):
    address = url if isinstance(url, Address) else Address(str(url))
    with closing(CameraFeed("door", address, clock=time.time, **options)) as feed:
        yield Watched(feed)


@pytest.mark.parametrize("transport", list(Transport))
def test_an_rtsp_camera_gives_its_pictures_with_the_time_of_capture(rtsp_server, drawn_reel, transport):
    server = rtsp_server({"door": drawn_reel})
    with watched(server.url("door"), transport=transport) as seen:
        seen.until(lambda item: isinstance(item, tuple) and sum(isinstance(x, tuple) for x in seen.items) > 20)
        sent = server.sent("door")
        pictures = [item for item in seen.items if isinstance(item, tuple)]
    numbers = [number for number, *_ in pictures]
    steps = np.diff(numbers) % 100
    assert steps.max() < 50  # never back
    if transport is Transport.TCP:
        # A busy machine loses datagrams; and of more than four pictures that wait, the oldest are dropped.
        assert np.mean(steps == 1) > 0.8
    times = [time_s for *_, time_s, _ in pictures]
    assert np.diff(times) == pytest.approx(0.1 * steps, abs=0.03)
    late = [time_s - sent[number] for number, _, _, time_s, _ in pictures if number in sent]
    assert min(late) > -0.01
    if transport is Transport.TCP:
        assert {damaged for *_, damaged in pictures} == {""}


def test_a_killed_server_is_an_outage_and_its_return_ends_it(rtsp_server, drawn_reel):
    server = rtsp_server({"door": drawn_reel})
    with watched(server.url("door")) as seen:
        first = seen.picture()
        server.kill()
        ended = seen.outage("ended the stream", first)
        refused = seen.outage("connection refused", ended)
        assert not seen.items[refused].refused
        assert seen.items[refused].since_s == seen.items[ended].since_s == seen.items[ended - 1][3]
        server.start()
        assert seen.items[seen.picture(refused)][3] > seen.items[ended - 1][3]


def test_a_camera_that_has_not_answered_yet_is_starting_until_the_attempt_has_ended():
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        with watched(f"rtsp://127.0.0.1:{port}/door") as seen:
            starting = seen.until(lambda item: isinstance(item, Outage) and not item.tried)
            silent.close()  # the system ends the connection that waits
            lost = seen.until(lambda item: isinstance(item, Outage) and item.tried, starting)
            assert all(item.tried for item in seen.items[lost:])


def test_a_wrong_password_is_a_refusal_and_never_shown(rtsp_server, drawn_reel):
    server = rtsp_server({"door": drawn_reel}, password=PASSWORD)
    bare = Address(server.url("door"))
    with watched(bare.with_credentials(USER, "wr0ng-secret")) as seen:
        outage = seen.items[seen.outage("rejects the user or password")]
    assert outage.refused
    assert "wr0ng" not in str(seen.items)
    with watched(bare.with_credentials(USER, PASSWORD)) as seen:
        seen.picture()


def test_a_frozen_server_is_an_outage_until_it_goes_on(rtsp_server, drawn_reel):
    server = rtsp_server({"door": drawn_reel})
    with watched(server.url("door")) as seen:
        first = seen.picture()
        server.freeze("door")
        quiet = seen.outage("sends no picture", first)
        server.thaw("door")
        seen.picture(quiet)


def test_a_pulled_cable_is_an_outage_until_it_is_plugged_in(rtsp_server, drawn_reel):
    server = rtsp_server({"door": drawn_reel})
    with watched(server.url("door")) as seen:
        first = seen.picture()
        server.pause()
        lost = seen.outage("does not answer", first)
        server.resume()
        seen.picture(lost)


def test_the_picture_may_change_its_size_in_the_stream_and_its_codec_between(rtsp_server, drawn_reel, tmp_path):
    small = scene_reel(tmp_path / "small.reel", size=(322, 242))
    other = make_reel(tmp_path / "other.reel", scene((480, 270), 50), codec="h265")
    server = rtsp_server({"door": drawn_reel})
    with watched(server.url("door")) as seen:
        place = seen.until(lambda item: isinstance(item, tuple) and item[1:3] == (640, 360))
        server.switch("door", small)
        place = seen.until(lambda item: isinstance(item, tuple) and item[1:3] == (322, 242), place)
        server.switch("door", other)
        seen.until(lambda item: isinstance(item, tuple) and item[1:3] == (480, 270), place)


def test_a_stream_of_too_few_bits_is_told_from_a_good_one(rtsp_server, tmp_path):
    def reel(crf: int) -> Path:  # a keyframe a second: each stream is measured within two
        return make_reel(tmp_path / f"{crf}.reel", scene((640, 360), 48), rate=24, gop=24, crf=crf)

    reels = {str(crf): reel(crf) for crf in (20, 51)}
    server = rtsp_server(reels)

    def is_thin(name: str, transport: Transport) -> bool:
        with closing(CameraFeed("door", Address(server.url(name)), clock=time.time, transport=transport)) as feed:
            frames = (item for item in feed if not isinstance(item, Outage))
            return VisibilityMonitor().judge(next(frame for frame in frames if frame.bits_per_pixel)).thin

    ways = [(name, transport) for name in reels for transport in Transport]
    with ThreadPoolExecutor(len(ways)) as pool:  # each measures for seconds
        assert list(pool.map(is_thin, *zip(*ways, strict=True))) == [name == "51" for name, _ in ways]


def test_timestamps_that_jump_leave_no_trace(rtsp_server, drawn_reel):
    server = rtsp_server({"door": drawn_reel})
    with watched(server.url("door")) as seen:
        seen.picture()
        for jump_s in (3600, -5000):
            server.jump("door", jump_s)
            time.sleep(1)
            seen.picture(len(seen.items))
        times = [item[3] for item in seen.items if isinstance(item, tuple)]
    assert all(0 < step < 1 for step in np.diff(times))
    assert abs(times[-1] - time.time()) < PATIENCE_S


def test_a_file_is_looped_in_real_time(tmp_path):
    path = clips.make_clip(tmp_path / "second.mp4", times=range(0, 25 * 512, 512))
    began = time.monotonic()
    with watched(path) as seen:
        seen.until(lambda item: sum(isinstance(each, tuple) for each in seen.items) >= 60)
    assert time.monotonic() - began > 1.5
    assert not any(isinstance(item, Outage) for item in seen.items)


def test_too_many_and_too_wide_pictures_are_thinned_and_shrunk(tmp_path):
    path = clips.make_clip(tmp_path / "wide.mp4", size=(400, 102), times=range(0, 50 * 512, 512))
    with watched(path, max_fps=5, max_width=160) as seen:
        seen.until(lambda item: sum(isinstance(each, tuple) for each in seen.items) >= 8)
    pictures = [item for item in seen.items if isinstance(item, tuple)]
    assert {item[1:3] for item in pictures} == {(160, 40)}
    assert np.mean(np.diff([item[3] for item in pictures])) > 0.15


@pytest.mark.parametrize(
    ("address", "reason"),
    [
        ("/nothing/here.mp4", "it is not there"),
        ("ftp://10.0.0.1/x", "are not supported"),
        ("/dev/video97", "no camera at"),
    ],
)
def test_an_address_that_does_not_work_says_why(address, reason):
    with watched(address) as seen:
        seen.outage(reason)


def test_an_8k_stream_is_refused_with_its_size(tmp_path):
    path = clips.make_clip(tmp_path / "8k.mp4", size=(7680, 4320), times=[0], codec="mpeg4", options={})
    with watched(path) as seen:
        outage = seen.items[seen.outage("7680x4320")]
    assert outage.refused
    assert "smaller stream" in outage.reason


@pytest.mark.parametrize("place", ["clip.mp4", "share/clip.mp4"])
def test_a_file_or_share_that_comes_back_is_read_within_seconds(tmp_path, monkeypatch, place):
    """However long it was gone: nobody is locked out by looking for a file."""
    monkeypatch.setattr("passerby.media.camera.feed._FIRST_RETRY_S", 0.02)
    monkeypatch.setattr("passerby.media.camera.feed._LONGEST_RETRY_S", 0.1)
    path = tmp_path / place
    with watched(path) as seen:
        gone = seen.outage("it is not there")
        assert seen.items[gone].absent
        assert not seen.items[gone].refused
        time.sleep(0.5)  # several attempts: with growing pauses the next would be far away
        path.parent.mkdir(exist_ok=True)
        clip = clips.make_clip(tmp_path / "new.mp4", times=range(0, 30 * 512, 512))
        clip.rename(path)
        seen.picture(gone)


def test_a_consumer_that_stops_iterating_disconnects(tmp_path):
    before = set(threading.enumerate())
    clip = clips.make_clip(tmp_path / "clip.mp4", times=range(0, 30 * 512, 512))
    items = iter(CameraFeed("door", Address(str(clip)), clock=time.time))
    next(items)
    assert not set(threading.enumerate()) <= before
    items.close()
    until(lambda: set(threading.enumerate()) <= before)


def test_attempts_at_what_is_absent_are_a_second_apart_and_at_what_refuses_far_apart():
    assert [_retry_s(count, refused=False) for count in (0, 5, 500)] == [0.2, 1.0, 1.0]
    assert [_retry_s(count, refused=True) for count in (0, 5, 500)] == [30, 600, 600]


def test_a_device_that_is_not_plugged_in_is_absent():
    with watched("/dev/video77") as seen:
        assert seen.items[seen.outage("there is no camera at /dev/video77")].absent
