"""What of each kind is covered, and from which score on."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.stage import found

from passerby.redact.choice import CoverKind
from passerby.redact.rule import Rule, rules_for
from passerby.vision.detections import Kind

PERSON = (40.0, 20.0, 60.0, 100.0)
FACE = (46.0, 22.0, 54.0, 32.0)


def covered(covering: set[CoverKind], kind: Kind, *, score: float = 0.9, poor: bool = False) -> list[list[float]]:
    rules = rules_for(frozenset(covering), score=0.2, margin=0.1)
    answer = found(FACE if kind is Kind.FACE else PERSON, kind=kind, score=score)
    return [box for rule in rules for box in rule.boxes(answer, poor=poor)[0].tolist()]


@pytest.mark.parametrize("covering", list(CoverKind))
@pytest.mark.parametrize("kind", list(Kind))
def test_each_wish_covers_its_own_kinds_and_no_others(covering: CoverKind, kind: Kind) -> None:
    faces = {Kind.FACE, Kind.HEAD}
    vehicles = {Kind.BICYCLE, Kind.MOTORCYCLE, Kind.CAR, Kind.BUS, Kind.TRUCK}
    wanted = {
        CoverKind.PEOPLE: {Kind.PERSON} | faces,
        CoverKind.HEADS: {Kind.PERSON} | faces,
        CoverKind.FACES: faces,
        CoverKind.VEHICLES: vehicles,
        CoverKind.SCREENS: {Kind.SCREEN},
        CoverKind.TEXT: {Kind.TEXT},
        CoverKind.PLATES: {Kind.PLATE},
    }
    assert bool(covered({covering}, kind)) == (kind in wanted[covering])


@given(st.sets(st.sampled_from(list(CoverKind))), st.sampled_from(list(CoverKind)), st.sampled_from(list(Kind)))
def test_one_more_wish_covers_no_less(some: set[CoverKind], more: CoverKind, kind: Kind) -> None:
    def area(boxes: list[list[float]]) -> float:
        return max(((c - a) * (d - b) for a, b, c, d in boxes), default=0.0)

    assert area(covered(some | {more}, kind)) >= area(covered(some, kind))


def test_people_are_covered_whole_and_heads_by_their_upper_part() -> None:
    x1, y1, x2, y2 = covered({CoverKind.PEOPLE}, Kind.PERSON)[0]
    assert x1 <= 40
    assert (y1, y2) == (20, 100)
    assert x2 >= 60
    _, top, _, bottom = covered({CoverKind.HEADS}, Kind.PERSON)[0]
    assert top == 20
    assert 36 <= bottom < 100


@given(st.floats(0.0, 1.0), st.sampled_from([Kind.PERSON, Kind.FACE]))
def test_in_bad_light_faint_answers_count_that_do_not_otherwise(score: float, kind: Kind) -> None:
    usual, poor = (covered({CoverKind.PEOPLE}, kind, score=score, poor=poor) for poor in (False, True))
    assert len(poor) >= len(usual)


@given(st.floats(0.1, 1.0), st.floats(0.0, 2.0), st.floats(1.0, 50.0), st.floats(1.0, 50.0))
def test_what_is_covered_keeps_its_middle_and_is_never_narrower(
    part: float, aspect: float, width: float, height: float
) -> None:
    rule = Rule(frozenset({Kind.PERSON}), 0.1, 0.0, part=part, least_aspect=aspect)
    (box,), _, _ = rule.boxes(found((100.0, 50.0, 100.0 + width, 50.0 + height)))
    assert box[0] <= 100.0
    assert box[2] >= np.float32(100.0 + width)
    assert (box[0] + box[2]) / 2 == pytest.approx(100 + width / 2, abs=1e-3)
    assert box[3] - box[1] == pytest.approx(part * height, abs=1e-3)
    assert box[2] - box[0] >= aspect * part * height - 1e-3


def test_the_answer_itself_is_not_changed() -> None:
    answer = found(PERSON)
    rules_for(frozenset({CoverKind.HEADS}), score=0.2, margin=0.1)[0].boxes(answer)
    assert answer.boxes_px.tolist() == [list(PERSON)]


def heads_of(box: tuple[float, float, float, float], *faces: tuple[float, float, float, float]) -> list[float]:
    rule = rules_for(frozenset({CoverKind.HEADS}), score=0.2, margin=0.1)[0]
    sure = np.array(faces, np.float32).reshape(-1, 4)
    (head,) = rule.boxes(found(box), faces_px=sure)[0].tolist()
    return head


def test_in_a_close_up_the_face_tells_where_the_head_is() -> None:
    bust, face = (100.0, 50.0, 500.0, 350.0), (250.0, 100.0, 330.0, 220.0)
    x1, y1, x2, y2 = heads_of(bust, face)
    assert (x1, y1) < face[:2]
    assert x2 > face[2]
    assert y2 > face[3]
    assert (x2 - x1) * (y2 - y1) < 0.35 * 400 * 300


@pytest.mark.parametrize(
    "faces",
    [(), ((250.0, 100.0, 270.0, 125.0),), ((200.0, 100.0, 280.0, 200.0), (330.0, 100.0, 410.0, 200.0))],
    ids=["no face", "a small face", "two faces"],
)
def test_where_a_face_does_not_tell_the_upper_part_is_covered(faces: tuple[tuple[float, ...], ...]) -> None:
    assert heads_of((100.0, 50.0, 500.0, 350.0), *faces) == pytest.approx([100, 50, 500, 155], abs=1)  # type: ignore[arg-type]
