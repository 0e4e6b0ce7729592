"""What covers a picture, told apart by score, margin, motion and time."""

from __future__ import annotations

import numpy as np
import pytest
from benchmarks.moved import VIEW, WAYS, matrices
from benchmarks.utility import CAUSES, _around, _layers
from tests.stage import found

from passerby.redact.frame_record import FrameRecord
from passerby.redact.mask import Cover
from passerby.vision.inspect.ensemble import Look

SIZE = (100, 200)


def layers(cover: tuple[int, int, int, int], *, whole: str = "", score: float = 0.9) -> dict[str, float]:
    boxes = np.array([cover], np.int32)
    record = FrameRecord(0, 0.0, 0.5, whole, as_region=False, cover=Cover(boxes, np.array([True]), (), whole))
    return _layers(record, [Look(0.0, (found((20, 20, 60, 60), score=score),))], None, SIZE)


@pytest.mark.parametrize(("score", "cause"), [(0.9, "sure"), (0.4, "clear"), (0.2, "faint"), (0.1, "poor")])
def test_a_box_counts_for_its_score_and_what_is_around_it_for_margin_and_hold(score: float, cause: str) -> None:
    shares = layers((10, 10, 70, 70), score=score)
    assert shares[cause] == pytest.approx(40 * 40 / 20_000)
    assert shares["margin"] == pytest.approx((44 * 44 - 40 * 40) / 20_000)
    assert sum(shares.values()) == pytest.approx(60 * 60 / 20_000)
    assert set(shares) <= set(CAUSES)


def test_a_frame_that_is_covered_whole_has_one_cause() -> None:
    assert layers((10, 10, 70, 70), whole="too dark to inspect") == {"whole": 1.0}


def test_the_passes_of_a_frame_are_the_one_before_and_the_one_after() -> None:
    times = np.array([0.0, 0.1, 0.2])
    assert [_around(times, at) for at in (0.0, 0.05, 0.1, 0.3)] == [[0], [0, 1], [1], [2]]
    assert _around(np.empty(0), 0.0) == []


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("size", [(1280, 720), (500, 375), (300, 400)], ids=str)
def test_a_moving_view_stays_within_its_photograph(way: str, size: tuple[int, int]) -> None:
    corners = np.array([[0, 0], [VIEW[0], VIEW[1]]])
    for matrix in matrices(size, WAYS[way]):
        inside = (corners - matrix[:, 2]) / matrix[[0, 1], [0, 1]]
        assert inside.min() >= -0.5
        assert (inside <= np.array(size) + 0.5).all()
