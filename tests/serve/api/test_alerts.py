"""Alerts by the API: what is out of scope is not there, two editors do not overwrite each other, no answer is a bug."""

from __future__ import annotations

import re

import httpx
import pytest
from tests.alerts.made import NOON_S, seen
from tests.alerts.test_register import Ledger
from tests.serve.alerts import AlertsStub, place
from tests.serve.api.test_events import news
from tests.serve.served import Served, token_of
from tests.serve.test_permissions import GROUPS, OWNERS, SCOPES
from tests.sockets import PLAIN
from tests.waiting import PATIENCE_S

from passerby.alerts.audit_trail import AuditTrail
from passerby.settings.site.web import WebSettings

ANYWAY = {"If-Match": "*"}


@pytest.fixture
def ledger():
    return Ledger()


@pytest.fixture
def stub(tmp_path, ledger):
    owners = lambda _, name: frozenset(OWNERS.get(name, ()))  # noqa: E731 - shorter
    with AlertsStub(tmp_path, owners, AuditTrail(lambda: ledger)) as made:
        yield made


@pytest.fixture
def web(gateway, stub):
    with Served(gateway, WebSettings(port=0), groups=GROUPS) as server:
        server.tokens = {
            name: token_of(server.accounts, "anna", name=name, groups=each) for name, each in SCOPES.items()
        }
        server.set_alerts(stub)
        yield server


def client(web, token="everything"):  # noqa: S107 - a made-up user
    return httpx.Client(
        base_url=web.address, timeout=PATIENCE_S, verify=PLAIN, headers={"Authorization": f"Bearer {web.tokens[token]}"}
    )


@pytest.fixture
def ann(web):
    with client(web) as made:
        yield made


@pytest.fixture
def door_only(web):
    with client(web, "door-only") as made:
        yield made


def test_alerts_that_were_announced_together_are_one_with_the_number_that_each_may_see(web, ann, door_only):
    (whole,) = ann.get("/api/alerts").json()["alerts"]
    assert (whole["count"], len(whole["where"])) == (4, 4)
    (mine,) = door_only.get("/api/alerts").json()["alerts"]
    assert (mine["count"], mine["where"]) == (1, ["place door-yard"])
    with client(web, "both-named") as both:
        assert both.get("/api/alerts").json()["alerts"][0]["count"] == 3


def test_what_is_out_of_scope_cannot_be_shown_handled_or_practised(stub, door_only):
    for number in (stub.of_hall, "0-ffff", "nonsense"):
        answer = door_only.get(f"/api/alerts/{number}")
        assert (answer.status_code, answer.json()["detail"]) == (404, "no alert of this number; /api/alerts lists them")
        assert door_only.post(f"/api/alerts/{number}/acknowledge", json={}, headers=ANYWAY).status_code == 404
    assert door_only.post("/api/alerts/drills", json={"rule": "hall-rule"}).status_code == 422
    assert {each["rule"] for each in door_only.get("/api/alerts/rules").json()} == {"crowd", "steps"}


def test_handling_a_group_touches_what_is_in_view_and_nothing_else(stub, door_only, ann):
    mine = door_only.get("/api/alerts").json()["alerts"][0]["alert"]
    answer = door_only.post(f"/api/alerts/{mine}/acknowledge", json={"note": "going"}, headers=ANYWAY)
    assert (answer.status_code, answer.json()["state"]) == (200, "acknowledged")
    states = {each.about.subjects[0].name: each.state for each in stub.register.alerts()}
    assert states == {"door-yard": "acknowledged", "hall-yard": "raised", "shared": "raised", "turnstile": "raised"}
    assert ann.get(f"/api/alerts/{mine}").json()["state"] == "raised"


def test_an_alert_is_handled_from_beginning_to_end(stub, ann, ledger):
    path = f"/api/alerts/{stub.raise_with_steps()}"

    def post(what, **body):
        return ann.post(f"{path}/{what}", json=body, headers=ANYWAY)

    assert post("resolve").status_code == 409
    assert post("acknowledge", note="I go").status_code == 200
    assert (
        post("acknowledge")
        .json()["detail"]
        .endswith("acknowledged already by anna/everything; show it to see its notes")
    )
    assert post("assign", role="security").json()["role"] == "security"
    assert post("assign", role="chef").status_code == 422
    assert post("steps/1").json()["steps"][0]["done_by"] == "anna/everything"
    assert post("steps/1").status_code == 409
    assert post("steps/3").status_code == 422
    assert "still holds" in post("resolve").json()["detail"]
    stub.end_with_steps()
    assert "steps left: 2" in post("resolve").json()["detail"]
    resolved = post("resolve", note="nobody there").json()
    assert (resolved["state"], resolved["active"], resolved["notes"][-1]["text"]) == ("resolved", False, "nobody there")
    done = [each.kind for each in ledger.entries if each.account is not None]
    kinds = ["alert_acknowledged", "alert_assigned", "alert_step", "alert_resolved"]
    assert done == kinds


def test_of_two_editors_the_second_is_told_to_read_again(stub, ann):
    path = f"/api/alerts/{stub.raise_with_steps()}"
    seen_by_both = ann.get(path).headers["ETag"]
    first = ann.post(f"{path}/assign", json={"role": "security"}, headers={"If-Match": seen_by_both})
    assert first.status_code == 200
    second = ann.post(f"{path}/assign", json={"role": "operator"}, headers={"If-Match": seen_by_both})
    assert (second.status_code, second.headers["content-type"]) == (412, "application/problem+json")
    again = ann.post(f"{path}/assign", json={"role": "operator"}, headers={"If-Match": first.headers["ETag"]})
    assert again.status_code == 200
    assert ann.post(f"{path}/acknowledge", json={}).status_code == 428


def test_what_cannot_be_audited_is_refused_and_nothing_changes(stub, ann, ledger):
    number = stub.raise_with_steps()
    ledger.full = True
    for path, body in (
        (f"/api/alerts/{number}/acknowledge", {}),
        ("/api/alerts/handover", {"note": "quiet"}),
        ("/api/alerts/drills", {"rule": "steps"}),
    ):
        answer = ann.post(path, json=body, headers=ANYWAY)
        assert answer.status_code == 503
        assert "audit log cannot be written" in answer.json()["detail"]
    assert ann.get(f"/api/alerts/{number}").json()["state"] == "raised"


def test_pages_follow_each_other_although_new_alerts_arrive(stub, ann):
    for round_ in range(7):
        stub.raise_with_steps(1000.0 + 40 * round_)
        number = stub.register.alerts()[-1].id
        stub.end_with_steps(1010.0 + 40 * round_)
        for what in ("acknowledge", "resolve"):
            ann.post(f"/api/alerts/{number}/{what}", json={"note": "done"}, headers=ANYWAY)
    found, cursor = [], ""
    while cursor is not None:
        page = ann.get("/api/alerts", params={"state": "all", "limit": 3, "cursor": cursor}).json()
        found += [each["alert"] for each in page["alerts"]]
        cursor = page["next"]
        stub.raise_with_steps(3000.0)
    assert len(found) == len(set(found)) == 8
    assert len(ann.get("/api/alerts", params={"state": "resolved"}).json()["alerts"]) == 7


def test_news_are_streamed_at_once_and_only_of_what_is_in_view(stub, door_only):
    with door_only.stream("GET", "/api/alerts/stream") as answer:
        heard = news(answer.iter_lines())
        name, first = next(heard)
        assert (name, [each["where"] for each in first]) == ("alerts", [["place door-yard"]])
        stub.register.observe([seen(99.0, 30, place("hall-yard"), "occupancy")])
        stub.raise_with_steps(31)
        name, alert = next(heard)
        assert (name, alert["rule"], alert["where"]) == ("alert", "steps", ["place door-yard"])


def test_a_drill_is_marked_and_a_second_one_waits(ann):
    answer = ann.post("/api/alerts/drills", json={"rule": "steps", "note": "practice"})
    assert (answer.status_code, answer.json()["drill"]) == (201, True)
    assert ann.post("/api/alerts/drills", json={"rule": "steps"}).status_code == 409
    unknown = ann.post("/api/alerts/drills", json={"rule": "nothing"})
    assert (unknown.status_code, unknown.json()["detail"]) == (
        422,
        "there is no rule 'nothing'; /api/alerts/rules lists them",
    )


def test_a_shift_hands_over_its_note_and_the_open_alerts_in_view(ann, door_only):
    made = ann.post("/api/alerts/handover", json={"note": "watch hall-yard"})
    assert (made.status_code, len(made.json()["open"])) == (201, 4)
    seen_by_next = ann.get("/api/alerts/handover").json()
    assert (seen_by_next["note"], seen_by_next["by"]) == ("watch hall-yard", "anna/everything")
    limited = door_only.get("/api/alerts/handover").json()
    assert (limited["note"], len(limited["open"])) == ("", 1)
    assert ann.post("/api/alerts/handover", json={"note": " "}).status_code == 422


def test_the_alarm_load_counts_what_is_in_view(stub, ann, door_only):
    stub.raise_with_steps()
    load = ann.get("/api/alerts/load", params={"hours": 1}).json()
    assert (load["total"], load["operators"]) == (2, 1)
    assert load["report"][0].startswith("announcements: 2")
    stub.register.observe([seen(99.0, 30, place("hall-yard"), "occupancy")])
    assert ann.get("/api/alerts/load").json()["total"] == 3
    assert door_only.get("/api/alerts/load").json()["total"] == 2


@pytest.mark.parametrize(
    ("path", "body"),
    [("acknowledge", {"note": "x" * 2001}), ("acknowledge", {"by": "bob"}), ("steps/0", {}), ("assign", {})],
)
def test_a_wrong_body_is_a_problem_document(stub, ann, path, body):
    answer = ann.post(f"/api/alerts/{stub.raise_with_steps()}/{path}", json=body, headers=ANYWAY)
    assert (answer.status_code, answer.headers["content-type"]) == (422, "application/problem+json")


def test_open_alerts_are_a_metric_without_drills(stub, ann, door_only):
    def red(somebody, name):
        return re.findall(rf'^{name}{{severity="red"}} (.+)$', somebody.get("/metrics").text, re.MULTILINE)

    ann.post("/api/alerts/drills", json={"rule": "steps"})
    stub.raise_with_steps()
    assert red(ann, "passerby_alerts_open") == ["2.0"]
    stub.register.observe([seen(99.0, 30, place("hall-yard"), "occupancy")])
    assert red(ann, "passerby_alerts_open") == ["3.0"]
    assert red(door_only, "passerby_alerts_open") == ["2.0"]
    ann.post(f"/api/alerts/{stub.of_hall}/acknowledge", json={}, headers=ANYWAY)
    assert red(ann, "passerby_alerts_unacknowledged") == ["2.0"]


def test_times_are_those_of_the_events(stub, ann):
    number = stub.raise_with_steps(20.0)
    assert ann.get(f"/api/alerts/{number}").json()["raised"] == "2026-11-22T12:00:20Z"
    assert stub.now_s() == NOON_S + 60


def test_alerting_that_fails_is_a_metric_and_is_said_to_everybody_who_sees_alerts(stub, ann, door_only):
    def figures():
        return re.findall(
            r"^passerby_alerting_(?:failing|failures_total) (.+)$", ann.get("/metrics").text, re.MULTILINE
        )

    assert figures() == ["0.0", "0.0"]
    stub.problem, stub.failures = "alerting fails; restart the gateway", 3
    assert figures() == ["1.0", "3.0"]
    for somebody in (ann, door_only):
        said = somebody.get("/api/alerts/health").json()
        assert said == {"problem": "alerting fails; restart the gateway", "failures": 3}


def test_alerts_of_a_period_are_listed_by_when_they_were_raised(stub, ann):
    late = stub.raise_with_steps(20.0)
    (group,) = [each for each in ann.get("/api/alerts").json()["alerts"] if each["alert"] != late]
    raised = next(each["raised"] for each in ann.get("/api/alerts").json()["alerts"] if each["alert"] == late)

    def listed(**query):
        return [each["alert"] for each in ann.get("/api/alerts", params=query).json()["alerts"]]

    assert listed(start=raised) == [late]
    assert listed(end=raised) == [group["alert"]]
    assert listed(start=group["raised"]) == [late, group["alert"]]
    assert listed(start=raised, end=raised) == []
    assert ann.get("/api/alerts", params={"start": "2026-11-28T10:00:00"}).status_code == 422  # without an offset
