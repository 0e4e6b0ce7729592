from __future__ import annotations

import numpy as np
import pytest

from passerby.measure.virtual_loop import VirtualLoop

SIZE = (640, 480)
ROWS, COLUMNS = 240, 320
UPRIGHT = (np.array([320.0, 100.0]), np.array([320.0, 400.0]), np.array([1.0, 0.0]))
"""A line from top to bottom: its left is on the right of the picture."""


def mask(*boxes):
    """Return a mask in which boxes move: x1 y1 x2 y2 in its own cells."""
    made = np.zeros((ROWS, COLUMNS), np.uint8)
    for x1, y1, x2, y2 in np.round(boxes).astype(int).tolist():
        made[max(y1, 0) : max(y2, 0), max(x1, 0) : max(x2, 0)] = 255
    return made


def passages(masks, *, per_s=25.0):
    loop = VirtualLoop(*UPRIGHT, size_px=SIZE)
    for number, each in enumerate(masks):
        loop.observe(number / per_s, each)
    return loop.drain()


def driving(*cars, frames=100):
    """Yield masks of cars: first column, row, cells a frame, length, width."""
    for number in range(frames):
        yield mask(*[(x + v * number, y, x + v * number + length, y + width) for x, y, v, length, width in cars])


@pytest.mark.parametrize(("start", "speed", "inwards"), [(20, 3, True), (280, -3, False), (20, 9, True)])
def test_a_car_passes_once_and_in_its_direction(start, speed, inwards):
    (passage,) = passages(driving((start, 120, speed, 30, 14)))
    assert passage.inwards is inwards
    assert passage.width_px == 28
    assert (passage.low + passage.high) / 2 == pytest.approx((127 - 50) / 150, abs=0.02)
    assert passage.start_s == pytest.approx(((130 if inwards else 160) - start) / speed / 25, abs=0.1)


def test_cars_one_behind_another_and_side_by_side_pass_one_by_one():
    column = [(100 - 60 * number, 90, 5, 30, 14) for number in range(4)]
    found = passages(driving(*column, (260, 150, -5, 30, 14)))
    assert sorted(each.inwards for each in found) == [False, True, True, True, True]


def test_a_car_beside_the_line_or_one_that_turns_back_passes_nothing_in_a_direction():
    assert passages(driving((20, 215, 3, 30, 14))) == []
    to_and_fro = [mask((130 + x, 120, 160 + x, 134)) for x in (*range(20), *range(20, 0, -1), -5, -10, -15, -20)]
    assert [each.inwards for each in passages([*to_and_fro, *[mask()] * 10])] == [None]


def test_leaves_and_what_stays_on_the_line_are_no_passage():
    assert passages(driving((20, 120, 3, 2, 2))) == []
    assert passages([mask((140, 100, 180, 130))] * 300 + [mask()] * 20) == []


def test_what_is_on_the_line_while_motion_is_unknown_is_not_counted():
    masks = list(driving((20, 120, 3, 30, 14)))
    assert passages([*masks[:42], None, *masks[60:]]) == []


def test_a_line_at_the_border_sees_what_is_left_of_its_loop():
    loop = VirtualLoop(np.array([8.0, 100.0]), np.array([8.0, 400.0]), np.array([1.0, 0.0]), size_px=SIZE)
    for number, each in enumerate(driving((200, 120, -4, 30, 14))):
        loop.observe(number / 25, each)
    assert [each.inwards for each in loop.drain()] == [False]


def test_when_the_clock_goes_back_the_loop_begins_again():
    loop = VirtualLoop(*UPRIGHT, size_px=SIZE)
    for number, each in enumerate([*driving((20, 120, 3, 30, 14), frames=42), *driving((20, 120, 3, 30, 14))]):
        loop.observe((1000 if number < 42 else 0) + number / 25, each)
    assert len(loop.drain()) == 1
