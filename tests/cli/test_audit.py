"""`passerby audit` verifies, shows and exports with nothing but the files."""

from __future__ import annotations

import csv
import io
import json
import shutil

import jsonschema
import pytest

from passerby.audit.audit_log import AuditLog
from passerby.audit.entry import AuditEntry, AuditKind
from passerby.audit.schema import entry_schema_json
from passerby.audit.tile import packed, unpacked
from passerby.cli.app import run

NOON_S = 1_795_867_200.0  # 2026-11-28T12:00:00Z
ENTRIES = [
    AuditEntry(AuditKind.STARTED, NOON_S, None, details={"version": "1"}),
    AuditEntry(AuditKind.SIGN_IN, NOON_S + 60, "ada", details={"address": "10.0.0.9"}),
    AuditEntry(AuditKind.SIGN_IN_FAILED, NOON_S + 90, None, "ada"),
    AuditEntry(AuditKind.VIEW_BEGAN, NOON_S + 120, "bob", "door"),
    AuditEntry(AuditKind.TOKEN_CREATED, NOON_S + 150, "eve", details={"account": "ada"}),
    AuditEntry(AuditKind.HANDOVER_NOTE, NOON_S + 180, "=cmd()", "\x1b[2Jdoor", {"note": "a\nb"}),
]


@pytest.fixture
def state(tmp_path):
    log = AuditLog(tmp_path / "state", "station")
    for entry in ENTRIES[:3]:
        log.append(entry)
    log.publish()
    shutil.copy(tmp_path / "state/audit/log/checkpoint", tmp_path / "yesterday")
    shutil.copy(tmp_path / "state/audit/log/log.vkey", tmp_path / "key")
    for entry in ENTRIES[3:]:
        log.append(entry)
    log.close()
    return tmp_path / "state"


def asked(capsys, *arguments) -> tuple[int, str, str]:
    code = run([*map(str, ("audit", *arguments))])
    said = capsys.readouterr()
    return code, said.out, said.err


def test_a_log_that_holds_is_verified_from_either_folder(state, capsys):
    for place in (state, state / "audit", state / "audit/log"):
        code, out, _ = asked(
            capsys, "verify", place, "--checkpoint", state.parent / "yesterday", "--key", state.parent / "key"
        )
        assert code == 0
        assert "6 entries are intact" in out
        assert "agrees with" in out
        assert "rewritten" not in out


def test_what_a_verification_cannot_know_is_said(state, capsys):
    assert "anyone with the gateway's key could have rewritten the log" in asked(capsys, "verify", state)[1]
    assert "compare it with one" in asked(capsys, "verify", state, "--checkpoint", state.parent / "yesterday")[1]


def test_the_first_entry_that_does_not_hold_is_named(state, capsys):
    path = state / "audit/log/tile/entries/000.p/6"
    entries = unpacked(path.read_bytes())
    path.write_bytes(packed([*entries[:3], entries[3].replace(b"bob", b"ada"), *entries[4:]]))
    code, out, _ = asked(capsys, "verify", state, "--checkpoint", state.parent / "yesterday")
    assert code == 3
    assert "entry 3 was changed" in out
    assert "the first entry that is wrong is 3" in out


def test_every_entry_is_exported_as_the_schema_says(state, capsys):
    code, out, _ = asked(capsys, "export", state)
    lines = [json.loads(line) for line in out.splitlines()]
    assert code == 0
    assert [line["index"] for line in lines] == list(range(6))
    assert lines[1]["at"] == "2026-11-28T12:01:00.000Z"
    schema = json.loads(entry_schema_json())
    for line in lines:
        jsonschema.validate(line, schema)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(lines[0] | {"face": 1}, schema)


def test_an_export_names_the_first_entry_that_does_not_hold(state, tmp_path, capsys):
    path = state / "audit/log/tile/entries/000.p/6"
    entries = unpacked(path.read_bytes())
    path.write_bytes(packed([*entries[:3], entries[3].replace(b"bob", b"ada"), *entries[4:]]))
    code, out, err = asked(capsys, "export", state)
    assert code == 3
    assert len(out.splitlines()) == 6
    assert "entry 3 was changed" in err
    assert "the first entry that is wrong is 3" in err
    assert asked(capsys, "export", state, "--from", "2026-11-28T12:00", "-o", tmp_path / "file")[0] == 3
    (state / "audit/log/log.vkey").unlink()
    code, _, err = asked(capsys, "export", state)
    assert (code, "not verified" in err) == (0, True)


def test_csv_holds_no_formula_that_somebody_else_entered(state, tmp_path, capsys):
    target = tmp_path / "entries.csv"
    assert asked(capsys, "export", state, "--format", "csv", "-o", target)[0] == 0
    rows = list(csv.DictReader(io.StringIO(target.read_text())))
    assert len(rows) == 6
    assert rows[5]["account"] == "'=cmd()"
    assert json.loads(rows[5]["details"]) == {"note": "a\nb"}
    assert target.stat().st_mode & 0o077 == 0
    code, _, err = asked(capsys, "export", state, "-o", target)
    assert code == 2
    assert "--force" in err


def test_a_period_and_kinds_are_selected(state, capsys):
    period = ("--from", "2026-11-28T12:01", "--until", "2026-11-28T12:02")
    assert [json.loads(line)["index"] for line in asked(capsys, "export", state, *period)[1].splitlines()] == [1, 2]
    kinds = ("--kind", "sign_in", "--kind", "started")
    assert [line.split()[0] for line in asked(capsys, "show", state, *kinds)[1].splitlines()] == ["0", "1"]


def test_an_operator_sees_what_is_recorded_about_an_account_and_nothing_of_others(state, capsys):
    _, out, _ = asked(capsys, "show", state, "--account", "ada")
    assert [line.split()[0] for line in out.splitlines()] == ["1", "2", "4"]
    assert "bob" not in out


def test_nothing_in_an_entry_reaches_the_terminal_as_a_command(state, capsys):
    _, out, _ = asked(capsys, "show", state)
    assert len(out.splitlines()) == 6
    assert "\x1b" not in out


def test_entries_are_shown_while_the_gateway_runs(tmp_path, capsys):
    with AuditLog(tmp_path, "station") as log:
        log.append(ENTRIES[0])
        assert len(asked(capsys, "show", tmp_path)[1].splitlines()) == 1


def test_a_witness_cosigns_from_the_command_line(state, tmp_path, capsys):
    options = ("--log-key", state.parent / "key", "--key", tmp_path / "mine", "--seen", tmp_path / "seen")
    code, _, err = asked(capsys, "cosign", state, *options)
    assert (code, "--name to make one" in err) == (2, True)
    for _ in range(2):
        code, out, _ = asked(capsys, "cosign", state, *options, "--name", "witness.example")
        assert code == 0
    (tmp_path / "witness").write_text(out.split("cosigned by ")[1])
    given = ("--checkpoint", tmp_path / "seen", "--witness", tmp_path / "witness")
    assert asked(capsys, "verify", state, *given)[0] == 0
    code, out, _ = asked(capsys, "verify", state, "--witness", tmp_path / "witness")
    assert code == 3
    assert "no checkpoint is cosigned" in out


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (["verify", "{there}/absent"], "no audit log here"),
        (["verify", "{state}", "--key", "{there}/absent"], "the public key cannot be read"),
        (["verify", "{state}", "--key", "{there}/yesterday"], "not a public key"),
        (["verify", "{state}", "--checkpoint", "{there}/key"], "not a signed note"),
        (["verify", "{state}", "--timestamp", "{there}/key"], "--timestamp needs --authority"),
        (["show", "{state}", "--kind", "gossip"], "no such kind of entry; choose from started"),
        (["show", "{state}", "--from", "noon"], "not a time"),
        (["export", "{state}", "--from", "2026-11-28T13:00", "--until", "2026-11-28T12:00"], "swap them"),
    ],
)
def test_wrong_use_is_one_line_and_status_2(state, capsys, arguments, reason):
    filled = [each.format(state=state, there=state.parent) for each in arguments]
    code, out, err = asked(capsys, *filled)
    assert code == 2
    assert reason in err
    assert len(err.splitlines()) == 1
    assert not out


def test_a_damaged_log_is_an_error_of_one_line(state, capsys):
    path = state / "audit/log/tile/entries/000.p/6"
    path.write_bytes(path.read_bytes()[:-1])
    code, _, err = asked(capsys, "show", state)
    assert code == 1
    assert "entry 5 is missing; run passerby audit verify" in err
