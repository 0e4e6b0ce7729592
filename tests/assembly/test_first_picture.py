"""A camera that is tried shows a picture that was covered in parts, or after a while one that is covered whole."""

from __future__ import annotations

from fractions import Fraction

import pytest

from passerby.assembly.first_picture import SETTLED_S, first_covered
from passerby.errors import AbsentError, RefusedError, SourceError
from passerby.health.status import CameraState, CameraStatus, Redaction
from passerby.pipelines.live import CoveredPicture
from passerby.redact.redactor import notice

WRONG = "it rejects the password"


def picture(number: int, redaction: Redaction) -> CoveredPicture:
    frame = notice(["covered"], height=60, width=80, pts=number, time_base=Fraction(1, 25))
    return CoveredPicture(frame, redaction)


def taken(*shown: CoveredPicture | None, state: CameraState = CameraState.STARTING, detail: str = WRONG) -> int:
    """Return the time of the picture that is taken of these, one a second."""
    now_s = 0.0

    def clock() -> float:
        return now_s

    def pictures():
        nonlocal now_s
        for each in shown:
            yield each
            now_s += 1

    status = CameraStatus("door", state, detail=detail)
    return first_covered(pictures(), status=lambda: status, clock=clock).frame.pts


def test_notices_pauses_and_what_nobody_has_looked_at_are_passed_over() -> None:
    begin = [None, picture(1, Redaction.NONE), picture(2, Redaction.WHOLE), None]
    assert taken(*begin, picture(3, Redaction.ACTIVE), picture(4, Redaction.ACTIVE)) == 3


def test_a_camera_that_stays_covered_whole_shows_that_in_the_end() -> None:
    stays = [picture(number, Redaction.WHOLE) for number in range(60)]
    assert taken(*stays) == SETTLED_S + 1


def test_the_wait_begins_with_the_first_picture() -> None:
    late = [picture(0, Redaction.NONE)] * 30
    assert taken(*late, picture(1, Redaction.WHOLE), picture(2, Redaction.ACTIVE)) == 2


@pytest.mark.parametrize(
    ("state", "kind"),
    [
        (CameraState.REFUSED, RefusedError),
        (CameraState.ABSENT, AbsentError),
        (CameraState.NO_PICTURE, SourceError),
    ],
)
def test_a_camera_that_cannot_be_used_is_not_tried_for_ever(state: CameraState, kind: type[SourceError]) -> None:
    with pytest.raises(kind, match=WRONG):
        taken(None, picture(0, Redaction.NONE), state=state)


def test_a_camera_that_takes_long_to_connect_is_waited_for() -> None:
    shown = [picture(1, Redaction.NONE), picture(2, Redaction.NONE), picture(3, Redaction.ACTIVE)]
    assert taken(*shown, state=CameraState.STARTING) == 3


def test_a_connection_that_is_lost_after_a_picture_is_made_again() -> None:
    shown = [picture(1, Redaction.WHOLE), picture(2, Redaction.NONE), picture(3, Redaction.ACTIVE)]
    assert taken(*shown, state=CameraState.NO_PICTURE) == 3
