"""What happened to alerts is on disk before anybody is told, survives a kill, and happens once."""

from __future__ import annotations

import errno
import json
import subprocess
import sys
from collections import Counter
from datetime import UTC
from pathlib import Path

import pytest
from tests.alerts.made import HALL, NOON_S, YARD, nobody, rule, seen

from passerby.alerts.alert import AlertState
from passerby.alerts.audit_trail import AuditTrail
from passerby.alerts.event import AlertEventKind as Kind
from passerby.alerts.event_log import read_events
from passerby.alerts.handling import Deed
from passerby.alerts.register import AlertRegister
from passerby.alerts.retention import DAY_S
from passerby.audit.entry import AuditKind
from passerby.errors import (
    AlertAbsentError,
    AlertConflictError,
    AlertStorageError,
    AuditError,
    UsageError,
)

ROOT = Path(__file__).parents[2]
ANN = Deed("ann", NOON_S + 30, "going there")


class Ledger:
    """An audit log that can be full."""

    def __init__(self):
        self.entries = []
        self.full = False

    def append(self, entry):
        if self.full:
            raise AuditError("the audit log cannot be written; free disk space")
        self.entries.append(entry)
        return len(self.entries) - 1


@pytest.fixture
def ledger():
    return Ledger()


@pytest.fixture
def made(tmp_path, ledger):
    opened = []

    def make(*rules, now_s=NOON_S, **more):
        register = AlertRegister(
            tmp_path / "alerts.log",
            rules or [rule(hold_s=0, steps=("look",), contacts=("duty",))],
            zone=UTC,
            owners=nobody,
            now_s=now_s,
            trail=AuditTrail(lambda: ledger),
            **more,
        )
        opened.append(register)
        return register

    yield make
    for each in opened:
        each.close()


def raised(register, second=1):
    register.observe([seen(5.0, second)])
    return register.alerts()[-1].id


def test_after_a_restart_everything_is_as_it_was(made):
    first = made()
    number = raised(first)
    first.acknowledge([number], ANN)
    first.tick(number, 0, ANN)
    first.assign([number], "security", ANN)
    before = first.alerts()
    first.close()
    again = made()
    assert again.alerts() == before
    assert [each.number for each in again.events()] == list(range(1, 5))
    again.observe([seen(5.0, 60)])
    assert len(again.alerts()) == 1, "the same condition is not raised twice after a restart"
    again.observe([seen(1.0, 61)])
    assert not again.alert(number).active


def test_a_second_program_cannot_write_the_same_alerts(made):
    made()
    with pytest.raises(AlertStorageError, match="another program"):
        made()


def test_what_is_heard_is_already_on_disk(made, tmp_path):
    register = made()
    heard = []
    with register.listen(lambda news: heard.append((news.event, read_events(tmp_path / "alerts.log")))):
        register.acknowledge([raised(register)], ANN)
    assert [each.kind for each, _ in heard] == [Kind.RAISED, Kind.ACKNOWLEDGED]
    assert all(event in stored for event, stored in heard)


def fail(register, monkeypatch, *, full=True):
    def append(_):
        raise OSError(errno.ENOSPC, "No space left on device")

    if full:
        monkeypatch.setattr(register._archive._event_log._log, "append", append)
    else:
        monkeypatch.undo()


def test_with_a_full_disk_alerts_go_out_deeds_are_refused_and_all_is_stored_later(made, tmp_path, monkeypatch):
    register = made()
    heard = []
    with register.listen(heard.append):
        fail(register, monkeypatch)
        number = raised(register)
        assert [news.event.kind for news in heard] == [Kind.RAISED]
        assert "free disk space" in register.problem
        with pytest.raises(AlertStorageError, match="free disk space"):
            register.acknowledge([number], ANN)
        assert register.alert(number).state is AlertState.RAISED
        fail(register, monkeypatch, full=False)
        register.step(NOON_S + 2)
    assert register.problem == ""
    assert [each.alert for each in read_events(tmp_path / "alerts.log")] == [number]


def test_what_the_gateway_announces_is_in_the_audit_log_and_goes_out_without_it(made, ledger):
    register = made()
    number = raised(register)
    (entry,) = ledger.entries
    assert (entry.kind, entry.account, entry.subject) == (AuditKind.ALERT_RAISED, None, number)
    assert entry.details["where"] == "place hall"
    ledger.full = True
    register.observe([seen(1.0, 2)])
    register.observe([seen(5.0, 3)])
    assert register.alert(number).count == 2


def test_everything_that_somebody_does_is_in_the_audit_log_first(made, ledger):
    register = made()
    number = raised(register)
    ledger.entries.clear()
    register.acknowledge([number], ANN)
    register.assign([number], "security", ANN)
    register.tick(number, 0, ANN)
    register.observe([seen(1.0, 5)])
    register.resolve([number], ANN)
    register.hand_over(ANN)
    kinds = ["acknowledged", "assigned", "step", "resolved"]
    assert [each.kind for each in ledger.entries] == [*(AuditKind(f"alert_{each}") for each in kinds), "handover_note"]
    assert {each.account for each in ledger.entries} == {"ann"}
    assert ledger.entries[0].subject == number
    assert ledger.entries[0].details == {"note": "going there", "rule": "crowd", "drill": False}


@pytest.mark.parametrize("what", ["acknowledge", "assign", "tick", "hand_over", "drill"])
def test_what_cannot_be_audited_does_not_happen(made, ledger, what):
    register = made()
    number = raised(register)
    before = register.alerts()
    ledger.full = True
    deeds = {
        "acknowledge": lambda: register.acknowledge([number], ANN),
        "assign": lambda: register.assign([number], "security", ANN),
        "tick": lambda: register.tick(number, 0, ANN),
        "hand_over": lambda: register.hand_over(ANN),
        "drill": lambda: register.drill("crowd", ANN),
    }
    with pytest.raises(AuditError):
        deeds[what]()
    assert register.alerts() == before


def test_of_a_group_what_is_left_is_acknowledged_and_resolved(made):
    both = rule(subjects=(HALL, YARD), hold_s=0)
    register = made(both)
    register.observe([seen(5.0, 1), seen(5.0, 1, YARD)])
    one, other = (each.id for each in register.alerts())
    register.acknowledge([one], ANN)
    register.acknowledge([one, other], Deed("bob", NOON_S))
    assert [each.notes[-1].by for each in register.alerts()] == ["ann", "bob"]
    with pytest.raises(AlertConflictError, match="already"):
        register.acknowledge([one, other], ANN)
    with pytest.raises(AlertAbsentError, match="no alert nonsense"):
        register.acknowledge(["nonsense"], ANN)


def test_a_drill_is_raised_by_name_once(made):
    register = made()
    alert = register.drill("crowd", ANN)
    assert alert.about.drill
    assert register.events()[-1].by == "ann"
    register.close()
    register = made()
    assert [each.by for each in register.alert(alert.id).notes] == ["ann"]  # from the disk, too
    with pytest.raises(AlertConflictError, match="open already"):
        register.drill("crowd", ANN)
    with pytest.raises(UsageError, match="there is no rule 'x'; the site file has: crowd"):
        register.drill("x", ANN)


def test_old_alerts_are_forgotten_on_disk_too_and_numbers_go_on(made, tmp_path):
    itself = rule(hold_s=0, by_person=False)
    first = made(itself)
    old = raised(first)
    first.observe([seen(1.0, 2)])
    assert not first.alert(old).open
    raised(first, 3)
    last = first.last_number
    first.close()
    again = made(itself, now_s=NOON_S + 100 * DAY_S)
    assert old not in {each.id for each in again.alerts()}
    assert again.last_number == last
    again.close()
    assert {each.alert for each in read_events(tmp_path / "alerts.log")} == {again.alerts()[0].id}


def test_a_damaged_record_costs_only_itself(made, tmp_path):
    first = made()
    raised(first)
    first.hand_over(ANN)
    first.close()
    path = tmp_path / "alerts.log"
    text = path.read_bytes()
    path.write_bytes(text.replace(b"crowd", b"cr0wd", 1))
    assert [each.kind for each in read_events(path)] == [Kind.HANDED_OVER]
    assert made().last_number == 2


@pytest.mark.parametrize("kills", [pytest.param(12, marks=pytest.mark.slow)])
def test_nothing_acknowledged_is_lost_and_nothing_is_doubled_after_kills_at_random(tmp_path, kills):
    command = [sys.executable, "-m", "tests.alerts.killed", tmp_path, "7", str(kills)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=600)
    assert done.returncode == 0, done.stderr
    check_killed(tmp_path, json.loads(done.stdout))


def check_killed(folder: Path, acknowledged: list[str]) -> None:
    events = read_events(folder / "alerts.log")
    assert len(acknowledged) > 10
    of_kind = {
        kind: Counter(each.alert for each in events if each.kind is kind) for kind in (Kind.RAISED, Kind.ACKNOWLEDGED)
    }
    assert set(acknowledged) <= set(of_kind[Kind.ACKNOWLEDGED])
    assert {1} == set(of_kind[Kind.RAISED].values()) == set(of_kind[Kind.ACKNOWLEDGED].values())
    assert [each.number for each in events] == list(range(1, len(events) + 1))
    notes = {each.alert: each.note for each in events if each.kind is Kind.ACKNOWLEDGED}
    assert all(note == f"note of {number}" for number, note in notes.items())
    informing = [f"{each.alert}-{each.number:x}" for each in events if each.inform]
    sent = (folder / "service").read_text().split()
    assert set(informing[:-45]) <= set(sent), "a message was lost; those of the last life may still wait"
