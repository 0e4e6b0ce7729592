from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from passerby.measure.motion.recent_boxes import FIRST_ROWS, RecentBoxes

frames = st.lists(st.sets(st.integers(0, 9)), min_size=1, max_size=3 * FIRST_ROWS)


def filled(seen):
    """Return the sights of one frame a second; the box of a slot tells when and whose it is."""
    sights = RecentBoxes(4)
    for number, slots in enumerate(seen):
        sights.append(float(number))
        who = np.array(sorted(slots), np.intp)
        sights.put(who, np.stack((who, who, np.full(len(who), number), who), axis=1).astype(float), of=10)
        sights.drop(number - 20.0)
    return sights


@given(frames)
def test_what_was_seen_of_the_last_frames_is_told_as_it_was(seen):
    sights = filled(seen)
    rows = sights.rows(-1.0, np.inf)
    assert [sights.time_s(row) for row in rows] == [float(n) for n in range(max(0, len(seen) - 21), len(seen))]
    away, there, boxes = sights.around(rows[-1], np.arange(10), reach_s=5.0)
    for time_s, here, box in zip(away + len(seen) - 1, there, boxes, strict=True):
        assert set(np.flatnonzero(here)) == seen[round(time_s)]
        assert (box[2][here] == time_s).all()
        assert (box[:, ~here] == 0).all()


@given(frames)
def test_the_nearest_sights_are_those_before_and_after(seen):
    sights = filled(seen)
    rows = sights.rows(-1.0, np.inf)
    middle = rows[len(rows) // 2]
    earlier, later = sights.nearest_s(middle)
    times = {
        slot: [sights.time_s(row) for row in rows if slot in seen[round(sights.time_s(row))]] for slot in range(10)
    }
    at = sights.time_s(middle)
    for slot in range(10):
        assert earlier[slot] == max((t for t in times[slot] if t <= at), default=-np.inf)
        assert later[slot] == min((t for t in times[slot] if t >= at), default=np.inf)


def test_a_forgotten_slot_was_never_seen():
    sights = filled([{1, 2}] * 3)
    sights.forget(np.array([1]))
    assert not np.isfinite(sights.nearest_s(1)[0][1])
    assert np.isfinite(sights.nearest_s(1)[0][2])


def test_a_frame_that_nobody_looked_at_is_no_span():
    sights = filled([{0}])
    sights.append(1.0)
    sights.append(2.0)
    assert [sights.looked(row) for row in sights.rows(-1.0, 2.0)] == [True, False, False]
    assert [sights.linked(row, gap_s=1.5, most=3) for row in sights.rows(-1.0, 0.0)] == [1]


def test_looks_are_linked_over_frames_that_nobody_looked_at_but_not_over_long_gaps():
    sights = RecentBoxes(1)
    for time_s, looked in ((0.0, True), (0.1, False), (0.2, True), (0.3, True), (1.0, True)):
        sights.append(time_s)
        if looked:
            sights.put(np.array([0]), np.ones((1, 4)), of=1)
    rows = [row for row in sights.rows(-1.0, 2.0) if sights.looked(row)]
    assert [sights.linked(row, gap_s=0.25, most=9) for row in rows] == [3, 3, 3, 1]
    assert [sights.linked(row, gap_s=0.25, most=2) for row in rows] == [2, 2, 2, 1]
