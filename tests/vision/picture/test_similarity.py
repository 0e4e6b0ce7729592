"""Shifts, rotations and zooms: they chain, and they can be undone."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from passerby.vision.picture.similarity import STILL, Similarity

similarities = st.builds(
    lambda zoom, angle, x, y: Similarity(zoom * np.exp(1j * angle), complex(x, y)),
    st.floats(0.3, 3.0),
    st.floats(-3.0, 3.0),
    st.floats(-500, 500),
    st.floats(-500, 500),
)
BOXES = np.array([[10, 20, 40, 90], [-30, 5, 12, 6]], np.float32)


@given(similarities)
def test_what_is_undone_is_where_it_was(similarity: Similarity) -> None:
    assert np.allclose(similarity.inverse().boxes(similarity.boxes(BOXES)), BOXES, atol=0.02)
    assert np.allclose(STILL.boxes(BOXES), BOXES)


@given(similarities, similarities)
def test_one_after_the_other_is_as_both_at_once(first: Similarity, second: Similarity) -> None:
    assert np.allclose(first.then(second).boxes(BOXES), second.boxes(first.boxes(BOXES)), rtol=1e-3, atol=0.5)


def test_a_shift_moves_boxes_and_a_zoom_enlarges_them() -> None:
    assert np.allclose(Similarity(1, 3 + 4j).boxes(BOXES), BOXES + np.array([3, 4, 3, 4]))
    assert np.allclose(Similarity(2).boxes(BOXES), 2 * BOXES)


def test_a_larger_picture_shifts_farther_and_turns_alike() -> None:
    small = Similarity(1.1 + 0.1j, 3 - 2j)
    assert np.allclose(small.scaled(4).boxes(4 * BOXES), 4 * small.boxes(BOXES), atol=1e-3)
