"""Which plan looks: by need, within its budget, and back again."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.stage import found

from passerby.vision.detections import Detections
from passerby.vision.inspect.planner import DOWN_PASSES, MEASURED, UP_PASSES, DetectorPlan, Planner, Seen
from passerby.vision.picture.crowd import BUSY_HITS, DENSE_HITS

PLANS = [DetectorPlan("fast", usual_cost=0.5), DetectorPlan("balanced"), DetectorPlan("thorough", usual_cost=4.5)]
CALM = Seen(found((100, 100, 140, 180)), hits=20, longer_px=640, poor=False, cost_ms=40.0)
SMALL = replace(CALM, found=found((100, 100, 110, 130)))
LARGE = replace(CALM, found=found((100, 100, 200, 300)))
PLENTY_MS = 10_000.0
REAL_MS = {"fast": 20.0, "balanced": 40.0, "thorough": 180.0}


def after(planner: Planner, seen: Seen, passes: int, *, slow: float = 1.0) -> str:
    """The plan after so many passes that all see the same and cost what their plan costs."""
    for _ in range(passes):
        planner.learn(replace(seen, cost_ms=slow * REAL_MS[planner.plan.name]))
    return planner.plan.name


@pytest.mark.parametrize(
    ("seen", "reason"),
    [
        (SMALL, "small people"),
        (replace(CALM, poor=True), "bad light"),
        (replace(CALM, hits=BUSY_HITS), "many people"),
    ],
)
def test_a_scene_that_needs_more_gets_it_after_a_few_passes_and_says_why(seen: Seen, reason: str) -> None:
    planner = Planner(PLANS, budget_ms=PLENTY_MS)
    assert after(planner, seen, UP_PASSES - 1) == "balanced"
    assert after(planner, seen, 1) == "thorough"
    assert planner.why == f"thorough: {reason}"


def test_passes_that_disagree_want_a_harder_plan() -> None:
    planner = Planner(PLANS, budget_ms=PLENTY_MS)
    for k in range(8):
        planner.learn(replace(CALM, found=found((100 + 200 * (k % 2), 100, 140 + 200 * (k % 2), 180))))
    assert planner.why == "thorough: passes disagree"


def test_large_people_are_looked_for_in_small_pictures_but_nobody_is_not() -> None:
    planner = Planner(PLANS, budget_ms=PLENTY_MS)
    assert after(planner, LARGE, DOWN_PASSES) == "fast"
    nobody = replace(CALM, found=Detections.none())
    assert after(planner, nobody, UP_PASSES) == "balanced"
    assert after(planner, nobody, 100) == "balanced"


def test_a_crowd_that_is_covered_as_a_region_needs_no_large_picture() -> None:
    assert after(Planner(PLANS, budget_ms=PLENTY_MS), replace(SMALL, hits=DENSE_HITS), 50) == "balanced"


def test_without_a_budget_the_scene_is_looked_at_hard_until_it_is_known() -> None:
    planner = Planner(PLANS)
    assert planner.why == "thorough: at the start"
    assert after(planner, CALM, DOWN_PASSES - 1) == "thorough"
    assert after(planner, CALM, 1) == "balanced"


def test_a_need_that_is_over_is_left_after_a_while_and_not_at_once() -> None:
    planner = Planner(PLANS, budget_ms=PLENTY_MS)
    after(planner, SMALL, UP_PASSES)
    assert after(planner, CALM, DOWN_PASSES - 1) == "thorough"
    assert after(planner, CALM, 1) == "balanced"


@given(st.floats(1.0, 500.0), st.lists(st.sampled_from([CALM, SMALL, LARGE]), min_size=1, max_size=40))
def test_with_a_budget_a_plan_that_costs_more_is_left_as_soon_as_that_is_known(
    budget_ms: float, scene: list[Seen]
) -> None:
    planner = Planner(PLANS, budget_ms=budget_ms)
    over = 0
    for seen in scene * 6:
        cost_ms = REAL_MS[planner.plan.name]
        over = over + 1 if cost_ms > budget_ms and planner.plan.name != "fast" else 0
        assert over <= MEASURED
        planner.learn(replace(seen, cost_ms=cost_ms))


def test_with_a_budget_the_hardest_plan_that_fits_is_taken() -> None:
    assert after(Planner(PLANS, budget_ms=250), SMALL, 50) == "thorough"
    assert after(Planner(PLANS, budget_ms=60), SMALL, 50) == "balanced"
    assert after(Planner(PLANS, budget_ms=25), SMALL, 50) == "fast"


def test_a_machine_that_slows_down_and_recovers_is_followed() -> None:
    planner = Planner(PLANS, budget_ms=60)
    assert after(planner, CALM, 10) == "balanced"
    assert after(planner, CALM, 20, slow=2.5) == "fast"
    assert after(planner, CALM, 40) == "balanced"


def test_who_fell_behind_takes_an_easier_plan_and_comes_back_later() -> None:
    planner = Planner(PLANS, budget_ms=PLENTY_MS)
    planner.fell_behind()
    assert planner.plan.name == "fast"
    assert after(planner, CALM, 20) == "fast"
    assert after(planner, CALM, 80) == "balanced"


@given(
    st.lists(st.tuples(st.booleans(), st.floats(0, 1000), st.integers(0, 2000), st.booleans()), max_size=60),
    st.none() | st.floats(1, 500),
)
def test_there_is_always_a_plan(passes: list[tuple[bool, float, int, bool]], budget_ms: float | None) -> None:
    planner = Planner(PLANS, budget_ms=budget_ms)
    random = np.random.default_rng(1)
    for behind, cost_ms, hits, poor in passes:
        corners = random.uniform(0, 300, (3, 2))
        boxes = [(float(x), float(y), float(x) + 20, float(y) + 60) for x, y in corners]
        planner.learn(Seen(found(*boxes), hits, 640, poor, cost_ms))
        if behind:
            planner.fell_behind()
        assert planner.plan in PLANS
        assert planner.why.startswith(planner.plan.name)
