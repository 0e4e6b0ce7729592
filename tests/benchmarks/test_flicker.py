from __future__ import annotations

import numpy as np

from benchmarks import flicker

NAN = np.nan
TABLE = np.array([[1.0, 0.0, NAN, 0.4], [0.2, 0.0, NAN, 1.0], [1.0, 0.0, 0.9, 1.0], [1.0, 1.0, NAN, NAN]])


def test_a_face_is_found_when_covered_in_three_tenths_of_the_frames_that_show_it():
    assert flicker.found(TABLE).tolist() == [True, False, True, True]


def test_only_frames_that_show_a_face_count():
    assert flicker.bare(TABLE, np.array([True, False, True, True])) == (2, 8)
