"""How a camera is doing, out of what it shows."""

from __future__ import annotations

from passerby.health.status import CameraState, CameraStatus, Redaction
from passerby.health.vitals import MOST_REASONS, Vitals
from passerby.media.fault import Fault
from passerby.media.outage import Outage

NONE = frozenset[Fault]()


def vitals() -> Vitals:
    return Vitals("door", delay_s=0.5, now_s=100.0)


def status(
    of: Vitals, now_s: float, *, faults: frozenset[Fault] = NONE, refusal: str = "", problem: str = ""
) -> CameraStatus:
    return of.status(now_s, faults=faults, refusal=refusal, problem=problem)


def show(of: Vitals, now_s: float, *, whole: str = "", lag_s: float = 0.6, count: int = 10) -> None:
    for index in range(count):
        at_s = now_s - 1 + (index + 1) / count
        of.add_shown(at_s, at_s - lag_s, size=(720, 1280), whole=whole)


def test_it_starts_and_then_is_well() -> None:
    door = vitals()
    assert status(door, 100.5).state is CameraState.STARTING
    show(door, 102.0)
    now = status(door, 102.0)
    assert (now.state, now.redaction, now.detail) == (CameraState.OK, Redaction.ACTIVE, "")
    assert (now.width, now.height, now.frames_total, now.since_s) == (1280, 720, 10, 102.0)
    assert now.lag_ms == 600.0


def test_before_the_first_attempt_to_connect_has_ended_a_camera_is_starting_and_not_lost() -> None:
    door = vitals()
    door.outage(Outage("not connected yet", refused=False, since_s=100.0, tried=False))
    now = status(door, 100.5)
    assert (now.state, now.redaction, now.detail) == (CameraState.STARTING, Redaction.NONE, "not connected yet")
    door.outage(Outage("it does not answer", refused=False, since_s=100.0))
    assert status(door, 101.0).state is CameraState.NO_PICTURE


def test_a_camera_of_whose_pictures_few_are_shown_is_late() -> None:
    door = vitals()
    for index in range(40):
        door.add_arrival(100.0 + index / 10)
    show(door, 103.0, count=5)
    assert status(door, 103.0).faults == {Fault.LATE}
    show(door, 104.0, count=20)
    assert status(door, 104.0).faults == NONE


def test_pictures_that_still_wait_make_no_camera_late() -> None:
    door = vitals()
    for index in range(8):
        door.add_arrival(100.0 + index / 10)
    show(door, 100.7, count=2)
    assert status(door, 100.7).state is CameraState.OK


def test_no_picture_and_a_refusal_of_the_camera_are_told_apart() -> None:
    door = vitals()
    show(door, 102.0)
    door.outage(Outage("the camera does not answer", refused=False, since_s=102.0))
    assert status(door, 103.0).state is CameraState.NO_PICTURE
    door.outage(Outage("wrong password", refused=True, since_s=102.0))
    now = status(door, 104.0)
    assert (now.state, now.redaction, now.detail) == (CameraState.REFUSED, Redaction.NONE, "wrong password")
    door.outage(Outage("the share is not connected", refused=False, since_s=102.0, absent=True))
    now = status(door, 105.0)
    assert (now.state, now.redaction, now.since_s) == (CameraState.ABSENT, Redaction.NONE, 105.0)
    door.outage(None)
    show(door, 106.0)
    assert status(door, 106.0).state is CameraState.OK


def test_a_failed_self_test_shows_in_the_state() -> None:
    door = vitals()
    show(door, 102.0, whole="found 0 of 3")
    now = status(door, 102.0, refusal="found 0 of 3")
    assert (now.state, now.redaction, now.detail) == (CameraState.COVERED_WHOLE, Redaction.WHOLE, "found 0 of 3")
    assert now.withheld == {"found 0 of 3": 10}


def test_a_camera_that_was_only_covered_whole_so_far_is_starting() -> None:
    door = vitals()
    show(door, 102.0, whole="just begun")
    assert (status(door, 102.0).state, status(door, 102.0).redaction) == (CameraState.STARTING, Redaction.WHOLE)


def test_a_recording_that_stopped_degrades_and_says_why() -> None:
    door = vitals()
    show(door, 102.0)
    now = status(door, 102.0, problem="the disk is full")
    assert (now.state, now.detail) == (CameraState.DEGRADED, "the disk is full")


def test_faults_degrade_and_whole_pictures_for_seconds_are_a_state() -> None:
    door = vitals()
    show(door, 102.0)
    now = status(door, 102.0, faults=frozenset({Fault.DARK}))
    assert (now.state, now.detail) == (CameraState.DEGRADED, "dark")
    show(door, 106.0, whole="the camera moved")
    assert status(door, 106.0).state is CameraState.COVERED_WHOLE


def test_one_picture_covered_whole_among_others_is_no_news() -> None:
    door = vitals()
    show(door, 102.0)
    show(door, 102.5, whole="late", count=1)
    assert (status(door, 102.5).redaction, status(door, 102.5).detail) == (Redaction.ACTIVE, "")
    show(door, 103.5, whole="the camera moved")
    assert (status(door, 103.5).redaction, status(door, 103.5).detail) == (Redaction.WHOLE, "the camera moved")


def test_late_begins_and_ends_at_different_lags() -> None:
    door = vitals()
    seen = []
    for index, lag_s in enumerate([0.6, 1.4, 1.6, 1.3, 1.1]):
        now_s = 110.0 + 10 * index
        show(door, now_s, lag_s=lag_s)
        seen.append(Fault.LATE in status(door, now_s).faults)
    assert seen == [False, False, True, True, False]


def test_reasons_do_not_grow_without_end() -> None:
    door = vitals()
    for index in range(100):
        show(door, 102.0 + index, whole=f"reason {index}", count=1)
    now = status(door, 202.0)
    assert len(now.withheld) <= MOST_REASONS + 1
    assert sum(now.withheld.values()) == 100


def test_every_delay_is_counted_in_one_bucket() -> None:
    door = vitals()
    for lag_s in (0.05, 0.1, 0.55, 9.0):
        show(door, 102.0, lag_s=lag_s, count=1)
    now = status(door, 102.0)
    assert sum(now.latency_counts) == 4
    assert now.latency_counts[0] == 2
    assert now.latency_counts[-1] == 1
