"""Counts vehicles crossing lines, by class and direction: reported and true counts, and a peer's on the same boxes.

python -m benchmarks.traffic [NAME of a network that counts instead of the standard one...]

Nobody has published counts for these clips. The true counts below were made by eye: once on contact sheets of the
whole clip, and again in finer steps where vehicles follow each other closely. `skv_bikes.mp4` is left out: it consists
of short cuts, in which nothing crosses a line that could be drawn.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from functools import cache
from typing import Any

from benchmarks import material, results
from benchmarks.tools import present
from passerby.measure.flow import crossings
from passerby.measure.motion.motion import Motion
from passerby.measure.place import Line, Space
from passerby.media.files.video_file import open_source
from passerby.vision.detections import Detections, Kind
from passerby.vision.effort import Effort
from passerby.vision.inspect.counting import GROUPS, CountingSelector
from passerby.vision.inspect.detector_set import counting_detectors, counting_turns
from passerby.vision.inspect.inspector import FrameInspector
from passerby.vision.picture.scenery import Observed

NAMED = ("picodet-s",)
THRESHOLDS = (0.25, 0.4, 0.5, 0.6)
Passed = Counter[tuple[Kind, bool]]
"""How many of a class went which way; True = in, to the line's left."""


@dataclass(frozen=True, slots=True)
class Place:
    """A line in a recording, and what crossed it, counted by eye.

    Args:
        file: Of the shared video.
        name: Of the line.
        a: Where it begins, px.
        b: Where it ends.
        truth: What crossed it.
    """

    file: str
    name: str
    a: tuple[float, float]
    b: tuple[float, float]
    truth: Passed

    @property
    def kinds(self) -> frozenset[Kind]:
        """What is counted here: persons or vehicles."""
        return PERSONS if any(kind in PERSONS for kind, _ in self.truth) else VEHICLES


PERSONS, VEHICLES = GROUPS[0], GROUPS[1] | GROUPS[2]
CARS, STREET, HIGHWAY, SQUARE = (
    *("intel_car-detection.mp4", "vehicle_counting_input.mp4", "highway_video03.avi"),
    "pedestrian_survaillance.mp4",
)
HOW = {
    CARS: "2 frames/s by those who collected the clips, and 0.5 frames/s again",
    STREET: "2 frames/s, twice; a pick-up counts as a truck",
    HIGHWAY: "4 frames/s, and 8 frames/s where close; plays twice as fast as it was; vans count as cars",
    SQUARE: "2 frames/s; two and two overlap for seconds",
}
PLACES = (
    Place(CARS, "middle", (0, 216), (768, 216), Counter({(Kind.CAR, True): 2, (Kind.CAR, False): 2})),
    Place(STREET, "far", (200, 150), (262, 150), Counter({(Kind.CAR, False): 6, (Kind.TRUCK, False): 1})),
    Place(STREET, "middle", (230, 200), (560, 200), Counter({(Kind.CAR, False): 7, (Kind.TRUCK, False): 1})),
    Place(HIGHWAY, "far", (60, 110), (256, 110), Counter({(Kind.CAR, False): 27, (Kind.TRUCK, False): 1})),
    Place(HIGHWAY, "middle", (20, 150), (252, 150), Counter({(Kind.CAR, False): 26, (Kind.TRUCK, False): 1})),
    Place(HIGHWAY, "near", (0, 190), (252, 190), Counter({(Kind.CAR, False): 26, (Kind.TRUCK, False): 1})),
    Place(SQUARE, "middle", (300, 350), (300, 50), Counter({(Kind.PERSON, True): 4})),
)


@dataclass(frozen=True, slots=True)
class Seen:
    """What the counting nets saw of a clip.

    Args:
        size_px: Width and height.
        looks: When they looked, s, and what they saw.
    """

    size_px: tuple[int, int]
    looks: list[tuple[float, Detections]]


@cache
def seen(file: str, named: tuple[str, ...]) -> Seen:
    """Look at a clip as often as `passerby measure` does."""
    with closing(open_source(material.data() / "video" / file)) as source:
        detectors = counting_detectors(source.shape, Effort.BALANCED, named=named)
        counters = CountingSelector(detectors)
        watch = FrameInspector(detectors, occasional=counting_turns(detectors), observed=Observed.NOTHING)
        with closing(watch):
            looks = [each.look for each in watch.inspect(source) if each.look is not None]
        found = [(look.time_s, counters.of(look)) for look in looks]
        size = (source.shape.width, source.shape.height)
        return Seen(size, [(time_s, each) for time_s, each in found if each is not None])


def ours(what: Seen, place: Place) -> Passed:
    """Count with passerby."""
    line = Line(place.name, place.a, place.b, Space.PICTURE)
    motion = Motion(what.size_px, lines=[line])
    views = [view for time_s, found in what.looks for view in motion.observe(time_s, found)] + motion.finish()
    hits = [crossings(view.steps_px, line) for view in views]
    return Counter(
        (Kind(kind), inwards)
        for each in hits
        for kind, inwards in zip(each.kinds.tolist(), each.inwards.tolist(), strict=True)
        if kind in place.kinds
    )


def supervision(what: Seen, place: Place, *, threshold: float) -> Passed:
    """Count with supervision's LineZone and its makers' ByteTrack on the same boxes."""
    import supervision as sv  # noqa: PLC0415 - the peer, which only this script needs
    from trackers import ByteTrackTracker  # noqa: PLC0415 - as above

    rate = (len(what.looks) - 1) / (what.looks[-1][0] - what.looks[0][0])
    tracker = ByteTrackTracker(frame_rate=rate, track_activation_threshold=threshold, high_conf_det_threshold=threshold)
    zone = sv.LineZone(sv.Point(*place.a), sv.Point(*place.b), triggering_anchors=[sv.Position.BOTTOM_CENTER])
    passed: Passed = Counter()
    for _, found in what.looks:
        bodies = found.of(place.kinds, 0.1)
        boxes = sv.Detections(bodies.boxes_px, confidence=bodies.scores, class_id=bodies.kinds.astype(int))
        tracked: Any = tracker.update(boxes.with_nms(0.6, class_agnostic=True))  # a car is a truck to the net as well
        tracked = tracked[tracked.tracker_id >= 0]  # -1 = not sure yet
        for crossed, inwards in zip(zone.trigger(tracked), (True, False), strict=True):
            passed.update((Kind(kind), inwards) for kind in tracked.class_id[crossed].tolist())
    return passed


def judged(told: Passed, truth: Passed) -> results.Row:
    """Return told and true counts, and how far off they are by direction, and by class and direction."""
    by_way = sum(abs(_total(told, inwards=way) - _total(truth, inwards=way)) for way in (True, False))
    by_class = sum(abs(told[each] - truth[each]) for each in told.keys() | truth.keys())
    return {
        "true": _words(truth),
        "told": _words(told),
        "error": by_way / truth.total(),
        "class_error": by_class / truth.total(),
    }


def _total(passed: Passed, *, inwards: bool) -> int:
    return sum(count for (_, way), count in passed.items() if way == inwards)


def _words(passed: Passed) -> str:
    parts = [f"{count} {kind.name.lower()} {'in' if way else 'out'}" for (kind, way), count in sorted(passed.items())]
    return ", ".join(parts) or "nothing"


def measure(names: list[str]) -> Iterator[results.Row]:
    """Yield a row for each line, net and tool."""
    for place in PLACES:
        for name in ["", *names]:
            what = seen(place.file, (name,) if name else ())
            tried = [(supervision(what, place, threshold=each), each) for each in THRESHOLDS]
            peer, at = min(tried, key=lambda each: judged(each[0], place.truth)["error"])
            sparse = Seen(what.size_px, what.looks[::2])  # as a live camera looks when it is under load
            tools = {
                "passerby": ours(what, place),
                "passerby, every second look": ours(sparse, place),
                f"supervision (score {at:g})": peer,
            }
            for tool, told in tools.items():
                row = judged(told, place.truth)
                yield {"clip": place.file, "line": place.name, "net": name or "standard", "tool": tool, **row}


if __name__ == "__main__":
    results.save("traffic", list(measure(sys.argv[1:] or present(NAMED))), truth=HOW)
