from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from passerby.accounts.permission import Action, Principal, PrincipalKind
from passerby.accounts.session import SESSION_S, Sessions, SharedToken
from passerby.accounts.ticket import TICKET_S, Tickets
from passerby.errors import SignInError, TooManyTriesError

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
    return Sessions(SharedToken(TOKEN), clock=clock)


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


def guess(access, count, address="", *, sign_in=False):
    for number in range(count):
        with pytest.raises(SignInError, match="not the access token"):
            (access.sign_in if sign_in else access.bearer)(f"guess {number}", address)


def test_too_many_different_wrong_tokens_make_further_ones_wait(access, clock):
    guess(access, 20, sign_in=True)
    for ask in (access.sign_in, access.bearer):
        with pytest.raises(TooManyTriesError) as caught:
            ask("another guess")
        assert 0 < caught.value.wait_s <= 61
    clock.now_s += 61
    guess(access, 20)


def test_the_right_token_is_accepted_whatever_others_at_the_same_address_sent(access):
    guess(access, 20, "10.0.0.1")  # a tunnel or a proxy: everybody has this address
    with pytest.raises(TooManyTriesError):
        access.sign_in("a typo", "10.0.0.1")
    assert access.alive(access.bearer(TOKEN, "10.0.0.1"))
    assert access.alive(access.sign_in(TOKEN, "10.0.0.1"))


def test_a_script_that_repeats_one_wrong_token_makes_nobody_wait(access, clock):
    for _ in range(1000):
        clock.now_s += 0.01
        with pytest.raises(SignInError, match="not the access token"):
            access.bearer("last year's", "10.0.0.1")
    guess(access, 19, "10.0.0.1")


def test_wrong_tokens_are_counted_per_ipv4_address_and_per_ipv6_64(access):
    guess(access, 20, "10.0.0.66")
    guess(access, 20, "10.0.0.5")
    guess(access, 20, "2001:db8::1")
    with pytest.raises(TooManyTriesError):
        access.sign_in("wrong", "2001:db8::2")
    guess(access, 1, "2001:db8:0:1::1")


def test_only_so_many_guessers_are_remembered(access):
    for visitor in range(5000):
        with pytest.raises(SignInError, match="not the access token"):
            access.sign_in("wrong", f"2001:db8:0:{visitor:x}::1")
    assert len(access._wrong) <= 1000


def test_asking_whether_a_token_is_known_is_no_attempt(access):
    assert access.knows(TOKEN)
    assert not any(access.knows(f"guess {number}") for number in range(100))
    guess(access, 1)


def test_a_thousand_sessions_push_out_the_one_unused_for_longest(access, clock):
    sessions = []
    for _ in range(1001):
        clock.now_s += 1
        sessions.append(access.sign_in(TOKEN))
    assert not access.alive(sessions[0])
    assert access.alive(sessions[1])


def test_a_ticket_opens_one_stream_for_one_session_for_a_short_time(clock):
    tickets = Tickets(clock=clock)
    ticket = tickets.ticket("mine", "door/full")
    assert tickets.admits(ticket, "mine", "door/full")
    assert not tickets.admits(ticket, "other", "door/full")
    assert not tickets.admits(ticket, "mine", "door/wall")
    clock.now_s += TICKET_S + 1
    assert not tickets.admits(ticket, "mine", "door/full")


@given(st.text())
def test_no_made_up_ticket_opens_anything(text):
    assert not Tickets().admits(text, "mine", "door/full")


def test_a_ticket_of_another_start_opens_nothing(clock):
    first, second = Tickets(clock=clock), Tickets(clock=clock)
    assert not second.admits(first.ticket("session", "door/full"), "session", "door/full")


def test_the_shared_token_may_do_everything_with_every_camera(access):
    principal = access.principal(access.sign_in(TOKEN))
    assert (principal.actions, principal.cameras) == (frozenset(Action), None)
    assert principal == access.principal(access.bearer(TOKEN))


class Two:
    """Two tokens of two users."""

    def __init__(self):
        self.users = {
            name: Principal(name, PrincipalKind.PERSON, frozenset({Action.SEE_CAMERAS}), frozenset({name}))
            for name in ("door", "hall")
        }

    def principal_of(self, token):
        return self.users.get(token)


def test_each_token_and_session_belongs_to_its_own_user():
    two = Two()
    sessions = Sessions(two)
    for name, user in two.users.items():
        assert sessions.principal(sessions.sign_in(name)) == user
        assert sessions.principal(sessions.bearer(name)) == user
        assert sessions.bearer(name) == sessions.bearer(name)
    assert sessions.bearer("door") != sessions.bearer("hall")
    with pytest.raises(SignInError):
        sessions.principal("door")
