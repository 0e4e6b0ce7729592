from __future__ import annotations

import numpy as np
from benchmarks.many import Cut, _paste, _scaled

CUT = Cut(np.full((20, 10, 3), 200, np.uint8), np.ones((20, 10), np.float32))


def test_who_reaches_over_the_border_is_cut_there():
    picture = np.zeros((40, 30, 3), np.uint8)
    _paste(picture, CUT, 25, 10)
    assert (picture[:10, 25:] == 200).all()
    assert picture.sum() == 10 * 5 * 3 * 200


def test_a_walker_keeps_its_proportions():
    assert _scaled(CUT, 40).share.shape == (40, 20)
