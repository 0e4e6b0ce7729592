"""What somebody may not do and tries to is in the audit log, and nobody can fill the log with it."""

from __future__ import annotations

from tests.accounts.made import HOUR_S, NOON_S, Clock

from passerby.accounts.refusal import MOST_COUNTED, Refusal, Refusals
from passerby.accounts.trail import Trail
from passerby.errors import AuditError

ASKED = Refusal("ben", "GET /api/accounts", "manage_accounts")


class Log:
    def __init__(self):
        self.entries, self.full = [], False

    def append(self, entry):
        if self.full:
            raise AuditError("the disk is full")
        self.entries.append(entry)
        return len(self.entries) - 1


def made():
    log, clock = Log(), Clock(NOON_S)
    return log, clock, Refusals(Trail(log, clock=clock), clock=clock)


def test_a_thousand_refusals_leave_four_entries_that_say_how_many_there_were():
    log, _, refusals = made()
    for _ in range(1500):
        refusals.note(ASKED)
    assert [each.details["times"] for each in log.entries] == [1, 10, 100, 1000]
    first = log.entries[0]
    assert (first.kind, first.account, first.subject) == ("access_refused", "ben", "")
    assert dict(first.details) == {"route": "GET /api/accounts", "action": "manage_accounts", "times": 1}


def test_after_an_hour_and_after_the_clock_went_back_a_refusal_is_written_again():
    log, clock, refusals = made()
    refusals.note(ASKED)
    clock.now_s += HOUR_S - 1
    refusals.note(ASKED)
    assert len(log.entries) == 1
    clock.now_s += 1
    refusals.note(ASKED)
    assert len(log.entries) == 2
    clock.now_s -= 2 * HOUR_S
    refusals.note(ASKED)
    assert [each.details["times"] for each in log.entries] == [1, 1, 1]


def test_other_persons_cameras_and_routes_are_written_by_themselves():
    log, _, refusals = made()
    others = (
        Refusal("eve", "GET /api/accounts", "manage_accounts"),
        Refusal("ben", "GET /api/cameras/{camera}", "see_cameras", "hall"),
        Refusal("ben", "POST /api/exports", "export_recordings", second_person=True),
    )
    for each in (ASKED, *others, *others):
        refusals.note(each)
    assert [(each.account, each.subject) for each in log.entries] == [
        ("ben", ""), ("eve", ""), ("ben", "hall"), ("ben", ""),
    ]  # fmt: skip
    assert log.entries[-1].details["second_person"] == "nobody has agreed"


def test_a_refusal_that_cannot_be_logged_is_refused_all_the_same():
    log, _, refusals = made()
    log.full = True
    refusals.note(ASKED)
    assert log.entries == []


def test_what_is_counted_has_an_end():
    log, _, refusals = made()
    for number in range(MOST_COUNTED + 5):
        refusals.note(Refusal(f"p{number}", "GET /"))
    refusals.note(Refusal(f"p{MOST_COUNTED}", "GET /"))  # still counted
    assert len(log.entries) == MOST_COUNTED + 5
    refusals.note(Refusal("p0", "GET /"))  # forgotten, so it is written again
    assert len(log.entries) == MOST_COUNTED + 6
