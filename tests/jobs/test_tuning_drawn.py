"""A plan of drawn people: written if it holds on those it was not made on, and refused if not."""

from __future__ import annotations

from collections.abc import Callable, Generator
from pathlib import Path

import pytest
from tests.media import clips
from tests.stage import Clip, found

from passerby.assembly.rehearsal import Rehearsal, without_pixels
from passerby.errors import PasserbyError, UsageError
from passerby.evaluate.result import TruthFormat
from passerby.jobs.stepwise import Stepwise
from passerby.jobs.tuning import TuneRequest, tuning
from passerby.media.frame import Frame
from passerby.redact.choice import CoverKind
from passerby.settings.camera_plan import CameraPlan
from passerby.vision.detections import Detections
from passerby.vision.effort import Effort
from passerby.vision.inspect.ensemble import Look
from passerby.vision.inspect.inspector import InspectedFrame

SECONDS, RATE = 20, 8
SIZE = (48, 64)


def people(time_s: float) -> list[tuple[float, float, float, float]]:
    """Two people who walk to and fro."""
    way = abs(time_s % 4 - 2)
    return [(4 + 10 * way, 10, 12 + 10 * way, 30), (34, 8 + 4 * way, 42, 28 + 4 * way)]


def scene(score: Callable[[float], float]) -> Callable[[Path, Effort, frozenset[CoverKind]], Generator]:
    """Look at the two people, found with a score that depends on the time, and at a thing that looks like a third."""

    def look(_clip: Path, _effort: Effort, _kinds: frozenset[CoverKind]) -> Generator[int, None, Rehearsal]:
        def answer(frame: Frame) -> Detections:
            seen = found(*people(frame.time_s), score=score(frame.time_s))
            return Detections.joined([seen, found((52, 20, 62, 42), score=0.18)])

        kept = []
        for frame in Clip(range(0, 1000 * SECONDS, 1000 // RATE), size=SIZE):
            look = Look(frame.time_s, (answer(frame),))
            kept.append(without_pixels(InspectedFrame(frame, look)))
            yield len(kept)
        return Rehearsal(kept, (SIZE[1], SIZE[0]))

    return look


@pytest.fixture
def request_of(tmp_path: Path) -> Callable[..., TuneRequest]:
    def make(seconds: float = SECONDS, **more: object) -> TuneRequest:
        rows = [
            f"{index + 1},{person},{x1},{y1},{x2 - x1},{y2 - y1},1,1,1"
            for index in range(round(seconds * RATE))
            for person, (x1, y1, x2, y2) in enumerate(people(index / RATE), 1)
        ]
        (tmp_path / "gt.txt").write_text("\n".join(rows) + "\n")
        clip = clips.make_clip(tmp_path / "minute.mp4")
        given = {"truth_format": TruthFormat.AUTO, "upper": 0.4, "cover": frozenset({CoverKind.PEOPLE})}
        return TuneRequest(clip, tmp_path / "gt.txt", **(given | {"efforts": (Effort.BALANCED,)} | more))

    return make


def tuned(request: TuneRequest, score: Callable[[float], float]) -> CameraPlan:
    with Stepwise(tuning(request, scene(score))) as steps:
        assert {progress.stage for progress in steps} == {"looking with effort balanced", "searching"}
        return steps.result


def test_a_thing_that_looks_like_somebody_is_no_longer_covered_and_nobody_is_bare(request_of):
    plan = tuned(request_of(), lambda _: 0.9)
    evidence = plan.evidence
    assert plan.picture_px == (64, 48)
    assert (evidence.heads_made_on, evidence.heads, evidence.people) == (160, 128, 2)
    assert evidence.before.bare == evidence.after.bare == 0
    assert evidence.after.at_most == evidence.before.at_most == pytest.approx(3 / 128, rel=0.02)
    assert evidence.after.area < 0.75 * evidence.before.area
    assert any("scores up to" in text for text in plan.choice.lowered())


def test_what_fits_only_the_half_that_it_was_made_on_is_refused_with_the_figures(request_of):
    with pytest.raises(PasserbyError) as refusal:
        tuned(request_of(), lambda time_s: 0.9 if time_s < SECONDS / 2 else 0.19)
    text = str(refusal.value)
    assert "no plan was written" in text
    assert "of 128 labelled heads are bare with the plan" in text
    assert "without it 0 (at most 2.31%)" in text


def test_people_with_low_scores_are_found_by_a_lower_one(request_of):
    plan = tuned(request_of(), lambda _: 0.12)
    assert plan.evidence.before.bare == 128
    assert plan.evidence.after.bare == 0
    assert plan.choice.sizes[-1].score < 0.12


@pytest.mark.parametrize(
    ("seconds", "said"), [(9, "second half of the clip has no labels"), (30, "labels frame 240, but the clip has 160")]
)
def test_labels_that_cannot_be_divided_or_are_another_clips_are_refused_before_the_search(request_of, seconds, said):
    with pytest.raises(UsageError, match=said):
        tuned(request_of(seconds), lambda _: 0.9)
