"""Make a plan for one camera from a labelled minute: search on its first half, report on its second."""

from __future__ import annotations

from collections.abc import Callable, Generator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from passerby.assembly.redaction import size_of
from passerby.assembly.rehearsal import Rehearsal, rehearse
from passerby.errors import PasserbyError, UsageError
from passerby.evaluate.exposure import Exposure
from passerby.evaluate.halves import Half, halves
from passerby.evaluate.read import read_truth
from passerby.evaluate.result import TruthFormat
from passerby.evaluate.search import (
    GRID,
    SIZE_ENDS,
    HeadCounts,
    PlanSearch,
    Trial,
    usual_choice,
    why_refused,
)
from passerby.jobs.stepwise import Stepwise
from passerby.jobs.task import Progress
from passerby.redact.choice import CoverKind
from passerby.settings.camera_plan import CameraPlan, PlanChoice, PlanEvidence
from passerby.version import __version__
from passerby.vision.effort import Effort


@dataclass(frozen=True, slots=True)
class TuneRequest:
    """What to make a plan of.

    Args:
        clip: The labelled clip.
        truth: Its labels.
        truth_format: Format of the labels.
        upper: Share of a person's height that must be covered, from the top, in (0, 1].
        cover: What to cover.
        efforts: The efforts to choose from.
    """

    clip: Path
    truth: Path
    truth_format: TruthFormat
    upper: float
    cover: frozenset[CoverKind]
    efforts: tuple[Effort, ...]


Rehearse = Callable[[Path, Effort, frozenset[CoverKind]], Generator[int, None, Rehearsal]]
"""Looks at a clip with an effort, as `rehearse` does."""


def tuning(request: TuneRequest, look: Rehearse = rehearse) -> Generator[Progress, None, CameraPlan]:
    """Search the settings for a camera, yielding progress, and return its plan.

    Args:
        request: What to make a plan of.
        look: Runs the networks.

    Raises:
        UsageError: The labels are wrong or belong to another clip, or the clip is too short.
        SourceError: The clip cannot be read.
        PasserbyError: The best settings are no better than the defaults, so there is no plan.
    """
    truth = read_truth(request.truth, request.truth_format, upper=request.upper, clip=request.clip.name)
    if truth.form is TruthFormat.POINTS:
        msg = f"{request.truth}: head points have no size; label boxes of bodies (MOT, CVML or COCO)"
        raise UsageError(msg)
    height, width = size_of(request.clip)
    truth.require_size(width, height)
    some = yield from _look(request, Effort.BALANCED, look)
    truth.require_length(len(some.times_s))
    early, late = halves(truth, some.times_s)  # before the other efforts: what is refused is refused soon
    looked = {Effort.BALANCED: some}
    for effort in request.efforts:
        if effort not in looked:
            looked[effort] = yield from _look(request, effort, look)

    def judge(choice: PlanChoice, half: Half) -> Trial:
        return _judged(looked[choice.effort], choice, request, half)

    search = PlanSearch(lambda choice: judge(choice, early), head_counts(early, some), efforts=request.efforts)
    for _ in search.run():
        yield Progress("searching", search.trials + 1, None, 0)
    before, after = judge(usual_choice(), late), judge(search.best, late)
    if reason := why_refused(before, after):
        msg = f"{request.clip}: no plan was written, because it would be no better than the defaults: {reason}"
        raise PasserbyError(msg)
    return _plan(request, search, before=before, after=after, picture_px=some.picture_px)


def _plan(
    request: TuneRequest, search: PlanSearch, *, before: Trial, after: Trial, picture_px: tuple[int, int]
) -> CameraPlan:
    return CameraPlan(
        passerby_version=__version__,
        picture_px=picture_px,
        cover=request.cover,
        choice=search.best,
        evidence=PlanEvidence(
            split="time",
            heads_made_on=search.result().heads,
            heads=after.heads,
            people=after.people,
            before=before.figures(),
            after=after.figures(),
            settings_sha256=search.best.sha256(),
        ),
    )


def _look(request: TuneRequest, effort: Effort, look: Rehearse) -> Generator[Progress, None, Rehearsal]:
    with Stepwise(look(request.clip, effort, request.cover)) as steps:
        for done in steps:
            yield Progress(f"looking with effort {effort}", done, None, 0)
        return steps.result


def _judged(looked: Rehearsal, choice: PlanChoice, request: TuneRequest, half: Half) -> Trial:
    """Return what settings do on a half."""
    width, height = looked.picture_px
    exposure = Exposure(half.truth, height=height, width=width)
    until_s = looked.times_s[half.end - 1]
    for index, (cover, time_s) in enumerate(looked.covers(choice, request.cover, until_s=until_s)):
        if half.first <= index < half.end:
            exposure.observe(cover, time_s)
    found = exposure.result(upper=request.upper, version=__version__)
    bare, exposed = (
        sum(counts) for counts in zip(*((each.exposed50, each.exposed80) for each in found.sizes), strict=True)
    )
    return Trial(found.heads, bare, exposed, found.area, found.people)


def head_counts(half: Half, looked: Rehearsal) -> HeadCounts:
    """Return how many labelled heads a half has by size and by region."""
    boxes = np.concatenate([each.bodies_px for each in half.truth.frames.values()]).astype(np.float32)
    table = usual_choice().table(looked.picture_px)
    sizes = np.bincount(table.size_of(boxes), minlength=len(SIZE_ENDS))
    regions = np.zeros(GRID, np.int64)
    np.add.at(regions, table.region_of(boxes), 1)
    return HeadCounts(tuple(sizes.tolist()), tuple(tuple(row) for row in regions.tolist()))
