"""What people may do with an alert, and when they are told why not."""

from __future__ import annotations

from datetime import UTC

import pytest
from tests.alerts.made import NOON_S, finding, judged, rule

from passerby.alerts.alert import AlertState
from passerby.alerts.book import AlertBook
from passerby.alerts.handling import Deed, acknowledge, assign, hand_over, resolve, tick
from passerby.alerts.shift import last_note, open_items
from passerby.errors import AlertConflictError, UsageError


def deed(note: str = "", by: str = "ann") -> Deed:
    return Deed(by, NOON_S + 60, note)


class Desk:
    """A book with one alert on it."""

    def __init__(self, **more):
        self.book = AlertBook(UTC)
        self.rule = rule(**more)
        judged(self.book, finding(self.rule))
        (self.id,) = self.book.alerts

    @property
    def alert(self):
        return self.book.alerts[self.id]

    def do(self, what, *more):
        self.book.apply(what(self.alert, *more, self.book.next_number))

    def end(self):
        judged(self.book, finding(self.rule, 30, met=False))


def test_an_alert_is_acknowledged_its_steps_are_ticked_and_it_is_resolved():
    made = Desk(steps=("stop the trains", "call control"))
    made.do(acknowledge, deed("going there"))
    made.do(assign, "security", deed())
    made.do(tick, 1, deed(by="bob"))
    made.do(tick, 0, deed())
    made.end()
    made.do(resolve, deed())
    alert = made.alert
    assert (alert.state, alert.role, alert.left()) == (AlertState.RESOLVED, "security", [])
    assert dict(alert.ticked)[1].by == "bob"
    assert ("ann", "going there") in [(each.by, each.text) for each in alert.notes]
    assert made.book.open() == []


def test_of_two_people_who_acknowledge_the_second_is_told_who_did():
    made = Desk()
    made.do(acknowledge, deed())
    with pytest.raises(AlertConflictError, match="acknowledged already by ann"):
        made.do(acknowledge, deed(by="bob"))


def test_what_still_holds_cannot_be_resolved():
    made = Desk()
    made.do(acknowledge, deed())
    with pytest.raises(AlertConflictError, match="still holds"):
        made.do(resolve, deed())


def test_nothing_is_resolved_that_nobody_acknowledged():
    made = Desk()
    made.end()
    with pytest.raises(AlertConflictError, match="acknowledge it first"):
        made.do(resolve, deed())


def test_steps_that_are_left_need_a_note():
    made = Desk(steps=("look",))
    made.do(acknowledge, deed())
    made.end()
    with pytest.raises(AlertConflictError, match="steps left: 1"):
        made.do(resolve, deed())
    made.do(resolve, deed("no train was running"))
    assert not made.alert.open


def test_a_step_is_ticked_once_and_must_exist():
    made = Desk(steps=("look",))
    made.do(tick, 0, deed())
    with pytest.raises(AlertConflictError, match="ticked already"):
        made.do(tick, 0, deed())
    with pytest.raises(UsageError, match="no step 2; its procedure has 1"):
        made.do(tick, 1, deed())


@pytest.mark.parametrize("what", [acknowledge, resolve])
def test_a_resolved_alert_does_not_change(what):
    made = Desk()
    made.do(acknowledge, deed())
    made.end()
    made.do(resolve, deed())
    with pytest.raises(AlertConflictError, match="resolved"):
        made.do(what, deed())


@pytest.mark.parametrize(("note", "reason"), [("x" * 2001, "2001 characters"), ("\ud800", "Unicode")])
def test_a_note_that_cannot_be_stored_is_refused(note, reason):
    with pytest.raises(UsageError, match=reason):
        deed(note)


def test_a_shift_hands_over_its_note_and_the_open_items():
    made = Desk(steps=("look", "call"), role="security")
    made.do(acknowledge, deed("watching it"))
    (line,) = open_items(made.book.open(), UTC)
    assert line == (
        "red crowd; place hall; density of 4.7 1/m2 or more; acknowledged since 2026-11-22 12:00; role security; "
        "steps left: look, call; note: watching it"
    )
    with pytest.raises(UsageError, match="write what the next shift must know"):
        hand_over(deed("  "), 9)
    note = last_note([hand_over(deed("quiet night"), 9)])
    assert (note.by, note.text) == ("ann", "quiet night")
    assert last_note([]) is None
