"""When a rule would have fired over stored signals: the same as live rules, and nothing is raised or out of view."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import httpx
import pytest
from tests.alerts.made import NOON_S, rule
from tests.serve.alerts import AlertsStub, place
from tests.serve.served import Served, token_of
from tests.serve.signals import SignalsStub
from tests.waiting import PATIENCE_S

from passerby.accounts.permission import Action
from passerby.alerts.observation import Subject, SubjectKind
from passerby.alerts.rule import Condition
from passerby.measure.reading import Quantity
from passerby.settings.site.alert_rule import Severity
from passerby.settings.site.web import WebSettings
from passerby.signals.selection import Chart

OWNERS = {"door-yard": frozenset({"door"}), "hall-yard": frozenset({"hall"})}
GROUPS = {"east": frozenset({"door"})}
LEVELS = [4.0] * 30 + [12.0] * 30 + [4.0] * 60
"""Persons in windows of 10 s from noon on: 5 minutes few, 5 minutes many, 10 minutes few."""


class Stored(SignalsStub):
    """Persons present at two places, from noon on."""

    def __init__(self):
        super().__init__(lambda: NOON_S)
        self.values, self.bounds = list(LEVELS), False

    def owners(self, _site, place):
        return OWNERS.get(place, frozenset())

    def charts(self, wanted):
        starts = [round(NOON_S) + 10 * index for index in range(len(self.values))]
        shown = [
            (at, value)
            for at, value in zip(starts, self.values, strict=True)
            if value is not None and wanted.start.timestamp() <= at < wanted.end.timestamp()
        ]
        at, values = (tuple(each) for each in zip(*shown, strict=True)) if shown else ((), ())
        lows = values if self.bounds else (None,) * len(values)
        rest = ((1.0,) * len(values), lows, (None,) * len(values))
        return [
            Chart("arena", name, Quantity.OCCUPANCY, "", at, values, *rest) for name in OWNERS if name in wanted.places
        ]


@pytest.fixture(scope="module")
def gateway(lasting_gateway):
    return lasting_gateway


@pytest.fixture(scope="module")
def source():
    return Stored()


@pytest.fixture(scope="module")
def alerts(tmp_path_factory, source):
    with AlertsStub(tmp_path_factory.mktemp("alerts"), source.owners) as stub:
        many = Condition("occupancy", 10.0, 9.0)
        severe = rule(replace(many, limit=50.0, clear=45.0), subjects=(place("door-yard"),), name="full")
        amber = replace(severe, severity=Severity.AMBER, conditions=(many,), hold_s=20.0, blind_s=60.0)
        lens = rule(subjects=(Subject(SubjectKind.CAMERA, "door"),), name="lens")
        rules = [*stub.rules, amber, replace(severe, hold_s=20.0, blind_s=None), lens]
        stub.register.reload(rules, zone=UTC, now_s=NOON_S + 60)
        stub.time_s = NOON_S + 1200
        yield stub


@pytest.fixture(scope="module")
def web(gateway, source, alerts):
    with Served(gateway, WebSettings(port=0), source, groups=GROUPS) as server:
        server.set_alerts(alerts)
        yield server


@pytest.fixture
def values(source):
    """Return what is stored, to be changed by a test."""
    yield source.values
    source.values[:], source.bounds = LEVELS, False


def utc(second):
    return datetime.fromtimestamp(NOON_S + second, UTC).isoformat()


def tried(web, token=None, **wanted):
    body = {"start": utc(0), "end": utc(1200), "window": "10s"} | wanted
    headers = {"Authorization": f"Bearer {token or web.token}"}
    return httpx.post(f"{web.address}/api/alerts/replay", json=body, headers=headers, timeout=PATIENCE_S)


def firings(answer):
    assert answer.status_code == 200, answer.text
    at = [datetime.fromisoformat(each["begin"]).timestamp() - NOON_S for each in answer.json()["firings"]]
    return list(zip(at, [each["severity"] for each in answer.json()["firings"]], strict=True))


def test_a_rule_fires_after_its_hold_and_ends_after_it(web):
    answer = tried(web, rule="full")
    assert firings(answer) == [(320.0, "amber")]
    made = answer.json()
    assert datetime.fromisoformat(made["firings"][0]["end"]).timestamp() - NOON_S == 620.0
    assert made["windows"] == len(LEVELS)
    assert [(each["severity"], each["limit"], each["hold_s"]) for each in made["rules"]] == [
        ("amber", 10.0, 20.0),
        ("red", 50.0, 20.0),
    ]
    assert made["load"]["total"] == 1


def test_what_was_compared_is_returned_in_steps(web):
    (series,) = tried(web, rule="full", step_s=300).json()["compared"]
    assert series["place"] == "door-yard"
    assert [at - NOON_S for at in series["starts_s"]] == [0, 300, 600, 900]
    assert series["values"] == [4.0, 12.0, 4.0, 4.0]
    assert tried(web, rule="full", step_s=1).status_code == 422


def test_other_limits_and_another_hold_are_tried_without_changing_the_rule(web):
    assert firings(tried(web, rule="full", limits={"amber": 13})) == []
    assert firings(tried(web, rule="full", limits={"amber": 11, "red": 12})) == [(320.0, "red")]
    assert firings(tried(web, rule="full", hold_s=200)) == [(500.0, "amber")]
    assert firings(tried(web, rule="full")) == [(320.0, "amber")]


def test_a_rule_that_is_not_in_the_site_file_is_tried(web):
    draft = {"place": "door-yard", "quantity": "occupancy", "above": 12, "hold_s": 60}
    assert firings(tried(web, draft=draft)) == [(360.0, "amber")]
    below = {"place": "door-yard", "quantity": "occupancy", "below": 5, "hold_s": 60}
    assert [at for at, _ in firings(tried(web, draft=below))] == [60.0, 660.0]


def test_what_was_not_observed_is_told_and_is_no_calm(web, values):
    values[60:] = [None] * 60
    found = tried(web, rule="full").json()["firings"]
    assert [each["kind"] for each in found] == ["condition", "not_observed"]
    assert found[0]["end"] is None


def test_lower_bounds_raise_and_end_nothing(web, source, values):
    source.bounds = True
    found = tried(web, rule="full").json()["firings"]
    assert [each["end"] for each in found if each["kind"] == "condition"] == [None]


def test_where_nothing_is_stored_nothing_is_claimed(web):
    made = tried(web, rule="full", start=utc(-7200), end=utc(-3600)).json()
    assert (made["windows"], made["firings"]) == (0, [])


@pytest.mark.parametrize(
    ("wanted", "words"),
    [
        ({"rule": "nowhere"}, "there is no rule 'nowhere'"),
        ({"rule": "lens"}, "states of cameras and of the gateway are not stored"),
        ({}, "give either rule or draft"),
        ({"rule": "full", "window": "1h"}, "window: choose one of"),
        ({"rule": "full", "end": utc(10 * 30_000)}, "at most 20000 windows"),
        ({"rule": "full", "hold_s": -1}, "greater than or equal to 0"),
        ({"draft": {"place": "door-yard", "quantity": "occupancy"}}, "give either above or below"),
        ({"draft": {"place": "door-yard", "quantity": "counter_flow_share", "above": 0.7}}, "it can never fire"),
        ({"draft": {"place": "cellar", "quantity": "occupancy", "above": 3}, "rule": "full"}, "give either"),
    ],
)
def test_what_cannot_be_tried_is_refused_with_the_reason(web, wanted, words):
    answer = tried(web, **wanted)
    assert answer.status_code == 422
    assert words in answer.json()["detail"]


def test_nothing_is_raised_and_places_out_of_view_are_not_tried(web, alerts):
    before = len(alerts.register.events())
    token = token_of(web.accounts, "anna", name="east", groups=frozenset({"east"}))
    assert firings(tried(web, token, rule="full")) == [(320.0, "amber")]
    hidden = {"place": "hall-yard", "quantity": "occupancy", "above": 5}
    for wanted in ({"rule": "hall-rule"}, {"draft": hidden}, {"draft": hidden | {"place": "cellar"}}):
        answer = tried(web, token, **wanted)
        assert answer.status_code == 422
        assert "there is no" in answer.json()["detail"]
    assert firings(tried(web, rule="hall-rule"))
    assert len(alerts.register.events()) == before


def test_without_the_permission_to_read_signals_nothing_is_read(web):
    token = token_of(web.accounts, "anna", name="alerts-only", actions=frozenset({Action.SEE_ALERTS}))
    made = tried(web, token, rule="full").json()
    assert (made["windows"], made["firings"]) == (0, [])


def test_one_question_is_answered_at_a_time(web):
    busy = web._app.state.replaying
    with busy:
        answer = tried(web, rule="full")
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "2")
    assert tried(web, rule="full").status_code == 200
