from __future__ import annotations

import numpy as np
import pytest

from benchmarks import accuracy


def test_the_page_says_what_the_results_say():
    text = accuracy.PAGE.read_text(encoding="utf-8")
    assert accuracy.page(text) == text, "run python -m benchmarks --write"


def test_plots_are_small():
    plots = list(accuracy.ROOT.glob("accuracy-*.svg"))
    assert len(plots) == 3
    assert all(plot.stat().st_size < 100_000 for plot in plots)


@pytest.mark.parametrize(("other", "share"), [((0, 0, 5, 10), 0.5), ((20, 20, 30, 30), 0.0), ((-5, -5, 50, 50), 1.0)])
def test_a_person_behind_others_is_hidden_by_the_share_that_they_overlap(other, share):
    box = np.array([0.0, 0.0, 10.0, 10.0])
    assert accuracy._hidden(box, np.array([other], float)) == pytest.approx(share, abs=0.05)


def test_every_head_falls_into_exactly_one_class_of_each_quantity():
    rng = np.random.default_rng(1)
    facts = {by: rng.uniform(0, 1.5 * edges[-1], 200) for by, (_, edges) in accuracy.BY.items()}
    heads = accuracy.Heads(rng.uniform(size=200), rng.uniform(size=200), facts)
    for by, (_, edges) in accuracy.BY.items():
        assert sum(row["heads"] for row in accuracy._classes(heads, "clip", by=by, edges=edges)) == 200
