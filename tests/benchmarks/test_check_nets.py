"""What counts as found when networks for the check are compared."""

from __future__ import annotations

import numpy as np
import pytest
from benchmarks.check_nets import holds


@pytest.mark.parametrize(
    ("spot", "found"),
    [((0, 0, 40, 100), True), ((0, 50, 40, 100), False), ((15, 5, 25, 15), True), ((0, 0, 12, 9), False)],
)
def test_a_head_is_found_by_a_spot_that_holds_its_middle(spot, found):
    assert holds(spot, np.array([10.0, 0.0, 30.0, 20.0])) is found
