"""The measure: what it says of covers whose truth is known, and of the same covers as another program says."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.redact.pictures import cover_of, covers

from passerby.errors import UsageError
from passerby.evaluate.exposure import Exposure
from passerby.evaluate.read import read_truth
from passerby.evaluate.result import Evaluation, TruthFormat
from passerby.evaluate.truth import Rows, Truth, upper_part
from passerby.redact.mask import Cover

SIZE = (90, 90)
UPPER = 0.4


def truth_of(*frames: list[tuple[int, int, int, int]], form: TruthFormat = TruthFormat.MOT) -> Truth:
    rows = Rows(Path("truth.txt"))
    for frame, boxes in enumerate(frames):
        for person, box in enumerate(boxes):
            protected = box if form is TruthFormat.POINTS else upper_part(box, box[3] - box[1], UPPER)
            rows.add(frame, protected, box, person=person, place="here")
    return rows.truth(form)


def evaluate(truth: Truth, shown: list[Cover], size: tuple[int, int] = SIZE, *, step_s: float = 0.1) -> Evaluation:
    exposure = Exposure(truth, height=size[0], width=size[1])
    for number, cover in enumerate(shown):
        exposure.observe(cover, number * step_s)
    return exposure.result(upper=UPPER, version="0")


@st.composite
def scenes(draw: st.DrawFn) -> tuple[Truth, list[Cover]]:
    """Draw a few frames with people inside the picture, and covers for them."""
    corners = st.tuples(*[st.integers(0, 60)] * 2, *[st.integers(5, 30)] * 2)
    boxes = corners.map(lambda box: (box[0], box[1], box[0] + box[2], box[1] + box[3]))
    frames = draw(st.lists(st.lists(boxes, min_size=1, max_size=4), min_size=1, max_size=4))
    return truth_of(*frames), [draw(covers()) for _ in frames]


@given(scenes(), covers())
def test_covering_more_never_raises_exposure(scene, more):
    truth, shown = scene
    less = evaluate(truth, [cover.join(more) for cover in shown])
    was = evaluate(truth, shown)
    assert less.exposed80 <= was.exposed80
    assert less.exposed50 <= was.exposed50
    assert less.untouched <= was.untouched
    assert less.people_exposed <= was.people_exposed
    assert less.area >= was.area


@given(scenes())
def test_full_cover_leaves_nothing_bare_and_no_cover_everything(scene):
    truth, shown = scene
    full = evaluate(truth, [Cover.all("late") for _ in shown])
    assert (full.exposed80, full.exposed50, full.untouched, full.people_exposed, full.area) == (0, 0, 0, 0, 1)
    assert full.frames_covered_whole == len(shown)
    assert not full.moments
    none = evaluate(truth, [Cover.nothing() for _ in shown])
    assert (none.exposed80, none.exposed50, none.untouched, none.area) == (1, 1, 1, 0)
    assert none.people_exposed == none.people
    assert none.precision is None


@given(scenes(), st.integers(2, 4))
def test_scaling_picture_truth_and_cover_changes_no_share(scene, factor):
    truth, shown = scene
    rows = Rows(truth.path)
    for frame, labels in truth.frames.items():
        edges = np.rint(labels.protected_px)
        for protected, body, person in zip(edges, labels.bodies_px, labels.people.tolist(), strict=True):
            rows.add(frame, tuple(protected * factor), tuple(body * factor), person=person, place="here")
    boxes_only = [Cover(cover.boxes_px, cover.bodies) for cover in shown]
    large = evaluate(
        rows.truth(truth.form), [cover.scaled(factor, factor) for cover in boxes_only], (SIZE[0] * factor,) * 2
    )
    small = evaluate(truth, boxes_only)
    for name in ("heads", "exposed80", "exposed50", "untouched", "people_exposed", "frames"):
        assert getattr(large, name) == getattr(small, name)
    assert large.area == pytest.approx(small.area)


def test_half_a_head_is_exposed_but_not_bare():
    found = evaluate(truth_of([(10, 10, 20, 35)]), [cover_of((10, 10, 15, 40))])  # the head: 10 x 10 px
    assert (found.exposed80, found.exposed50, found.untouched) == (1, 0, 0)
    assert found.moments[0].box_px == (10, 10, 20, 20)
    assert found.moments[0].covered == 0.5


def test_a_head_counts_when_half_of_it_lies_in_the_picture():
    found = evaluate(truth_of([(20, -5, 30, 20), (40, -6, 50, 19)]), [Cover.nothing()])  # heads of 10 px
    assert found.heads == 1
    assert found.moments[0].box_px == (20, 0, 30, 5)


def test_misses_are_counted_by_the_hour_of_labelled_time():
    bare, covered = Cover.nothing(), Cover.all("late")
    found = evaluate(truth_of(*[[(10, 10, 20, 40)]] * 10), [bare, *[covered] * 19])
    assert found.labelled_s == pytest.approx(1.0)  # ten of twenty frames, 0.1 s each
    assert found.exposed50_per_hour == found.exposed80_per_hour == pytest.approx(3600)
    assert (found.frames, found.frames_labelled) == (20, 10)


def test_a_picture_has_no_misses_by_the_hour():
    assert evaluate(truth_of([(10, 10, 20, 40)]), [Cover.nothing()]).exposed80_per_hour is None


def test_precision_is_the_share_of_cover_on_people():
    on_people, beside = (10, 10, 20, 30), (60, 60, 70, 80)
    found = evaluate(truth_of([(10, 10, 20, 30)]), [cover_of(on_people, beside)])
    assert found.precision == pytest.approx(0.5)


def test_heads_are_told_apart_by_size():
    found = evaluate(truth_of([(0, 0, 9, 20), (20, 0, 40, 60)]), [cover_of((0, 0, 9, 20))])  # heads of 8 and 24 px
    counts = {each.from_px: (each.heads, each.exposed80) for each in found.sizes}
    assert counts == {0: (0, 0), 8: (1, 0), 16: (1, 1), 32: (0, 0), 64: (0, 0)}


def test_points_are_told_apart_by_the_distance_to_the_next():
    pixels = [(5, 5, 6, 6), (8, 9, 9, 10), (80, 80, 81, 81)]  # 5 px apart, and one far away
    found = evaluate(truth_of(pixels, form=TruthFormat.POINTS), [cover_of((0, 0, 7, 7))])
    assert found.heads == 3
    assert found.exposed80 == found.exposed50 == found.untouched == pytest.approx(2 / 3)
    assert [(each.heads, each.exposed80) for each in found.sizes] == [(2, 1), (0, 0), (0, 0), (0, 0), (1, 1)]
    assert found.precision is None


def test_a_single_point_is_far_from_any_other():
    found = evaluate(truth_of([(5, 5, 6, 6)], form=TruthFormat.POINTS), [Cover.nothing()])
    assert found.sizes[-1].heads == 1


def test_exposed_frames_of_one_person_are_one_moment_until_a_second_passes():
    bare, covered = Cover.nothing(), Cover.all("late")
    shown = [bare, bare, *[covered] * 12, bare]
    found = evaluate(truth_of(*[[(10, 10, 20, 40)]] * 15), shown)
    assert [(each.first_s, each.frames) for each in found.moments] == [(0.0, 2), (pytest.approx(1.4), 1)]


def test_the_worst_moments_are_kept_whatever_their_order():
    people = [(x, 10, x + 8, 30) for x in range(0, 90, 6)]
    few = evaluate(truth_of(people, people[:1]), [cover_of((0, 0, 3, 90)), Cover.nothing()])
    assert len(few.moments) == 10
    assert few.moments[0].frames == 2
    assert few.moments[0].frame == 1


def test_truth_beyond_the_clip_is_no_result():
    with pytest.raises(UsageError, match="labels frame 2, but the clip has 1"):
        evaluate(truth_of([(10, 10, 20, 40)], [(10, 10, 20, 40)]), [Cover.nothing()])


def test_truth_without_anybody_in_view_is_no_result():
    with pytest.raises(UsageError, match="no label lies in the picture"):
        evaluate(truth_of([(10, -40, 20, 60)]), [Cover.nothing()])  # a body, but not its head


@pytest.mark.data
@pytest.mark.filterwarnings("ignore:.*unclosed file:pytest.PytestUnraisableExceptionWarning")  # of the other program
@pytest.mark.filterwarnings("ignore:unclosed file:ResourceWarning")
@pytest.mark.parametrize(
    ("place", "loader", "size", "frames"),
    [
        ("pets_s2l1/PETS2009-S2L1.xml", "load_cvml", (576, 768), 795),
        ("mot17-04/gt/gt.txt", "load_mot", (1080, 1920), 8),
    ],
    ids=["PETS", "MOT17-04"],
)
def test_the_measure_says_what_an_independent_program_says(data_dir, place, loader, size, frames):
    other = independent(data_dir)
    path = data_dir / "gt" / place
    labels = getattr(other, loader)(str(path))
    leak = other.Leak(labels, size)
    exposure = Exposure(read_truth(path, upper=UPPER, clip="clip"), height=size[0], width=size[1])
    for frame, boxes_px in enumerate(shifted_boxes(labels, frames)):
        leak.feed(frame, other.box_mask(size, boxes_px))
        exposure.observe(Cover(boxes_px, np.zeros(len(boxes_px), np.bool_)), frame / 10)
    found, expected = exposure.result(upper=UPPER, version="0"), leak.result()
    assert 0.1 < found.exposed50 < found.exposed80 < 0.9
    assert found.heads == expected["pairs"]
    assert f"{found.people_exposed}/{found.people}" == expected["tracks80"]
    shares = {"exposed80": found.exposed80, "exposed50": found.exposed50, "zero": found.untouched}
    for name, share in {**shares, "area": found.area, "precision": found.precision}.items():
        assert share == pytest.approx(expected[name], rel=1e-12), name


def independent(data_dir: Path):
    path = data_dir.parent / "tools" / "leak_eval.py"
    if not path.exists():
        pytest.skip(f"{path} is absent: it comes with the shared data")
    spec = importlib.util.spec_from_file_location("leak_eval", path)
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def shifted_boxes(labels, frames: int):
    """Cover four labelled bodies of five, moved at random, so that heads are covered by all shares."""
    rng = np.random.default_rng(3)
    for frame in range(frames):
        bodies = np.array([body for _, _, body in labels.get(frame, ()) if rng.random() < 0.8]).reshape(-1, 4)
        moved = bodies + rng.normal(0, 8, (len(bodies), 1))
        yield np.concatenate((np.floor(moved[:, :2]), np.ceil(moved[:, 2:])), axis=1).astype(np.int32)


@pytest.mark.parametrize(
    ("boxes", "clipped", "outside"),
    [
        ([(10, 10, 30, 60)], 0, 0),
        ([(10, 40, 30, 90)], 0, 0),  # touches the border
        ([(10, 60, 30, 110), (10, 10, 30, 60)], 1, 0),  # the legs are outside
        ([(-15, 10, 5, 60), *[(10, 10, 30, 60)] * 3], 0, 1),  # most of the head is outside
    ],
)
def test_labels_that_reach_beyond_the_picture_are_clipped_and_counted(boxes, clipped, outside):
    found = evaluate(truth_of(boxes), [cover_of()])
    assert (found.labels_clipped, found.labels_outside) == (clipped, outside)
    assert found.heads == len(boxes) - outside
