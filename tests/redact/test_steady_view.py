"""Cover moves with the camera: what stands still in the world is covered wherever the view goes."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.stage import Box, found

from passerby.redact.cause import Cause
from passerby.redact.choice import CoverKind
from passerby.redact.cover_plan import CoverPlan
from passerby.redact.rule import rules_for
from passerby.redact.steady_view import LARGEST_ZOOM, SteadyView
from passerby.redact.timeline import SURE_PASSES
from passerby.vision.detections import Detections
from passerby.vision.inspect.ensemble import Look
from passerby.vision.picture.similarity import STILL, Similarity

RATE = 25
SIZE = (360, 640)
PASS_FRAMES = 3
BODY = np.array([[300, 100, 340, 200]], np.float32)
pans = st.tuples(st.integers(-8, 8), st.integers(-4, 4), st.sampled_from([0.99, 1.0, 1.01]))


def plan() -> CoverPlan:
    return CoverPlan(rules_for(frozenset({CoverKind.PEOPLE}), score=0.2, margin=0.04), hold_s=0.5, motion=False)


def views(step: Similarity, frames: int) -> list[Similarity]:
    made = [STILL]
    for _ in range(frames - 1):
        made.append(made[-1].then(step))
    return made


def covered(step: Similarity, *, seen: int, frames: int) -> list[bool]:
    """Whether a body that stands still is covered in each frame; passes find it in the first `seen` frames only."""
    whole, path = plan(), views(step, frames)
    for k, view in enumerate(path):
        whole.follow(k / RATE, step if k else STILL)
        if k % PASS_FRAMES == 0:
            boxes: list[Box] = [tuple(view.boxes(BODY)[0].tolist())] if k < seen else []
            whole.observe(Look(k / RATE, (found(*boxes),)))
    answers = []
    for k, view in enumerate(path):
        first, last = k // PASS_FRAMES * PASS_FRAMES, -(-k // PASS_FRAMES) * PASS_FRAMES
        cover = whole.cover(first / RATE, last / RATE, size=SIZE, at_s=k / RATE)
        x1, y1, x2, y2 = np.rint(view.boxes(BODY)[0]).astype(int)
        answers.append(bool(len(cover.boxes_px) and cover.raster(900, 2400)[y1:y2, x1:x2].all()))
    return answers


@settings(max_examples=30)
@given(pans)
def test_somebody_who_is_lost_while_the_camera_moves_is_held_where_he_stands(pan: tuple[int, int, float]) -> None:
    across, down, zoom = pan
    middle = 320 + 150j
    step = Similarity(zoom, complex(across, down) + middle * (1 - zoom))
    seen = SURE_PASSES * PASS_FRAMES
    path = views(step, seen + RATE)
    answers = covered(step, seen=seen, frames=seen + RATE)
    inside = [bool((view.boxes(BODY) >= 0).all() and (view.boxes(BODY)[0, 2:] <= (2400, 900)).all()) for view in path]
    held = seen + round(0.4 * RATE)
    assert all(answer for answer, here in zip(answers[:held], inside, strict=False) if here)


def test_without_steps_the_same_cover_is_left_behind() -> None:
    step = Similarity(1, 8 + 0j)
    whole = plan()
    path = views(step, 20)
    whole.observe(Look(0.0, (found(tuple(path[0].boxes(BODY)[0].tolist())),)))
    late = whole.cover(0.08, 0.08, size=SIZE).raster(*SIZE)
    x1, y1, x2, y2 = np.rint(path[8].boxes(BODY)[0]).astype(int)
    assert not late[y1:y2, x1:x2].all()


def test_a_view_is_asked_for_at_any_recent_time() -> None:
    view = SteadyView()
    assert view.at(3.0) == STILL
    for k in range(5):
        view.follow(float(k), Similarity(1, 10) if k == 2 else STILL)
    assert [view.at(each).shift for each in (0.0, 1.9, 2.0, 9.0)] == [0, 0, 10, 10]
    view.forget(2.5)
    assert view.at(2.5).shift == 10


@pytest.mark.parametrize("step", [Similarity(1.05), Similarity(0.95), Similarity(1, 300 - 200j)], ids=str)
def test_a_long_drive_keeps_its_precision_and_its_cover(step: Similarity) -> None:
    whole = plan()
    for k in range(300):
        whole.follow(k / RATE, step)
        whole.observe(Look(k / RATE, (found(tuple(BODY[0].tolist())),)))
        cover = whole.cover(k / RATE, k / RATE, size=SIZE, at_s=k / RATE)
        assert cover.raster(*SIZE)[100:200, 300:340].all()
        newest = whole._view.at(k / RATE)
        assert 1 / LARGEST_ZOOM <= abs(newest.turn) <= LARGEST_ZOOM


def test_what_is_found_is_covered_in_its_frame_however_wrong_the_steps_are() -> None:
    rng = np.random.default_rng(4)
    whole = plan()
    for k in range(60):
        step = Similarity(complex(*rng.normal((1, 0), 0.05)), complex(*rng.normal(0, 40, 2)))
        whole.follow(k / RATE, step)
        whole.observe(replace(Look(k / RATE, (found((300, 100, 340, 200)),)), plan="any"))
        assert whole.cover(k / RATE, k / RATE, size=SIZE, at_s=k / RATE).raster(*SIZE)[100:200, 300:340].all()
    whole.observe(Look(60 / RATE, (Detections.none(),)))


def test_what_the_cover_is_there_for_moves_with_the_view_too() -> None:
    whole, step = plan(), Similarity(1, 30 + 0j)
    for k in range(2):
        whole.follow(k / RATE, step if k else STILL)
        whole.observe(Look(k / RATE, (found(tuple((BODY[0] + np.array([30 * k, 0, 30 * k, 0])).tolist())),)))
    whole.cover(0.0, 1 / RATE, size=SIZE, at_s=1 / RATE)
    bodies = np.concatenate([boxes for cause, boxes in whole.layers() if cause is Cause.BODIES])
    assert len(bodies) == 2
    assert (abs(bodies[:, 0] + bodies[:, 2] - (BODY[0, 0] + BODY[0, 2] + 2 * 30)) < 0.1).all()
