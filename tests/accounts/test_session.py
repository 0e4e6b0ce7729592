from __future__ import annotations

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.accounts.made import DAY_S, HOUR_S, Clock, accounts_at, add, add_token
from tests.store.conftest import postgres
from tests.waiting import PATIENCE_S, until

from passerby.accounts import session as sessions_module
from passerby.accounts.access_store import MOST_SESSIONS
from passerby.accounts.permission import Action, PrincipalKind
from passerby.accounts.role import ACTIONS_OF, Role
from passerby.accounts.session import SessionLimits
from passerby.accounts.ticket import TICKET_S, Tickets
from passerby.accounts.token import hash_of
from passerby.errors import SignInError, StoreError, TooManyTriesError, UsageError

__all__ = ["postgres"]


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def accounts(tmp_path, clock):
    made = accounts_at(tmp_path / "accounts.db", clock)
    yield made
    made.store.close()


def opened(accounts, account, browser="Firefox"):
    return accounts.sessions.of_cookie(accounts.sessions.open(account, address="10.0.0.1", browser=browser))


def test_a_session_is_admitted_by_its_secret_alone_and_says_who_it_is(accounts):
    anna = add(accounts, "anna")
    secret = accounts.sessions.open(anna, address="10.0.0.1", browser="Firefox")
    principal = accounts.sessions.principal(accounts.sessions.of_cookie(secret))
    assert (principal.name, principal.kind, principal.cameras) == ("anna", PrincipalKind.PERSON, None)
    assert principal.actions == ACTIONS_OF[Role.OPERATOR]
    for wrong in ("", "bearer", "anna", hash_of(secret), secret[:-1]):
        with pytest.raises(SignInError):
            accounts.sessions.of_cookie(wrong)


def test_neither_a_session_nor_a_token_is_in_the_database_as_it_is(accounts, tmp_path):
    anna = add(accounts, "anna")
    secrets = [accounts.sessions.open(anna, address="", browser=""), add_token(accounts, "anna")]
    secrets.append(accounts.passwords.invite("anna", by="boss"))
    accounts.store.close()
    written = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    assert not [secret for secret in secrets if secret.encode() in written]
    assert all(hash_of(secret).encode() in written for secret in secrets)


def test_a_session_ends_when_it_is_not_used_and_at_its_absolute_limit(tmp_path, clock):
    accounts = accounts_at(tmp_path / "a.db", clock, SessionLimits(idle_s=HOUR_S, absolute_s=5 * HOUR_S))
    anna = add(accounts, "anna")
    idle, used = opened(accounts, anna), opened(accounts, anna)
    for _ in range(5):
        clock.now_s += HOUR_S - 1
        assert accounts.sessions.alive(used)
    assert not accounts.sessions.alive(idle)
    clock.now_s += 6
    assert not accounts.sessions.alive(used)
    accounts.store.close()


def test_a_session_lives_on_after_a_restart_and_signing_out_holds_there_too(tmp_path, clock):
    accounts = accounts_at(tmp_path / "a.db", clock)
    anna = add(accounts, "anna")
    first, second = (accounts.sessions.open(anna, address="", browser="") for _ in range(2))
    accounts.sessions.sign_out(accounts.sessions.of_cookie(first))
    accounts.store.close()
    again = accounts_at(tmp_path / "a.db", clock)
    assert again.sessions.alive(again.sessions.of_cookie(second))
    with pytest.raises(SignInError):
        again.sessions.of_cookie(first)
    again.store.close()


def test_whoever_proved_themselves_by_a_password_that_was_changed_meanwhile_gets_no_session(accounts):
    anna = add(accounts, "anna")
    accounts.credentials.set_password("anna", accounts.passwords.hash("another long sentence"))
    with pytest.raises(SignInError, match="sign in again"):
        accounts.sessions.open(anna, address="", browser="", unchanged=True)
    now = accounts.store.account("anna")
    assert accounts.sessions.of_account(now) == {}
    accounts.sessions.open(now, address="", browser="", unchanged=True)
    assert len(accounts.sessions.of_account(now)) == 1


def test_when_it_was_used_last_is_known_after_a_restart(tmp_path, clock):
    with accounts_at(tmp_path / "a.db", clock, SessionLimits(idle_s=HOUR_S)) as accounts:
        secret = accounts.sessions.open(add(accounts, "anna"), address="", browser="")
        clock.now_s += HOUR_S - 1
        accounts.sessions.principal(accounts.sessions.of_cookie(secret))
    clock.now_s += HOUR_S - 1
    again = accounts_at(tmp_path / "a.db", clock, SessionLimits(idle_s=HOUR_S))
    assert again.sessions.alive(again.sessions.of_cookie(secret))
    again.store.close()


def test_what_another_program_changes_counts_soon(tmp_path, clock):
    with accounts_at(tmp_path / "a.db", clock) as accounts:
        anna = add(accounts, "anna")
        add(accounts, "boss", Role.ADMINISTRATOR)
        session = opened(accounts, anna)
        token = accounts.sessions.of_bearer(add_token(accounts, "anna"), "")
        other = accounts_at(tmp_path / "a.db", clock)
        other.store.change("anna", version=None, role=Role.OPERATOR, groups=None, disabled=True)
        other.store.close()
        until(lambda: not accounts.sessions.alive(session) and not accounts.sessions.alive(token))


def test_a_stream_learns_that_its_session_has_ended(accounts):
    session = opened(accounts, add(accounts, "anna"))

    async def watch() -> None:
        over = asyncio.ensure_future(accounts.sessions.over(session, accounts.sessions.principal(session)))
        await asyncio.sleep(0)
        assert not over.done()
        await asyncio.to_thread(accounts.sessions.sign_out, session)
        await over

    asyncio.run(asyncio.wait_for(watch(), PATIENCE_S))


def test_the_scope_of_an_open_session_follows_the_site_file(accounts):
    session = opened(accounts, add(accounts, "anna", groups=frozenset({"east", "gone"})))
    assert accounts.sessions.principal(session).cameras == {"door", "hall"}
    accounts.sessions.set_groups({"gone": frozenset({"attic"})})
    assert accounts.sessions.principal(session).cameras == {"attic"}


def test_a_stream_goes_on_while_its_session_may_do_all_that_it_could(accounts):
    session = opened(accounts, add(accounts, "anna", groups=frozenset({"gone"})))
    accounts.sessions.set_groups({"gone": frozenset({"attic"})})
    before = accounts.sessions.principal(session)
    accounts.sessions.set_groups({"gone": frozenset({"attic", "door"})})
    assert accounts.sessions.holds(session, before)
    accounts.sessions.set_groups({"gone": frozenset({"door"})})
    assert not accounts.sessions.holds(session, before)


def test_one_session_too_many_ends_the_one_unused_for_longest(accounts, clock):
    anna = add(accounts, "anna")
    sessions = []
    for _ in range(MOST_SESSIONS + 1):
        clock.now_s += 1
        sessions.append(opened(accounts, anna))
    assert [accounts.sessions.alive(each) for each in sessions[:2]] == [False, True]
    assert len(accounts.sessions.of_account(anna)) == MOST_SESSIONS


class Watched(str):
    """The name of a session that does something once when it is looked up."""

    __slots__ = ("then",)

    def __hash__(self):
        then, self.then = getattr(self, "then", None), None
        if then is not None:
            then()
        return str.__hash__(self)


def test_a_first_request_while_the_database_is_being_read_stops_nothing(accounts):
    anna = add(accounts, "anna")
    known = Watched(opened(accounts, anna))
    accounts.sessions._used_s.clear()
    accounts.sessions.principal(known)
    new = hash_of(accounts.sessions.open(anna, address="10.0.0.1", browser="Firefox"))
    asked = []
    known.then = lambda: asked.append(accounts.sessions.principal(new).name)
    add(accounts, "ben")  # the sessions are read anew, and that of Anna's first request is among them
    assert asked == ["anna"]
    assert accounts.sessions.alive(new)


def test_expired_sessions_do_not_stay_in_the_database(accounts, clock, monkeypatch):
    anna = add(accounts, "anna")
    opened(accounts, anna)
    clock.now_s += 30 * DAY_S
    live = opened(accounts, anna)
    monkeypatch.setattr(sessions_module, "POLL_S", 0.01)
    with accounts.sessions:
        until(lambda: set(accounts.access.snapshot().sessions) == {live})


# --- tokens --------------------------------------------------------------------------------------


def test_a_token_may_do_what_it_and_its_owner_both_may_and_ends_with_its_owner(accounts):
    add(accounts, "boss", Role.ADMINISTRATOR)
    add(accounts, "anna", groups=frozenset({"east"}))
    wide = accounts.sessions.of_bearer(add_token(accounts, "anna"), "")
    principal = accounts.sessions.principal(wide)
    assert (principal.name, principal.kind) == ("anna/script", PrincipalKind.PROGRAM)
    assert (principal.actions, principal.cameras) == (ACTIONS_OF[Role.OPERATOR], {"door", "hall"})
    accounts.store.change("anna", version=None, role=Role.VIEWER, groups=frozenset({"west"}), disabled=False)
    accounts.sessions.refresh()
    principal = accounts.sessions.principal(wide)
    assert (principal.actions, principal.cameras) == (ACTIONS_OF[Role.VIEWER], {"gate"})
    accounts.store.change("anna", version=None, role=Role.VIEWER, groups=None, disabled=True)
    accounts.sessions.refresh()
    assert not accounts.sessions.alive(wide)


@pytest.mark.parametrize(
    ("owner", "token", "seen"),
    [
        (None, frozenset({"west"}), {"gate"}),
        (frozenset({"east"}), frozenset({"west"}), set()),
        (frozenset({"east", "west"}), frozenset({"west"}), {"gate"}),
    ],
)
def test_a_token_never_widens_the_scope_of_its_owner(accounts, owner, token, seen):
    add(accounts, "anna", groups=owner)
    session = accounts.sessions.of_bearer(add_token(accounts, "anna", groups=token), "")
    assert accounts.sessions.principal(session).cameras == seen


def test_a_token_ends_on_its_day_and_says_so(accounts, clock):
    add(accounts, "anna")
    secret = add_token(accounts, "anna", days=2)
    clock.now_s += 2 * DAY_S - 1
    assert accounts.sessions.knows(token=secret)
    clock.now_s += 1
    with pytest.raises(SignInError, match="the token script has ended"):
        accounts.sessions.of_bearer(secret, "")


@pytest.mark.parametrize("days", [0, -1, 367])
def test_a_token_without_a_sensible_end_is_refused(accounts, days):
    add(accounts, "anna")
    with pytest.raises(UsageError, match="within 366 days"):
        add_token(accounts, "anna", days=days)


def test_a_cookie_is_no_token_and_a_token_no_cookie(accounts):
    secret = accounts.sessions.open(add(accounts, "anna"), address="", browser="")
    token = add_token(accounts, "anna")
    with pytest.raises(SignInError):
        accounts.sessions.of_bearer(secret, "")
    with pytest.raises(SignInError):
        accounts.sessions.of_cookie(token)


def test_wrong_tokens_make_further_wrong_ones_wait_and_never_the_right_one(accounts):
    add(accounts, "anna")
    token = add_token(accounts, "anna")
    for _ in range(1000):
        with pytest.raises(SignInError, match="not a token of this gateway"):
            accounts.sessions.of_bearer("last year's", "10.0.0.1")
    for number in range(19):
        with pytest.raises(SignInError, match="not a token of this gateway"):
            accounts.sessions.of_bearer(f"guess {number}", "10.0.0.1")
    with pytest.raises(TooManyTriesError):
        accounts.sessions.of_bearer("another", "10.0.0.1")
    assert accounts.sessions.alive(accounts.sessions.of_bearer(token, "10.0.0.1"))
    with pytest.raises(SignInError, match="not a token"):
        accounts.sessions.of_bearer("another", "10.0.0.2")
    assert not any(accounts.sessions.knows(token=f"guess {number}") for number in range(100))


# --- a database that is away ---------------------------------------------------------------------


def test_while_the_database_is_away_those_who_are_signed_in_stay_and_signing_out_is_caught_up(postgres, clock):
    where = postgres.database()
    accounts = accounts_at(where, clock)
    anna = add(accounts, "anna")
    stays, leaves = opened(accounts, anna), opened(accounts, anna)
    postgres.kill()
    try:
        accounts.sessions.sign_out(leaves)
        assert not accounts.sessions.alive(leaves)
        assert accounts.sessions.alive(stays)
        with pytest.raises(StoreError):
            accounts.sessions.open(anna, address="", browser="")
        with pytest.raises(StoreError):
            accounts.store.accounts()
    finally:
        postgres.start()
    with accounts:
        until(lambda: leaves not in accounts.access.snapshot().sessions, not_yet=(StoreError,))
        assert accounts.sessions.alive(stays)
        assert not accounts.sessions.alive(leaves)


def test_nobody_is_admitted_when_the_database_has_been_away_for_too_long(accounts, monkeypatch):
    session = opened(accounts, add(accounts, "anna"))
    monkeypatch.setattr(sessions_module, "STALE_S", -1.0)
    assert not accounts.sessions.alive(session)
    with pytest.raises(StoreError, match="nobody is admitted"):
        accounts.sessions.principal(session)


# --- tickets -------------------------------------------------------------------------------------


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


def test_the_role_of_an_administrator_holds_every_action():
    assert ACTIONS_OF[Role.ADMINISTRATOR] == frozenset(Action)
