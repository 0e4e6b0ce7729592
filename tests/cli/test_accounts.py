"""`passerby account` and `passerby token`, on a machine without a browser."""

from __future__ import annotations

import json
import subprocess
import time
from pathlib import Path

import pytest
from tests.command_line import command_line

from passerby.accounts.accounts import Accounts
from passerby.accounts.session import SessionLimits
from passerby.accounts.sign_in import Origin
from passerby.errors import SignInError

PASSWORD = "violet-harbour-9-lanterns"  # noqa: S105 - made up
SITE = """
site: test
state_folder: state
groups:
  - name: east
    cameras: [door]
cameras:
  - name: door
    address: simulation:plaza
    purpose: See that accounts work.
    legal_basis: consent
"""


@pytest.fixture
def site(tmp_path: Path) -> Path:
    path = tmp_path / "site.yaml"
    path.write_text(SITE)
    return path


def run(*arguments: str | Path, typed: str = "") -> subprocess.CompletedProcess[str]:
    return command_line()(*arguments, typed=typed)


def added(site: Path, name: str, role: str = "administrator") -> None:
    done = run("account", "add", site, name, "--role", role, "--all-cameras", typed=f"{PASSWORD}\n")
    assert done.returncode == 0, done.stderr


def test_an_account_is_added_listed_disabled_enabled_and_reset(site: Path) -> None:
    added(site, "anna")
    done = run("account", "add", site, "ben", "--role", "viewer", "--group", "east", typed=f"{PASSWORD}\n")
    assert done.stdout == "account ben added: viewer, groups east\n"
    assert run("account", "disable", site, "ben").returncode == 0
    assert run("account", "list", site).stdout == (
        "anna  administrator, all cameras\nben  viewer, groups east; disabled\n"
    )
    assert run("account", "enable", site, "ben").returncode == 0
    other = "nine-quiet-otters-swim"
    assert run("account", "reset", site, "ben", typed=f"{other}\n").returncode == 0
    where = str(site.parent / "state" / "accounts.db")
    accounts = Accounts(where, site="test", clock=lambda: 1_800_000_000.0, limits=SessionLimits())
    assert accounts.passwords.identify("ben", other, "", Origin("127.0.0.1")).name == "ben"
    accounts.store.close()
    assert (site.parent / "state" / "accounts.db").stat().st_mode & 0o077 == 0
    said = run("audit", "show", site).stdout
    for kind in ("account_added", "account_disabled", "account_changed"):
        assert kind in said
    assert "command line (" in said
    assert PASSWORD not in said


def test_an_invitation_is_a_link_that_is_shown_once_and_ends(site: Path) -> None:
    added(site, "anna")
    with site.open("a") as file:
        file.write("web: {names: [gateway.example.org]}\n")
    ben = ("account", "add", site, "ben", "--role", "viewer", "--group", "east", "--invite", "--valid-h", "2")
    first, about, link = run(*ben).stdout.splitlines()
    assert first == "account ben added: viewer, groups east"
    assert about.startswith("link for ben, shown once, works once until ")
    page, _, secret = link.rpartition("/")
    assert page == "http://gateway.example.org:8088/#/invitation"
    state = site.parent / "state"
    assert secret.encode() not in b"".join(each.read_bytes() for each in state.rglob("*") if each.is_file())
    where, now_s = str(state / "accounts.db"), time.time()
    late = Accounts(where, site="test", clock=lambda: now_s + 7300, limits=SessionLimits())
    with pytest.raises(SignInError, match="has ended"):
        late.passwords.accept(secret, PASSWORD, "127.0.0.1")
    late.store.close()
    intime = Accounts(where, site="test", clock=lambda: now_s + 7000, limits=SessionLimits())
    assert intime.passwords.accept(secret, PASSWORD, "127.0.0.1").name == "ben"
    with pytest.raises(SignInError, match="was used"):
        intime.passwords.accept(secret, PASSWORD, "127.0.0.1")
    intime.store.close()
    assert "/#/invitation/" in run("account", "reset", site, "anna", "--invite").stdout
    assert "invitation" in run("audit", "show", site).stdout


def test_a_token_is_printed_once_listed_without_its_secret_and_revoked(site: Path) -> None:
    added(site, "anna")
    create = ("token", "create", site, "prometheus", "--owner", "anna", "--until", "2099-01-01")
    assert "within 366 days" in run(*create, "--action", "read_metrics").stderr
    done = run(*create[:-1], tomorrow(), "--action", "read_metrics", "--group", "east")
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("passerby_")
    listed = run("token", "list", site).stdout
    assert "anna/prometheus" in listed
    assert "groups east; read_metrics" in listed
    assert done.stdout.strip() not in listed
    reset = run("account", "reset", site, "anna", typed="nine-quiet-otters-swim\n").stdout
    assert "API tokens of anna that still work: 1; passerby token list" in reset
    assert run("token", "revoke", site, "1").returncode == 0
    assert run("token", "list", site).stdout == ""
    assert "there is no token 1" in run("token", "revoke", site, "1").stderr


def test_a_token_with_actions_that_its_owner_lacks_says_that_they_give_nothing(site: Path) -> None:
    added(site, "vera", "viewer")
    create = ("token", "create", site, "--owner", "vera", "--until", tomorrow(), "--action", "watch_live")
    assert "may not" not in run(*create, "wall").stderr
    done = run(*create, "door", "--action", "manage_accounts")
    assert "vera (viewer) may not manage_accounts, so the token may not either" in done.stderr
    assert done.stdout.startswith("passerby_")


def tomorrow() -> str:
    from datetime import UTC, datetime, timedelta

    return f"{datetime.now(UTC) + timedelta(days=1):%Y-%m-%d}"


@pytest.mark.parametrize(
    ("arguments", "typed", "reason"),
    [
        (("--role", "king", "--all-cameras"), PASSWORD, "--role king: choose one of viewer, operator"),
        (("--role", "viewer"), PASSWORD, "say which cameras"),
        (("--role", "viewer", "--all-cameras", "--group", "east"), PASSWORD, "say which cameras"),
        (("--role", "viewer", "--group", "west"), PASSWORD, "--group west: the site file has no such group"),
        (("--role", "viewer", "--all-cameras"), "", "no password"),
        (("--role", "viewer", "--all-cameras"), "password123", "easy to guess"),
    ],
)
def test_a_wrong_account_is_refused_in_one_line(
    site: Path, arguments: tuple[str, ...], typed: str, reason: str
) -> None:
    done = run("account", "add", site, "eve", *arguments, typed=f"{typed}\n")
    assert done.returncode == 2
    assert reason in done.stderr
    assert done.stderr.count("\n") == 1


def test_accounts_of_a_site_that_has_none_say_so(site: Path) -> None:
    done = run("account", "list", site)
    assert done.returncode == 2
    assert "this site has no accounts yet; make the first one with passerby account add" in done.stderr


def test_no_option_takes_a_password() -> None:
    from typer.main import get_command

    from passerby.cli.account import app

    names = {parameter.name for command in get_command(app).commands.values() for parameter in command.params}
    assert "name" in names
    assert not [name for name in names if "password" in name or "secret" in name]


def test_what_the_command_line_changes_is_in_the_audit_log(site: Path) -> None:
    added(site, "anna")
    assert run("account", "disable", site, "anna").returncode in {0, 2}  # the last administrator may have to stay
    logged = run("audit", "export", site.parent / "state")
    entries = [json.loads(line) for line in logged.stdout.splitlines()]
    kinds = [entry["kind"] for entry in entries]
    assert "account_added" in kinds, logged
    assert all(entry["account"].startswith("command line (") for entry in entries if entry["kind"] == "account_added")
    assert run("audit", "verify", site.parent / "state").returncode == 0
