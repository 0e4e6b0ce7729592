"""From passes to cover: what is found is covered, before, between and after, and nothing takes it away."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import cv2
import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from tests.stage import Box, found

from passerby.redact.choice import CoverKind
from passerby.redact.cover_boxes import outwards
from passerby.redact.cover_plan import CoverPlan
from passerby.redact.mask import Cover
from passerby.redact.rule import rules_for
from passerby.redact.timeline import LEAST_HOLD_S, SURE_PASSES, WALK_ON_S
from passerby.vision.detections import Detections, Kind
from passerby.vision.inspect.ensemble import Look
from passerby.vision.picture.foreground import LEAST_CELLS
from passerby.vision.picture.similarity import Similarity

HEIGHT, WIDTH = 120, 160
GAP_S = 0.12
FEW = settings(max_examples=40)
RULES = rules_for(frozenset({CoverKind.PEOPLE}), score=0.2, margin=0.1)
Answer = list[Box]
SIZE = (HEIGHT, WIDTH)


def plan(*, hold_s: float = 1.0, motion: bool = False) -> CoverPlan:
    return CoverPlan(RULES, hold_s=hold_s, motion=motion)


def covers(looks: list[Look], *, hold_s: float = 1.0) -> list[Cover]:
    """Cover at each pass, then in each stretch between two, when all passes are known."""
    whole = plan(hold_s=hold_s)
    for look in looks:
        whole.observe(look)
    times = [look.time_s for look in looks]
    stretches = sorted([(time, time) for time in times] + list(pairwise(times)))
    return [whole.cover(start, end, size=SIZE) for start, end in stretches]


def rasters(looks: list[Look], *, hold_s: float = 1.0) -> NDArray[np.uint8]:
    return np.stack([cover.raster(HEIGHT, WIDTH) for cover in covers(looks, hold_s=hold_s)])


def looks_of(*detectors: list[Answer]) -> list[Look]:
    """One list of answers for each detector, one answer for each pass."""
    passes = zip(*detectors, strict=True)
    return [Look(GAP_S * k, tuple(found(*boxes) for boxes in answers)) for k, answers in enumerate(passes)]


def holds(cover: Cover, box: Box) -> bool:
    """Whether one rectangle of the cover holds the whole of a box."""
    x1, y1, x2, y2 = cover.boxes_px.T
    return bool(((x1 <= box[0]) & (y1 <= box[1]) & (x2 >= box[2]) & (y2 >= box[3])).any())


@st.composite
def boxes(draw: st.DrawFn) -> Box:
    x, y = draw(st.integers(-10, WIDTH)), draw(st.integers(-10, HEIGHT))
    return x, y, x + draw(st.integers(2, 60)), y + draw(st.integers(2, 60))


answers = st.lists(boxes(), max_size=3)
PASSES = 6
detectors = st.lists(answers, min_size=PASSES, max_size=PASSES)


@given(detectors)
def test_what_a_pass_found_is_covered_in_its_frame(seen: list[Answer]) -> None:
    looks = looks_of(seen)
    whole = plan()
    for look in looks:
        whole.observe(look)
    for look, answer in zip(looks, seen, strict=True):
        cover = whole.cover(look.time_s, look.time_s, size=SIZE)
        assert all(holds(cover, box) for box in answer)


@FEW
@given(detectors, st.floats(0.0, 2.0))
def test_what_a_pass_found_is_covered_from_the_pass_before_to_the_pass_after(seen: list[Answer], hold_s: float) -> None:
    looks = looks_of(seen)
    whole = plan(hold_s=max(hold_s, GAP_S))
    for look in looks:
        whole.observe(look)
    for number, (a, b) in enumerate(pairwise(looks)):
        cover = whole.cover(a.time_s, b.time_s, size=SIZE)
        assert all(holds(cover, box) for box in seen[number] + seen[number + 1])


@FEW
@given(detectors, detectors)
def test_one_more_detector_only_adds_cover(one: list[Answer], other: list[Answer]) -> None:
    alone, both = rasters(looks_of(one)), rasters(looks_of(one, other))
    assert (both >= alone).all()
    assert np.array_equal(both, np.maximum(alone, rasters(looks_of(other))))


@FEW
@given(detectors, detectors, detectors)
def test_the_order_of_detectors_does_not_matter(a: list[Answer], b: list[Answer], c: list[Answer]) -> None:
    assert np.array_equal(rasters(looks_of(a, b, c)), rasters(looks_of(c, a, b)))


@given(detectors)
def test_a_picture_of_twice_the_size_has_twice_the_cover(seen: list[Answer]) -> None:
    doubled = [[(2 * a, 2 * b, 2 * c, 2 * d) for a, b, c, d in answer] for answer in seen]
    for small, large in zip(covers(looks_of(seen)), covers(looks_of(doubled)), strict=True):
        twice = small.boxes_px * 2
        assert (
            np.abs(large.boxes_px - twice) <= 2
        ).all()  # one pixel of the small picture, by rounding and by its part


@FEW
@given(st.integers(24, 40), st.integers(2, 60), st.integers(0, 8), st.floats(0.1, 0.9))
@example(24, 2, 0, 0.36)  # ends exactly at a pass
def test_time_reversed_gives_the_same_cover_of_one_thing(width: int, height: int, step: int, hold_s: float) -> None:
    places = range(SURE_PASSES)  # fewer, and the hold would depend on how much is known yet
    seen: list[Answer] = [[(20 + step * k, 30, 20 + step * k + width, 30 + height)] for k in places]
    seen = [[], [], [], *seen, [], [], []]
    forth, back = covers(looks_of(seen), hold_s=hold_s), covers(looks_of(seen[::-1]), hold_s=hold_s)
    for a, b in zip(forth, back[::-1], strict=True):
        assert a.boxes_px.shape == b.boxes_px.shape
        assert (np.abs(a.boxes_px - b.boxes_px) <= 1).all()


walks = st.tuples(st.integers(30, 40), st.integers(30, 60), st.integers(-60, 60), st.integers(-60, 60))
"""Width and height, px, and speed, px/s, of things that overlap from pass to pass."""
missed = st.lists(st.booleans(), min_size=24, max_size=24)


def walker(walk: tuple[int, int, int, int], time_s: float) -> Box:
    """Where a thing of steady speed is."""
    width, height, across, down = walk
    x, y = 60 + across * time_s, 40 + down * time_s
    return x, y, x + width, y + height


def covered_at(walk: tuple[int, int, int, int], seen: list[bool], hold_s: float) -> list[Cover]:
    """Cover at each pass, of which those marked found the walker."""
    looks = looks_of([[walker(walk, GAP_S * k)] if hit else [] for k, hit in enumerate(seen)])
    whole = plan(hold_s=hold_s)
    for look in looks:
        whole.observe(look)
    return [whole.cover(look.time_s, look.time_s, size=SIZE) for look in looks]


def covered_passes(walk: tuple[int, int, int, int], seen: list[bool], hold_s: float) -> list[bool]:
    at = covered_at(walk, seen, hold_s)
    return [holds(cover, walker(walk, GAP_S * k)) for k, cover in enumerate(at)]


@FEW
@given(walks, missed, st.floats(0.0, 1.0), st.floats(0.0, 1.0))
def test_a_longer_hold_bares_no_walker_that_a_shorter_one_covered(
    walk: tuple[int, int, int, int], seen: list[bool], one_s: float, more_s: float
) -> None:
    short, long = (covered_passes(walk, seen, hold_s) for hold_s in (one_s, one_s + more_s))
    assert all(after >= before for before, after in zip(short, long, strict=True))


@FEW
@given(walks, st.integers(1, 8))
def test_a_walker_found_before_and_after_a_gap_is_covered_in_it(walk: tuple[int, int, int, int], gap: int) -> None:
    seen = [True] * 6 + [False] * gap + [True] * 6
    assert all(covered_passes(walk, seen, 1.0))


@FEW
@given(walks, st.integers(1, 3))
def test_a_sure_walker_is_followed_before_the_first_and_after_the_last_finding(
    walk: tuple[int, int, int, int], hold: int
) -> None:
    assert hold * GAP_S < WALK_ON_S
    seen = [False] * 6 + [True] * SURE_PASSES + [False] * 6
    covered = covered_passes(walk, seen, hold * GAP_S + 0.01)
    assert all(covered[6 - hold : 6 + SURE_PASSES + hold])


@FEW
@given(walks, st.integers(1, 7))
def test_where_somebody_came_and_stopped_is_covered_for_the_whole_hold(
    walk: tuple[int, int, int, int], hold: int
) -> None:
    seen = [False] * 12 + [True] * SURE_PASSES + [False] * 12
    cover = covered_at(walk, seen, hold * GAP_S + 0.01)
    first, last = 12, 12 + SURE_PASSES - 1
    assert all(holds(each, walker(walk, GAP_S * first)) for each in cover[first - hold : first])
    assert all(holds(each, walker(walk, GAP_S * last)) for each in cover[last : last + hold + 1])


@FEW
@given(st.floats(0.16, 1.0), st.integers(1, 40), st.floats(0.2, 2.0))
def test_cover_dies_away_sooner_the_less_sure_a_finding_was(score: float, passes: int, hold_s: float) -> None:
    def hold_of(score: float, passes: int) -> float:
        whole = CoverPlan(rules_for(frozenset({CoverKind.PEOPLE}), score=0.15, margin=0.1), hold_s=hold_s, motion=False)
        for k in range(passes):
            whole.observe(Look(GAP_S * k, (found((40, 40, 60, 90), score=score),)))
        last_s = GAP_S * (passes - 1)
        steps = np.arange(last_s, last_s + hold_s + 0.5, 0.01).tolist()
        return sum(bool(len(whole.cover(time_s, time_s, size=SIZE).boxes_px)) for time_s in steps) * 0.01

    held_s = hold_of(score, passes)
    assert min(hold_s, LEAST_HOLD_S) - 0.02 <= held_s <= hold_s + 0.02
    assert held_s <= hold_of(1.0, passes) + 0.02
    assert held_s <= hold_of(score, passes + 5) + 0.02
    assert hold_of(0.9, SURE_PASSES) >= hold_s - 0.02


@FEW
@given(walks, st.integers(1, 60))
def test_cover_dies_when_its_time_is_over(walk: tuple[int, int, int, int], later: int) -> None:
    whole = plan()
    whole.observe(looks_of([[walker(walk, 0.0)]])[0])
    start_s = 2.5 + later / 10
    assert not len(whole.cover(start_s, start_s + GAP_S, size=SIZE).boxes_px)


@given(detectors)
def test_with_a_still_view_rounding_is_part_of_a_margin_and_what_a_pass_found_stays_covered(seen: list[Answer]) -> None:
    looks = looks_of(seen)
    still, moved = plan(), plan()
    moved.follow(0.0, Similarity(1, 1))  # by one pixel, and then it stands
    for look in looks:
        still.observe(look)
        moved.observe(look)
    for look, answer in zip(looks, seen, strict=True):
        less, more = (each.cover(look.time_s, look.time_s, size=SIZE) for each in (still, moved))
        assert all(holds(less, box) for box in answer)
        assert (more.raster(*SIZE) >= less.raster(*SIZE)).all()


touching = st.tuples(st.integers(0, 3), st.floats(0.0, 0.99), st.floats(5.0, 40.0))


@given(touching)
def test_a_box_at_the_border_is_covered_to_the_last_row_and_column(touch: tuple[int, float, float]) -> None:
    side, short, depth = touch
    ends: list[Box] = [
        (short, 20, depth, 60),
        (20, short, 60, depth),
        (WIDTH - depth, 20, WIDTH - short, 60),
        (20, HEIGHT - depth, 60, HEIGHT - short),
    ]
    mask = rasters(looks_of([[ends[side]]]))[0]
    edges = [mask[20:60, 0], mask[0, 20:60], mask[20:60, -1], mask[-1, 20:60]]
    assert edges[side].all()


CELL_PX = 2
"""Pixels of the frame to one of the watched picture, in these tests."""


def motion(*blocks: Box) -> NDArray[np.uint8]:
    """What moves: blocks, px of the watched picture."""
    mask = np.zeros((HEIGHT // CELL_PX, WIDTH // CELL_PX), np.uint8)
    for x1, y1, x2, y2 in blocks:
        mask[int(y1) : int(y2), int(x1) : int(x2)] = 255
    return mask


@st.composite
def moving_blocks(draw: st.DrawFn) -> Box:
    x, y = draw(st.integers(0, WIDTH // CELL_PX - 2)), draw(st.integers(0, HEIGHT // CELL_PX - 2))
    return x, y, x + draw(st.integers(2, 60)), y + draw(st.integers(2, 60))


blocks_of_motion = st.lists(moving_blocks(), min_size=1, max_size=4)


def bare_cells(mask: NDArray[np.uint8], cover: Cover) -> NDArray[np.uint8]:
    """What moves and of which no pixel is covered."""
    tall, wide = mask.shape
    raster = cover.raster(HEIGHT, WIDTH).reshape(tall, CELL_PX, wide, CELL_PX)
    return np.asarray((mask > 0) & ~raster.any(axis=(1, 3)), np.uint8)


@given(detectors, blocks_of_motion)
def test_every_moving_pixel_beyond_noise_is_covered_and_nothing_found_loses_cover(
    seen: list[Answer], blocks: list[Box]
) -> None:
    moving = motion(*blocks)
    still, moved = plan(motion=False), plan(motion=True)
    for look in looks_of(seen):
        still.observe(look)
        moved.observe(look)
    without, cover = (each.cover(0.0, 0.0, size=SIZE, moving=moving) for each in (still, moved))
    assert (cover.raster(HEIGHT, WIDTH) >= without.raster(HEIGHT, WIDTH)).all()
    _, _, left, _ = cv2.connectedComponentsWithStats(bare_cells(moving, cover))
    assert (left[1:, cv2.CC_STAT_AREA] < LEAST_CELLS).all()


@given(blocks_of_motion, st.booleans())
def test_the_box_of_somebody_who_is_found_does_not_swallow_who_moves_beside(blocks: list[Box], left: bool) -> None:
    whole = plan(motion=True)
    inside: Box = (0, 0, 80, HEIGHT) if left else (80, 0, WIDTH, HEIGHT)
    whole.observe(looks_of([[inside]])[0])
    beside = (50, 20, 56, 40) if left else (10, 20, 16, 40)
    cover = whole.cover(0.0, 0.0, size=SIZE, moving=motion(*blocks, beside))
    assert not bare_cells(motion(beside), cover).any()


def test_what_moves_where_nothing_was_found_is_covered_closely() -> None:
    cover = plan(motion=True).cover(0.0, 0.0, size=SIZE, moving=motion((15, 15, 25, 35)))
    assert holds(cover, (30, 30, 50, 70))
    assert cover.share(HEIGHT, WIDTH) < 0.1


def test_noise_and_what_moves_under_cover_add_nothing() -> None:
    whole = plan(motion=True)
    whole.observe(looks_of([[(20, 20, 60, 80)]])[0])
    alone = whole.cover(0.0, 0.0, size=SIZE)
    noisy = whole.cover(0.0, 0.0, size=SIZE, moving=motion((12, 12, 28, 38), (70, 50, 72, 52)))
    assert np.array_equal(alone.boxes_px, noisy.boxes_px)


cells = st.lists(st.booleans(), min_size=12, max_size=12).map(lambda flat: np.array(flat).reshape(3, 4))


@given(cells, cells)
def test_a_crowd_is_covered_where_it_was_seen_shortly_before_and_after(
    first: NDArray[np.bool_], then: NDArray[np.bool_]
) -> None:
    whole = plan()
    for time_s, crowd in ((0.0, first), (0.12, then)):
        whole.observe(replace(looks_of([[]])[0], time_s=time_s, crowd=crowd))
    mask = whole.crowd(0.0, 0.12, size=SIZE).raster(HEIGHT, WIDTH)
    expected = np.kron(first | then, np.ones((HEIGHT // 3, WIDTH // 4), np.uint8))
    assert np.array_equal(mask, expected)


def test_a_crowd_long_ago_is_covered_no_more() -> None:
    whole = plan()
    whole.observe(replace(looks_of([[]])[0], crowd=np.ones((3, 4), np.bool_)))
    assert len(whole.crowd(0.0, 0.1, size=SIZE).boxes_px)
    assert not len(whole.crowd(60.0, 60.1, size=SIZE).boxes_px)


def test_a_crowd_is_of_no_concern_where_people_are_not_to_be_covered() -> None:
    cars = CoverPlan(rules_for(frozenset({CoverKind.VEHICLES}), score=0.2, margin=0.1), hold_s=1.0, motion=False)
    cars.observe(replace(looks_of([[]])[0], crowd=np.ones((3, 4), np.bool_)))
    assert not len(cars.crowd(0.0, 0.1, size=SIZE).boxes_px)


@pytest.mark.parametrize("kind", list(Kind))
def test_only_what_was_asked_for_is_covered(kind: Kind) -> None:
    whole = plan()
    whole.observe(Look(0.0, (found((20, 20, 60, 60), kind=kind),)))
    covered = bool(len(whole.cover(0.0, 0.0, size=SIZE).boxes_px))
    assert covered == (kind in {Kind.PERSON, Kind.HEAD, Kind.FACE})


def test_nothing_found_covers_nothing() -> None:
    whole = plan()
    whole.observe(Look(0.0, (Detections.none(),)))
    assert not len(whole.cover(0.0, 0.0, size=SIZE).boxes_px)


@given(st.lists(boxes(), max_size=4), st.floats(-0.99, 0.99))
def test_rounding_only_goes_outwards(some: list[Box], shift: float) -> None:
    small = np.array(some, np.float32).reshape(-1, 4) + np.float32(shift)
    rounded = outwards(small)
    assert (rounded[:, :2] <= small[:, :2]).all()
    assert (rounded[:, 2:] >= small[:, 2:]).all()


def test_no_place_is_too_far_to_be_rounded() -> None:
    assert (np.abs(outwards(np.array([[-3e38, -1e9, 1e9, 3e38]], np.float32))) <= 1e6).all()


@given(cells)
def test_what_is_unclear_is_covered_as_long_as_a_crowd_is_and_is_no_crowd(unclear: NDArray[np.bool_]) -> None:
    whole = plan()
    whole.observe(replace(looks_of([[]])[0], unclear=unclear))
    mask = whole.unclear(0.0, 0.1, size=SIZE).raster(HEIGHT, WIDTH)
    assert np.array_equal(mask, np.kron(unclear, np.ones((HEIGHT // 3, WIDTH // 4), np.uint8)))
    assert not len(whole.crowd(0.0, 0.1, size=SIZE).boxes_px)
    assert not len(whole.unclear(60.0, 60.1, size=SIZE).boxes_px)
