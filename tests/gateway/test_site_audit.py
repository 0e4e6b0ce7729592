"""What the gateway does by itself is logged; what needs an entry is refused without one, and cameras run on."""

from __future__ import annotations

import errno
import json
import os
from datetime import UTC, datetime, timedelta
from itertools import count

import pytest
from tests.gateway.test_hosts import DOOR, site
from tests.gateway.test_site_gateway import Made
from tests.waiting import until

from passerby.assembly.outlets import legal_holds_file
from passerby.audit.audit_log import AuditLog
from passerby.audit.entry import AuditEntry, AuditKind
from passerby.audit.export import EntrySelection, selected
from passerby.audit.journal import Journal
from passerby.audit.log_reader import LogReader
from passerby.audit.retention import erase_entries
from passerby.errors import AuditError, UsageError
from passerby.gateway import site_audit
from passerby.gateway.networks import networks_here
from passerby.gateway.site_audit import SiteAudit
from passerby.health.status import CameraState, CameraStatus
from passerby.outputs.gateway_id import gateway_id
from passerby.outputs.recording.legal_hold import LegalHold, LegalHolds
from passerby.settings.site.audit import AuditSettings

NOON_S = 1_795_867_200.0
DAY_S = 86_400.0
VIEW = AuditEntry(AuditKind.VIEW_BEGAN, NOON_S, "ada", "door")


def entries(state) -> list[AuditEntry]:
    return [entry for _, entry in selected(LogReader(state), EntrySelection())]


def audit_of(settings, *, networks=None, clock=None) -> SiteAudit:
    return SiteAudit(settings, clock=clock or (lambda: NOON_S), networks=lambda: networks or {})


def covered(camera: str, detail: str) -> CameraStatus:
    return CameraStatus(camera, CameraState.COVERED_WHOLE, detail=detail)


def full(*_):
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def test_start_stop_and_whole_covers_are_logged_once_each(tmp_path):
    times = count(NOON_S)
    with audit_of(site(tmp_path, DOOR), clock=lambda: next(times)) as audit:
        audit.status(CameraStatus("door", CameraState.OK))
        for _ in range(5):
            audit.status(covered("door", "the self-test failed"))
        audit.status(CameraStatus("door", CameraState.DEGRADED))
        audit.status(CameraStatus("door", CameraState.OK))
        audit.status(covered("door", "a detector hangs"))
    found = entries(tmp_path)
    assert [entry.kind.value for entry in found] == [
        *("started", "cover_failed", "cover_restored", "cover_failed", "cover_restored", "stopped"),
    ]
    assert all(entry.account is None for entry in found)
    assert found[1].subject == "door"
    assert found[1].details == {"reason": "the self-test failed"}
    assert found[2].details["now"] == "degraded"
    assert found[4].details["now"] == "the gateway stopped"
    assert set(found[0].details) == {"version", "settings_sha256"}


def test_networks_that_are_not_those_of_the_last_start_are_logged(tmp_path):
    settings = site(tmp_path, DOOR)
    for networks in ({"face": "aa", "head": "bb"}, {"face": "aa", "head": "cc"}, {"face": "aa", "body": "dd"}):
        with audit_of(settings, networks=networks):
            pass
    changed = [entry for entry in entries(tmp_path) if entry.kind is AuditKind.MODEL_CHANGED]
    assert [(entry.subject, *map(entry.details.get, ("sha256_before", "sha256_now"))) for entry in changed] == [
        ("head", "bb", "cc"),
        ("body", None, "dd"),
        ("head", "cc", None),
    ]


def test_a_reload_logs_what_changed_without_secrets_and_before_it_is_done(tmp_path):
    made = Made(site(tmp_path, DOOR))
    new = DOOR | {"delay_s": 1.0, "username": "viewer", "password": "hunter2", "address": "rtsp://u:hunter2@h/1"}
    with made.gateway as gateway:
        gateway.reload(site(tmp_path, new, DOOR | {"name": "gate"}))
    (change,) = [entry for entry in entries(tmp_path) if entry.kind is AuditKind.SETTINGS_CHANGED]
    assert change.details["cameras.door.delay_s"] == "0.5 -> 1.0"
    assert change.details["cameras.door.password"] == "(secret) -> (secret)"
    assert change.details["cameras.door.address"] == "(secret) -> (secret)"
    assert change.details["cameras.gate.name"] == "(absent) -> gate"
    assert "cameras.door.purpose" not in change.details
    assert "hunter2" not in json.dumps(dict(change.details))


def test_what_changed_in_the_site_file_while_the_gateway_was_stopped_is_logged_at_the_next_start(tmp_path):
    with Made(site(tmp_path, DOOR)).gateway as gateway:
        until((tmp_path / "audit/last-start.json").exists)
        gateway.reload(site(tmp_path, DOOR | {"delay_s": 1.0}))
    for _ in range(2):
        with audit_of(site(tmp_path, DOOR | {"delay_s": 2.0, "password": "hunter2"}), networks=networks_here()):
            pass
    assert "hunter2" not in (tmp_path / "audit/last-start.json").read_text()
    changes = [entry.details for entry in entries(tmp_path) if entry.kind is AuditKind.SETTINGS_CHANGED]
    assert changes == [
        {"cameras.door.delay_s": "0.5 -> 1.0"},
        {"cameras.door.delay_s": "1.0 -> 2.0", "while": "the gateway was stopped"},
    ]


def test_a_change_that_cannot_be_logged_is_refused_and_the_cameras_run_on(tmp_path, monkeypatch):
    old = site(tmp_path, DOOR)
    made = Made(old)
    with made.gateway as gateway:
        until(lambda: len(entries(tmp_path)) == 1, not_yet=(UsageError,))
        with monkeypatch.context() as patch:
            patch.setattr(Journal, "append", full)
            before = list(made.calls)
            with pytest.raises(AuditError, match=r"the disk is full; free some space\. What needs an entry"):
                gateway.reload(site(tmp_path, DOOR | {"delay_s": 1.0}))
            assert made.calls == before
            assert gateway.site == old
            assert "the disk is full" in gateway.audit.problem
            made.hosts["door"].listener.status(CameraStatus("door", CameraState.OK))
            assert [each.state for each in made.reported] == [CameraState.OK]
        gateway.reload(site(tmp_path, DOOR | {"delay_s": 1.0}))
        assert not gateway.audit.problem


def test_a_change_that_is_logged_and_then_refused_is_logged_as_undone(tmp_path):
    (tmp_path / "yard.yaml").write_text("zones: nothing")
    with Made(site(tmp_path, DOOR)).gateway as gateway, pytest.raises(UsageError, match=r"yard\.yaml"):
        gateway.reload(site(tmp_path, DOOR | {"places": tmp_path / "yard.yaml"}))
    changes = [entry for entry in entries(tmp_path) if entry.kind is AuditKind.SETTINGS_CHANGED]
    assert len(changes) == 2
    assert "yard.yaml" in str(changes[1].details["undone"])


def test_the_gateways_own_entries_wait_until_the_disk_has_room(tmp_path, monkeypatch):
    monkeypatch.setattr(site_audit, "RETRY_S", 0.01)
    with audit_of(site(tmp_path, DOOR)) as audit:
        until(lambda: len(entries(tmp_path)) == 1, not_yet=(UsageError,))
        with monkeypatch.context() as patch:
            patch.setattr(Journal, "append", full)
            audit.status(covered("door", "a detector hangs"))
            until(lambda: "the disk is full" in audit.problem)
            with pytest.raises(AuditError, match="the disk is full"):
                audit.append(VIEW)
        until(lambda: len(entries(tmp_path)) == 2)
        assert audit.append(VIEW) == 2
    assert [entry.kind.value for entry in entries(tmp_path)][1:] == [
        *("cover_failed", "view_began", "cover_restored", "stopped"),
    ]


def test_a_log_that_cannot_be_opened_refuses_entries_and_starts_the_cameras(tmp_path):
    folder = tmp_path / "audit"
    with audit_of(site(tmp_path, DOOR)):
        pass
    (folder / "key").chmod(0o644)
    made = Made(site(tmp_path, DOOR))
    with made.gateway as gateway:
        with pytest.raises(AuditError, match="chmod 600"):
            gateway.audit.append(VIEW)
        assert made.calls == ["start", "open"]
        (folder / "key").chmod(0o600)
        assert gateway.audit.append(VIEW) >= 2


def test_checkpoints_go_to_the_second_place(tmp_path):
    (tmp_path / "share").mkdir()
    settings = site(tmp_path, DOOR).model_copy(update={"audit": AuditSettings(copy_folder=tmp_path / "share")})
    with audit_of(settings):
        pass
    (copy,) = (tmp_path / "share").iterdir()
    assert copy.name == f"checkpoint-2026-11-28-{gateway_id(settings.state_folder)}"
    assert copy.read_bytes() == (tmp_path / "audit/log/checkpoint").read_bytes()


def test_old_entries_are_erased_in_whole_bundles_and_that_is_logged_first(tmp_path):
    log = AuditLog(tmp_path, "station")
    for number in range(700):
        log.append(AuditEntry(AuditKind.VIEW_BEGAN, NOON_S + number, "ada", "door"))
    assert erase_entries(log, before_s=NOON_S + 600, now_s=NOON_S + 1000) == 512
    assert erase_entries(log, before_s=NOON_S + 600, now_s=NOON_S + 1000) == 0
    log.close()
    found = list(selected(LogReader(tmp_path), EntrySelection()))
    assert found[0][0] == 512
    assert found[-1][1].kind is AuditKind.LOG_CUT
    assert found[-1][1].details == {"first": 512}


@pytest.mark.parametrize("held", ["a period from before", "a damaged file"])
def test_what_was_watched_stays_known_while_there_is_a_legal_hold(tmp_path, monkeypatch, caplog, held):
    monkeypatch.setattr(site_audit, "_LOOK_S", 0.01)
    log = AuditLog(tmp_path, "station")
    for _ in range(300):
        log.append(AuditEntry(AuditKind.VIEW_BEGAN, NOON_S - 1096 * DAY_S, "ada", "door"))
    log.close()
    settings = site(tmp_path, DOOR)
    path = legal_holds_file(settings)
    if held == "a damaged file":
        path.write_text("{")
    else:
        begin = datetime.fromtimestamp(NOON_S - 1097 * DAY_S, UTC)
        hold = LegalHold(0, "door", begin, begin + timedelta(hours=1), "file 12/2026", "ada", begin)
        LegalHolds(path).place(hold)
    with audit_of(settings) as audit:
        until(lambda: audit._erased_day >= 0)
        if held == "a damaged file":
            until(lambda: "audit_entries_not_erased" in caplog.text)
    assert (tmp_path / "audit/log/tile/entries/000").exists()
    path.unlink()
    with audit_of(settings):
        until(lambda: not (tmp_path / "audit/log/tile/entries/000").exists())


def test_a_running_gateway_erases_what_is_older_than_the_site_wants(tmp_path, monkeypatch):
    monkeypatch.setattr(site_audit, "_LOOK_S", 0.01)
    log = AuditLog(tmp_path, "station")
    for _ in range(300):
        log.append(AuditEntry(AuditKind.VIEW_BEGAN, NOON_S - 1096 * DAY_S, "ada", "door"))
    log.close()
    with audit_of(site(tmp_path, DOOR)):
        until(lambda: not (tmp_path / "audit/log/tile/entries/000").exists())
    assert len(entries(tmp_path)) >= 44
