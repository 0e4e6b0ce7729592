from __future__ import annotations

import pytest
from tests.accounts.made import Clock, accounts_at, add, add_token

from passerby.accounts import ticket as tickets
from passerby.accounts.account import Account
from passerby.accounts.permission import Action
from passerby.accounts.role import Role
from passerby.accounts.ticket import TICKET_S, StreamPasses
from passerby.accounts.token import ApiToken, principal_of_token
from passerby.errors import SignInError

PAGE = "https://intranet.example.org"
KNOWN = {"east": frozenset({"door", "hall"})}


def test_a_pass_opens_its_stream_once():
    passes = StreamPasses(clock=Clock())
    secret = passes.give("session", "door/full", PAGE)
    assert passes.knows(secret)
    assert passes.take(secret, "door/full", PAGE) == "session"
    assert not passes.knows(secret)
    with pytest.raises(SignInError):
        passes.take(secret, "door/full", PAGE)


@pytest.mark.parametrize(("stream", "origin"), [("hall/full", PAGE), ("door/wall", PAGE), ("door/full", "null")])
def test_a_pass_that_is_shown_for_something_else_is_used_up(stream, origin):
    passes = StreamPasses(clock=Clock())
    secret = passes.give("session", "door/full", PAGE)
    for asked in ((stream, origin), ("door/full", PAGE)):
        with pytest.raises(SignInError):
            passes.take(secret, *asked)


def test_a_pass_expires():
    clock = Clock()
    passes = StreamPasses(clock=clock)
    first = passes.give("session", "door/full", PAGE)
    clock.now_s += TICKET_S - 1
    second = passes.give("session", "door/full", PAGE)
    clock.now_s += 1
    with pytest.raises(SignInError):
        passes.take(first, "door/full", PAGE)
    assert passes.take(second, "door/full", PAGE) == "session"


def test_the_oldest_of_too_many_passes_is_forgotten(monkeypatch):
    monkeypatch.setattr(tickets, "_MOST_PASSES", 3)
    passes = StreamPasses(clock=Clock())
    given = [passes.give("session", "door/full", PAGE) for _ in range(5)]
    assert [passes.knows(each) for each in given] == [False, False, True, True, True]


@pytest.mark.parametrize(
    ("groups", "cameras"), [(None, {"door"}), (frozenset({"east"}), {"door"}), (frozenset(), set())]
)
def test_a_ticket_opens_its_camera_as_far_as_its_owner_may_watch_it(groups, cameras):
    owner = Account(1, "anna", Role.VIEWER, groups, False, 0.0, True, False, 1)
    ticket = ApiToken(1, "intranet", 1, frozenset({Action.WATCH_LIVE}), None, 0.0, 1.0, "door")
    principal = principal_of_token(ticket, owner, KNOWN)
    assert (principal.actions, principal.cameras) == ({Action.WATCH_LIVE}, cameras)


def test_a_ticket_is_no_api_token_and_an_api_token_is_no_ticket(tmp_path):
    clock = Clock()
    accounts = accounts_at(tmp_path / "accounts.db", clock)
    number = add(accounts, "anna").number
    token = add_token(accounts, "anna")
    wanted = ApiToken(0, "intranet", number, frozenset({Action.WATCH_LIVE}), None, clock(), clock() + 60, "door")
    ticket = accounts.access.make_token(wanted)[1]
    accounts.sessions.refresh()
    sessions = accounts.sessions
    assert sessions.principal(sessions.of_bearer(token, "10.0.0.9")).cameras is None
    assert sessions.principal(sessions.of_ticket(ticket, "10.0.0.9")).cameras == {"door"}
    with pytest.raises(SignInError, match="not a token"):
        sessions.of_bearer(ticket, "10.0.0.9")
    with pytest.raises(SignInError, match="not a ticket"):
        sessions.of_ticket(token, "10.0.0.9")
    clock.now_s += 61
    with pytest.raises(SignInError, match="has ended"):
        sessions.of_ticket(ticket, "10.0.0.9")
    accounts.store.close()
