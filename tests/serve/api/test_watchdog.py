"""Watchdogs over HTTP: they raise cover with a permission of their own, and everybody reads what they found."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import httpx
import pytest
from tests.serve.served import token_of
from tests.sockets import PLAIN
from tests.store.made import NOON_S
from tests.waiting import PATIENCE_S

from passerby.accounts.permission import Action
from passerby.gateway.watchdog_book import REASON, WHOLE_S, WatchdogBook
from passerby.watchdog.schedule import commitment_of
from passerby.watchdog.standing import NOT_OBSERVED

LOOKS = {"looks": 2, "exposed": 0, "missed": 0, "frames": 600, "watched_s": 60.0, "most_heads": 0}
FINDING = {"captured": "2026-11-28T12:00:00+01:00", "heads": 1}
WATCH = frozenset({Action.SEE_CAMERAS, Action.WATCH_LIVE, Action.COVER_WHOLE, Action.READ_METRICS})


@pytest.fixture
def raised(web, tmp_path):
    found = []
    web.set_watchdog(
        WatchdogBook(tmp_path, raise_cover=lambda *order: found.append(order), clock=lambda: NOON_S, audit=None)
    )
    return found


@pytest.fixture
def watcher(web, raised):
    token = token_of(web.accounts, "anna", name="watch", actions=WATCH)
    with httpx.Client(
        base_url=web.address, timeout=PATIENCE_S, verify=PLAIN, headers={"Authorization": f"Bearer {token}"}
    ) as client:
        yield client


def test_a_finding_covers_the_camera_for_a_minute_and_cannot_do_anything_else(watcher, raised):
    answer = watcher.post("/api/watchdog/cameras/door/findings", json=FINDING)
    assert answer.status_code == 200
    until = datetime.fromisoformat(answer.json()["until"])
    assert until == datetime.fromtimestamp(NOON_S, UTC) + timedelta(seconds=WHOLE_S)
    assert raised == [("door", WHOLE_S, REASON)]
    for more in ({"for_s": 0}, {"heads": 0}, {"whole": False}):
        assert watcher.post("/api/watchdog/cameras/door/findings", json=FINDING | more).status_code == 422
    assert watcher.delete("/api/watchdog/cameras/door/findings").status_code == 405
    assert len(raised) == 1


def test_who_may_only_watch_cannot_cover(web, raised):
    token = token_of(web.accounts, "anna", name="viewer", actions=WATCH - {Action.COVER_WHOLE})
    headers = {"Authorization": f"Bearer {token}"}
    for path, body in (("cameras/door/findings", FINDING), ("cameras/door/looks", LOOKS), ("seeds", {})):
        answer = httpx.post(
            f"{web.address}/api/watchdog/{path}", json=body, headers=headers, timeout=PATIENCE_S, verify=PLAIN
        )
        assert answer.status_code == 403
    assert not raised


def test_reports_become_a_bound_in_the_api_and_in_the_metrics(watcher):
    door, hall = watcher.get("/api/watchdog").json()
    assert (door["observed"], door["head_frames_per_h_at_most"], door["text"]) == (False, None, NOT_OBSERVED)
    before = watcher.get("/metrics").text
    assert 'passerby_watchdog_observed{camera="door"} 0.0' in before
    assert 'hour_at_most{camera="door"}' not in before
    assert watcher.post("/api/watchdog/cameras/door/looks", json=LOOKS).status_code == 204
    door = watcher.get("/api/watchdog/cameras/door").json()
    assert door["observed"]
    assert door["head_frames_per_h_at_most"] > 0
    assert door["text"].startswith("at most ")
    after = watcher.get("/metrics").text
    assert 'passerby_watchdog_observed{camera="door"} 1.0' in after
    assert 'passerby_watchdog_exposed_head_frames_per_hour_at_most{camera="door"}' in after
    assert 'hour_at_most{camera="hall"}' not in after
    assert not hall["observed"]


@pytest.mark.parametrize(
    "wrong", [{"exposed": 3}, {"exposed": 1}, {"watched_s": "NaN"}, {"looks": -1}, {"watched_s": 80_000}, {"who": 1}]
)
def test_reports_that_cannot_be_are_refused(watcher, wrong):
    answer = watcher.post("/api/watchdog/cameras/door/looks", json=LOOKS | wrong)
    assert answer.status_code in {400, 422}
    assert not watcher.get("/api/watchdog/cameras/door").json()["observed"]


def test_seeds_are_committed_to_and_not_revealed_too_soon(watcher):
    seed = bytes(range(32))
    day = datetime.fromtimestamp(NOON_S, UTC).date().isoformat()
    sent = {"day": day, "commitment": commitment_of(seed)}
    assert watcher.post("/api/watchdog/seeds", json=sent).status_code == 204
    answer = watcher.post("/api/watchdog/seeds", json={"day": day, "seed": seed.hex()})
    assert answer.status_code in {400, 422}
    assert "is not over" in answer.json()["detail"]
    both = watcher.post("/api/watchdog/seeds", json=sent | {"seed": seed.hex()})
    assert "either" in both.json()["detail"]


def test_a_gateway_without_a_watchdog_says_so(web, watcher):
    web.set_watchdog(None)
    answer = watcher.get("/api/watchdog")
    assert (answer.status_code, "no reports" in answer.json()["detail"]) == (404, True)
