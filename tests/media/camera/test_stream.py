from __future__ import annotations

import time
from contextlib import closing
from itertools import islice
from pathlib import Path

import av
import pytest
from tests.cameras.plain import FUZZ, fuzz_inputs, garbage_camera, mjpeg_camera, web_folder
from tests.media import clips

from passerby.errors import AbsentError, RefusedError, SourceError
from passerby.media.address import Address, Transport
from passerby.media.camera.feed import CameraFeed, Outage
from passerby.media.camera.stream import LoopedFile, NetworkStream


def opened(url):
    return closing(NetworkStream(Address(url), transport=Transport.TCP))


def test_mjpeg_gives_pictures_without_times_of_their_own():
    with mjpeg_camera() as url, opened(url) as stream:
        arrivals = list(islice(stream, 5))
        assert not stream.paced
    assert {(a.picture.width, a.picture.height, a.stream_s, a.damaged) for a in arrivals} == {(320, 240, None, "")}


def test_hls_gives_pictures_that_must_be_held_up_to_real_time(tmp_path):
    clip = clips.make_clip(tmp_path / "clip.mp4", times=range(0, 100 * 512, 512), size=(160, 120))
    with av.open(str(clip)) as source, av.open(str(tmp_path / "live.m3u8"), "w", format="hls") as target:
        stream = target.add_stream_from_template(source.streams.video[0])
        for packet in source.demux(video=0):
            if packet.dts is not None:
                packet.stream = stream
                target.mux(packet)
    with web_folder(tmp_path) as url, opened(f"{url}/live.m3u8") as hls:
        arrivals = list(islice(hls, 20))
        assert hls.paced
    assert arrivals[0].picture.width == 160
    assert arrivals[10].stream_s > arrivals[0].stream_s


def test_a_playlist_may_name_no_file_of_this_machine(tmp_path):
    clip = clips.make_clip(tmp_path / "secret.ts", times=range(0, 50 * 512, 512), container="mpegts")
    folder = tmp_path / "web"
    folder.mkdir()
    (folder / "live.m3u8").write_text(f"#EXTM3U\n#EXT-X-TARGETDURATION:2\n#EXTINF:2,\nfile://{clip}\n#EXT-X-ENDLIST\n")
    with web_folder(folder) as url, pytest.raises(SourceError), opened(f"{url}/live.m3u8") as stream:
        next(iter(stream))


def test_what_is_missing_says_so(tmp_path):
    with web_folder(tmp_path) as url, pytest.raises(SourceError, match="no stream at this address"):
        NetworkStream(Address(f"{url}/none"), transport=Transport.TCP)
    with pytest.raises(AbsentError, match="it is not there"):
        LoopedFile(Path("/none.mp4"))


def test_a_file_that_is_there_and_no_recording_is_refused_but_an_empty_one_is_being_copied(tmp_path):
    (tmp_path / "clip.mp4").touch()
    with pytest.raises(AbsentError, match="the file is empty"):
        LoopedFile(tmp_path / "clip.mp4")
    (tmp_path / "clip.mp4").write_text("no recording")
    with pytest.raises(RefusedError, match="not a readable recording"):
        LoopedFile(tmp_path / "clip.mp4")


def test_a_text_page_is_no_camera(tmp_path):
    (tmp_path / "index.html").write_text("<h1>Camera</h1> Please sign in." * 100)
    with web_folder(tmp_path) as url, pytest.raises(SourceError) as refusal:
        NetworkStream(Address(f"{url}/index.html"), transport=Transport.TCP)
    assert "\n" not in str(refusal.value)


@pytest.mark.data
@pytest.mark.parametrize("archive", FUZZ)
@pytest.mark.parametrize("scheme", ["rtsp", "http"])
def test_a_camera_that_sends_garbage_is_an_outage_and_nothing_worse(data_dir, archive, scheme):
    inputs = fuzz_inputs(data_dir / archive)
    assert len(inputs) > 200
    if scheme == "http":
        inputs = [b"HTTP/1.0 200 OK\r\nContent-Type: video/mp2t\r\n\r\n" + each for each in inputs]
    give_up = time.monotonic() + 8
    with (
        garbage_camera(inputs) as port,
        closing(CameraFeed("door", Address(f"{scheme}://u:geheim@127.0.0.1:{port}/x"), clock=time.time)) as feed,
    ):
        outages = []
        for item in feed:
            assert isinstance(item, Outage) or item.damaged
            outages.append(item)
            if len(outages) > 8 or time.monotonic() > give_up:
                break
        feed.close()
    assert outages
    assert "geheim" not in str(outages)


@pytest.mark.data
@pytest.mark.parametrize("archive", FUZZ)
def test_no_garbage_brings_down_what_reads_it(data_dir, archive):
    inputs = fuzz_inputs(data_dir / archive)
    give_up = time.monotonic() + 20
    with garbage_camera(inputs) as port:
        for _ in inputs:
            with pytest.raises(SourceError):  # and no other error
                NetworkStream(Address(f"http://127.0.0.1:{port}/x"), transport=Transport.TCP)
            if time.monotonic() > give_up:
                return


@pytest.mark.parametrize("number", [0, 10, 11, 30])
def test_after_damage_pictures_are_damaged_up_to_the_next_key_picture(tmp_path, number):
    clip = clips.make_clip(tmp_path / "clip.mp4", times=range(0, 60 * 512, 512), gop_size=20, max_b_frames=0)
    broken = clips.damaged(clip, tmp_path / "broken.mp4", [number])
    with closing(LoopedFile(broken)) as stream:
        arrivals = list(stream)
    assert arrivals
    assert any(a.damaged for a in arrivals) or len(arrivals) < 60
