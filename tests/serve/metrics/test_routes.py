from __future__ import annotations

import pytest
from prometheus_client.parser import text_string_to_metric_families

from passerby.health.status import LATENCY_BOUNDS_S, CameraState, Redaction
from passerby.serve.metrics.routes import models_sha


@pytest.fixture
def samples(web, stranger):
    def scraped(**headers):
        answer = stranger.get("/metrics", headers={"Authorization": f"Bearer {web.token}", **headers})
        assert answer.status_code == 200
        families = text_string_to_metric_families(answer.text)
        return {
            (sample.name, *sorted(sample.labels.items())): sample.value
            for family in families
            for sample in family.samples
        }

    return scraped


def test_figures_need_the_token(stranger):
    assert stranger.get("/metrics").status_code == 401


def test_figures_have_their_agreed_names(samples, gateway):
    counts = (3, 2, *(0,) * (len(LATENCY_BOUNDS_S) - 1))
    gateway.change(
        "door",
        frames_total=5,
        withheld={"late": 2},
        latency_counts=counts,
        latency_sum_s=0.5,
        serviceability={"24h": 0.9},
        serviceability_over_s={"24h": 3600.0},
    )
    gateway.change("hall", state=CameraState.REFUSED, redaction=Redaction.NONE, restarts=4)
    got = samples()
    door, hall = ("camera", "door"), ("camera", "hall")
    assert got["passerby_frames_total", door] == 5
    assert got["passerby_frames_withheld_total", door, ("reason", "late")] == 2
    assert got["passerby_camera_up", door] == 1
    assert got["passerby_camera_up", hall] == 0
    assert got["passerby_camera_restarts_total", hall] == 4
    assert got["passerby_redaction_latency_seconds_bucket", door, ("le", "0.1")] == 3
    assert got["passerby_redaction_latency_seconds_bucket", door, ("le", "0.2")] == 5
    assert got["passerby_redaction_latency_seconds_count", door] == 5
    assert got["passerby_redaction_latency_seconds_sum", door] == 0.5
    assert got["passerby_camera_serviceability_ratio", door, ("span", "24h")] == 0.9
    assert got["passerby_camera_serviceability_span_seconds", door, ("span", "24h")] == 3600
    assert got["passerby_camera_redaction", hall, ("passerby_camera_redaction", "none")] == 1
    assert [name for name in got if name[0] == "passerby_build_info"]


def test_open_metrics_are_given_to_who_asks_for_them(web, stranger):
    accepts = {"Authorization": f"Bearer {web.token}", "Accept": "application/openmetrics-text; version=1.0.0"}
    answer = stranger.get("/metrics", headers=accepts)
    assert answer.headers["content-type"].startswith("application/openmetrics-text")
    assert answer.text.endswith("# EOF\n")


def test_the_digest_of_the_networks_is_short_and_stands():
    assert len(models_sha()) == 12
    assert models_sha() == models_sha()


def test_a_gateway_is_well_while_it_answers_and_ready_once_no_camera_is_starting(stranger, gateway):
    gateway.change("hall", state=CameraState.STARTING)
    assert stranger.get("/healthz").status_code == 200
    answer = stranger.get("/readyz")
    assert answer.status_code == 503
    assert answer.headers["content-type"] == "application/problem+json"
    gateway.change("hall", state=CameraState.REFUSED)
    assert stranger.get("/readyz").json() == {"status": "ok"}


def test_a_gateway_that_cannot_answer_is_not_well(stranger, gateway, monkeypatch):
    def broken():
        raise RuntimeError("stuck")

    monkeypatch.setattr(gateway, "statuses", broken)
    assert stranger.get("/healthz").status_code == 500
