from __future__ import annotations

import pytest
from fastapi import HTTPException
from hypothesis import given
from hypothesis import strategies as st

from passerby.errors import UsageError
from passerby.serve.auth.access import SESSION_S, TICKET_S, Access, access_token
from passerby.settings.site.web import WebSettings

TOKEN = "a-token-of-24-characters"  # noqa: S105 - made up


class Clock:
    def __init__(self):
        self.now_s = 1000.0

    def __call__(self):
        return self.now_s


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def access(clock):
    return Access(TOKEN, clock=clock)


def test_a_random_token_differs_at_each_start():
    assert access_token(WebSettings()) != access_token(WebSettings())


def test_a_token_file_is_read_without_its_line_end(tmp_path):
    (tmp_path / "token").write_text(TOKEN + "\n")
    assert access_token(WebSettings(token_file=tmp_path / "token")) == TOKEN


@pytest.mark.parametrize("content", [None, b"short\n", b"\xff" * 30], ids=["absent", "short", "not text"])
def test_a_useless_token_file_is_named(tmp_path, content):
    path = tmp_path / "token"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(UsageError, match=r"web\.token_file: .*token") as caught:
        access_token(WebSettings(token_file=path))
    assert "short" not in str(caught.value)


def test_a_session_lives_while_it_is_used_and_ends_when_it_is_not(access, clock):
    session = access.sign_in(TOKEN)
    for _ in range(3):
        clock.now_s += SESSION_S - 1
        assert access.alive(session)
    clock.now_s += SESSION_S
    assert not access.alive(session)


def test_signing_out_ends_a_session(access):
    session = access.sign_in(TOKEN)
    access.sign_out(session)
    assert not access.alive(session)


@pytest.mark.parametrize("session", ["", "bearer", TOKEN, "None"])
def test_a_made_up_session_does_not_live(access, session):
    assert not access.alive(session)


def test_a_wrong_token_is_refused_and_too_many_shut_the_door_for_a_while(access, clock):
    for _ in range(20):
        with pytest.raises(HTTPException) as caught:
            access.sign_in("wrong")
        assert caught.value.status_code == 401
    with pytest.raises(HTTPException) as caught:
        access.sign_in(TOKEN)
    assert caught.value.status_code == 429
    assert int(caught.value.headers["Retry-After"]) <= 61
    clock.now_s += 61
    assert access.alive(access.sign_in(TOKEN))


def test_who_guesses_shuts_the_door_for_nobody_else(access):
    for _ in range(100):
        with pytest.raises(HTTPException):
            access.bearer("wrong", "10.0.0.66")
    with pytest.raises(HTTPException, match="429"):
        access.sign_in(TOKEN, "10.0.0.66")
    assert access.alive(access.sign_in(TOKEN, "10.0.0.5"))
    for visitor in range(5000):
        with pytest.raises(HTTPException, match="401"):
            access.sign_in("wrong", f"2001:db8::{visitor:x}")
    assert len(access._failed) <= 1000


def test_a_thousand_sessions_push_out_the_one_unused_for_longest(access, clock):
    sessions = []
    for _ in range(1001):
        clock.now_s += 1
        sessions.append(access.sign_in(TOKEN))
    assert not access.alive(sessions[0])
    assert access.alive(sessions[1])


def test_a_ticket_opens_one_stream_for_one_session_for_a_short_time(access, clock):
    mine, other = access.sign_in(TOKEN), access.sign_in(TOKEN)
    ticket = access.ticket(mine, "door/full")
    assert access.admits(ticket, mine, "door/full")
    assert not access.admits(ticket, other, "door/full")
    assert not access.admits(ticket, mine, "door/wall")
    clock.now_s += TICKET_S + 1
    assert not access.admits(ticket, mine, "door/full")


@given(st.text())
def test_no_made_up_ticket_opens_anything(text):
    access = Access(TOKEN)
    assert not access.admits(text, access.sign_in(TOKEN), "door/full")


def test_a_ticket_of_another_start_opens_nothing(clock):
    first, second = Access(TOKEN, clock=clock), Access(TOKEN, clock=clock)
    assert not second.admits(first.ticket("session", "door/full"), "session", "door/full")
