"""A public picture is shown late, at most once an hour, and only while its cover is proven."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace

import numpy as np
import pytest

from passerby.errors import OutputError
from passerby.gateway.public_pages import PublicPages
from passerby.gateway.public_pictures import AGAIN_S, HOUR_S, MOST_BYTES, PublicPictures
from passerby.health.status import CameraState, CameraStatus, Redaction
from passerby.listeners import Listeners
from passerby.media.fault import Fault
from passerby.outputs.stream.still import small_jpeg
from passerby.outputs.stream.wall import WallPicture
from passerby.settings.site.public import PublicSettings
from passerby.settings.site.site import SiteSettings
from passerby.settings.site.watchdog import WatchdogSettings
from passerby.watchdog.standing import WatchdogStanding
from passerby.watchdog.tally import LookTally

SETTINGS = PublicSettings(
    cameras=("door",), pictures=("door",), delay_min=15, controller="Example Ltd", contact="privacy@example.org"
)
DELAY_S = 900.0
CALM = CameraStatus("door", CameraState.OK, 0.0, Redaction.ACTIVE, frames_total=100, self_tests=5)
HALL = replace(CALM, camera="hall")


class Cameras:
    """Two cameras that send a picture as soon as somebody listens."""

    def __init__(self) -> None:
        self.now_s = 1_000_000.0
        self.door = CALM
        self.redaction = Redaction.ACTIVE
        self.asked = 0
        self.changes = Listeners[CameraStatus]()

    def clock(self) -> float:
        return self.now_s

    def statuses(self) -> list[CameraStatus]:
        return [self.door, HALL]

    @contextmanager
    def listen(self, callback: Callable[[CameraStatus], None]) -> Iterator[None]:
        with self.changes.listen(callback):
            yield

    @contextmanager
    def listen_to_walls(self, callback: Callable[[str, WallPicture], None]) -> Iterator[None]:
        self.asked += 1
        packed = np.full(64 * 36 * 3 // 2, 90, np.uint8)
        for camera in ("hall", "door"):
            callback(camera, WallPicture(packed, 64, 36, self.now_s, self.redaction))
        yield

    def advance(self, seconds: float, **fields: object) -> None:
        self.now_s += seconds
        self.door = replace(self.door, **fields)


@pytest.fixture
def cameras():
    return Cameras()


@pytest.fixture
def pictures(cameras):
    """Return what has just taken its first picture."""
    made = PublicPictures(cameras, SETTINGS, clock=cameras.clock, wait_s=0)
    made.step()
    assert cameras.asked == 0, "after a start, nobody knows when the last one was taken"
    cameras.advance(HOUR_S)
    made.step()
    assert cameras.asked == 1
    return made


def test_a_picture_is_shown_after_the_delay_and_goes_after_an_hour(cameras, pictures):
    taken_s = cameras.now_s
    cameras.advance(DELAY_S - 1, self_tests=8)
    pictures.step()
    assert pictures.picture("door") is None
    cameras.advance(1)
    pictures.step()
    shown = pictures.picture("door")
    assert shown.taken_s == taken_s
    assert shown.jpeg.startswith(b"\xff\xd8")
    assert pictures.picture("hall") is None
    cameras.advance(HOUR_S)
    assert pictures.picture("door") is None


def test_there_is_at_most_one_picture_an_hour(cameras, pictures):
    seen = set()
    for _ in range(360):  # three hours
        cameras.advance(30, self_tests=cameras.door.self_tests + 1)
        pictures.step()
        if (shown := pictures.picture("door")) is not None:
            seen.add(shown.taken_s)
    times = sorted(seen)
    assert len(times) == 3
    assert min(np.diff(times)) >= HOUR_S
    assert cameras.asked == 4


@pytest.mark.parametrize(
    "change",
    [
        {"self_tests_failed": 1},
        {"state": CameraState.COVERED_WHOLE},
        {"redaction": Redaction.WHOLE},
        {"restarts": 1},
        {"state": CameraState.DOWN},
        {"frames_total": 3},
        {"self_tests": 0},
    ],
    ids="-".join,
)
@pytest.mark.parametrize("lasts", [True, False], ids=["lasts", "is over soon"])
def test_a_picture_whose_cover_came_into_doubt_is_never_shown(cameras, pictures, change, lasts):
    cameras.advance(100, **change)
    pictures.drop_doubtful(cameras.door)  # as the gateway reports it
    if not lasts:
        cameras.advance(0, state=CameraState.OK, redaction=Redaction.ACTIVE)
    cameras.advance(DELAY_S, self_tests=9)
    pictures.step()
    assert pictures.picture("door") is None


def test_doubt_that_only_the_next_step_sees_counts_too(cameras, pictures):
    cameras.advance(DELAY_S, self_tests=9, self_tests_failed=1)
    pictures.step()
    assert pictures.picture("door") is None


def test_without_a_self_test_after_it_a_picture_is_not_proven(cameras, pictures):
    cameras.advance(DELAY_S)
    pictures.step()
    assert pictures.picture("door") is None


@pytest.mark.parametrize("redaction", [Redaction.WHOLE, Redaction.NONE])
def test_a_picture_that_is_covered_whole_is_not_taken_and_cameras_are_not_asked_all_the_time(cameras, redaction):
    pictures = PublicPictures(cameras, SETTINGS, clock=cameras.clock, wait_s=0)
    cameras.redaction = redaction
    for _ in range(60):
        cameras.advance(HOUR_S / 10, self_tests=cameras.door.self_tests + 1)
        pictures.step()
        assert pictures.picture("door") is None
    asked = cameras.asked
    cameras.advance(AGAIN_S / 2)
    pictures.step()
    assert cameras.asked == asked


@pytest.mark.parametrize("bad", [{"faults": frozenset({Fault.DARK})}, {"redaction": Redaction.NONE}], ids=str)
def test_a_camera_whose_picture_is_of_no_use_is_not_asked(cameras, bad):
    pictures = PublicPictures(cameras, SETTINGS, clock=cameras.clock, wait_s=0)
    cameras.advance(HOUR_S, **bad)
    pictures.step()
    assert cameras.asked == 0


def test_a_reload_takes_pictures_away_at_once_and_gives_no_second_one(cameras, pictures):
    cameras.advance(DELAY_S, self_tests=9)
    pictures.step()
    pictures.reload(SETTINGS.model_copy(update={"pictures": ()}))
    assert pictures.picture("door") is None
    pictures.reload(SETTINGS)
    assert pictures.picture("door") is None
    pictures.step()
    assert cameras.asked == 1


def test_a_longer_delay_hides_what_was_shown_after_a_shorter_one(cameras, pictures):
    cameras.advance(DELAY_S, self_tests=9)
    pictures.step()
    pictures.reload(SETTINGS.model_copy(update={"delay_min": 60}))
    assert pictures.picture("door") is None


def test_what_cannot_be_small_enough_is_not_shown():
    noise = np.random.default_rng(1).integers(0, 255, 320 * 180 * 3 // 2).astype(np.uint8)
    picture = WallPicture(noise, 320, 180, 0.0, Redaction.ACTIVE)
    with pytest.raises(OutputError, match="takes more than 2000 bytes"):
        small_jpeg(picture, most_bytes=2000)
    calm = WallPicture(np.full_like(noise, 128), 320, 180, 0.0, Redaction.ACTIVE)
    assert len(small_jpeg(calm, most_bytes=MOST_BYTES)) < MOST_BYTES


def test_the_thread_takes_doubts_from_the_gateway(cameras, pictures):
    with pictures:
        cameras.advance(DELAY_S, self_tests=9)
        cameras.changes.publish(replace(CALM, self_tests_failed=1))
    pictures.step()
    assert pictures.picture("door") is None


# --- pages -----------------------------------------------------------------------------------------


def standing(camera):
    return WatchdogStanding(camera, False, None, 86_400, LookTally(), None, 0, 0.0, ())


def site(folder, **public):
    camera = {"address": "rtsp://10.0.0.5/1", "purpose": "Notice a blocked exit.", "legal_basis": "consent"}
    return SiteSettings(
        site="arena",
        state_folder=folder / "state",
        cameras=[{"name": name, **camera} for name in ("door", "hall")],
        public=public and {"controller": "Example Ltd", "contact": "privacy@example.org", **public},
        audit={"public_folder": folder / "public"},
    )


def test_only_public_cameras_have_facts_and_a_reload_changes_which(cameras, tmp_path):
    pages = PublicPages(site(tmp_path), cameras, clock=cameras.clock, monotonic=lambda: 0.0, standing=standing)
    assert pages.facts("door") is None
    pages.reload(site(tmp_path, cameras=["door"]))
    assert pages.facts("door").purpose == "Notice a blocked exit."
    assert (pages.facts("hall"), pages.facts("nowhere")) == (None, None)
    assert pages.facts("door").retention_h is None
    assert pages.facts("door").delay_min is None


def test_what_a_watchdog_saw_is_a_fact_where_the_site_expects_one(cameras, tmp_path):
    expected = site(tmp_path, cameras=["door"])
    pages = PublicPages(expected, cameras, clock=cameras.clock, monotonic=lambda: 0.0, standing=standing)
    assert pages.facts("door").watched is None
    pages.reload(expected.model_copy(update={"watchdog": WatchdogSettings()}))
    assert pages.facts("door").watched == standing("door")


def test_figures_are_those_of_the_public_log_of_this_camera(cameras, tmp_path):
    from passerby.gateway.cover_log import CoverLog

    settings = site(tmp_path, cameras=["door"])
    now_s = [1_000_000.0]
    log = CoverLog(settings, tmp_path / "public", statuses=cameras.statuses, clock=lambda: now_s[0], networks=dict)
    clock = [0.0]
    pages = PublicPages(settings, cameras, clock=cameras.clock, monotonic=lambda: clock[0], standing=standing)
    assert pages.facts("door").days == ()
    for _ in range(10):
        now_s[0] += 86_400
        cameras.advance(0, self_tests=cameras.door.self_tests + 2)
        log.observe()
    assert pages.facts("door").days == (), "the log is read once a minute at most"
    clock[0] = 61.0
    days = pages.facts("door").days
    assert [each.day for each in days] == sorted((each.day for each in days), reverse=True)
    assert len(days) == 7
    assert {(each.camera, each.self_tests) for each in days} == {("door", 2)}
