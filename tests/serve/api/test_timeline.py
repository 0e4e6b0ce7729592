"""What a timeline of recordings shows, by HTTP."""

from __future__ import annotations

import base64
import io

import av
import pytest
from tests.serve.recordings import RecordingsStub, after
from tests.serve.served import Served
from tests.serve.test_audited import Log

from passerby.settings.site.web import WebSettings

pytestmark = pytest.mark.served


@pytest.fixture(scope="module")
def stub(tmp_path_factory):
    with RecordingsStub(tmp_path_factory.mktemp("recordings")) as made:
        yield made


@pytest.fixture
def log():
    return Log()


@pytest.fixture
def web(gateway, stub, log):
    with Served(gateway, WebSettings(port=0), audit=log) as server:
        server.set_recordings(stub)
        yield server


def test_the_cover_of_each_second_is_told_and_the_rest_was_not_recorded(visitor):
    span = {"start": after(-5), "end": after(35), "step_s": 5}
    told = visitor.get("/api/recordings/door/cover", params=span).json()
    assert told["covered"] == [0, 1, 1, 1, 1, 0, 0, 0]
    assert told["whole"] == [0, 0, 0, 0, 0, 1, 1, 0]
    assert told["no_picture"] == told["unknown"] == [0] * 8
    uneven = visitor.get(
        "/api/recordings/door/cover", params={"start": after(16), "end": after(36), "step_s": 8}
    ).json()
    assert (uneven["covered"], uneven["whole"]) == ([0.5, 0, 0], [0.5, 0.75, 0])


@pytest.mark.parametrize(
    ("span", "problem"),
    [
        ({"start": after(9), "end": after(0)}, "not before"),
        ({"start": after(0), "end": after(40 * 86_400)}, "longer than 744 h"),
        ({"start": after(0), "end": after(86_400), "step_s": 1}, "more than 5000 steps"),
    ],
)
def test_a_period_that_cannot_be_drawn_is_refused(visitor, span, problem):
    answer = visitor.get("/api/recordings/door/cover", params=span)
    assert answer.status_code == 422
    assert problem in answer.json()["detail"]


def test_previews_are_small_pictures_where_there_are_some_and_are_logged_as_one_view(visitor, log):
    before = log.said()
    span = {"start": after(0), "end": after(60), "count": 12, "width": 32}
    found = visitor.get("/api/recordings/hall/previews", params=span).json()
    assert [each["at"][14:19] for each in found] == ["06:42", "06:47", "06:52", "06:57", "07:02", "07:07"]
    for each in found:
        with av.open(io.BytesIO(base64.b64decode(each["jpeg"]))) as container:
            assert next(container.decode(video=0)).width == 32
    assert log.said() == [*before, ("picture_viewed", "anna", "hall")]
    assert log.entries[-1].details["stream"] == "recording previews"


def test_previews_that_cannot_be_logged_are_not_shown(visitor, log):
    log.full = True
    answer = visitor.get("/api/recordings/door/previews", params={"start": after(0), "end": after(5)})
    assert answer.status_code == 503
    assert "jpeg" not in answer.text
