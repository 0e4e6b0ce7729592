from __future__ import annotations

import struct

import pytest
from tests.serve.api.test_streams import opened
from tests.waiting import PATIENCE_S, until
from websockets.exceptions import InvalidStatus


@pytest.mark.parametrize("way", ["packets", "fragments"])
def test_the_mosaic_says_who_stands_where_and_brings_pictures(web, visitor, gateway, way):
    address = visitor.post("/api/mosaic/stream").json()
    assert (address["cameras"], address["columns"], address["rows"]) == (["door", "hall"], 2, 1)
    with opened(web, visitor, path=address[way]) as socket:
        key, _, width, height, _ = struct.unpack("!BBHHq", socket.recv(timeout=PATIENCE_S)[:14])
        assert (key, width, height) == (1, 640, 180)
        assert gateway.walls
    until(lambda: not gateway.walls)


def test_a_ticket_of_a_camera_does_not_open_the_mosaic(web, visitor):
    path = visitor.post("/api/cameras/door/streams/wall").json()["packets"]
    with pytest.raises(InvalidStatus) as caught:
        opened(web, visitor, path=f"/api/mosaic/packets?{path.partition('?')[2]}")
    assert caught.value.response.status_code == 403
