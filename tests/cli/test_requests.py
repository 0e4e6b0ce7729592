"""An export and the end of a legal hold need a second person, also on the command line; all prove who they are."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from tests.cli.test_accounts import PASSWORD, run, tomorrow
from tests.cli.test_recordings import SITE
from tests.outputs.recording.written import write_segment
from tests.outputs.streams import BEGIN_S, packets

from passerby.accounts.trail import Trail
from passerby.audit.entry import AuditEntry, AuditKind
from passerby.cli import account, second_person, token
from passerby.cli.app import run as command_line
from passerby.errors import AuditError
from passerby.outputs.recording.encryption import load_or_make_key
from passerby.settings.site.site import SiteSettings

WHY = "The police asked for it, file 12/2026."
TIMES = ("--from", "2026-11-18T12:06", "--until", "2026-11-18T12:08")


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the site that each test copies: three accounts take a while to make."""
    folder = tmp_path_factory.mktemp("prepared")
    path = folder / "site.yaml"
    path.write_text(SITE.partition("accounts:")[0])
    state = folder / "state"
    key = load_or_make_key(state / "recording.key")
    write_segment(state / "recordings", "door", key, packets(100, begin_s=BEGIN_S), state / "recording-heads")
    for name, role in (("boss", "administrator"), ("anna", "operator"), ("dora", "data_protection_officer")):
        done = run("account", "add", path, name, "--role", role, "--all-cameras", typed=f"{PASSWORD}\n")
        assert done.returncode == 0, done.stderr
    return folder


@pytest.fixture
def site(prepared: Path, tmp_path: Path) -> Path:
    """A site with 10 s of recording from 12:06:40 in Vienna on, an operator and a data-protection officer."""
    shutil.copytree(prepared, tmp_path, dirs_exist_ok=True)
    return tmp_path / "site.yaml"


def export(site: Path, *more: str, name: str = "anna", password: str = PASSWORD) -> tuple[int, str]:
    target = ("-o", site.parent / "door.mp4")
    done = run("recordings", "export", site, "door", *TIMES, *target, "--as", name, *more, typed=f"{password}\n")
    return done.returncode, done.stderr


def ask(site: Path, *more: str, name: str = "anna") -> str:
    why = ("--reason", WHY)
    return run("request", "ask", site, "door", "--as", name, *(more or TIMES), *why, typed=f"{PASSWORD}\n").stdout


def entries(site: Path, kind: str) -> list[dict[str, Any]]:
    """Return the entries of one kind in the audit log."""
    found = [json.loads(line) for line in run("audit", "export", site.parent / "state").stdout.splitlines()]
    return [each for each in found if each["kind"] == kind]


def decide(site: Path, name: str, how: str = "--grant", password: str = PASSWORD) -> str:
    done = run("request", "decide", site, "1", "--as", name, how, typed=f"{password}\n")
    return done.stdout + done.stderr


def test_an_export_is_made_once_after_a_second_person_agreed(site: Path) -> None:
    code, said = export(site)
    assert (code, "needs a second person; make a request with passerby request ask" in said) == (1, True)
    assert ask(site).startswith("request 1: somebody else decides")
    assert "is open, not granted" in export(site, "--request", "1")[1]
    assert "does not have the permission approve_requests" in decide(site, "anna")
    assert "account, password or code is wrong" in decide(site, "dora", password="wrong")
    assert decide(site, "dora") == "request 1: granted\n"
    assert run("request", "list", site).stdout == (
        "1  granted by dora; export door from 2026-11-18 12:06 until 2026-11-18 12:08; asked by anna: "
        "The police asked for it, file 12/2026.\n"
    )
    assert not (site.parent / "door.mp4").exists()
    assert export(site, "--request", "1") == (0, "")
    assert (site.parent / "door.mp4").stat().st_size > 1000
    assert "is used, not granted" in export(site, "--request", "1", "--force")[1]


def test_an_export_uses_the_request_of_ones_own_account_alone(site: Path) -> None:
    ask(site)
    decide(site, "dora")
    assert "made by somebody else, not by boss" in export(site, "--request", "1", name="boss")[1]
    assert "password or code is wrong" in export(site, "--request", "1", password="wrong")[1]
    done = run("recordings", "export", site, "door", *TIMES, "-o", site.parent / "door.mp4", "--request", "1")
    assert (done.returncode, "name your account with --as" in done.stderr) == (2, True)
    assert run("account", "disable", site, "anna").returncode == 0
    assert "password or code is wrong" in export(site, "--request", "1")[1]
    assert not (site.parent / "door.mp4").exists()
    assert run("account", "enable", site, "anna").returncode == 0
    assert export(site, "--request", "1") == (0, "")


def test_an_export_is_logged_as_over_http_with_account_reason_case_and_hash(site: Path) -> None:
    ask(site)
    decide(site, "dora")
    assert export(site, "--request", "1", "--case", "12/2026") == (0, "")
    ordered, made = entries(site, "export")
    by_http = {"from": "2026-11-18T11:06:00+00:00", "until": "2026-11-18T11:08:00+00:00"}
    by_http |= {"reason": WHY, "case": "12/2026", "request": 1}
    assert (ordered["account"], ordered["subject"]) == (made["account"], made["subject"]) == ("anna", "door")
    assert ordered["details"].pop("by").startswith("command line (")
    assert ordered["details"] == by_http
    sha256 = hashlib.sha256((site.parent / "door.mp4").read_bytes()).hexdigest()
    assert made["details"] | by_http | {"file": "door.mp4", "sha256": sha256} == made["details"]


def test_without_the_rule_an_export_is_logged_with_the_user_of_the_machine(site: Path) -> None:
    site.write_text(site.read_text() + "accounts: {two_persons: []}\n")
    done = run("recordings", "export", site, "door", *TIMES, "-o", site.parent / "door.mp4", "--reason", WHY)
    assert done.returncode == 0, done.stderr
    ordered, made = entries(site, "export")
    assert ordered["account"].startswith("command line (")
    assert (ordered["details"]["reason"], made["details"]["file"]) == (WHY, "door.mp4")
    assert export(site, "--force") == (0, "")
    assert entries(site, "export")[-1]["account"] == "anna"


def test_an_export_that_cannot_be_logged_to_its_end_leaves_no_file_and_uses_no_request(
    site: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ask(site)
    decide(site, "dora")

    class Full:
        def append(self, entry: AuditEntry) -> int:
            if "sha256" in entry.details:
                raise AuditError("the disk is full")
            return 0

    @contextmanager
    def logging_to(_site: SiteSettings) -> Iterator[Trail]:
        yield Trail(Full(), clock=lambda: 1_800_000_000.0)

    target = site.parent / "door.mp4"
    order = ["recordings", "export", str(site), "door", *TIMES, "-o", str(target), "--request", "1", "--as", "anna"]
    with monkeypatch.context() as full:
        full.setattr(second_person, "logging_to", logging_to)
        full.setattr(second_person, "typed_password", lambda *, again: PASSWORD)
        assert command_line(order) == 1
    assert not target.exists()
    assert export(site, "--request", "1") == (0, "")


def test_a_legal_hold_is_placed_listed_and_ended_with_the_consent_of_a_second_person(site: Path) -> None:
    site.write_text(site.read_text() + "accounts: {two_persons: [end_legal_hold]}\n")
    done = run("recordings", "hold", "add", site, "door", *TIMES, "--reason", WHY)
    assert done.stdout == f"legal hold 1 placed; passerby recordings hold end {site} door 1 ends it\n", done.stderr
    listed = run("recordings", "hold", "list", site).stdout
    assert listed.startswith("1  door  2026-11-18 12:06 to 2026-11-18 12:08; placed ")
    assert listed.endswith(f": {WHY}\n")
    end = ("recordings", "hold", "end", site, "door", "1")
    assert "needs a second person; make a request with passerby request ask" in run(*end).stderr
    assert ask(site, "--hold", "1", name="boss").startswith("request 1: ")
    assert "end_legal_hold door hold 1; asked by boss" in run("request", "list", site).stdout
    decide(site, "dora")
    assert "not have the permission" in run(*end, "--request", "1", "--as", "anna", typed=f"{PASSWORD}\n").stderr
    assert run("recordings", "hold", "list", site).stdout == listed
    assert run(*end, "--request", "1", "--as", "boss", typed=f"{PASSWORD}\n").stdout == "legal hold 1 ended\n"
    assert run("recordings", "hold", "list", site).stdout == ""
    placed, ended = entries(site, "settings_changed")
    assert placed["details"] == {
        "legal_hold": "placed",
        "from": "2026-11-18T11:06:00+00:00",
        "until": "2026-11-18T11:08:00+00:00",
        "reason": WHY,
    }
    assert (ended["account"], ended["details"]["legal_hold"], ended["details"]["number"]) == ("boss", "ended", 1)


def test_without_the_rule_a_legal_hold_is_ended_at_the_machine(site: Path) -> None:
    run("recordings", "hold", "add", site, "door", *TIMES, "--reason", WHY)
    assert run("recordings", "hold", "end", site, "door", "1").stdout == "legal hold 1 ended\n"
    assert entries(site, "settings_changed")[-1]["account"].startswith("command line (")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (
            ("hold", "add", "SITE", "gate", *TIMES, "--reason", WHY),
            "no recordings of camera 'gate'; choose one of: door",
        ),
        (("hold", "add", "SITE", "door", *TIMES, "--reason", "x"), "--reason: say why"),
        (("hold", "add", "SITE", "door", *TIMES[:2], "--until", "2028-01-01", "--reason", WHY), "at most 366 days"),
        (("hold", "add", "SITE", "door", *TIMES[:2], "--until", TIMES[1], "--reason", WHY), "must be after --from"),
        (("hold", "end", "SITE", "door", "7"), "no legal hold 7; passerby recordings hold list"),
    ],
)
def test_a_wrong_legal_hold_is_refused_in_one_line(site: Path, arguments: tuple[str, ...], said: str) -> None:
    done = run("recordings", *(site if each == "SITE" else each for each in arguments))
    assert (done.returncode, said in done.stderr, done.stderr.count("\n")) == (2, True, 1), done.stderr


@pytest.mark.parametrize("more", [(), ("--hold", "1", *TIMES), TIMES[:2]])
def test_a_request_is_for_an_export_or_for_the_end_of_a_hold(site: Path, more: tuple[str, ...]) -> None:
    done = run("request", "ask", site, "door", "--as", "anna", "--reason", WHY, *more, typed=f"{PASSWORD}\n")
    assert (done.returncode, "give --from and --until for an export, or --hold" in done.stderr) == (2, True)


def test_more_than_was_granted_is_not_exported(site: Path) -> None:
    ask(site, "--from", "2026-11-18T12:07", "--until", "2026-11-18T12:08")
    decide(site, "dora")
    code, said = export(site, "--request", "1")
    assert (code, "; make a request for this" in said) == (1, True)
    assert not (site.parent / "door.mp4").exists()


def test_an_export_that_was_refused_is_not_made(site: Path) -> None:
    ask(site)
    assert decide(site, "dora", "--refuse") == "request 1: refused\n"
    assert "is refused, not granted" in export(site, "--request", "1")[1]


def test_what_the_command_line_changes_is_logged_and_refused_if_it_cannot_be(site: Path, monkeypatch) -> None:
    log: list[AuditEntry] = []

    class Log:
        def append(self, entry: AuditEntry) -> int:
            if not log:
                raise AuditError("the disk is full")
            log.append(entry)
            return len(log)

    @contextmanager
    def logging_to(_site: SiteSettings) -> Iterator[Trail]:
        yield Trail(Log(), clock=lambda: 1_800_000_000.0)

    for module in (account, token):
        monkeypatch.setattr(module, "logging_to", logging_to)
    create = ["token", "create", str(site), "x", "--owner", "anna", "--action", "read_metrics", "--until", tomorrow()]
    commands = [
        ["account", "disable", str(site), "anna"],
        ["account", "enable", str(site), "anna"],
        create,
        ["token", "revoke", str(site), "1"],
    ]
    assert [command_line(each) for each in commands[:3]] == [1, 1, 1]
    assert "disabled" not in run("account", "list", site).stdout
    assert run("token", "list", site).stdout == ""
    log.append(AuditEntry(AuditKind.STARTED, 0.0, None))
    assert [command_line(each) for each in commands] == [0, 0, 0, 0]
    assert [each.kind.value for each in log[1:]] == [
        *("account_disabled", "account_changed", "token_created", "token_revoked")
    ]
    assert {str(each.account).startswith("command line (") for each in log[1:]} == {True}
    assert log[-1].details == {"token": "anna/x"}
