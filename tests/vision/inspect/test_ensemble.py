"""Who of a panel is asked, by turns and by plan, and what their one answer holds."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest
from tests.stage import Clip, Sees, found

from passerby.errors import DetectorError
from passerby.media.frame import Frame
from passerby.redact.choice import CoverKind
from passerby.redact.cover_plan import CoverPlan
from passerby.redact.rule import rules_for
from passerby.redact.stream import Redactor
from passerby.redact.style import style_named
from passerby.vision.detections import Kind
from passerby.vision.inspect.ensemble import CLOSE_BODY, DetectorEnsemble, Look
from passerby.vision.inspect.inspector import FrameInspector
from passerby.vision.inspect.planner import DOWN_PASSES, DetectorPlan, Planner
from passerby.vision.picture.scenery import Observed

PLANS = [
    DetectorPlan("fast", frozenset({"easy"})),
    DetectorPlan("balanced", frozenset({"usual", "face"}), ("face",)),
    DetectorPlan("thorough", frozenset({"usual", "hard"}), usual_cost=4.0),
]
EVERYBODY = ("easy", "usual", "hard", "face")


def seer(name: str, box: tuple[float, float, float, float] = (10, 10, 20, 30)) -> Sees:
    made = Sees(lambda _: found(box))
    made.name = name
    return made


def asked(look: Look) -> list[str]:
    return [name for name, answer in zip(EVERYBODY, look.found, strict=True) if answer is not None]


def frames(count: int) -> Iterator[Frame]:
    """Frames of good light: a chequered floor."""
    floor = (np.indices((48, 64)).sum(axis=0) // 4 % 2 * 200).astype(np.uint8)
    return (replace(each, planes=(floor, *each.planes[1:])) for each in Clip([100 * k for k in range(count)]))


def test_those_who_take_turns_are_all_asked_first_and_then_one_after_the_other() -> None:
    panel = DetectorEnsemble([seer(name) for name in EVERYBODY], occasional=("usual", "face"))
    looks = [asked(panel.look(frame)) for frame in frames(5)]
    assert looks[0] == ["easy", "usual", "hard", "face"]
    assert looks[1:] == [["easy", "hard", "face"], ["easy", "usual", "hard"]] * 2


def test_at_a_low_rate_nobody_is_left_out() -> None:
    panel = DetectorEnsemble([seer(name) for name in EVERYBODY], occasional=("usual", "face"))
    for number, frame in enumerate(frames(6)):
        assert asked(panel.look(replace(frame, pts=round(number * 0.5 / frame.time_base)))) == list(EVERYBODY)


def test_a_plan_is_asked_in_its_places_and_named_and_its_first_pass_asks_all_of_it() -> None:
    planner = Planner(PLANS, budget_ms=10_000)
    panel = DetectorEnsemble([seer(name) for name in EVERYBODY], planner=planner)
    film = frames(6)
    first = panel.look(next(film))
    assert asked(first) == ["usual", "face"]
    assert first.plan == "balanced: at the start"
    planner.fell_behind()
    assert asked(panel.look(next(film))) == ["easy"]
    for _ in range(3):
        look = panel.look(next(film))
    assert look.found[0] is not None
    assert look.found[1:3] == (None, None)


def test_a_plan_of_whom_nobody_looks_at_every_pass_is_refused() -> None:
    lazy = [DetectorPlan("balanced", frozenset({"face"}), ("face",))] * 3
    with pytest.raises(DetectorError, match="no detector would run in every pass"):
        DetectorEnsemble([seer("face")], planner=Planner(lazy))


def test_a_failing_detector_of_a_new_plan_costs_its_frames_and_no_others() -> None:
    broken = Sees(lambda _: 1 / 0)
    broken.name = "easy"
    planner = Planner(PLANS, budget_ms=10_000)
    panel = DetectorEnsemble([broken, *(seer(name) for name in EVERYBODY[1:])], planner=planner)
    film = frames(3)
    assert not panel.look(next(film)).failure
    planner.fell_behind()
    assert "easy failed" in panel.look(next(film)).failure


def test_changing_plans_never_leaves_bare_who_stands_there() -> None:
    """Each plan sees another of two people; both are covered around the change, as around any last and first sight."""
    left, right = (5, 5, 15, 40), (40, 5, 50, 40)  # large: after DOWN_PASSES the easy plan looks
    detectors = [seer("easy", left), seer("usual", right), seer("hard", left), seer("face", right)]
    watch = FrameInspector(detectors, planner=Planner(PLANS, budget_ms=10_000), observed=Observed.NOTHING)
    plan = CoverPlan(rules_for(frozenset({CoverKind.PEOPLE}), score=0.15, margin=0.1), hold_s=1.0, motion=False)
    redactor = Redactor(plan, style_named("solid"), look_ahead_s=1.0)
    covered = list(redactor.stream(watch.inspect(frames(60))))
    watch.close()
    assert not any(each.cover.whole for each in covered)
    plans = [each.plan.split(":")[0] for each in covered]
    assert plans == ["balanced"] * DOWN_PASSES + ["fast"] * (60 - DOWN_PASSES)
    for each in covered[: DOWN_PASSES + 9]:
        assert each.cover.raster(48, 64)[6:39, 41:49].all()
    for each in covered[DOWN_PASSES - 9 :]:
        assert each.cover.raster(48, 64)[6:39, 6:14].all()


def test_networks_of_one_model_are_one_opinion_and_only_the_first_is_doubted() -> None:
    names = ("efficientdet-lite0@640", "efficientdet-lite0@1024", "yolox-nano@640")
    ensemble = DetectorEnsemble([seer(name) for name in names])
    look = ensemble.look(next(frames(1)))
    assert [look.partners_of(place) for place in range(3)] == [[2], [2], [0, 1]]
    assert look.doubted == {0, 1}
    assert look.area_px == 48 * 64


def test_a_network_that_the_plan_leaves_out_has_no_opinion() -> None:
    alone = [DetectorPlan("balanced", frozenset({"efficientdet-lite0@640"}))] * 3
    seers = [seer(name) for name in ("efficientdet-lite0@640", "yolox-nano@640")]
    look = DetectorEnsemble(seers, planner=Planner(alone, budget_ms=10_000)).look(next(frames(1)))
    assert look.partners_of(0) == []


def looks_dark(score: float, height: float, kind: Kind) -> Look:
    """A picture that is too dark to inspect, in which a detector finds one thing of some height."""
    made = Sees(lambda _: found((10, 2, 30, 2 + height * 48), kind=kind, score=score))
    dark = np.full((48, 64), 20, np.uint8)
    dark[::2] = 30
    frame = next(frames(1))
    return DetectorEnsemble([made]).look(replace(frame, planes=(dark, *frame.planes[1:])))


@pytest.mark.parametrize(
    ("score", "height", "kind", "blind"),
    [
        (0.9, CLOSE_BODY + 0.1, Kind.PERSON, False),
        (0.9, 0.2, Kind.FACE, False),
        (0.9, 0.2, Kind.PERSON, True),
        (0.4, CLOSE_BODY + 0.1, Kind.PERSON, True),
        (0.9, CLOSE_BODY + 0.1, Kind.CAR, True),
    ],
)
def test_a_picture_in_which_a_large_face_or_body_is_sure_can_be_inspected(
    score: float, height: float, kind: Kind, blind: bool
) -> None:
    look = looks_dark(score, height, kind)
    assert bool(look.blind) == blind
    assert look.poor
