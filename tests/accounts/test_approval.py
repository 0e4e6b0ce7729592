"""The two-person rule: one asks, another one decides, and what was granted is done once."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import get_args

import pytest
from tests.accounts.made import DAY_S, GROUPS, Clock, accounts_at, add

from passerby.accounts.account import principal_of
from passerby.accounts.permission import Action, Principal, PrincipalKind
from passerby.accounts.role import Role
from passerby.accounts.two_person_request import NEEDS, Matter, RequestState
from passerby.errors import ForbiddenError, SecondPersonError, UsageError
from passerby.settings.site.accounts import TwoPersonRule

NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)
SPAN = {"from": NOON.isoformat(), "until": NOON.replace(hour=13).isoformat()}
WHY = "The police asked for it, file 12/2026."


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def accounts(tmp_path, clock):
    made = accounts_at(tmp_path / "accounts.db", clock)
    add(made, "boss", Role.ADMINISTRATOR)
    add(made, "anna", Role.OPERATOR, frozenset({"east"}))
    add(made, "dora", Role.DATA_PROTECTION_OFFICER)
    yield made
    made.store.close()


def who(accounts, name):
    account = accounts.store.account(name)
    return account, principal_of(account, GROUPS)


def asked(accounts, name="anna", matter=Matter.EXPORT, camera="door"):
    return accounts.approvals.ask(*who(accounts, name), matter, camera, details=SPAN, reason=WHY)


def decided(accounts, number, name="dora", *, granted=True):
    return accounts.approvals.decide(*who(accounts, name), number, granted=granted)


def used(accounts, number, matter=Matter.EXPORT, camera="door", *, name="anna", fits=True):
    with accounts.approvals.used(name, number, matter, camera, fits=lambda _: fits) as request:
        return request and request.asked_by


def test_what_another_person_granted_is_done_once(accounts):
    number = asked(accounts).number
    with pytest.raises(SecondPersonError, match="is open, not granted"):
        used(accounts, number)
    made = decided(accounts, number)
    assert (made.state, made.asked_by, made.decided_by) == (RequestState.GRANTED, "anna", "dora")
    assert used(accounts, number) == "anna"
    with pytest.raises(SecondPersonError, match="is used"):
        used(accounts, number)


def test_nobody_decides_on_what_they_asked_for_themselves(accounts):
    number = asked(accounts, "boss").number
    with pytest.raises(ForbiddenError, match="somebody else must decide"):
        decided(accounts, number, "boss")
    assert decided(accounts, number, "dora").state is RequestState.GRANTED


@pytest.mark.parametrize(("name", "role"), [("eve", Role.VIEWER), ("ben", Role.OPERATOR), ("ann", Role.ANALYST)])
def test_who_may_not_decide_cannot(accounts, name, role):
    add(accounts, name, role)
    number = asked(accounts).number
    with pytest.raises((ForbiddenError, UsageError)):
        decided(accounts, number, name)
    assert accounts.approvals.request(who(accounts, "dora")[1], number).state is RequestState.OPEN


def test_a_token_is_no_second_person(accounts):
    number = asked(accounts).number
    account, _ = who(accounts, "dora")
    program = Principal("dora/script", PrincipalKind.PROGRAM, frozenset(Action), None)
    with pytest.raises(ForbiddenError, match="a token cannot be the second person"):
        accounts.approvals.decide(account, program, number, granted=True)


def test_who_may_not_do_it_cannot_ask_for_it_either(accounts):
    with pytest.raises(ForbiddenError, match="export_recordings for gate"):
        asked(accounts, camera="gate")
    with pytest.raises(ForbiddenError, match="export_recordings"):
        asked(accounts, "dora")
    for matter in set(Matter) - {Matter.EXPORT}:
        with pytest.raises(ForbiddenError, match="change_settings"):
            asked(accounts, matter=matter)


def test_what_was_refused_or_has_ended_counts_no_more(accounts, clock):
    refused, granted, late = (asked(accounts).number for _ in range(3))
    decided(accounts, refused, granted=False)
    with pytest.raises(SecondPersonError, match="is refused"):
        used(accounts, refused)
    with pytest.raises(UsageError, match="is refused, not open"):
        decided(accounts, refused)
    decided(accounts, granted)
    clock.now_s += DAY_S
    with pytest.raises(SecondPersonError, match="has ended"):
        used(accounts, granted)
    with pytest.raises(UsageError, match="has ended"):
        decided(accounts, late)


def test_a_request_is_for_what_was_asked_alone(accounts):
    number = asked(accounts).number
    decided(accounts, number)
    for wrong in ({"camera": "hall"}, {"matter": Matter.LESS_COVER}, {"fits": False}):
        with pytest.raises(SecondPersonError, match="make a request for this"):
            used(accounts, number, **wrong)
    with pytest.raises(SecondPersonError, match="needs a second person"):
        used(accounts, None)
    with pytest.raises(SecondPersonError, match="no request 99"):
        used(accounts, 99)
    assert used(accounts, number) == "anna"


def test_nobody_uses_the_request_of_somebody_else(accounts):
    number = asked(accounts).number
    decided(accounts, number)
    with pytest.raises(SecondPersonError, match="made by somebody else, not by boss"):
        used(accounts, number, name="boss")
    assert used(accounts, number) == "anna"


def test_what_fails_uses_no_request(accounts):
    number = asked(accounts).number
    decided(accounts, number)
    with (
        pytest.raises(OSError, match="disk"),
        accounts.approvals.used("anna", number, Matter.EXPORT, "door", fits=lambda _: True),
    ):
        raise OSError("the disk is full")
    assert used(accounts, number) == "anna"


def test_requests_out_of_scope_are_not_there(accounts):
    add(accounts, "west", Role.OPERATOR, frozenset({"west"}))
    number = asked(accounts).number
    principal = who(accounts, "west")[1]
    assert accounts.approvals.requests(principal) == []
    with pytest.raises(UsageError, match=f"there is no request {number}"):
        accounts.approvals.request(principal, number)
    assert [each.number for each in accounts.approvals.requests(who(accounts, "anna")[1])] == [number]


def test_a_request_without_a_reason_is_refused(accounts):
    with pytest.raises(UsageError, match="say why"):
        accounts.approvals.ask(*who(accounts, "anna"), Matter.EXPORT, "door", details=SPAN, reason="  x  ")


def test_the_site_file_names_the_same_matters():
    assert set(get_args(TwoPersonRule)) == set(Matter) == set(NEEDS)
