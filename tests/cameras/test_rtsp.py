from __future__ import annotations

import time

import av
import numpy as np
import pytest
from tests.cameras import timecode
from tests.cameras.reel import scene_reel
from tests.cameras.rtsp import PASSWORD, USER
from tests.waiting import until

OPTIONS = {"rtsp_transport": "tcp", "timeout": "3000000", "fflags": "nobuffer", "flags": "low_delay"}


def pictures(url, count):
    with av.open(url, options=OPTIONS) as container:
        container.streams.video[0].thread_count = 1
        for _, picture in zip(range(count), container.decode(video=0), strict=False):
            yield picture


def numbers(url, count):
    return [timecode.read(picture.to_ndarray()[: picture.height]) for picture in pictures(url, count)]


@pytest.mark.parametrize("size", [(128, 60), (640, 360), (1280, 720)])
@pytest.mark.parametrize("number", [0, 1, 299, 2**24 - 1])
def test_a_time_code_is_read_back_in_any_size(size, number):
    import cv2

    luma = np.full(size[::-1], 120, np.uint8)
    assert timecode.read(luma) is None
    timecode.draw(luma, number)
    for scale in (0.5, 1, 1.7):
        shown = cv2.resize(luma, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
        assert timecode.read(shown) == number


def test_the_camera_plays_a_reel_in_a_loop_and_tells_when_it_sent_each_picture(rtsp_server, tmp_path):
    server = rtsp_server({"door": scene_reel(tmp_path / "short.reel", seconds=1, rate=20)})
    seen = numbers(server.url("door"), 30)
    assert [(number - seen[0]) % 20 for number in seen] == [index % 20 for index in range(30)]
    assert abs(server.sent("door")[seen[-1]] - time.time()) < 60


def test_the_camera_asks_for_its_password(rtsp_server, drawn_reel):
    server = rtsp_server({"door": drawn_reel}, password=PASSWORD)
    with pytest.raises(av.error.HTTPUnauthorizedError):
        numbers(server.url("door"), 1)
    assert None not in numbers(server.url("door").replace("//", f"//{USER}:p%40ss%2Fw%3Ard@"), 2)


def test_the_camera_changes_its_picture_in_the_same_stream(rtsp_server, drawn_reel, tmp_path):
    server = rtsp_server({"door": drawn_reel})
    small = scene_reel(tmp_path / "small.reel", size=(320, 240))
    widths = []
    for picture in pictures(server.url("door"), 60):
        widths.append(picture.width)
        if len(widths) == 5:
            server.switch("door", small)
        if picture.width == 320:
            break
    assert widths[0] == 640
    assert widths[-1] == 320


def test_what_is_published_to_a_target_arrives(rtsp_server, tmp_path):
    target = tmp_path / "published.h264"
    server = rtsp_server(targets={"nvr": target}, password=PASSWORD)
    url = server.url("nvr").replace("//", f"//{USER}:p%40ss%2Fw%3Ard@")
    with av.open(url, "w", format="rtsp", options={"rtsp_transport": "tcp"}) as container:
        stream = container.add_stream("libx264", rate=10, options={"preset": "ultrafast", "tune": "zerolatency"})
        stream.width, stream.height = 128, 96
        for index in range(20):
            picture = av.VideoFrame(128, 96, "yuv420p")
            picture.pts = index
            container.mux(stream.encode(picture))
            time.sleep(0.02)
        container.mux(stream.encode(None))

    def arrived() -> int:
        with av.open(str(target), format="h264") as container:
            return sum(1 for _ in container.decode(video=0))

    until(lambda: arrived() >= 15, not_yet=(av.FFmpegError,))  # the server writes what it has got a little later
