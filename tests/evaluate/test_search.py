"""The search finds settings that leave fewer drawn people bare, or cover less, and lowers nothing without evidence."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest

from passerby.evaluate.search import (
    GRID,
    LEAST_HEADS,
    MOST_AREA,
    SIZE_ENDS,
    HeadCounts,
    PlanSearch,
    Trial,
    usual_choice,
    why_refused,
)
from passerby.redact.rule import COVER_SCORE
from passerby.settings.camera_plan import PlanChoice
from passerby.vision.effort import Effort

PICTURE = (960, 720)
MANY = HeadCounts((500,) * len(SIZE_ENDS), ((500,) * GRID[1],) * GRID[0])


@dataclass(frozen=True)
class Drawn:
    """A scene of drawn people and of things that a network takes for people, each a box with a score."""

    people: np.ndarray
    people_scores: np.ndarray
    things: np.ndarray
    thing_scores: np.ndarray

    def judge(self, choice: PlanChoice) -> Trial:
        """Cover with a choice: a head is bare if its box has too low a score; each box costs its area."""
        table = choice.table(PICTURE)
        covered = self.people_scores >= table.least(self.people)
        false = self.thing_scores >= table.least(self.things)
        sides = [boxes[:, 2:] - boxes[:, :2] for boxes in (self.people[covered], self.things[false])]
        area = sum(float(each.prod(axis=1).sum()) for each in sides) * choice.growth**2 * (0.8 + 0.4 * choice.hold_s)
        bare = int((~covered).sum())
        return Trial(len(self.people), bare, bare, area / (PICTURE[0] * PICTURE[1] * 40))


def boxes_at(rng: np.random.Generator, count: int, height: float, region: tuple[int, int]) -> np.ndarray:
    """Boxes of one height with their middles in one region of the grid."""
    row, column = region
    x = rng.uniform(column * 320 + 5, column * 320 + 315, count)
    y = rng.uniform(row * 240 + 5, row * 240 + 235, count)
    half = np.array([height / 5, height / 2])
    middle = np.stack([x, y], axis=1)
    return np.concatenate((middle - half, middle + half), axis=1).astype(np.float32)


def scene(*, small_score: float, thing_score: float) -> Drawn:
    """Small people far away with one score, others sure, and large false boxes in the lower left region."""
    rng = np.random.default_rng(3)
    people = np.concatenate([boxes_at(rng, 300, 30, (0, 1)), boxes_at(rng, 300, 150, (2, 0))])
    scores = np.repeat([small_score, 0.6], 300)
    things = boxes_at(rng, 400, 160, (2, 0))
    return Drawn(people, scores, things, np.full(400, thing_score))


def searched(drawn: Drawn, counts: HeadCounts = MANY, **more: object) -> PlanSearch:
    search = PlanSearch(drawn.judge, counts, efforts=(Effort.BALANCED,), **more)
    for _ in search.run():
        pass
    return search


def test_people_whom_the_usual_score_misses_are_found_with_a_lower_one():
    search = searched(scene(small_score=0.12, thing_score=0.05))
    usual = scene(small_score=0.12, thing_score=0.05).judge(usual_choice())
    assert usual.bare == 300
    assert search.result().bare == 0
    assert search.result().area <= MOST_AREA * usual.area
    assert search.best.sizes[0].score < COVER_SCORE
    assert why_refused(usual, search.result()) == ""


def test_false_boxes_are_no_longer_covered_where_labelled_people_have_higher_scores():
    drawn = scene(small_score=0.5, thing_score=0.18)
    usual = drawn.judge(usual_choice())
    best = searched(drawn).result()
    assert best.bare == usual.bare == 0
    assert best.area < usual.area / 2


def test_nothing_is_raised_where_too_few_heads_were_labelled():
    drawn = scene(small_score=0.5, thing_score=0.18)
    few = HeadCounts((LEAST_HEADS - 1,) * len(SIZE_ENDS), ((LEAST_HEADS - 1,) * GRID[1],) * GRID[0])
    best = searched(drawn, few).best
    assert max(each.score for each in best.sizes) <= COVER_SCORE
    assert max(max(row) for row in best.regions) <= 1.0


def test_a_bare_head_weighs_more_than_any_area():
    drawn = scene(small_score=0.2, thing_score=0.18)
    assert searched(drawn).result().bare == 0


def test_more_effort_must_save_area_or_heads():
    def judge(choice: PlanChoice) -> Trial:
        return Trial(1000, 0, 0, {Effort.BALANCED: 0.1, Effort.THOROUGH: 0.099, Effort.FAST: 0.2}[choice.effort])

    search = PlanSearch(judge, MANY)
    for _ in search.run():
        pass
    assert search.best.effort is Effort.BALANCED
    better = PlanSearch(lambda choice: Trial(1000, int(choice.effort is not Effort.THOROUGH), 1, 0.1), MANY)
    for _ in better.run():
        pass
    assert better.best.effort is Effort.THOROUGH


def test_settings_that_expose_more_heads_or_cover_far_more_are_not_taken():
    def judge(choice: PlanChoice) -> Trial:
        if choice.growth > 1.04:
            return Trial(1000, 0, 0, 0.9)
        return Trial(1000, 4, 9 if choice.growth < 1.04 else 5, 0.05 if choice.growth < 1.04 else 0.1)

    search = PlanSearch(judge, MANY, efforts=(Effort.BALANCED,))
    for _ in search.run():
        pass
    assert search.best.growth == 1.04


def test_each_choice_is_tried_once():
    tried: list[PlanChoice] = []
    drawn = scene(small_score=0.12, thing_score=0.18)

    def judge(choice: PlanChoice) -> Trial:
        tried.append(choice)
        return drawn.judge(choice)

    search = PlanSearch(judge, MANY, efforts=(Effort.BALANCED,))
    for _ in search.run():
        pass
    assert len(tried) == len(set(tried)) == search.trials


@pytest.mark.parametrize(
    ("after", "refused"),
    [
        (Trial(1000, 1, 5, 0.2), False),  # fewer bare heads
        (Trial(1000, 2, 5, 0.09), False),  # as many, on less area
        (Trial(1000, 2, 5, 0.1), True),  # the same
        (Trial(1000, 2, 5, 0.11), True),
        (Trial(1000, 3, 5, 0.01), True),  # more bare heads, whatever the area
    ],
)
def test_a_plan_needs_a_lower_bound_or_the_same_on_less_area(after, refused):
    reason = why_refused(Trial(1000, 2, 5, 0.1), after)
    assert bool(reason) == refused
    if refused:
        assert f"{after.bare} of 1,000 labelled heads" in reason
