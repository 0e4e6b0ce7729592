from __future__ import annotations

import json
import threading
from datetime import datetime, timedelta

import httpx
import pytest
from tests.serve.api.test_events import news
from tests.serve.served import Served
from tests.sockets import PLAIN
from tests.store.made import NOON_S, foot_map, signal
from tests.waiting import PATIENCE_S, until

from passerby.gateway.signal_pipeline import SignalPipeline
from passerby.measure.reading import Quantity
from passerby.settings.site.web import WebSettings
from passerby.signals.external import ExternalCounters
from passerby.signals.signal import utc

END = utc(NOON_S + 60)


def now():
    return END.timestamp()


class Source(SignalPipeline):
    """Signals of external counters: no camera has a part in them."""

    site = "arena"

    def owners(self, _site, _place):
        return frozenset()


@pytest.fixture
def desk(tmp_path):
    counters = ExternalCounters("arena", ["gate"], clock=now)
    with Source(str(tmp_path / "signals.db"), tmp_path / "spool", counters, clock=now, drain_s=0.02) as made:
        yield made


@pytest.fixture
def web(gateway, desk):
    with Served(gateway, WebSettings(port=0), desk) as server:
        yield server


def message(**changes):
    usual = {"source": "ticket_gate", "end": END.isoformat(), "span_s": 60, "values": {"crossings_in": 12}}
    return json.dumps(usual | changes)


def when_heard(desk, act, *given, **named):
    """Act in another thread once somebody listens to the desk: a stream's answer begins a moment before it does."""

    def wait_and_act():
        until(lambda: desk.hub._listeners)
        act(*given, **named)

    threading.Thread(target=wait_and_act).start()


def asked(visitor, **changes):
    usual = {"start": utc(NOON_S).isoformat(), "end": (END + timedelta(hours=1)).isoformat()}
    return visitor.get("/api/signals", params=usual | changes)


def test_what_a_counter_pushes_is_streamed_kept_and_drawn(visitor, web, desk):
    script = {"Authorization": f"Bearer {web.token}"}
    with visitor.stream("GET", "/api/signals/stream", params={"place": "gate"}) as answer:
        coming = news(answer.iter_lines())
        sent = {"content": message(), "headers": script, "timeout": PATIENCE_S, "verify": PLAIN}
        when_heard(desk, httpx.post, f"{web.address}/api/counters/gate", **sent)
        name, told = next(coming)
    assert (name, told["value"], told["unit"], told["coverage"]) == ("signal", 12, "1", 1)
    charts = until(lambda: asked(visitor).json())
    assert charts[0]["values"] == [12]
    assert charts[0]["starts_s"] == [NOON_S]
    assert visitor.get("/api/places").json() == [
        {"site": "arena", "place": "gate", "quantity": "crossings_in", "kind": "", "unit": "1"}
    ]


def test_signals_of_other_places_are_not_streamed(visitor, desk):
    with visitor.stream("GET", "/api/signals/stream", params={"place": "gate", "quantity": "occupancy"}) as answer:
        coming = news(answer.iter_lines())
        when_heard(desk, desk.publish, [signal(1, place="door"), signal(2)])
        assert next(coming)[1]["value"] == 2


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (message(ticket_number=7), "a field named 'ticket' could identify people"),
        (message(span_s=-1), "span_s: "),
        ("nonsense", "is not JSON"),
    ],
)
def test_a_wrong_message_is_a_problem_that_names_the_field(visitor, content, said):
    answer = visitor.post("/api/counters/gate", content=content)
    assert answer.status_code == 422
    assert said in answer.json()["detail"]
    assert visitor.post("/api/counters/roof", content=message()).status_code == 422
    assert visitor.post("/api/counters/gate", content="x" * 70_000).status_code == 413


def test_prometheus_hears_whether_signals_are_kept(visitor):
    told = visitor.get("/metrics").text
    assert "passerby_signals_waiting_bytes 0.0" in told
    assert 'passerby_signals_recording{part="database"} 1.0' in told
    assert 'passerby_signals_recording{part="spool"} 1.0' in told


def test_while_the_database_is_away_reads_say_so_and_what_was_counted_is_caught_up_with(gateway, tmp_path):
    database = tmp_path / "away.db"
    database.mkdir()  # nothing can be opened there
    counters = ExternalCounters("arena", ["gate"], clock=now)
    with (
        Source(str(database), tmp_path / "spool", counters, clock=now, drain_s=0.02) as desk,
        Served(gateway, WebSettings(port=0), desk) as server,
        httpx.Client(
            base_url=server.address,
            headers={"Authorization": f"Bearer {server.token}"},
            timeout=PATIENCE_S,
            verify=PLAIN,
        ) as script,
    ):
        for answer in (asked(script), script.get("/api/places")):
            assert (answer.status_code, answer.headers["content-type"]) == (503, "application/problem+json")
            assert answer.headers["retry-after"] == "5"
            assert f"{database}: " in answer.json()["detail"]
        assert script.post("/api/counters/gate", content=message()).status_code == 204
        assert script.get("/api/cameras").status_code == 200
        database.rmdir()
        until(lambda: asked(script).status_code == 200 and asked(script).json())
        assert asked(script).json()[0]["values"] == [12]


def test_strangers_neither_push_nor_read(stranger):
    assert stranger.post("/api/counters/gate", content=message()).status_code == 401
    for path in ("/api/signals", "/api/signals/stream", "/api/places"):
        assert stranger.get(path).status_code == 401


def test_a_range_of_too_many_windows_or_without_sense_is_refused(visitor):
    assert "longer ones" in asked(visitor, start="2020-01-01T00:00:00Z").json()["detail"]
    assert "time zone 'Mars'" in asked(visitor, zone="Mars").json()["detail"]
    late = datetime.fromisoformat("2030-01-01T00:00:00+00:00").isoformat()
    assert "later than the start" in asked(visitor, start=late).json()["detail"]


def test_another_source_ends_the_streams_of_the_one_before(visitor, web, desk, tmp_path):
    with visitor.stream("GET", "/api/signals/stream") as answer:
        coming = news(answer.iter_lines())
        when_heard(desk, desk.publish, [signal(1)])
        assert next(coming)[1]["value"] == 1
        web.set_signals(None)
        assert list(coming) == []
    assert visitor.get("/api/places").status_code == 404
    with Source(
        str(tmp_path / "other.db"), tmp_path / "other", ExternalCounters("arena", [], clock=now), clock=now
    ) as other:
        web.set_signals(other)
        with visitor.stream("GET", "/api/signals/stream") as answer:
            when_heard(other, other.publish, [signal(2)])
            assert next(news(answer.iter_lines()))[1]["value"] == 2


def test_a_gateway_without_a_store_says_so(gateway):
    with Served(gateway, WebSettings(port=0)) as server:
        script = {"Authorization": f"Bearer {server.token}"}
        answer = httpx.post(
            f"{server.address}/api/counters/gate", content=message(), headers=script, timeout=PATIENCE_S, verify=PLAIN
        )
    assert answer.status_code == 404
    assert "has no signals" in answer.json()["detail"]


def test_figures_of_places_are_there_for_prometheus(web, desk):
    desk.publish([signal(1.5, 59, place="hall", quantity=Quantity.DENSITY)])
    desk.publish([signal(1.5, 59, place="jam", quantity=Quantity.DENSITY, estimator="lower bound")])
    desk.publish([signal(9.0, -540, place="old", quantity=Quantity.DENSITY)])
    for value in (2.0, 3.0):
        desk.publish([signal(value, place="door", quantity=Quantity.CROSSINGS_IN, kind="person")])
    text = httpx.get(
        f"{web.address}/metrics", headers={"Authorization": f"Bearer {web.token}"}, timeout=PATIENCE_S, verify=PLAIN
    ).text
    assert 'passerby_place_density_persons_per_square_meter{place="hall"} 1.5' in text
    assert 'passerby_place_coverage_ratio{place="hall"} 1.0' in text
    assert 'passerby_place_lower_bound{place="hall"} 0.0' in text
    assert 'passerby_place_lower_bound{place="jam"} 1.0' in text
    assert 'passerby_line_crossings_total{class="person",direction="in",line="door"} 5.0' in text
    assert '"old"' not in text


def cells_of(visitor, place="hall", start_s=NOON_S, hours=2):
    span = {"start": utc(start_s).isoformat(), "end": utc(start_s + hours * 3600).isoformat()}
    return visitor.get(f"/api/places/{place}/foot-points", params=span)


def test_foot_points_of_the_hours_in_a_span_are_added_and_nothing_else(visitor, desk):
    assert cells_of(visitor).json() | {"place": ""} == {
        "place": "",
        "unit": "m",
        "side": 1.0,
        "left": 0,
        "top": 0,
        "columns": 0,
        "counts": [],
        "least": 5,
        "hours": 0,
        "coverage": 0.0,
        "other_grid": 0,
    }
    hours = [foot_map(start_s=NOON_S + 3600 * each, observed_s=1800.0, counts=(5 + each, 0)) for each in range(3)]
    desk.record_foot_maps("arena", hours)
    found = until(lambda: (got := cells_of(visitor).json())["hours"] and got)
    assert (found["counts"], found["columns"], found["hours"], found["coverage"]) == ([11, 0], 2, 2, 0.5)
    assert cells_of(visitor, "yard").json()["hours"] == 0


@pytest.mark.parametrize("hours", [0, -1, 24 * 366 + 1])
def test_foot_points_of_no_span_or_of_years_are_refused(visitor, hours):
    answer = cells_of(visitor, hours=hours)
    assert answer.status_code == 422
    assert "hours; ask for more than 0" in answer.json()["detail"]
