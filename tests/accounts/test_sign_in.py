from __future__ import annotations

from contextlib import ExitStack, suppress

import pyotp
import pytest
from tests.accounts.made import NOON_S, Clock, accounts_at, add
from tests.serve.served import PASSWORD

from passerby.accounts.back_off import BackOff
from passerby.accounts.credentials.password import hashed, is_password, require_strong
from passerby.accounts.credentials.totp import new_seed, step_of
from passerby.accounts.role import Role
from passerby.accounts.sign_in import INVITED_S, Origin, PasswordSignIn
from passerby.errors import EditedError, SignInError, StoreError, TooManyTriesError, UsageError

HOME, AWAY = Origin("10.0.0.1"), Origin("10.0.0.2")


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def accounts(tmp_path, clock):
    made = accounts_at(tmp_path / "accounts.db", clock)
    yield made
    made.store.close()


@pytest.fixture
def passwords(accounts, clock):
    return PasswordSignIn(accounts.store, accounts.trail, clock=clock, monotonic=clock)


# --- passwords -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("password", "reason"),
    [
        ("short", "has 5 characters; use at least 10"),
        ("x" * 257, "use at most 256"),
        ("password123", "easy to guess"),
        ("aaaaaaaaaaaa", "easy to guess"),
        ("passerby2026", "easy to guess"),
        ("qwertyuiop123", "easy to guess"),
        ("Annabelle1", "easy to guess"),
    ],
)
def test_a_password_that_can_be_guessed_is_refused_with_advice(password, reason):
    with pytest.raises(UsageError, match=reason):
        require_strong(password, ["annabelle"])


@pytest.mark.parametrize("password", [PASSWORD, "rücksicht kürbis 7 laterne", PASSWORD * 9])
def test_a_strong_password_is_accepted(password):
    require_strong(password)


def test_a_password_is_stored_as_argon2id_with_its_own_salt(slow_hasher, monkeypatch):
    monkeypatch.setattr("passerby.accounts.credentials.password._HASHER", slow_hasher)
    one, other = hashed(PASSWORD), hashed(PASSWORD)
    assert one.startswith("$argon2id$v=19$m=65536,t=3,p=4$")
    assert one != other
    assert is_password(PASSWORD, one)
    assert not is_password(PASSWORD + " ", one)
    assert not is_password(PASSWORD, None)
    assert not is_password("", None)


# --- codes ---------------------------------------------------------------------------------------


def test_the_codes_are_those_of_rfc_6238():
    seed = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"  # the RFC's key; its 8 digits shortened to 6
    for now_s, code in (
        (59, "287082"),
        (1_111_111_109, "081804"),
        (1_234_567_890, "005924"),
        (20_000_000_000, "353130"),
    ):
        assert step_of(code, seed, now_s, after=0) == now_s // 30


@pytest.mark.parametrize("code", ["", "abc", "12345", "\uff11" * 6, "0" * 40])
def test_what_is_no_code_is_refused(code):
    assert step_of(code, new_seed(), NOON_S, after=0) is None


def test_a_code_is_needed_once_it_is_set_up_and_is_accepted_once(accounts, passwords, clock):
    add(accounts, "anna")
    seed = new_seed()
    accounts.credentials.set_seed("anna", seed, step=0)
    code = pyotp.TOTP(seed).at(int(clock()))
    for wrong in ("", "000000" if code != "000000" else "111111"):
        with pytest.raises(SignInError):
            passwords.identify("anna", PASSWORD, wrong, HOME)
    assert passwords.identify("anna", PASSWORD, f"{code[:3]} {code[3:]}", HOME).name == "anna"
    with pytest.raises(SignInError):
        passwords.identify("anna", PASSWORD, code, AWAY)


# --- lock-out ------------------------------------------------------------------------------------


def fail(passwords, times, name="anna", origin=HOME):
    for _ in range(times):
        with pytest.raises(SignInError, match="account, password or code is wrong"):
            passwords.identify(name, "wrong", "", origin)


def test_wrong_passwords_at_speed_wait_longer_and_longer_and_are_not_looked_at(accounts, passwords, clock):
    add(accounts, "anna")
    fail(passwords, 4)
    waits = []
    for _ in range(4):
        with pytest.raises(TooManyTriesError) as caught:
            passwords.identify("anna", PASSWORD, "", HOME)  # even the right one: it is not looked at
        waits.append(caught.value.wait_s)
        clock.now_s += caught.value.wait_s
        fail(passwords, 1)
    assert waits == [2, 3, 5, 9]
    clock.now_s += 17
    assert passwords.identify("anna", PASSWORD, "", HOME).name == "anna"
    fail(passwords, 4)


def test_somebody_who_guesses_locks_out_neither_another_address_nor_a_known_browser(accounts, passwords, clock):
    anna = add(accounts, "anna")
    known = Origin(HOME.address, passwords.remember_browser(anna, HOME))
    fail(passwords, 4)
    with pytest.raises(TooManyTriesError):
        passwords.identify("anna", PASSWORD, "", HOME)
    assert passwords.identify("anna", PASSWORD, "", AWAY).name == "anna"
    assert passwords.identify("anna", PASSWORD, "", known).name == "anna"


def test_a_known_browser_of_one_account_opens_no_shortcut_to_another(accounts, passwords):
    add(accounts, "boss")
    known = Origin(HOME.address, passwords.remember_browser(add(accounts, "anna"), HOME))
    fail(passwords, 4, "boss", known)
    with pytest.raises(TooManyTriesError):
        passwords.identify("boss", PASSWORD, "", HOME)


def test_one_address_that_tries_many_accounts_waits_for_all_of_them(accounts, passwords):
    add(accounts, "anna")
    for number in range(20):
        fail(passwords, 1, f"guess{number}", Origin("2001:db8::1"))
    with pytest.raises(TooManyTriesError):
        passwords.identify("anna", PASSWORD, "", Origin("2001:db8::2"))
    assert passwords.identify("anna", PASSWORD, "", HOME).name == "anna"


def test_of_many_guesses_at_once_no_more_are_looked_at_than_one_by_one():
    back_off = BackOff(clock=Clock())
    guess = ("anna", HOME.address, "")
    with ExitStack() as at_once:
        for _ in range(4):
            at_once.enter_context(back_off.attempt(*guess))
        with pytest.raises(TooManyTriesError):
            at_once.enter_context(back_off.attempt(*guess))
    for _ in range(30):  # none of the four was wrong
        with back_off.attempt(*guess):
            pass


@pytest.mark.parametrize("error", [StoreError("the database is away"), TooManyTriesError(10)])
def test_an_attempt_that_nobody_looked_at_is_not_counted(error):
    back_off = BackOff(clock=Clock())
    for _ in range(30):
        with pytest.raises(type(error)), back_off.attempt("anna", HOME.address, ""):
            raise error
    with back_off.attempt("anna", HOME.address, ""):
        pass


def test_whoever_gets_in_neither_forgives_nor_prolongs_what_others_at_the_address_did():
    clock = Clock()
    back_off = BackOff(clock=clock)
    for number in range(22):
        with suppress(SignInError), back_off.attempt(f"guess{number}", HOME.address, ""):
            raise SignInError("wrong")
        clock.now_s += 4
    for name in ("anna", "ben"):  # after 22 failures the wait is 4 s, from the last one on
        with back_off.attempt(name, HOME.address, ""):
            pass
    with suppress(SignInError), back_off.attempt("guess", HOME.address, ""):
        raise SignInError("wrong")
    with pytest.raises(TooManyTriesError), back_off.attempt("anna", HOME.address, ""):
        pass


def test_only_so_many_failures_are_remembered():
    back_off = BackOff(clock=Clock())
    for number in range(20_000):
        with suppress(SignInError), back_off.attempt("anna", f"2001:db8:0:{number:x}::1", ""):
            raise SignInError("wrong")
    assert len(back_off._failures) <= 10_000


def test_a_disabled_account_cannot_sign_in(accounts, passwords):
    add(accounts, "boss", Role.ADMINISTRATOR)
    add(accounts, "anna")
    accounts.store.change("anna", version=None, role=Role.OPERATOR, groups=None, disabled=True)
    fail(passwords, 1)
    with pytest.raises(SignInError):
        passwords.identify("anna", PASSWORD, "", HOME)


# --- links ---------------------------------------------------------------------------------------


def test_the_link_of_the_first_start_makes_one_administrator(passwords):
    with pytest.raises(SignInError, match="another start"):
        passwords.add_first("made-up", "anna", PASSWORD, "10.0.0.1")
    with pytest.raises(UsageError, match="easy to guess"):
        passwords.add_first(passwords.first_secret, "anna", "password123", "10.0.0.1")
    anna = passwords.add_first(passwords.first_secret, "anna", PASSWORD, "10.0.0.1")
    assert (anna.role, anna.groups) == (Role.ADMINISTRATOR, None)
    with pytest.raises(UsageError, match="accounts already"):
        passwords.add_first(passwords.first_secret, "eve", PASSWORD, "10.0.0.1")


def test_a_link_sets_a_password_once_and_removes_what_was_there(accounts, passwords, clock):
    anna = add(accounts, "anna")
    accounts.credentials.set_seed("anna", new_seed(), step=0)
    session = accounts.sessions.of_cookie(accounts.sessions.open(anna, address="", browser=""))
    link = passwords.invite("anna", by="boss")
    new = "nine-quiet-otters-swim"
    passwords.accept(link, new, "10.0.0.1")
    accounts.sessions.refresh()
    assert not accounts.sessions.alive(session)
    assert not passwords.identify("anna", new, "", HOME).has_code
    with pytest.raises(SignInError, match="was used"):
        passwords.accept(link, new, "10.0.0.1")
    late = passwords.invite("anna", by="boss")
    clock.now_s += INVITED_S
    with pytest.raises(SignInError, match="has ended"):
        passwords.accept(late, new, "10.0.0.1")


def test_a_new_link_replaces_an_older_one(accounts, passwords):
    add(accounts, "anna")
    old, new = passwords.invite("anna", by="boss"), passwords.invite("anna", by="boss")
    with pytest.raises(SignInError):
        passwords.accept(old, PASSWORD, "10.0.0.1")
    assert passwords.accept(new, PASSWORD, "10.0.0.1").name == "anna"


# --- the store -----------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["", " ", "a b", "-x", "x" * 65, "a/b", "ä", "a\n"])
def test_a_name_that_cannot_be_one_is_refused(accounts, name):
    with pytest.raises(UsageError, match="cannot be the name of an account"):
        add(accounts, name)


def test_names_that_differ_in_case_alone_are_one(accounts):
    add(accounts, "Anna")
    with pytest.raises(UsageError, match="already an account"):
        add(accounts, "anna")
    assert accounts.store.account("ANNA").name == "Anna"


def test_of_two_editors_at_once_the_second_is_told(accounts):
    add(accounts, "boss", Role.ADMINISTRATOR)
    seen = add(accounts, "anna").version
    accounts.store.change("anna", version=seen, role=Role.VIEWER, groups=None, disabled=False)
    with pytest.raises(EditedError, match="changed by somebody else"):
        accounts.store.change("anna", version=seen, role=Role.ANALYST, groups=None, disabled=False)
    assert accounts.store.account("anna").role is Role.VIEWER


@pytest.mark.parametrize("change", [{"disabled": True}, {"role": Role.VIEWER}, {"groups": frozenset({"east"})}])
def test_the_last_administrator_of_all_cameras_stays(accounts, change):
    add(accounts, "boss", Role.ADMINISTRATOR)
    add(accounts, "other", Role.ADMINISTRATOR, frozenset({"east"}))
    values = {"role": Role.ADMINISTRATOR, "groups": None, "disabled": False} | change
    with pytest.raises(UsageError, match="the last administrator"):
        accounts.store.change("boss", version=None, **values)
    assert accounts.store.account("boss").groups is None
