"""The public log: each camera's day, written once when it is over, with nothing in it that is not for the public."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import jsonschema
import pytest
from tests.gateway.test_hosts import DOOR, site
from tests.gateway.test_site_gateway import Made
from tests.gateway.test_watchdog_book import LOOKS, Book
from tests.promises.source import properties
from tests.promises.test_nobody_has_an_identity import IDENTITY
from tests.store.made import NOON_S

from passerby.audit.cover_day import CoverDay
from passerby.audit.key_file import load_key
from passerby.audit.log_check import check_log
from passerby.audit.log_reader import LogReader
from passerby.audit.schema import cover_day_schema_json
from passerby.audit.tile_log import TileLog
from passerby.errors import AuditError
from passerby.gateway.cover_log import CoverLog, public_reason
from passerby.health.status import CameraState, CameraStatus, Redaction
from passerby.settings.site.audit import AuditSettings
from passerby.settings.site.site import SiteSettings

MORNING_S = datetime(2026, 11, 28, 8, 0, tzinfo=UTC).timestamp()
NIGHT_S = datetime(2026, 11, 28, 23, 30, tzinfo=UTC).timestamp()
GOOD = CameraStatus("door", CameraState.OK, redaction=Redaction.ACTIVE, frames_total=100, self_tests=3)
BAD = replace(
    GOOD,
    state=CameraState.COVERED_WHOLE,
    frames_total=160,
    withheld={"the self-test failed": 40, "model 'body': /home/ada/body.xml is missing": 5},
    self_tests=5,
    self_tests_failed=1,
)


class Day:
    """A public log whose time and statuses the test sets."""

    def __init__(self, folder: Path, settings: SiteSettings | None = None) -> None:
        self.now_s = MORNING_S
        self.found = [GOOD]
        self.public = folder / "www"
        self.log = CoverLog(
            settings or site(folder, DOOR),
            self.public,
            statuses=lambda: self.found,
            clock=lambda: self.now_s,
            networks=lambda: {"body": "aa"},
        )
        self.log._load()

    def seen(self, now_s: float, *found: CameraStatus) -> None:
        self.now_s, self.found = now_s, [*found] or self.found
        self.log.observe()


def days(public: Path) -> list[dict]:
    return [json.loads(data) for _, data in LogReader(public).entries()]


def test_a_day_is_written_once_when_it_is_over_and_is_as_its_schema_says(tmp_path):
    day = Day(tmp_path)
    for second in range(4):
        day.seen(MORNING_S + second)
    for second in range(4, 8):
        day.seen(MORNING_S + second, BAD)
    assert not day.public.exists()
    day.seen(MORNING_S + 86_400)
    day.seen(MORNING_S + 86_401)
    (entry,) = days(day.public)
    jsonschema.validate(entry, json.loads(cover_day_schema_json()))
    assert (entry["day"], entry["camera"], entry["observed_s"]) == ("2026-11-28", "door", 7.0)
    assert (entry["frames_shown"], entry["cover_failures"]) == (160, 1)
    assert (entry["self_tests"], entry["self_tests_failed"]) == (5, 1)
    assert entry["serviceability"] == pytest.approx(3 / 7, abs=1e-4)
    assert entry["covered_whole"] == {"the self-test failed": 40, "another reason": 5}


def test_a_day_goes_by_the_sites_own_zone(tmp_path):
    day = Day(tmp_path, site(tmp_path, DOOR).model_copy(update={"timezone": "Europe/Vienna"}))
    day.seen(NIGHT_S)
    day.seen(NIGHT_S + 3600)
    assert not day.public.exists()  # 00:30 and 01:30 in Vienna
    day.seen(NIGHT_S + 86_400)
    assert days(day.public)[0]["day"] == "2026-11-29"


def test_counters_that_begin_anew_are_added(tmp_path):
    day = Day(tmp_path)
    day.seen(MORNING_S, replace(GOOD, frames_total=100))
    day.seen(MORNING_S + 1, replace(GOOD, frames_total=30, self_tests=1))
    day.seen(MORNING_S + 86_400)
    assert days(day.public)[0]["frames_shown"] == 130
    assert days(day.public)[0]["self_tests"] == 4


def test_a_restart_continues_the_day(tmp_path):
    first = Day(tmp_path)
    first.seen(MORNING_S)
    first.seen(MORNING_S + 2, BAD)
    first.log._save()
    second = Day(tmp_path)
    second.found = [GOOD]
    second.seen(MORNING_S + 3600)
    second.seen(MORNING_S + 3602)
    second.seen(MORNING_S + 86_400)
    (entry,) = days(second.public)
    assert (entry["frames_shown"], entry["observed_s"]) == (260, 4.0)
    assert entry["covered_whole"] == {"the self-test failed": 40, "another reason": 5}


def test_a_day_that_cannot_be_written_is_written_later_and_only_once(tmp_path, monkeypatch):
    day = Day(tmp_path)
    day.seen(MORNING_S, GOOD, replace(GOOD, camera="gate"))
    append = TileLog.append
    written = []

    def fails_after_one(log, data):
        if written:
            raise AuditError("the disk is full")
        written.append(data)
        return append(log, data)

    with monkeypatch.context() as patch:
        patch.setattr(TileLog, "append", fails_after_one)
        day.seen(MORNING_S + 86_400)
    day.seen(MORNING_S + 86_500)
    assert [entry["camera"] for entry in days(day.public)] == ["door", "gate"]
    assert {entry["day"] for entry in days(day.public)} == {"2026-11-28"}


def test_a_kill_between_writing_and_noting_it_logs_no_day_twice(tmp_path, monkeypatch):
    day = Day(tmp_path)
    day.seen(MORNING_S)
    with monkeypatch.context() as patch:
        patch.setattr(CoverLog, "_save", lambda _: None)
        day.seen(MORNING_S + 86_400)
    path = tmp_path / "audit/public/day.json"
    kept = json.loads(path.read_text())
    path.write_text(
        json.dumps(kept | {"day": "2026-11-29", "waiting": [json.dumps(days(day.public)[0], separators=(",", ":"))]})
    )
    again = Day(tmp_path)
    again.seen(MORNING_S + 86_500)
    assert len(days(day.public)) == 1


def test_the_folder_alone_is_verified_by_anybody(tmp_path):
    day = Day(tmp_path)
    for number in range(3):
        day.seen(MORNING_S + 86_400 * number)
    report = check_log(LogReader(day.public), load_key(day.public / "log.vkey"))
    assert not report.problems
    assert report.size == 2
    assert "PRIVATE" not in "".join(
        each.read_text(errors="replace") for each in day.public.rglob("*") if each.is_file()
    )
    assert all(each.stat().st_mode & 0o004 for each in day.public.rglob("*"))


def test_a_gateway_counts_into_it_by_the_settings_in_use(tmp_path):
    (tmp_path / "www").mkdir()
    settings = site(tmp_path, DOOR).model_copy(update={"audit": AuditSettings(public_folder=tmp_path / "www")})
    with Made(settings).gateway as gateway:
        assert gateway._public is not None
        gateway.reload(settings.model_copy(update={"timezone": "Europe/Vienna"}))
        assert gateway._public._zone.key == "Europe/Vienna"
    assert json.loads((tmp_path / "audit/public/day.json").read_text())["waiting"] == []


def test_a_day_has_what_a_watchdog_saw_and_null_where_none_looked(tmp_path):
    book = Book(tmp_path)
    book.book.report("eve/watch", "door", LOOKS)
    for watched in (False, True):
        day = Day(tmp_path / str(watched))
        if watched:
            day.log.watchdog = book.book.day
        day.seen(NOON_S)
        day.seen(NOON_S + 86_400)
        day.seen(NOON_S + 86_401)
        (entry,) = days(day.public)
        jsonschema.validate(entry, json.loads(cover_day_schema_json()))
        assert (entry["watchdog"] or {}).get("looks") == (LOOKS.looks if watched else None)


def test_the_public_schema_has_no_account_and_no_identity():
    schema = json.loads(cover_day_schema_json())
    names = set(properties(schema))
    assert not {name for name in names if IDENTITY.search(name) or "account" in name or "operator" in name}
    assert set(schema["properties"]) == set(CoverDay.__dataclass_fields__)


@pytest.mark.parametrize("reason", ["rtsp://u:p@h/1 failed", "C:\\models is missing", "viewer@example.org"])
def test_a_reason_that_names_a_file_or_an_address_is_not_public(reason):
    assert public_reason(reason) == "another reason"


def test_impossible_figures_are_refused():
    with pytest.raises(ValueError, match="impossible figures"):
        CoverDay(
            "site",
            "door",
            "2026-11-28",
            1.0,
            -1,
            {},
            0,
            0,
            0,
            serviceability=0.5,
            networks_sha256="",
            settings_sha256="",
            software="1",
        )
