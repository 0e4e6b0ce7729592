"""Who looks, at which size."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import product
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from passerby.errors import ModelError, UsageError
from passerby.media.frame import Frame
from passerby.media.layout import Colour, Layout, Shape
from passerby.vision.detections import Detections, Kind
from passerby.vision.effort import Effort
from passerby.vision.inspect import detector_set
from passerby.vision.inspect.detector_set import (
    LADDER,
    LEAST_SIDE,
    checking_detectors,
    choosable_detectors,
    counting_detectors,
    counting_turns,
    covering_detectors,
    taking_turns,
)

FACES = frozenset({Kind.FACE, Kind.HEAD})
PEOPLE = FACES | {Kind.PERSON}


def shape(width: int, height: int) -> Shape:
    return Shape(width, height, Layout.YUV420, Colour(), Fraction(25), Fraction(1, 25))


def sizes(width: int, height: int, kinds: frozenset[Kind] = PEOPLE, **how: object) -> list[tuple[str, int]]:
    """Names and sizes of a line-up, without reading a network."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(detector_set, "locate", lambda model: model.name)
        for net in ("EfficientDet", "YoloX", "CenterFace"):
            patch.setattr(detector_set, net, lambda name, **how: (name, how["long_side"]))
        how = {"effort": Effort.BALANCED, **how}
        return covering_detectors(shape(width, height), kinds, **how)  # type: ignore[arg-type, return-value]


@settings(max_examples=50)
@given(st.integers(1, 8000), st.integers(1, 8000), st.sampled_from(list(Effort)), st.booleans())
def test_people_are_looked_for_by_body_and_by_face_each_size_once(
    width: int, height: int, effort: Effort, still: bool
) -> None:
    got = sizes(width, height, effort=effort, still=still)
    assert {name for name, _ in got} == {"efficientdet-lite0", "yolox-nano", "centerface"}
    assert len(set(got)) == len(got)
    assert all(side >= LEAST_SIDE for _, side in got)


def test_more_effort_looks_at_no_smaller_pictures() -> None:
    largest = [max(side for _, side in sizes(1920, 1080, effort=effort)) for effort in LADDER]
    assert largest == sorted(largest)


def test_a_size_that_was_asked_for_is_taken() -> None:
    assert {side for _, side in sizes(1920, 1080, long_side=960)} == {960}


def test_faces_alone_need_no_body_net_and_vehicles_alone_no_face_net() -> None:
    assert {name for name, _ in sizes(640, 480, FACES)} == {"centerface"}
    assert {name for name, _ in sizes(640, 480, frozenset({Kind.CAR}))} == {"efficientdet-lite0", "yolox-nano"}


def test_a_small_picture_is_not_blown_up_for_the_partner_that_would_see_bodies_in_it() -> None:
    assert ("yolox-nano", 448) in sizes(320, 240)
    assert ("yolox-nano", 640) not in sizes(320, 240)
    assert ("yolox-nano", 640) in sizes(640, 360)


def named_sizes(
    *named: str,
    effort: Effort = Effort.BALANCED,
    kinds: frozenset[Kind] = PEOPLE,
    long_side: int | None = None,
) -> tuple[list[str], tuple[str, ...]]:
    """Names of a line-up with named models, without reading a network, and who of it takes turns."""

    @dataclass
    class Fake:
        name: str
        finds: frozenset[Kind]

        def detect(self, frames: Sequence[Frame]) -> list[Detections]:
            return [Detections.none() for _ in frames]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(detector_set, "locate", lambda model: model)
        for net in ("EfficientDet", "YoloX", "CenterFace", "PicoDet", "Retail", "YuNet"):
            patch.setattr(detector_set, net, lambda model, **how: Fake(f"{model.name}@{how['long_side']}", model.finds))
        found = covering_detectors(shape(1920, 1080), kinds, effort=effort, long_side=long_side, named=named)
    return [each.name for each in found], taking_turns(found, effort, kinds)


def test_a_named_model_looks_at_every_pass_and_the_standard_ones_take_turns() -> None:
    standard = ["efficientdet-lite0@640", "yolox-nano@640", "centerface@640"]
    assert named_sizes() == (standard, ("yolox-nano@640", "centerface@640"))
    names, turns = named_sizes("person-detection-retail-0013", "yunet-n")
    assert names == [*standard, "person-detection-retail-0013@640", "yunet-n@640"]
    assert turns == tuple(standard)
    assert named_sizes("yunet-n")[1] == ("yolox-nano@640", "centerface@640")
    assert named_sizes("picodet-s", effort=Effort.THOROUGH)[1] == ()


@settings(max_examples=20)
@given(st.integers(64, 4000), st.integers(64, 4000))
def test_what_auto_chooses_from_is_what_each_effort_asks_and_no_detector_is_there_twice(
    width: int, height: int
) -> None:
    @dataclass
    class Fake:
        name: str
        finds: frozenset[Kind]

        def detect(self, frames: Sequence[Frame]) -> list[Detections]:
            return [Detections.none() for _ in frames]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(detector_set, "locate", lambda model: model)
        for net in ("EfficientDet", "YoloX", "CenterFace"):
            patch.setattr(detector_set, net, lambda model, **how: Fake(f"{model.name}@{how['long_side']}", model.finds))
        united, plans = choosable_detectors(shape(width, height), PEOPLE)
        for plan in plans:
            alone = covering_detectors(shape(width, height), PEOPLE, effort=Effort(plan.name))
            assert plan.detectors == {each.name for each in alone}
            assert set(plan.occasional) < plan.detectors
    assert len({each.name for each in united}) == len(united)
    assert [plan.name for plan in plans] == ["fast", "balanced", "thorough"]


def test_a_model_that_is_named_twice_looks_once() -> None:
    assert named_sizes("picodet-s", "picodet-s") == named_sizes("picodet-s")


def test_the_net_of_small_prior_boxes_sees_no_picture_larger_than_it_passes_the_self_test_at() -> None:
    names, _ = named_sizes("person-detection-retail-0013", long_side=1408)
    assert names[-1] == "person-detection-retail-0013@1024"


@pytest.mark.parametrize("also", [frozenset(), frozenset({Kind.CAR})])
def test_where_faces_alone_stand_for_people_nobody_takes_turns_with_a_net_of_bodies(also: frozenset[Kind]) -> None:
    assert named_sizes(kinds=FACES | also)[1] == ()
    assert named_sizes("yunet-n", kinds=FACES | also)[1] == ()


@pytest.mark.parametrize(
    ("name", "kinds"),
    [("person-detection-retail-0013", FACES), ("picodet-s", FACES), ("yunet-n", frozenset({Kind.CAR, Kind.SCREEN}))],
)
def test_a_named_model_that_finds_nothing_of_what_is_covered_is_refused(name: str, kinds: frozenset[Kind]) -> None:
    with pytest.raises(UsageError, match=f"detector {name} finds only .*, and none of that is covered"):
        named_sizes(name, kinds=kinds)


def test_a_model_that_cannot_be_named_is_answered_with_those_that_can() -> None:
    for name in ("yolo", "ssdlite-pedestrian"):
        with pytest.raises(UsageError, match=f"--detector {name}: .* picodet-s"):
            covering_detectors(shape(640, 480), PEOPLE, effort=Effort.FAST, named=[name])


def test_without_models_the_command_that_fetches_them_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PASSERBY_MODELS", str(tmp_path))
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    with pytest.raises(ModelError, match="passerby models fetch efficientdet-lite0"):
        covering_detectors(shape(640, 480), PEOPLE, effort=Effort.FAST)
    with pytest.raises(ModelError, match="passerby models fetch ssdlite-pedestrian"):
        checking_detectors(shape(640, 480))


def test_a_named_net_counts_beside_the_standard_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(detector_set, "locate", lambda model: Path(model.name))
    alone = counting_detectors(shape(768, 576), Effort.BALANCED)
    better = counting_detectors(shape(768, 576), Effort.BALANCED, named=["picodet-s", "picodet-s"])
    persons = counting_detectors(shape(768, 576), Effort.BALANCED, named=["person-detection-retail-0013"])
    assert [each.name for each in better] == ["efficientdet-lite0@640", "picodet-s@640"]
    assert [counting_turns(each) for each in (alone, better, persons)] == [(), ("efficientdet-lite0@640",), ()]


@pytest.mark.parametrize(
    ("name", "said"), [("yunet-n", "finds nothing that is counted"), ("nobody", "not a model that can be selected")]
)
def test_a_net_that_finds_nothing_to_count_is_refused(name: str, said: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(detector_set, "locate", lambda model: Path(model.name))
    with pytest.raises(UsageError, match=said):
        counting_detectors(shape(768, 576), Effort.BALANCED, named=[name])


def test_the_net_that_tells_how_dense_it_is_looks_at_the_size_of_its_scale(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(detector_set, "locate", lambda model: Path(model.name))
    both = counting_detectors(shape(1280, 960), Effort.THOROUGH, gauge=True)
    assert [each.name for each in both] == ["efficientdet-lite0@640", "efficientdet-lite0@1024"]
    assert counting_turns(both) == ()
    (alone,) = counting_detectors(shape(1280, 960), Effort.BALANCED, gauge=True)
    assert alone.name == "efficientdet-lite0@640"


def check_sides(width: int, height: int) -> set[tuple[str, int]]:
    """Networks for bodies of the leak check, and their sizes, without reading one."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(detector_set, "locate", lambda model: model.name)
        patch.setattr(detector_set, "YoloX", lambda name, **how: (name, how["long_side"]))
        for net in ("SsdLite", "CenterFace"):
            patch.setattr(detector_set, net, lambda name, **_: (name, 0))
        return {each for each in checking_detectors(shape(width, height)) if each[1]}  # type: ignore[index, misc]


@settings(max_examples=30)
@given(st.integers(64, 4000), st.integers(64, 4000))
def test_the_check_looks_for_bodies_at_a_size_at_which_nobody_covers(width: int, height: int) -> None:
    checking = check_sides(width, height)
    assert len(checking) == 1
    for effort, still in product(Effort, (False, True)):
        assert not checking & set(sizes(width, height, effort=effort, still=still))
