"""What is published of a camera: what lasts, with its own beginning; what comes and goes is no news."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import pairwise

import pytest

from passerby.health.settled import BEGINS_S, ENDS_S, Settled
from passerby.health.status import CameraState, CameraStatus, Redaction
from passerby.media.fault import Fault

UTC_S = 1e9
BEAT_S = 0.5
OK = CameraStatus("door", CameraState.OK, UTC_S, Redaction.ACTIVE)
DOWN = CameraStatus("door", CameraState.DOWN, detail="its process was ended by signal 9")
GONE = CameraStatus("door", CameraState.NO_PICTURE, UTC_S, detail="it does not answer")
WHOLE = CameraStatus("door", CameraState.COVERED_WHOLE, UTC_S, Redaction.WHOLE, detail="the self-test is under way")


def degraded(*faults: Fault) -> CameraStatus:
    detail = "; ".join(faults)
    return CameraStatus("door", CameraState.DEGRADED, UTC_S, Redaction.ACTIVE, frozenset(faults), detail=detail)


def published(raw: Iterable[CameraStatus]) -> list[CameraStatus]:
    settled = Settled()
    return [settled.observe(each, now_s=BEAT_S * beat, time_s=UTC_S + BEAT_S * beat) for beat, each in enumerate(raw)]


def lasting(status: CameraStatus, seconds: float) -> list[CameraStatus]:
    return [status] * round(seconds / BEAT_S)


@pytest.mark.parametrize("bad", [degraded(Fault.LATE), GONE, WHOLE], ids=lambda bad: bad.state)
def test_a_short_problem_is_no_change_of_state(bad: CameraStatus) -> None:
    told = published([OK, *(lasting(bad, 1) + lasting(OK, 10)) * 5])
    assert {each.state for each in told} == {CameraState.OK}
    assert {each.detail for each in told} == {""}


@pytest.mark.parametrize("bad", [degraded(Fault.LATE), GONE, WHOLE], ids=lambda bad: bad.state)
def test_a_problem_that_flaps_is_published_once(bad: CameraStatus) -> None:
    told = published([OK, *(lasting(bad, 1) + lasting(OK, 1)) * 60])
    states = [each.state for each in told]
    assert sum(a is not b for a, b in pairwise(states)) == 1
    assert (states[0], states[-1]) == (CameraState.OK, bad.state)
    assert told[-1].detail == bad.detail


def test_a_problem_that_lasts_is_published_and_withdrawn_with_its_own_times() -> None:
    told = published([OK, *lasting(degraded(Fault.DARK), 20), *lasting(OK, 20)])
    states = [each.state for each in told]
    begun, ended = states.index(CameraState.DEGRADED), len(states) - states[::-1].index(CameraState.DEGRADED)
    assert begun * BEAT_S == pytest.approx(BEAT_S + BEGINS_S)
    assert ended * BEAT_S == pytest.approx(20 + ENDS_S)
    assert told[begun].fault_since_s == {Fault.DARK: UTC_S + BEAT_S}
    assert (told[-1].faults, told[-1].fault_since_s, told[-1].detail) == (frozenset(), {}, "")


def test_each_fault_has_its_own_beginning() -> None:
    told = published([OK, *lasting(degraded(Fault.DARK), 10), *lasting(degraded(Fault.DARK, Fault.MOVED), 10)])
    assert told[-1].fault_since_s == {Fault.DARK: UTC_S + BEAT_S, Fault.MOVED: UTC_S + BEAT_S + 10}
    assert told[-1].detail == "dark; moved"


def test_less_is_said_to_be_shown_at_once_and_more_only_when_it_lasts() -> None:
    told = published([OK, WHOLE, OK, GONE, *lasting(OK, 4)])
    shown = [each.redaction for each in told]
    assert shown[:5] == [Redaction.ACTIVE, Redaction.WHOLE, Redaction.WHOLE, Redaction.NONE, Redaction.NONE]
    assert shown[-1] is Redaction.ACTIVE


def test_the_end_of_a_process_and_what_follows_a_start_are_published_at_once() -> None:
    starting = CameraStatus("door")
    told = published([starting, OK, DOWN, starting, GONE, OK])
    assert [each.state for each in told] == [
        CameraState.STARTING,
        CameraState.OK,
        CameraState.DOWN,
        CameraState.STARTING,
        CameraState.NO_PICTURE,
        CameraState.NO_PICTURE,
    ]
    assert told[2].detail == DOWN.detail


def test_a_camera_whose_problems_take_turns_is_not_said_to_be_well() -> None:
    told = published([OK, *(lasting(GONE, 2) + lasting(WHOLE, 2)) * 10])
    assert CameraState.OK not in {each.state for each in told[-20:]}


def test_a_reason_that_changes_with_every_status_is_not_news_with_every_status() -> None:
    many = [CameraStatus("door", CameraState.COVERED_WHOLE, detail=f"reason {index}") for index in range(60)]
    assert len({each.detail for each in published([OK, *many])}) <= 60 * BEAT_S / BEGINS_S + 1
