"""Whose answer counts."""

from __future__ import annotations

import numpy as np
import pytest

from passerby.vision.detections import Detections, Kind
from passerby.vision.inspect.counting import CountingSelector
from passerby.vision.inspect.ensemble import Look
from passerby.vision.models.catalogue import SELECTABLE

ALL = frozenset({Kind.PERSON, Kind.BICYCLE, Kind.CAR})


class Net:
    """A detector that is never asked here."""

    def __init__(self, name: str, finds: frozenset[Kind]) -> None:
        self.name, self.finds = name, finds

    def detect(self, frames: object) -> list[Detections]:
        raise NotImplementedError


STANDARD = Net("efficientdet-lite0@640", ALL)
FACES = Net("centerface@640", frozenset({Kind.FACE}))
PERSONS = Net("person-detection-retail-0013@640", frozenset({Kind.PERSON}))
BETTER = Net("picodet-s@640", ALL)


def answer(*kinds: Kind, score: float = 0.5) -> Detections:
    boxes = np.tile(np.array([0, 0, 10, 20], np.float32), (len(kinds), 1))
    return Detections(boxes, np.full(len(kinds), score, np.float32), np.array(kinds, np.int8))


def counted(nets: list[Net], *answers: Detections | None) -> list[int] | None:
    found = CountingSelector(nets).of(Look(1.0, answers))
    return None if found is None else sorted(found.kinds.tolist())


def test_the_standard_net_counts_and_faces_do_not():
    got = counted([STANDARD, FACES], answer(Kind.PERSON, Kind.CAR), answer(Kind.FACE))
    assert got == [Kind.PERSON, Kind.CAR]


def test_of_several_sizes_the_last_one_asked_counts():
    assert counted([STANDARD, STANDARD], answer(Kind.CAR), answer(Kind.PERSON)) == [Kind.PERSON]
    assert counted([STANDARD, STANDARD], answer(Kind.CAR), None) == [Kind.CAR]


def test_a_named_net_counts_what_it_finds_and_the_standard_one_the_rest():
    both = answer(Kind.PERSON, Kind.PERSON, Kind.CAR)
    assert counted([STANDARD, PERSONS], both, answer(Kind.PERSON)) == [Kind.PERSON, Kind.CAR]
    assert counted([STANDARD, BETTER], both, answer(Kind.CAR)) == [Kind.CAR]
    assert counted([STANDARD, PERSONS], None, answer(Kind.PERSON)) == [Kind.PERSON]


def test_without_an_answer_there_is_no_count():
    assert counted([STANDARD, FACES], None, answer(Kind.FACE)) is None
    assert CountingSelector([STANDARD]).of(Look(1.0, (answer(Kind.CAR),), failure="late")) is None


def test_scores_of_a_named_net_are_brought_to_the_standard_ones():
    found = CountingSelector([STANDARD, PERSONS]).of(Look(1.0, (answer(), answer(Kind.PERSON, score=0.8))))
    power = SELECTABLE["person-detection-retail-0013"].counting_power
    assert found is not None
    assert found.scores.tolist() == pytest.approx([0.8**power])


def test_how_dense_it_is_the_standard_net_tells():
    traces = answer(*[Kind.PERSON] * 7, score=0.06)
    assert CountingSelector([STANDARD, BETTER]).gauge(Look(1.0, (traces, answer(Kind.PERSON)))) is traces
    assert CountingSelector([STANDARD, BETTER]).gauge(Look(1.0, (None, answer(Kind.PERSON)))) is None
