"""An outline replaces a large box only where both networks know where the body is, and it never loses any of it."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from tests.stage import Box, found

from passerby.redact.choice import CoverKind
from passerby.redact.cover_plan import CoverPlan
from passerby.redact.mask import Cover
from passerby.redact.outline import LEAST_SHARE, polygons
from passerby.redact.rule import rules_for
from passerby.vision.detections import Kind
from passerby.vision.inspect.ensemble import Look
from passerby.vision.silhouette import Silhouettes

HEIGHT, WIDTH = 180, 320
SIZE = (HEIGHT, WIDTH)
BOX: Box = (80, 20, 220, 180)
GAP_S = 0.12
RULES = rules_for(frozenset({CoverKind.PEOPLE}), score=0.15, margin=0.0)
Mask = NDArray[np.bool_]


def body(box: Box = BOX) -> Mask:
    """A head and a torso in a box, on a picture as large as the frame."""
    x1, y1, x2, y2 = box
    mask = np.zeros(SIZE, np.bool_)
    across, down = x2 - x1, y2 - y1
    mask[max(0, round(y1)) : round(y1 + 0.4 * down), round(x1 + 0.35 * across) : round(x1 + 0.65 * across)] = True
    mask[round(y1 + 0.4 * down) : round(y2), round(x1 + 0.1 * across) : round(x1 + 0.9 * across)] = True
    return mask


def seen(box: Box = BOX, *, wide: Mask | None = None, close: Mask | None = None, known: bool = True) -> Silhouettes:
    mine = body(box)
    return Silhouettes(
        mine if wide is None else wide,
        mine if close is None else close,
        np.full(SIZE, known, np.bool_),
        np.array([box], np.float32),
    )


def look(time_s: float, silhouettes: Silhouettes | None, *boxes: Box) -> Look:
    return Look(time_s, (found(*(boxes or (BOX,))),), silhouettes=silhouettes)


def cover(*looks: Look, span: tuple[float, float] | None = None, size: tuple[int, int] = SIZE) -> Cover:
    plan = CoverPlan(RULES, hold_s=0.5, motion=False)
    for each in looks:
        plan.observe(each)
    start_s, end_s = span or (looks[0].time_s, looks[-1].time_s)
    return plan.cover(start_s, end_s, size=size)


def is_outline(made: Cover) -> bool:
    return bool(made.polygons_px) and not len(made.boxes_px)


def test_a_large_box_becomes_an_outline_that_holds_the_whole_body_and_leaves_its_surroundings() -> None:
    made = cover(look(0.0, seen()))
    mask = made.raster(*SIZE) > 0
    assert is_outline(made)
    assert mask[body()].all()
    x1, y1, x2, y2 = (round(edge) for edge in BOX)
    assert 0.4 < mask[y1:y2, x1:x2].mean() < 0.9
    assert not mask[:, : x1 - 2].any()


def test_without_silhouettes_the_box_is_covered() -> None:
    made = cover(look(0.0, None))
    assert not made.polygons_px
    assert len(made.boxes_px) == 1


def test_a_box_that_is_not_large_stays_a_box_even_if_the_networks_know_the_body() -> None:
    small = (100, 60, 100 + 320 * LEAST_SHARE * 0.9, 180)
    assert not cover(look(0.0, seen(small), small), size=(180, 320)).polygons_px


@pytest.mark.parametrize(
    "silhouettes",
    [
        seen(wide=np.zeros(SIZE, np.bool_)),
        seen(close=np.zeros(SIZE, np.bool_)),
        seen(wide=np.ones(SIZE, np.bool_)),
        seen(known=False),
        seen((80, 140, 220, 180)),
        seen(wide=np.zeros(SIZE, np.bool_), close=np.zeros(SIZE, np.bool_)),
        seen(wide=np.ones(SIZE, np.bool_), close=np.ones(SIZE, np.bool_)),
    ],
    ids=["one missed it", "the other missed it", "they disagree", "bad light", "little remains", "nothing", "all"],
)
def test_whatever_speaks_against_an_outline_leaves_the_box(silhouettes: Silhouettes) -> None:
    made = cover(look(0.0, silhouettes))
    assert not made.polygons_px
    assert (made.raster(*SIZE)[20:180, 80:220] == 1).all()


@pytest.mark.parametrize("missing", [0, 1])
def test_between_two_passes_both_must_know_the_body(missing: int) -> None:
    looks = [look(0.0, seen()), look(GAP_S, seen())]
    looks[missing] = replace(looks[missing], silhouettes=None)
    assert is_outline(cover(look(0.0, seen()), look(GAP_S, seen())))
    assert not cover(*looks).polygons_px


def test_a_cover_that_is_held_where_no_pass_found_anybody_stays_a_box() -> None:
    sure = [look(GAP_S * k, seen()) for k in range(20)]
    alone = [Look(GAP_S * k, (found(),)) for k in (20, 21)]
    held = cover(*sure, *alone, span=(20 * GAP_S, 21 * GAP_S))
    assert len(held.boxes_px) == 1
    assert not held.polygons_px


def test_an_arm_that_one_pass_loses_is_covered_while_the_passes_around_it_know_it() -> None:
    arm = np.zeros(SIZE, np.bool_)
    arm[60:84, 86:120] = True
    whole, lost = seen(wide=body() | arm, close=body() | arm), seen()
    made = cover(look(0.0, whole), look(GAP_S, lost), look(2 * GAP_S, whole), span=(GAP_S, GAP_S))
    assert is_outline(made)
    assert (made.raster(*SIZE)[arm] == 1).all()


@given(st.integers(-24, 24), st.integers(-12, 12))
@settings(max_examples=40)
def test_between_two_passes_the_outline_covers_the_body_wherever_it_is_on_its_way(across: int, down: int) -> None:
    there = (BOX[0] + across, BOX[1] + down, BOX[2] + across, BOX[3] + down)
    made = cover(look(0.0, seen()), look(GAP_S, seen(there), there))
    mask = made.raster(*SIZE) > 0
    for share in (0.0, 0.25, 0.5, 0.75, 1.0):
        between = tuple(one + share * (other - one) for one, other in zip(BOX, there, strict=True))
        assert mask[body(between)].all()


def test_somebody_who_changes_shape_between_two_passes_gets_a_box() -> None:
    risen = np.zeros(SIZE, np.bool_)
    risen[20:180, 80:130] = True
    bent = np.zeros(SIZE, np.bool_)
    bent[100:180, 80:220] = True
    made = cover(look(0.0, seen(wide=risen, close=risen)), look(GAP_S, seen(wide=bent, close=bent)))
    assert not made.polygons_px


def test_the_head_and_shoulders_of_a_face_are_covered_though_both_networks_missed_the_head() -> None:
    headless = body()
    headless[:84] = False
    face: Box = (132, 40, 168, 80)
    faces = found(face, kind=Kind.FACE)
    made = cover(Look(0.0, (found(BOX), faces), silhouettes=seen(wide=headless, close=headless)))
    assert made.polygons_px
    head = np.zeros(SIZE, np.uint8)
    cv2.ellipse(head, (150, 56), (22, 28), 0, 0, 360, (1,), -1)  # the face, hair above it and ears beside it
    mask = made.raster(*SIZE)
    assert (mask[head > 0] == 1).all()
    assert (mask[84:110, 120:180] == 1).all()


def test_an_outline_reaches_the_border_of_the_picture() -> None:
    full = np.zeros(SIZE, np.bool_)
    full[:, :160] = True
    (outline,) = polygons(full, (1079, 1917))
    mask = Cover(np.empty((0, 4), np.int32), np.empty(0, np.bool_), (outline,)).raster(1079, 1917)
    assert mask[:, :958].all()
    assert not mask[:, 970:].any()


def test_what_moves_in_the_box_beside_the_outline_is_covered() -> None:
    plan = CoverPlan(RULES, hold_s=0.5, motion=True)
    plan.observe(look(0.0, seen()))
    moving = np.zeros(SIZE, np.uint8)
    moving[30:60, 180:215] = 255
    made = plan.cover(0.0, 0.0, size=SIZE, moving=moving)
    assert made.polygons_px
    assert (made.raster(*SIZE)[30:60, 180:215] == 1).all()


def test_silhouettes_of_different_sizes_are_refused() -> None:
    with pytest.raises(ValueError, match="shapes differ"):
        Silhouettes(body(), body()[:10], body(), np.empty((0, 4), np.float32))
