from __future__ import annotations

import pytest

pytest.importorskip("pedpy")
pytest.importorskip("jupedsim")
pytestmark = pytest.mark.filterwarnings("ignore")  # the peers' own libraries warn of their own futures


def compared(walk, every):
    from benchmarks.agreement import compare

    return {row["quantity"]: row["largest_difference"] for row in compare(walk, every=every)}


def test_measures_agree_with_pedpy_on_a_simulated_egress():
    from benchmarks.agreement import simulation

    found = compared(simulation(people=30, seconds=15.0), every=10)
    assert len(found) == 7
    assert max(found.values()) < 1e-6, found


@pytest.mark.data
def test_measures_agree_with_pedpy_on_a_recorded_bottleneck(data_dir, monkeypatch):
    from benchmarks.agreement import experiments

    monkeypatch.setenv("PASSERBY_DATA", str(data_dir))
    found = compared(next(experiments()), every=100)
    assert max(found.values()) < 1e-6, found
