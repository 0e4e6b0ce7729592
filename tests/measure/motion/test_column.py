"""Whether the direction of a column of vehicles is known from boxes alone."""

from __future__ import annotations

import numpy as np
import pytest

from passerby.measure.motion.column import Columns

SIZE = (800, 600)
NOBODY = np.empty(0, np.intp)


def boxes(places, *, vertical=False):
    rows = np.array([(x - 50, 260, x + 50, 340) for x in places if 0 < x < 800], np.float64).reshape(-1, 4)
    return rows[:, [1, 0, 3, 2]] * [1, 0.75, 1, 0.75] if vertical else rows


def doubts(looks, *, vertical=False):
    """Return at which looks the direction is unknown; tracks follow the places of `looks` in order."""
    columns, found = Columns(SIZE), []
    for places, slots, fresh in looks:
        seen = [0 < x < 800 for x in places]
        kept = np.array(slots)[seen].astype(np.intp)
        found.append(columns.look(boxes(places, vertical=vertical), kept, fresh=np.intersect1d(kept, fresh)))
    return found


def full(step, *, apart=160, looks=6):
    """A column without an end in view, in which each car is followed to where its neighbour was."""
    for number in range(looks):
        places = 790 + step * number - apart * np.arange(12)
        yield places, np.arange(12), NOBODY if number else np.arange(12)


@pytest.mark.parametrize("vertical", [False, True], ids=["across", "down"])
@pytest.mark.parametrize("step", [-10, 10, 60])
def test_an_even_column_that_fills_the_lane_may_go_either_way(step, vertical):
    assert doubts(full(step), vertical=vertical)[1:] == [True] * 5


def test_an_uneven_gap_shows_the_direction_and_it_stays_known():
    uneven = [790, 630, 420, 250, 90, -100, -260, -420, -580]
    looks = [([x + 10 * n for x in uneven], range(9), range(9) if n == 0 else NOBODY) for n in range(60)]
    assert not any(doubts(looks))


def test_an_end_in_view_shows_the_direction():
    short = [600, 440, 280]
    looks = [([x + 10 * n for x in short], range(3), range(3) if n == 0 else NOBODY) for n in range(6)]
    assert not any(doubts(looks))


def test_after_a_gap_what_was_known_is_forgotten():
    columns = Columns(SIZE)
    for places in ([600, 440, 280], [610, 450, 290]):
        columns.look(boxes(places), np.arange(3), fresh=NOBODY)
    columns.start_again()
    even = 790 - 160 * np.arange(5)
    assert not columns.look(boxes(even), np.arange(5), fresh=NOBODY)
    assert columns.look(boxes(even - 10), np.arange(5), fresh=NOBODY)


def test_two_vehicles_are_no_column():
    assert not any(doubts([([700, 540], [0, 1], [0, 1]), ([690, 530], [0, 1], NOBODY)]))
