"""Other networks look at what is to be opened; a piece that nobody could look at is not known to be empty."""

from __future__ import annotations

import pytest
from tests.stage import Clip, Sees, found

from passerby.errors import DetectorError
from passerby.pipelines.second_look import PieceToOpen, look_again, look_for_others

TIMES = range(0, 3000, 40)
PIECE = PieceToOpen((10, 5, 40, 45), 1.0, 2.0)


def looked(answer, *pieces, **clip):
    return look_again(Clip(TIMES, **clip), [Sees(answer)], pieces)


def test_somebody_in_the_piece_is_suspected():
    answer = looked(lambda frame: found((12, 8, 38, 44), score=0.35), PIECE)[0]
    assert answer.suspects
    assert answer.frames == answer.suspicious >= 3


@pytest.mark.parametrize("box", [(45, 5, 60, 45), (0, 0, 8, 48)])
def test_somebody_beside_the_piece_is_not(box):
    answer = looked(lambda frame: found(box), PIECE)[0]
    assert not answer.suspects
    assert answer.frames >= 3


@pytest.mark.parametrize("moment_s", [1.0, 2.0])
def test_the_first_and_the_last_frame_of_a_piece_are_looked_at(moment_s):
    boxes = [(12, 8, 38, 44)]
    answer = looked(lambda frame: found(*(boxes if frame.time_s == moment_s else [])), PIECE)[0]
    assert answer.suspicious == 1


def test_a_piece_that_no_frame_shows_is_suspect():
    assert looked(lambda frame: found(), PieceToOpen((0, 0, 9, 9), 50.0, 60.0))[0].suspects


def test_a_damaged_frame_is_suspect():
    damaged = dict.fromkeys(range(len(TIMES)), "torn")
    assert looked(lambda frame: found(), PIECE, damaged=damaged)[0].suspects


def test_a_network_that_fails_stops_it():
    def fails(frame):
        msg = "no memory"
        raise RuntimeError(msg)

    with pytest.raises(DetectorError):
        looked(fails, PIECE)


def test_a_region_counts_as_one_person_alone_only_between_looks_that_saw_nobody_else():
    person, passing = (10, 5, 40, 45), (34, 5, 60, 45)
    detector = Sees(lambda frame: found(person, passing) if 1.0 <= frame.time_s <= 1.5 else found(person))
    spans = look_for_others(Clip(TIMES), [detector], lambda time_s: (8, 3, 42, 47) if time_s < 2.0 else None)
    assert max(to_s for _, to_s in spans) < 2.0
    for time_s in (0.1, 0.7, 1.8):
        assert any(from_s <= time_s <= to_s for from_s, to_s in spans), time_s
    for time_s in (1.0, 1.2, 1.5, 2.4):
        assert not any(from_s <= time_s <= to_s for from_s, to_s in spans), time_s


def test_a_box_within_the_persons_box_may_be_somebody_else():
    spans = look_for_others(
        Clip(TIMES), [Sees(lambda frame: found((10, 5, 40, 45), (12, 25, 22, 44)))], lambda _: (8, 3, 42, 47)
    )
    assert spans == ()
