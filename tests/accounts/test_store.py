"""The same in each kind of database, and several programs at once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest
from alembic.autogenerate import compare_metadata
from alembic.operations import Operations
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import insert
from tests.accounts.made import DAY_S, NOON_S, Clock, accounts_at, add, add_token
from tests.serve.served import PASSWORD, stored_password
from tests.store.conftest import address, postgres
from tests.store.made import signal

from passerby.accounts.credentials.passkey import PublicKey
from passerby.accounts.identity_store import Identity, IdentityStore
from passerby.accounts.oidc_plan import RoleRule
from passerby.accounts.passkey_store import Passkey
from passerby.accounts.role import Role
from passerby.accounts.sign_in import Origin
from passerby.accounts.store import AccountStore
from passerby.accounts.tables import ACCOUNT, BROWSER, INVITATION, METADATA, MIGRATIONS, SESSION, TOKEN
from passerby.accounts.token import hash_of
from passerby.accounts.two_person_request import Matter
from passerby.errors import StoreError, UsageError
from passerby.storage.address import DatabaseAddress
from passerby.storage.engine import engine_for, transaction
from passerby.store.store import Store

__all__ = ["address", "postgres"]


@pytest.fixture
def accounts(address):
    made = accounts_at(address, Clock())
    yield made
    made.store.close()


def test_everything_that_is_stored_comes_back(accounts, address):
    boss = add(accounts, "boss", Role.ADMINISTRATOR)
    anna = add(accounts, "Anna", Role.OPERATOR, frozenset({"east", "west"}))
    accounts.credentials.set_seed("anna", "JBSWY3DP", step=7)
    token = add_token(accounts, "anna", groups=frozenset({"east"}))
    session = accounts.sessions.open(anna, address="2001:db8::1", browser="x" * 1000)
    who = accounts.sessions.principal(accounts.sessions.of_cookie(session))
    asked = accounts.approvals.ask(anna, who, Matter.EXPORT, "door", details={"from": "noon"}, reason="a good reason")
    again = accounts_at(address, Clock())
    assert again.store.accounts() == accounts.store.accounts()
    assert [each.name for each in again.store.accounts()] == ["Anna", "boss"]
    assert again.store.account("BOSS") == boss
    found = again.credentials.find("anna")
    assert (found.seed, found.step, found.account.has_code) == ("JBSWY3DP", 7, True)
    assert again.access.tokens() == accounts.access.tokens()
    assert again.sessions.of_bearer(token, "") == accounts.sessions.of_bearer(token, "")
    (open_,) = again.sessions.of_account(anna).values()
    assert (open_.address, open_.browser, open_.created_s) == ("2001:db8::1", "x" * 120, NOON_S)
    assert again.approvals.request(who, asked.number) == asked
    assert again.passwords.identify("boss", PASSWORD, "", Origin("x")) == boss
    again.store.close()


def test_of_two_who_use_the_first_link_at_once_one_gets_in(accounts):
    def make(name):
        try:
            return accounts.store.add_first(name, stored_password(), now_s=NOON_S).name
        except UsageError as error:
            return str(error)

    with ThreadPoolExecutor(4) as pool:
        made = list(pool.map(make, ["a", "b", "c", "d"]))
    assert len(accounts.store.accounts()) == 1
    assert sum("accounts already" in each for each in made) == 3


def test_of_two_who_use_an_invitation_at_once_one_gets_in(accounts):
    add(accounts, "anna")
    secret = accounts.passwords.invite("anna", by="boss")

    def accept(_):
        try:
            accounts.credentials.accept(secret, stored_password(), now_s=NOON_S, record=lambda: None)
        except UsageError:
            return False
        return True

    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(accept, range(4))) == 1


def test_a_code_that_two_use_at_once_admits_one(accounts):
    anna = add(accounts, "anna")
    with ThreadPoolExecutor(4) as pool:
        assert sorted(pool.map(lambda _: accounts.credentials.use_step(anna, 9), range(4))) == [
            False,
            False,
            False,
            True,
        ]


def test_accounts_and_signals_share_no_file(tmp_path):
    Store(str(tmp_path / "one.db"), create=True).close()
    with pytest.raises(StoreError, match="contains no accounts"):
        AccountStore(str(tmp_path / "one.db"), create=True)


@pytest.mark.parametrize("first", ["accounts", "signals"])
def test_accounts_and_signals_can_share_a_database_of_a_server(postgres, first):
    shared = postgres.database()
    if first == "accounts":
        accounts_at(shared, Clock()).store.close()
    with Store(shared, create=True) as store:
        store.write([signal(4)])
    accounts = accounts_at(shared, Clock())
    add(accounts, "anna")
    accounts.store.close()
    with Store(shared) as store:
        assert len(store.known()) == 1
    again = AccountStore(shared)
    assert [each.name for each in again.accounts()] == ["anna"]
    again.close()


def test_a_database_of_another_program_gets_no_tables(postgres):
    taken = postgres.database()
    with psycopg.connect(taken, autocommit=True) as connection:
        connection.execute("CREATE TABLE invoice (number INTEGER)")
        with pytest.raises(StoreError, match="contains no accounts"):
            AccountStore(taken, create=True)
        found = connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'").fetchall()
    assert found == [("invoice",)]


class TestFilledAccountsOfTheFirstVersion:
    """What the first version of the schema held is there after it was brought up to date, and works."""

    @pytest.fixture
    def old(self, address):
        """Fill a database as the first version left it, with Alembic's usual table."""
        where = DatabaseAddress(address)
        engine = engine_for(where, mapped=False)
        with transaction(engine, where, writes=True) as connection:
            context = MigrationContext.configure(connection)
            script = ScriptDirectory(str(MIGRATIONS.folder))
            with Operations.context(context):
                script.get_revision("a0001").module.upgrade()
            context.stamp(script, "a0001")
            person = {"disabled": False, "created_s": NOON_S, "step": 0, "version": 1}
            boss = {
                "name": "Boss",
                "folded": "boss",
                "role": "administrator",
                "password": stored_password(),
            }
            anna = {
                "name": "anna",
                "folded": "anna",
                "role": "operator",
                "groups": '["east"]',
                "seed": "JBSWY3DP",
            }
            for each in (boss, anna):
                connection.execute(insert(ACCOUNT).values(person | each))
            connection.execute(
                insert(SESSION).values(
                    hash=hash_of("cookie"), account=2, created_s=NOON_S, used_s=NOON_S, address="", browser=""
                )
            )
            connection.execute(insert(BROWSER).values(hash=hash_of("browser"), account=1, created_s=NOON_S))
            connection.execute(
                insert(TOKEN).values(
                    hash=hash_of("token"),
                    name="script",
                    owner=2,
                    actions='["see_cameras"]',
                    created_s=NOON_S,
                    ends_s=NOON_S + DAY_S,
                )
            )
            connection.execute(insert(INVITATION).values(hash=hash_of("link"), account=2, ends_s=NOON_S + DAY_S))
        engine.dispose()
        return address

    def test_everything_is_there_and_works(self, old):
        accounts = accounts_at(old, Clock())
        boss, anna = accounts.store.account("boss"), accounts.store.account("anna")
        assert (boss.role, boss.groups, boss.has_password) == (Role.ADMINISTRATOR, None, True)
        assert (anna.groups, anna.has_code, anna.has_password) == (frozenset({"east"}), True, False)
        assert accounts.passwords.identify("boss", PASSWORD, "", Origin("x")) == boss
        assert accounts.access.knows_browser(hash_of("browser"), boss.number)
        assert accounts.sessions.account(accounts.sessions.of_cookie("cookie")) == anna
        assert accounts.sessions.of_bearer("token", "")
        assert accounts.passwords.accept("link", PASSWORD, "x").name == "anna"
        assert add(accounts, "carl").number == 3
        with accounts.store.reading() as connection:
            assert compare_metadata(MIGRATIONS.context(connection), METADATA) == []
        accounts.store.close()

    def test_it_has_what_is_new_and_is_brought_up_to_date_once(self, old):
        first, second = accounts_at(old, Clock()), accounts_at(old, Clock())
        assert first.passkeys.store.handle("anna") == second.passkeys.store.handle("anna")
        key = PublicKey("a" * 20, "key", 1)
        first.passkeys.store.add(Passkey(0, 2, key, "localhost", "phone", NOON_S))
        assert len(second.passkeys.store.of_account(second.store.account("anna"))) == 1
        for each in (first, second):
            each.store.close()


def test_a_clock_that_jumps_ends_no_session_early_backwards_and_all_old_ones_forwards(tmp_path):
    clock = Clock()
    accounts = accounts_at(tmp_path / "a.db", clock)
    session = accounts.sessions.of_cookie(accounts.sessions.open(add(accounts, "anna"), address="", browser=""))
    clock.now_s -= 400 * DAY_S
    assert accounts.sessions.alive(session)
    clock.now_s += 400 * DAY_S
    assert accounts.sessions.alive(session)
    clock.now_s += 8 * DAY_S
    assert not accounts.sessions.alive(session)
    accounts.store.close()


def test_the_migrated_tables_are_those_of_the_schema(accounts):
    with accounts.store.reading() as connection:
        assert compare_metadata(MIGRATIONS.context(connection), METADATA) == []


def test_passkeys_and_identities_are_of_one_account_and_come_back(accounts, address):
    anna, ben = add(accounts, "anna"), add(accounts, "ben")
    key = PublicKey("a" * 1364, "key", 2**32 - 1)
    made = accounts.passkeys.store.add(Passkey(0, anna.number, key, "localhost", " phone ", NOON_S))
    with pytest.raises(UsageError, match="there already"):
        accounts.passkeys.store.add(Passkey(0, ben.number, key, "localhost", "phone", NOON_S))
    identities, rule = IdentityStore(accounts.store), RoleRule("x", Role.VIEWER, frozenset({"east"}))
    carl = identities.add(Identity("https://a.example", "s"), "carl", rule, now_s=NOON_S)
    with pytest.raises(UsageError, match="already an account"):
        identities.add(Identity("https://a.example", "t"), "Carl", rule, now_s=NOON_S)

    again = accounts_at(address, Clock())
    assert again.passkeys.store.of_account(anna) == [made]
    assert (made.name, made.key) == ("phone", key)
    assert again.passkeys.store.find(key.credential) == (made, anna)
    assert again.passkeys.store.handle("ANNA") == accounts.passkeys.store.handle("anna")
    assert again.passkeys.store.note_use(made, 2**32, now_s=NOON_S)
    assert not accounts.passkeys.store.note_use(made, 2**32, now_s=NOON_S)  # it was used since it was read
    found = IdentityStore(again.store)
    assert found.find(Identity("https://a.example", "s")) == carl
    assert found.find(Identity("https://b.example", "s")) is None
    assert found.find(Identity("https://a.example", "S")) is None
    again.store.close()


def test_nothing_of_accounts_is_mapped_into_memory_that_processes_share(tmp_path):
    """The gateway's processes hold pictures: tests/live/test_nothing_raw.py allows no shared file."""
    accounts = accounts_at(tmp_path / "a.db", Clock())
    with accounts.store.changing():
        assert not (tmp_path / "a.db-shm").exists()
        assert not (tmp_path / "a.db-wal").exists()
    accounts.store.close()


def test_many_readers_and_writers_at_once_wait_for_one_another(tmp_path):
    accounts = accounts_at(tmp_path / "a.db", Clock())

    def work(number):
        if number % 4 == 0:
            return add(accounts, f"person{number}").name
        return accounts.access.snapshot().revision >= 0

    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(work, range(80)))
    assert len(accounts.store.accounts()) == 20
    accounts.store.close()
