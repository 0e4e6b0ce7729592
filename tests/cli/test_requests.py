"""An export needs a second person, also on the command line; both prove who they are."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from tests.cli.test_accounts import PASSWORD, run, tomorrow
from tests.cli.test_recordings import SITE
from tests.outputs.recording.written import write_segment
from tests.outputs.streams import BEGIN_S, packets

from passerby.accounts.trail import Trail
from passerby.audit.entry import AuditEntry, AuditKind
from passerby.cli import account, request, token
from passerby.cli.app import run as command_line
from passerby.errors import AuditError
from passerby.outputs.recording.encryption import load_or_make_key
from passerby.settings.site.site import SiteSettings

TIMES = ("--from", "2026-11-18T12:06", "--until", "2026-11-18T12:08")


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """A site with 10 s of recording from 12:06:40 in Vienna on, an operator and a data-protection officer."""
    path = tmp_path / "site.yaml"
    path.write_text(SITE.partition("accounts:")[0])
    state = tmp_path / "state"
    key = load_or_make_key(state / "recording.key")
    write_segment(state / "recordings", "door", key, packets(100, begin_s=BEGIN_S), state / "recording-heads")
    for name, role in (("boss", "administrator"), ("anna", "operator"), ("dora", "data_protection_officer")):
        done = run("account", "add", path, name, "--role", role, "--all-cameras", typed=f"{PASSWORD}\n")
        assert done.returncode == 0, done.stderr
    return path


def export(site: Path, *more: str) -> tuple[int, str]:
    done = run("recordings", "export", site, "door", *TIMES, "-o", site.parent / "door.mp4", *more)
    return done.returncode, done.stderr


def ask(site: Path, *more: str) -> str:
    why = ("--reason", "The police asked for it, file 12/2026.")
    return run("request", "ask", site, "door", "--as", "anna", *(more or TIMES), *why, typed=f"{PASSWORD}\n").stdout


def decide(site: Path, name: str, how: str = "--grant", password: str = PASSWORD) -> str:
    done = run("request", "decide", site, "1", "--as", name, how, typed=f"{password}\n")
    return done.stdout + done.stderr


def test_an_export_is_made_once_after_a_second_person_agreed(site: Path) -> None:
    code, said = export(site)
    assert (code, "needs a second person; ask with passerby request ask" in said) == (1, True)
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

    for module in (account, token, request):
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
