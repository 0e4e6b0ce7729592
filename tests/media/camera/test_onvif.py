from __future__ import annotations

import pytest
from tests.cameras.onvif import STREAM, onvif_camera

from passerby.errors import RefusedError, SourceError
from passerby.media.camera.onvif import find_devices, stream_address


def found(port):
    return find_devices(wait_s=1.0, group=("127.0.0.1", port))


@pytest.mark.parametrize("profile", ["T", "S"])
def test_a_camera_is_found_and_tells_its_stream(profile):
    with onvif_camera(profile=profile, password="geheim") as port:
        (device,) = found(port)
        assert device.model == "Eye-1"
        assert stream_address(device, username="onvif", password="geheim") == STREAM


def test_a_wrong_password_is_a_refusal():
    with onvif_camera(password="geheim") as port:
        (device,) = found(port)
        for user in ("", "onvif"):
            with pytest.raises(RefusedError, match="rejects the user or password"):
                stream_address(device, username=user, password="wrong")


def test_credentials_that_a_camera_puts_into_its_address_are_left_out():
    with onvif_camera(stream="rtsp://admin:geheim@127.0.0.1/one") as port:
        assert stream_address(found(port)[0]) == "rtsp://127.0.0.1/one"


@pytest.mark.parametrize("stream", ["", "file:///etc/passwd", "http://127.0.0.1/x"])
def test_what_is_no_stream_is_none(stream):
    with onvif_camera(stream=stream) as port, pytest.raises(SourceError, match="gives no stream address"):
        stream_address(found(port)[0])


@pytest.mark.parametrize("xaddr", ["http://10.9.8.7/device", "file:///etc/passwd", "http://"])
def test_a_service_on_another_host_is_not_asked(xaddr):
    with onvif_camera(xaddr=xaddr) as port:
        assert not found(port)


@pytest.mark.parametrize("named", ["10.9.8.7", "user:geheim@10.9.8.7", "[2001:db8::7]", "camera.example.org"])
def test_a_stream_on_another_host_is_told_with_the_host_that_answered(named):
    with onvif_camera(stream=f"rtsp://{named}:8554/one?x=1") as port:
        assert stream_address(found(port)[0]) == "rtsp://127.0.0.1:8554/one?x=1"


def test_nobody_there_is_no_error():
    assert not found(9)
