"""Whatever is sent to the API, the answer is one that its description foresees: never a bug's."""

from __future__ import annotations

import json
from urllib.parse import quote

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.serve.alerts import AlertsStub
from tests.serve.recordings import RecordingsStub
from tests.serve.served import Served
from tests.sockets import PLAIN
from tests.waiting import PATIENCE_S

from passerby.settings.site.web import WebSettings

ENDLESS = {"/api/events", "/api/signals/stream", "/api/alerts/stream"}
FIELDS = ["token", "note", "role", "rule"]
QUERY = ["ticket", "place", "quantity", "start", "end", "state", "limit", "cursor", "hours"]
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text() | st.sampled_from(FIELDS), inner),
)
TYPE = st.sampled_from(["application/json", "application/sdp"])
TAG = st.sampled_from(["*", '"none"', ""])
KNOWN = ["door"]
"""Names that lead somewhere: a camera, a stream, a step, an alert."""
BODY = st.binary() | JSON.map(lambda value: json.dumps(value).encode())


@pytest.fixture
def web(gateway, tmp_path):
    with (
        AlertsStub(tmp_path, lambda *_: frozenset()) as stub,
        RecordingsStub(tmp_path) as recordings,
        Served(gateway, WebSettings(port=0)) as server,
    ):
        server.set_alerts(stub)
        server.set_recordings(recordings)
        KNOWN[:] = ["door", "full", "1", stub.raise_with_steps()]
        yield server


@pytest.fixture
def operations(web, stranger):
    paths = stranger.get("/api/openapi.json").json()["paths"]
    return sorted((path, method) for path, methods in paths.items() for method in methods if path not in ENDLESS)


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(data=st.data())
def test_no_request_finds_a_bug(operations, web, data):
    path, method = data.draw(st.sampled_from(operations))
    names = [part.strip("{}") for part in path.split("/") if part.startswith("{")]
    values = {name: quote(data.draw(st.sampled_from(KNOWN) | st.text(min_size=1)), safe="") for name in names}
    answer = httpx.request(
        method,
        web.address + path.format(**values),
        params=data.draw(
            st.dictionaries(
                st.sampled_from(QUERY),
                st.text(),
            )
        ),
        headers={"Authorization": f"Bearer {web.token}", "Content-Type": data.draw(TYPE), "If-Match": data.draw(TAG)},
        content=data.draw(BODY),
        timeout=PATIENCE_S,
        verify=PLAIN,
    )
    assert answer.status_code != 500, answer.text
    if answer.status_code >= 400:
        assert answer.headers["content-type"] == "application/problem+json"
