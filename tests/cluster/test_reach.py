"""A camera that only one node can reach ends up there; one that is off, or has another password, is not sent around."""

from __future__ import annotations

import pytest

from passerby.cluster.reach import REST_S, TRY_S, CameraReach
from passerby.health.status import CameraState, CameraStatus

NODES = ("a", "b", "c")


def said(reach: CameraReach, state: CameraState, now_s: float) -> bool:
    reach.note(CameraStatus("door", state), now_s)
    return reach.must_try_other("door", lambda: NODES, now_s)


@pytest.fixture
def reach() -> CameraReach:
    made = CameraReach()
    made.place("door", "a")
    return made


def test_a_camera_without_a_picture_is_tried_from_each_other_node_and_then_rests(reach: CameraReach) -> None:
    assert not said(reach, CameraState.STARTING, 0)
    assert not said(reach, CameraState.NO_PICTURE, 100)
    assert not said(reach, CameraState.NO_PICTURE, 100 + TRY_S - 1)
    assert said(reach, CameraState.NO_PICTURE, 100 + TRY_S)
    assert reach.tried("door") == {"a"}
    reach.place("door", "b")
    assert not said(reach, CameraState.ABSENT, 200)
    assert said(reach, CameraState.ABSENT, 200 + TRY_S)
    reach.place("door", "c")
    assert not said(reach, CameraState.NO_PICTURE, 300)
    assert not said(reach, CameraState.NO_PICTURE, 300 + TRY_S)
    assert reach.tried("door") == frozenset()
    assert not said(reach, CameraState.NO_PICTURE, 300 + TRY_S + REST_S - 1)
    assert said(reach, CameraState.NO_PICTURE, 300 + TRY_S + REST_S)


def test_a_camera_that_its_node_has_reached_stays_when_it_is_switched_off(reach: CameraReach) -> None:
    assert not said(reach, CameraState.OK, 0)
    assert not said(reach, CameraState.NO_PICTURE, 10)
    assert not said(reach, CameraState.NO_PICTURE, 10_000)


def test_a_wrong_password_is_not_tried_from_everywhere(reach: CameraReach) -> None:
    assert not said(reach, CameraState.NO_PICTURE, 0)
    assert not said(reach, CameraState.REFUSED, 10)
    assert not said(reach, CameraState.REFUSED, 10_000)
    assert not said(reach, CameraState.NO_PICTURE, 10_001)


def test_one_node_alone_keeps_the_camera(reach: CameraReach) -> None:
    reach.note(CameraStatus("door", CameraState.NO_PICTURE), 0)
    assert not reach.must_try_other("door", lambda: ["a"], 1000)
    reach.forget("door")
    assert not reach.must_try_other("door", lambda: NODES, 10_000)
