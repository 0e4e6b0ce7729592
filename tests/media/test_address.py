"""Addresses of cameras are shown without their secrets, however somebody wrote them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from passerby.media.address import Address, without_secrets


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("rtsp://admin:12345@cam/1", "rtsp://cam/1"),
        ("rtsp://admin:p@ss@cam/1", "rtsp://cam/1"),
        ("rtsp://admin:pa/ss@cam/1", "rtsp://cam/1"),
        ("rtsp://cam/user=admin_password=tlJ_channel=1.sdp", "rtsp://cam/user=***"),
        ("rtsp://cam/user=admin&password=tlJ&channel=1.sdp", "rtsp://cam/user=***&password=***&channel=1.sdp"),
        ("http://cam/video?loginuse=admin&loginpas=x&auth_token=12345", "http://cam/video?loginuse=***&loginpas=***"),
        ("rtsp://cam:554/stream=0/channel=1", "rtsp://cam:554/stream=0/channel=1"),
    ],
)
def test_user_password_and_token_are_not_shown(url: str, shown: str) -> None:
    assert str(Address(url)).startswith(shown)
    assert "12345" not in str(Address(url))


words = st.text(
    st.characters(codec="ascii", exclude_characters=" \t\r\n\x0b\x0c\x1c\x1d\x1e\x1f", categories=["L", "N", "P"]),
    max_size=20,
)


@given(words)
def test_no_password_is_shown_that_was_written_as_it_is(password: str) -> None:
    told = without_secrets(f"cannot open rtsp://root:{password}SECRET@10.0.0.5/live: refused")
    assert "SECRET" not in told
    assert told.endswith("10.0.0.5/live: refused")


@pytest.mark.parametrize("path", ["/srv/door.mp4", "simulation:plaza", "/dev/video0"])
def test_a_path_gets_no_user_and_password(path: str) -> None:
    address = Address(path).with_credentials("viewer", "not-in-messages")
    assert address.url == str(address) == path
