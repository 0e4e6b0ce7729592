"""`passerby alerts`: what is open, who takes it, whether contacts can be reached, and what a rule would have done."""

from __future__ import annotations

import json
import re
from datetime import UTC

import pytest
from tests.alerts.made import NOON_S, nobody, rule, seen
from tests.outputs.notify.test_notify import SECRET, Hook
from tests.serve.acted import ActedGateway
from tests.serve.alerts import AlertsStub
from tests.serve.served import Served
from tests.store.made import signal

from passerby.alerts.alert import AlertState
from passerby.alerts.register import AlertRegister
from passerby.cli.app import run
from passerby.gateway import state_lock
from passerby.measure.reading import Quantity
from passerby.settings.site.web import WebSettings
from passerby.store import open_store

SITE = """
site: arena
timezone: Europe/Vienna
state_folder: state
web: {port: PORT}
cameras:
  - {name: door, address: simulation:plaza, purpose: Try alert rules., legal_basis: consent, places: door.yaml}
alerts:
  contacts:
    - {name: duty, type: webhook, address: HOOK, secret: SECRET}
    - {name: off, type: webhook, address: 'http://127.0.0.1:9/', secret: SECRET}
  rules:
    - {name: full, type: capacity, places: [floor], limit: 5, hold_s: 20}
    - {name: fault, type: camera_fault}
"""
PLACES = "picture_px: [640, 360]\nzones: [{name: floor, corners_px: [[0, 0], [640, 0], [640, 360]]}]\n"


@pytest.fixture
def hook():
    made = Hook()
    yield made
    made.server.shutdown()
    made.server.server_close()


@pytest.fixture
def site(tmp_path, hook):
    (tmp_path / "door.yaml").write_text(PLACES)
    path = tmp_path / "site.yaml"
    text = SITE.replace("HOOK", f"'{hook.address}/'").replace("SECRET", SECRET)
    path.write_text(text.replace("PORT", "8088"))
    return path


def opened(site):
    folder = site.parent / "state"
    folder.mkdir(exist_ok=True)
    return AlertRegister(folder / "alerts.log", [rule(hold_s=0)], zone=UTC, owners=nobody, now_s=NOON_S)


def stored(site):
    register = opened(site)
    register.observe([seen(5.0, 1)])
    register.close()
    return register.alerts()[0].id


def test_open_alerts_are_listed_in_the_zone_of_the_site(site, capsys):
    assert run(["alerts", "list", str(site)]) == 0
    assert capsys.readouterr().out == "no open alerts\n"
    number = stored(site)
    assert run(["alerts", "list", str(site)]) == 0
    assert capsys.readouterr().out == (
        f"{number}  2026-11-22 13:00:01  red  raised  crowd at place hall: density of 4.7 1/m2 or more\n"
    )
    assert run(["alerts", "list", str(site), "--format", "jsonl"]) == 0
    assert json.loads(capsys.readouterr().out)["alert"] == number


def test_without_a_gateway_the_stored_alert_is_acknowledged(site, capsys):
    number = stored(site)
    assert run(["alerts", "acknowledge", str(site), number, "--note", "going"]) == 0
    register = opened(site)
    (alert,) = register.alerts()
    register.close()
    assert (alert.state, alert.notes[-1].text) == (AlertState.ACKNOWLEDGED, "going")
    capsys.readouterr()
    assert run(["audit", "export", str(site.parent / "state")]) == 0
    assert "alert_acknowledged" in capsys.readouterr().out
    assert run(["alerts", "acknowledge", str(site), number]) == 1
    assert "acknowledged already by" in capsys.readouterr().err
    assert run(["alerts", "acknowledge", str(site), "0-0"]) == 1
    assert "there is no alert 0-0" in capsys.readouterr().err


def test_without_a_gateway_an_alert_is_assigned_ticked_resolved_and_handed_over_as_the_user_of_the_machine(
    site, capsys
):
    folder = site.parent / "state"
    folder.mkdir()
    procedure = rule(hold_s=0, blind_s=None, steps=("look", "call"))
    register = AlertRegister(folder / "alerts.log", [procedure], zone=UTC, owners=nobody, now_s=NOON_S)
    register.observe([seen(5.0, 1)])
    number = register.alerts()[0].id
    register.observe([seen(0.0, 2)])  # it is over
    register.close()
    given = ["alerts", "assign", str(site), number, "--role"]
    assert run([*given, "boss"]) == 2
    assert "there is no role 'boss'" in capsys.readouterr().err
    assert run([*given, "operator"]) == 0
    assert run(["alerts", "resolve", str(site), number]) == 1
    assert "not acknowledged yet" in capsys.readouterr().err
    assert run(["alerts", "acknowledge", str(site), number]) == 0
    assert run(["alerts", "steps", str(site), number, "--tick", "2"]) == 0
    out = capsys.readouterr().out.splitlines()
    assert out[-2] == "1 [ ] look"
    assert re.fullmatch(r"2 \[x\] call \(command line \(.+\), \d\d:\d\d\)", out[-1])
    assert run(["alerts", "steps", str(site), number, "--tick", "3"]) == 2
    assert run(["alerts", "hand-over", str(site)]) == 0
    said = capsys.readouterr().out
    assert "no note of a shift yet" in said
    assert "role operator; steps left: look" in said
    assert run(["alerts", "resolve", str(site), number, "--note", "seen from the gate"]) == 0
    assert run(["alerts", "hand-over", str(site), "--note", "gate 3 stays shut"]) == 0
    out = capsys.readouterr().out.splitlines()
    assert out[-2].endswith(": gate 3 stays shut")
    assert out[-1] == "no open alerts"
    assert run(["audit", "export", str(folder)]) == 0
    done = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [each["kind"] for each in done] == [
        "alert_assigned", "alert_acknowledged", "alert_step", "alert_resolved", "handover_note",
    ]  # fmt: skip
    assert all(each["account"].startswith("command line (") for each in done)


def test_the_alarm_load_of_stored_alerts_is_shown(site, capsys):
    assert run(["alerts", "load", str(site)]) == 0
    assert "announcements: 0, " in capsys.readouterr().out
    stored(site)
    assert run(["alerts", "load", str(site), "--hours", "8784"]) == 0
    out = capsys.readouterr().out
    assert "announcements: 1, " in out
    assert "crowd: 1" in out


def test_a_running_gateway_is_asked(site, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(state_lock, "running_gateway", lambda _: 1)
    acted = ActedGateway("door")
    try:
        with AlertsStub(tmp_path, lambda *_: frozenset({"door"})) as stub, Served(acted, WebSettings(port=0)) as server:
            server.set_alerts(stub)
            monkeypatch.setenv("PASSERBY_TOKEN", server.token)
            site.write_text(site.read_text().replace("8088", server.address.rpartition(":")[2]))
            number = stub.register.alerts()[0].id
            assert run(["alerts", "acknowledge", str(site), number, "--note", "going"]) == 0
            assert stub.register.alert(number).state is AlertState.ACKNOWLEDGED
            assert run(["alerts", "acknowledge", str(site), number]) == 1
            assert "acknowledged already by anna/script" in capsys.readouterr().err
            assert run(["alerts", "test", str(site), "--rule", "steps"]) == 0
            assert "marked as a drill" in capsys.readouterr().out
            assert stub.register.alerts()[-1].about.drill
            site.write_text(site.read_text().replace("alerts:\n", "alerts:\n  roles: [operator, security]\n"))
            assert run(["alerts", "assign", str(site), number, "--role", "security"]) == 0
            assert stub.register.alert(number).role == "security"
            drill = stub.register.alerts()[-1].id
            assert run(["alerts", "steps", str(site), drill, "--tick", "1", "--note", "seen"]) == 1  # not stored here
            assert stub.register.alert(drill).left() == [1]
            assert run(["alerts", "acknowledge", str(site), drill]) == 0
            assert run(["alerts", "resolve", str(site), drill, "--note", "practised"]) == 0
            assert stub.register.alert(drill).state is AlertState.RESOLVED
            assert run(["alerts", "hand-over", str(site), "--note", "quiet"]) == 0
            assert stub.register.events()[-1].note == "quiet"
            (tmp_path / "token").write_text("wrong")
            assert run(["alerts", "acknowledge", str(site), number, "--token-file", str(tmp_path / "token")]) == 1
    finally:
        acted.close()


def test_a_gateway_that_does_not_answer_and_a_missing_token_are_said_in_one_line(site, monkeypatch, capsys):
    site.write_text(site.read_text().replace("8088", "9"))
    monkeypatch.setenv("PASSERBY_TOKEN", "a-token-of-at-least-32-characters-for-tests")
    assert run(["alerts", "test", str(site), "--rule", "full"]) == 1
    assert "does not answer" in capsys.readouterr().err
    monkeypatch.delenv("PASSERBY_TOKEN", raising=False)
    assert run(["alerts", "test", str(site), "--rule", "full"]) == 2
    assert "--token-file, or set PASSERBY_TOKEN" in capsys.readouterr().err


def test_contacts_are_tried_with_a_message_that_is_marked_as_a_drill(site, hook, capsys):
    assert run(["alerts", "test", str(site)]) == 1
    out = capsys.readouterr().out
    assert "duty: sent, marked as a drill" in out
    assert "off: 127.0.0.1: the webhook cannot be reached" in out
    assert json.loads(hook.heard[0][2])["drill"] is True
    assert run(["audit", "export", str(site.parent / "state")]) == 0
    entry = json.loads(capsys.readouterr().out)
    assert (entry["kind"], entry["details"]) == ("alert_drill", {"contacts": "duty, off"})
    assert entry["account"].startswith("command line (")
    assert run(["alerts", "test", str(site), "--contact", "boss"]) == 2
    assert "--contact boss: there is no such contact; choose from duty, off" in capsys.readouterr().err


def test_contacts_are_not_tried_if_that_cannot_be_logged(site, hook, capsys):
    (site.parent / "state").mkdir()
    (site.parent / "state" / "audit").write_text("not a folder")
    assert run(["alerts", "test", str(site)]) == 1
    assert "audit" in capsys.readouterr().err
    assert hook.heard == []


def crowd(site):
    folder = site.parent / "state"
    folder.mkdir(exist_ok=True)
    with open_store(str(folder / "signals.db"), create=True) as store:
        values = [9.0 if 100 <= second < 200 else 1.0 for second in range(0, 600, 10)]
        store.write(
            signal(value, second, length_s=10, place="floor", quantity=Quantity.OCCUPANCY)
            for second, value in zip(range(0, 600, 10), values, strict=True)
            if not 400 <= second < 540
        )


def test_a_replay_says_when_a_rule_would_have_fired_where_nobody_could_know_and_the_load(site, capsys):
    crowd(site)
    assert run(["alerts", "replay", str(site)]) == 0
    said = capsys.readouterr()
    lines = said.out.splitlines()
    assert "rule fault is left out" in said.err
    assert "13:02:00  amber" in lines[0]
    assert "full at place floor: 5 persons or more are inside  over after 100 s" in lines[0]
    assert "not observed: nobody can say what happens here" in lines[1]
    assert lines[2] == "2 alerts would have been raised"
    assert lines[3].startswith("announcements: 2, 2.00 per operator in 10 min")


def test_a_replay_of_what_is_not_there_is_said_in_one_line(site, capsys):
    assert run(["alerts", "replay", str(site)]) == 2
    crowd(site)
    capsys.readouterr()
    assert run(["alerts", "replay", str(site), "--rule", "nothing"]) == 2
    assert "choose from full, fault" in capsys.readouterr().err
    assert run(["alerts", "replay", str(site), "--window", "1h"]) == 2
    assert run(["alerts", "replay", str(site), "--rule", "fault"]) == 2
    assert "no rule about places to replay" in capsys.readouterr().err.splitlines()[-1]
