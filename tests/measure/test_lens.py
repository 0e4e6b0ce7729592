from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from passerby.measure.lens import BrownLens, Pinhole, TsaiLens

LENSES = (
    Pinhole(),
    BrownLens((700.0, 690.0), (400.0, 300.0), (-0.1, 0.02, 0.0, 0.0)),
    BrownLens((1000.0, 1000.0), (960.0, 540.0), (-0.4, 0.2, 0.0, 0.0)),
    TsaiLens((0.0047, 0.00465), (324.0, 282.0), 0.0051),
)


@pytest.mark.parametrize("lens", LENSES, ids=lambda lens: type(lens).__name__)
@given(point=st.tuples(st.floats(0, 768), st.floats(0, 576)))
def test_bending_undoes_straightening(lens, point):
    seen = np.array([point])
    assert lens.bent(lens.straight(seen)) == pytest.approx(seen, abs=1e-2)


@pytest.mark.parametrize("lens", LENSES[1:], ids=lambda lens: type(lens).__name__)
def test_a_lens_moves_the_corner_and_not_the_centre(lens):
    centre = np.array([lens.centre_px])
    assert lens.straight(centre) == pytest.approx(centre)
    assert np.linalg.norm(lens.straight(np.array([[5.0, 5.0]])) - 5) > 2
