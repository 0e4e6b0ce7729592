"""Checks that counts of vehicles are right or say that they are lower bounds, on clips made worse step by step.

python -m benchmarks.traffic_bounds [tune|report]

Lines and true counts are those of `benchmarks.traffic`. Each clip belongs to one half by the hash of its name
(`material.split_of`): the virtual loop was tuned on one half, the other was looked at afterwards.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from fractions import Fraction

import cv2
import numpy as np
from numpy.typing import NDArray

from benchmarks import material, results
from benchmarks.traffic import PLACES, Passed, Place
from passerby.measure.flow import IN_DOUBT
from passerby.measure.place import Line, Space
from passerby.measure.plan import LinePlan, ScenePlan
from passerby.measure.reading import Quantity
from passerby.measure.scene import Scene
from passerby.media.files.video_file import open_source
from passerby.media.frame import Frame
from passerby.media.layout import Layout, Shape
from passerby.vision.detections import Detections, Kind
from passerby.vision.effort import Effort
from passerby.vision.inspect.counting import CountingSelector
from passerby.vision.inspect.detector_set import counting_detectors
from passerby.vision.inspect.inspector import FrameInspector
from passerby.vision.picture.foreground import solid
from passerby.vision.sampling import sample

KINDS = (Kind.CAR, Kind.BUS, Kind.TRUCK)
RIGHT = 0.1
GREY = 112
NO_CARS = (
    Place("pets_s2l1_vtest.avi", "road", (300, 576), (300, 100), Counter()),
    Place("pedestrian_survaillance.mp4", "square", (300, 350), (300, 50), Counter()),
)
"""Lines that only people cross: there is nothing to count, and no reason for a lower bound."""
TOOLS = {
    "boxes": {"regions": False},
    "regions": {"regions": True},
    "from_above": {"regions": True, "from_above": True},
}
"""Ways to count: boxes alone, boxes checked by what moves, and moving regions counted as well."""
Moving = tuple[float, NDArray[np.uint8] | None]
Looked = tuple[float, Detections]


@dataclass(frozen=True, slots=True)
class Clip:
    """What passerby knows of a clip.

    Args:
        scale: Size of its picture, relative to that of the original.
        size_px: Width and height.
        looks: When the network looked, s, and what it found.
        moving: What moves in each frame.
    """

    scale: float
    size_px: tuple[int, int]
    looks: list[Looked]
    moving: list[Moving]


@dataclass(frozen=True, slots=True)
class Variant:
    """A way to make a clip worse.

    Args:
        name: In the table.
        far: Shrinks the view by this factor into the middle of a grey picture of the same size.
        small: Shrinks the picture by this factor.
        every: Takes every so-manieth frame.
        looks: Changes what the network found.
    """

    name: str
    far: float = 1.0
    small: float = 1.0
    every: int = 1
    looks: Callable[[list[Looked]], list[Looked]] = list


def _weaker(share: float) -> Callable[[list[Looked]], list[Looked]]:
    return lambda looks: [(at, replace(each, scores=each.scores * np.float32(share))) for at, each in looks]


def _blind(looks: list[Looked]) -> list[Looked]:
    return [(at, each.of(frozenset(Kind) - IN_DOUBT)) for at, each in looks]


VARIANTS = (
    Variant("as it is"),
    Variant("every second frame", every=2),
    Variant("every second look", looks=lambda looks: looks[::2]),
    Variant("scores times 0.6", looks=_weaker(0.6)),
    Variant("scores times 0.3", looks=_weaker(0.3)),
    Variant("no vehicle found", looks=_blind),
    Variant("half the size", small=2),
    Variant("twice as far", far=2),
)


def frames(file: str, variant: Variant) -> Iterator[Frame]:
    """Yield the frames of a clip, made worse."""
    with closing(open_source(material.data() / "video" / file)) as source:
        for number, frame in enumerate(source):
            if number % variant.every:
                continue
            yield frame if variant.far == variant.small == 1 else shrunk(frame, variant)


def shrunk(frame: Frame, variant: Variant) -> Frame:
    """Return a frame shrunk as a variant says."""
    by = variant.far * variant.small
    width, height = (round(side / by / 2) * 2 for side in (frame.width, frame.height))
    picture = sample(frame, width, height, stretch=False).rgb
    if variant.far > 1:
        down, right = frame.height - height, frame.width - width
        around = (down // 2, down - down // 2, right // 2, right - right // 2)
        picture = cv2.copyMakeBorder(picture, *around, cv2.BORDER_CONSTANT, value=(GREY,) * 3).astype(np.uint8)
    return Frame((picture,), Layout.RGB, frame.pts, frame.time_base, "")


def seen(file: str, variant: Variant) -> Clip:
    """Look at a clip as `passerby measure` does."""
    first = next(frames(file, variant))
    shape = Shape(first.width, first.height, first.layout, first.colour, Fraction(25), first.time_base)
    detectors = counting_detectors(shape, Effort.BALANCED)
    counters = CountingSelector(detectors)
    looks: list[Looked] = []
    moving: list[Moving] = []
    with closing(FrameInspector(detectors)) as inspector:
        for each in inspector.inspect(frames(file, variant)):
            moving.append((each.frame.time_s, each.moving))
            if each.look is not None and (found := counters.of(each.look)) is not None:
                looks.append((each.look.time_s, found))
    return Clip(1 / variant.small, (shape.width, shape.height), looks, moving)


def line_of(place: Place, clip: Clip, variant: Variant) -> Line:
    """Return a line where the view lies in a clip that was made worse."""
    size = np.array(clip.size_px)
    a, b = (size / 2 + (np.array(each) * clip.scale - size / 2) / variant.far for each in (place.a, place.b))
    return Line(place.name, (float(a[0]), float(a[1])), (float(b[0]), float(b[1])), Space.PICTURE)


def told(clip: Clip, line: Line, variant: Variant, *, regions: bool, from_above: bool = False) -> tuple[Passed, bool]:
    """Return what crossed a line, by direction, and whether any of it is a lower bound."""
    plan = ScenePlan((LinePlan(line, KINDS, from_above=from_above),))
    scene = Scene(plan, clip.size_px)
    looks = dict(variant.looks(clip.looks))
    made = []
    for time_s, moving in clip.moving:
        if regions:
            scene.observe_motion(time_s, None if moving is None else solid(moving))
        if time_s in looks:
            made += scene.observe(time_s, looks[time_s])
    made += scene.finish()
    ways = {Quantity.CROSSINGS_IN: True, Quantity.CROSSINGS_OUT: False}
    passed: Passed = Counter()
    counts = [each for each in made if each.quantity in ways]
    for each in counts:
        passed[Kind.CAR, ways[each.quantity]] += round(each.value)
    return passed, any(each.bounds == (each.value, None) for each in counts)


def judged(passed: Passed, place: Place, *, bound: bool) -> results.Row:
    """Return true and told counts by direction, and whether they are right, a lower bound, or wrong."""
    ways = (True, False)
    true = [sum(count for (_, way), count in place.truth.items() if way == each) for each in ways]
    mine = [passed[Kind.CAR, each] for each in ways]
    off = sum(abs(one - other) for one, other in zip(true, mine, strict=True))
    below = all(one >= other for one, other in zip(true, mine, strict=True))
    right = off <= RIGHT * sum(true)
    verdict = "right" if right else "lower bound" if bound and below else "wrong"
    said = ("at least " if bound else "") + _words(mine)
    return {"true": _words(true), "told": said, "bound": bound, "verdict": verdict}


def _words(counts: list[int]) -> str:
    return f"{counts[0]} in, {counts[1]} out"


def measure(halves: Iterable[str]) -> Iterator[results.Row]:
    """Yield a row for each line and variant, with what each way to count gives."""
    places = [each for each in PLACES if IN_DOUBT & each.kinds] + list(NO_CARS)
    for file in dict.fromkeys(each.file for each in places):
        if (half := material.split_of(file)) not in halves:
            continue
        known: dict[tuple[float, float, int], Clip] = {}
        for variant in VARIANTS:
            key = (variant.far, variant.small, variant.every)
            if key not in known:
                known[key] = seen(file, variant)
            for place in (each for each in places if each.file == file):
                line = line_of(place, known[key], variant)
                row = {"half": half, "clip": file, "line": place.name, "variant": variant.name}
                for tool, how in TOOLS.items():
                    passed, bound = told(known[key], line, variant, **how)
                    row[tool] = judged(passed, place, bound=bound)
                yield row


def summed(rows: list[results.Row]) -> Iterator[results.Row]:
    """Yield a row for each half and variant: on how many lines each way to count is right, a lower bound, or wrong.

    Lines that no vehicle crosses are summed in rows of their own: there, a lower bound is a false alarm.
    """
    empty = {each.name for each in NO_CARS}
    groups = dict.fromkeys((row["half"], row["line"] in empty, row["variant"]) for row in rows)
    for half, without, variant in groups:
        same = [row for row in rows if (row["half"], row["line"] in empty, row["variant"]) == (half, without, variant)]
        made = {"half": half, "crossed_by": "people" if without else "vehicles", "variant": variant, "lines": len(same)}
        for tool in TOOLS:
            verdicts = Counter("alarm" if without and row[tool]["bound"] else row[tool]["verdict"] for row in same)
            made[tool] = [verdicts["right"], verdicts["lower bound"] + verdicts["alarm"], verdicts["wrong"]]
        yield made


if __name__ == "__main__":
    lines = list(measure(sys.argv[1:] or ["tune", "report"]))
    results.save("traffic_bounds", list(summed(lines)), lines=lines)
