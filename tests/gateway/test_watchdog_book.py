"""What watchdogs report: cover is raised whatever fails afterwards, and silence is never taken for innocence."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from tests.store.made import NOON_S

from passerby.audit.entry import AuditEntry, AuditKind
from passerby.errors import AuditError, UsageError
from passerby.gateway.watchdog_book import REASON, SILENT_S, SPAN_S, WHOLE_S, WatchdogBook
from passerby.watchdog.schedule import commitment_of, day_of
from passerby.watchdog.standing import NOT_OBSERVED
from passerby.watchdog.tally import LookTally

LOOKS = LookTally(looks=2, frames=600, watched_s=60.0)
UTC_ZONE = ZoneInfo("UTC")
SEED = bytes(range(32))


class Book:
    """A book whose time, audit log and cameras the test sees."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.now_s = NOON_S
        self.raised: list[tuple[str, float, str]] = []
        self.entries: list[AuditEntry] = []
        self.full = False
        self.book = self.again()

    def again(self) -> WatchdogBook:
        return WatchdogBook(
            self.folder,
            raise_cover=lambda *order: self.raised.append(order),
            clock=lambda: self.now_s,
            audit=self,
        )

    def append(self, entry: AuditEntry) -> int:
        if self.full:
            raise AuditError("the disk is full")
        self.entries.append(entry)
        return len(self.entries) - 1


@pytest.fixture
def made(tmp_path):
    return Book(tmp_path)


def test_a_camera_that_no_watchdog_looks_at_is_not_observed_and_not_found_clean(made):
    standing = made.book.standing("door")
    assert (standing.observed, standing.head_frames_per_h, standing.text) == (False, None, NOT_OBSERVED)
    made.book.report("eve/watch", "door", LookTally(frames=600, watched_s=60.0, missed=2))  # a stream, but no look
    assert made.book.standing("door").text == NOT_OBSERVED


def test_a_watchdog_that_goes_silent_is_not_observed_after_a_while(made):
    made.book.report("eve/watch", "door", LOOKS)
    assert made.book.standing("door").text.startswith("at most ")
    made.now_s += SILENT_S + 1
    assert made.book.standing("door").text == NOT_OBSERVED
    assert made.book.standing("door").tally == LOOKS
    made.book.report("eve/watch", "door", LOOKS)
    assert made.book.standing("door").observed


def test_a_finding_covers_the_camera_also_if_it_cannot_be_logged_or_stored(made):
    made.full = True
    made.folder.joinpath("watchdog.partial").mkdir()
    assert made.book.finding("eve/watch", "door", captured_s=NOON_S - 1, heads=2) == NOON_S + WHOLE_S
    assert made.raised == [("door", WHOLE_S, REASON)]
    assert made.book.standing("door").findings == 1
    assert not made.entries


def test_a_finding_is_logged_with_who_found_it_and_when(made):
    made.book.finding("eve/watch", "door", captured_s=NOON_S - 1, heads=2)
    (entry,) = made.entries
    assert (entry.kind, entry.account, entry.subject) == (AuditKind.WATCHDOG_FINDING, "eve/watch", "door")
    assert entry.details == {"captured_s": NOON_S - 1, "heads": 2}


def test_a_restart_of_the_gateway_keeps_counts_and_the_rest_of_the_minute(made):
    made.book.report("eve/watch", "door", LOOKS)
    made.book.finding("eve/watch", "door", captured_s=NOON_S, heads=1)
    made.now_s += 20
    again = made.again()
    assert made.raised[-1] == ("door", pytest.approx(WHOLE_S - 20), REASON)
    assert again.standing("door") == made.book.standing("door")
    made.now_s += 60
    made.raised.clear()
    made.again()
    assert not made.raised


def test_counts_that_cannot_be_read_are_not_observed(made):
    made.book.report("eve/watch", "door", LOOKS)
    made.folder.joinpath("watchdog.json").write_text('{"cameras": {"door": {"buckets": 3}}}')
    assert made.again().standing("door").text == NOT_OBSERVED


def test_counts_older_than_a_day_no_longer_count(made):
    made.book.report("eve/watch", "door", LookTally(looks=9, exposed=9, most_heads=1, frames=10, watched_s=60.0))
    made.now_s += SPAN_S + 1800
    made.book.report("eve/watch", "door", LOOKS)
    assert made.book.standing("door").tally == LOOKS


def test_one_watchdog_cannot_report_more_time_than_there_was(made):
    with pytest.raises(UsageError, match="too long"):
        made.book.report("eve/watch", "door", LookTally(looks=10**6, frames=10, watched_s=86_400.0))


def test_a_seed_is_bound_before_the_day_and_shown_after_it(made):
    today = day_of(NOON_S)
    made.book.commit("eve/watch", today, commitment_of(SEED))
    made.book.commit("eve/watch", today, commitment_of(SEED))  # after a restart of the watchdog
    with pytest.raises(UsageError, match="a different seed"):
        made.book.commit("eve/watch", today, commitment_of(SEED[::-1]))
    with pytest.raises(UsageError, match="is not over"):
        made.book.reveal("eve/watch", today, SEED)
    made.now_s += 86_400
    with pytest.raises(UsageError, match="not the seed"):
        made.book.reveal("eve/watch", today, SEED[::-1])
    with pytest.raises(UsageError, match="proves nothing"):
        made.book.reveal("ada/watch", today, SEED)
    made.book.reveal("eve/watch", today, SEED)
    made.book.reveal("eve/watch", today, SEED)
    assert [entry.details.get("seed") for entry in made.entries] == [None, SEED.hex()]


def test_a_seed_that_cannot_be_logged_is_not_taken(made):
    made.full = True
    with pytest.raises(AuditError):
        made.book.commit("eve/watch", day_of(NOON_S), commitment_of(SEED))
    made.full = False
    made.book.commit("eve/watch", day_of(NOON_S), commitment_of(SEED[::-1]))


def test_the_public_day_tells_no_watchdog_from_one_that_found_nothing(made):
    day = date.isoformat(day_of(NOON_S))
    assert made.book.day("door", day, UTC_ZONE) is None
    made.book.commit("eve/watch", day_of(NOON_S), commitment_of(SEED))
    made.book.report("eve/watch", "door", LOOKS)
    made.now_s += 86_400
    found = made.book.day("door", day, UTC_ZONE)
    assert (found["looks"], found["findings"]) == (2, 0)
    assert found["commitments"] == {day: commitment_of(SEED)}
    assert found["seeds"] == {}
    assert "eve" not in str(found)
    made.book.reveal("eve/watch", day_of(NOON_S), SEED)
    made.book.report("eve/watch", "door", LOOKS)
    following = date.isoformat(day_of(made.now_s))
    assert made.book.day("door", following, UTC_ZONE)["seeds"] == {day: SEED.hex()}
    assert made.book.day("door", following, UTC_ZONE)["looks"] == 2  # not those of the day before
