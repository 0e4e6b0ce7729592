"""Counts people in view and crossings of two lines on PETS S2.L1, and compares with a peer on the same boxes.

python -m benchmarks.counting [fast|balanced|thorough] [NAME of a network that counts instead of the standard one...]

Frames 0-199 are for tuning (the peer's threshold is chosen on them), 200-794 for reporting. Truth: the boxes of
every frame, and line crossings derived from them (data folder, gt/pets_s2l1).
"""

from __future__ import annotations

import json
import sys
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks import material, results
from benchmarks.tools import present
from passerby.measure.flow import crossings
from passerby.measure.motion.motion import Motion
from passerby.measure.place import Line, Space, Zone
from passerby.media.files.video_file import open_source
from passerby.vision.detections import Detections, Kind
from passerby.vision.effort import Effort
from passerby.vision.inspect.counting import CountingSelector
from passerby.vision.inspect.detector_set import counting_detectors
from passerby.vision.inspect.ensemble import Look

FPS = 10.0
TUNING = 200
THRESHOLDS = (0.3, 0.4, 0.5, 0.6)
MEDIAN = 9
"""Frames of the median that smooths a count."""
TOLERANCE_S = 1.0

Event = tuple[float, bool]
"""When (s), and whether inwards."""


@dataclass(frozen=True, slots=True)
class Counts:
    """What a tool says of the whole clip.

    Args:
        view: Shape (795,), persons in view.
        zone: Shape (795,), persons in the zone.
        events: Crossings of each line.
    """

    view: NDArray[np.float64]
    zone: NDArray[np.float64]
    events: dict[str, list[Event]]


@dataclass(frozen=True, slots=True)
class Places:
    """The truth's lines and zone."""

    lines: list[Line]
    zone: Zone
    truth: Counts


def places() -> Places:
    """Read the truth."""
    folder = material.data() / "gt" / "pets_s2l1"
    told = json.loads((folder / "derived_counts.json").read_text())
    frames = ET.parse(folder / "PETS2009-S2L1.xml").getroot().iter("frame")  # noqa: S314 - a file of the shared data
    view = np.array([len(list(frame.iter("object"))) for frame in frames], np.float64)
    lines = [Line(each["name"], tuple(each["a"]), tuple(each["b"]), Space.PICTURE) for each in told["lines"]]
    first = told["zones"][0]
    zone = Zone(first["name"], tuple(map(tuple, first["polygon"])), Space.PICTURE)
    events = {  # the truth's "forward" is to the right on the screen, which is out
        each["name"]: [(event["frame"] / FPS, event["dir"] == "backward") for event in each["events"]]
        for each in told["lines"]
    }
    return Places(lines, zone, Counts(view, np.array(first["per_frame"], np.float64), events))


NAMED = ("picodet-s", "person-detection-retail-0013")


def boxes(effort: Effort, name: str = "") -> list[Detections]:
    """Return what the counting net sees in each frame, its scores as those who count take them."""
    source = open_source(material.data() / "video" / "pets_s2l1_vtest.avi")
    detector = counting_detectors(source.shape, effort, named=[name] if name else [])[-1]
    counters = CountingSelector([detector])
    looks = (counters.of(Look(frame.time_s, (detector.detect([frame])[0],))) for frame in source)
    return [Detections.none() if found is None else found for found in looks]


def ours(found: list[Detections], known: Places) -> Counts:
    """Count with passerby."""
    motion = Motion((768, 576), lines=known.lines)
    views = [view for at, each in enumerate(found) for view in motion.observe(at / FPS, each)] + motion.finish()
    events: dict[str, list[Event]] = {line.name: [] for line in known.lines}
    for view, line in ((view, line) for view in views for line in known.lines):
        hits = crossings(view.steps_px.of((Kind.PERSON,)), line)
        events[line.name] += zip(hits.times_s.tolist(), hits.inwards.tolist(), strict=True)
    people = [view.points_px[view.kinds == Kind.PERSON] for view in views]
    inside = [known.zone.holds(each).sum() for each in people]
    return Counts(np.array([len(each) for each in people], float), np.array(inside, float), events)


def supervision(found: list[Detections], known: Places, *, threshold: float) -> Counts:
    """Count with supervision's LineZone and PolygonZone and its makers' ByteTrack on the same boxes."""
    import supervision as sv  # noqa: PLC0415 - the peer, which only this script needs
    from trackers import ByteTrackTracker  # noqa: PLC0415 - as above; supervision's own was moved there

    tracker = ByteTrackTracker(frame_rate=FPS, track_activation_threshold=threshold, high_conf_det_threshold=threshold)
    foot = [sv.Position.BOTTOM_CENTER]
    lines = {
        line.name: sv.LineZone(sv.Point(*line.a), sv.Point(*line.b), triggering_anchors=foot) for line in known.lines
    }
    zone = sv.PolygonZone(np.array(known.zone.outline, int), triggering_anchors=foot)
    view, inside = [], []
    events: dict[str, list[Event]] = {name: [] for name in lines}
    for at, each in enumerate(found):
        people = each.of(frozenset({Kind.PERSON}), 0.1)
        seen = sv.Detections(people.boxes_px, confidence=people.scores, class_id=people.kinds.astype(int))
        tracked = tracker.update(seen)
        tracked = tracked[tracked.tracker_id >= 0]  # type: ignore[operator]  # -1 = not sure yet
        view.append(len(tracked))
        inside.append(int(zone.trigger(tracked).sum()))
        for name, line in lines.items():
            inwards, outwards = line.trigger(tracked)  # its "in" is to the left of the line, like ours
            events[name] += [(at / FPS, True)] * int(inwards.sum()) + [(at / FPS, False)] * int(outwards.sum())
    return Counts(np.array(view, float), np.array(inside, float), events)


def raw(found: list[Detections], known: Places, *, threshold: float) -> Counts:
    """Count boxes, frame by frame; nobody crosses a line."""
    kept = [each.of(frozenset({Kind.PERSON}), threshold).boxes_px.astype(float) for each in found]
    feet = [np.stack(((each[:, 0] + each[:, 2]) / 2, each[:, 3]), axis=1) for each in kept]
    inside = [known.zone.holds(each).sum() for each in feet]
    return Counts(np.array([len(each) for each in kept], float), np.array(inside, float), {})


def judged(counts: Counts, known: Places, *, first: int, last: int) -> results.Row:
    """Return errors on the frames from `first` up to before `last`."""
    row: dict[str, Any] = {}
    for name, got, true in (("view", counts.view, known.truth.view), ("zone", counts.zone, known.truth.zone)):
        off = np.abs(got - true)[first:last]
        smooth = np.abs(_median(got) - true)[first:last]
        row |= {f"{name}_mae": float(off.mean()), f"{name}_mae_median": float(smooth.mean())}
    row["persons"] = float(known.truth.view[first:last].mean())
    if not counts.events:
        return row
    true_events = counted = matched = wrong = 0
    for name, truth in known.truth.events.items():
        wanted, got_events = _within(truth, first, last), _within(counts.events[name], first, last)
        true_events, counted = true_events + len(wanted), counted + len(got_events)
        matched += _matches(got_events, wanted)
        wrong += sum(
            abs(sum(e[1] == inwards for e in got_events) - sum(e[1] == inwards for e in wanted))
            for inwards in (False, True)
        )
    return row | {
        "crossings": true_events,
        "counted": counted,
        "count_error": wrong / true_events,
        "precision": matched / counted if counted else 0.0,
        "recall": matched / true_events,
    }


def _median(counts: NDArray[np.float64]) -> NDArray[np.float64]:
    half = MEDIAN // 2
    return np.array([np.median(counts[max(0, at - half) : at + half + 1]) for at in range(len(counts))])


def _within(events: list[Event], first: int, last: int) -> list[Event]:
    return [event for event in events if first / FPS <= event[0] < last / FPS]


def _matches(got: list[Event], true: list[Event]) -> int:
    """Return how many events have a partner of their direction within a second, nearest first, each one only."""
    pairs = sorted(
        (abs(a[0] - b[0]), i, j)
        for i, a in enumerate(got)
        for j, b in enumerate(true)
        if a[1] == b[1] and abs(a[0] - b[0]) <= TOLERANCE_S
    )
    left, right = set[int](), set[int]()
    for _, i, j in pairs:
        if i not in left and j not in right:
            left.add(i)
            right.add(j)
    return len(left)


def measure(efforts: list[Effort], names: list[str]) -> Iterator[results.Row]:
    """Yield a row for each net, effort, tool and part of the clip; named nets beside the standard one."""
    known = places()
    for name, effort in ((name, effort) for name in ["", *names] for effort in efforts):
        found = boxes(effort, name)
        tools: dict[str, Counts] = {"passerby": ours(found, known)}
        for tool_name, tool in (("supervision", supervision), ("boxes alone", raw)):
            tried = [(tool(found, known, threshold=each), each) for each in THRESHOLDS]
            best, at = min(tried, key=lambda each: judged(each[0], known, first=0, last=TUNING)["view_mae"])
            tools[f"{tool_name} (score {at:g})"] = best
        for tool_name, counts in tools.items():
            for part, first, last in (("0-199", 0, TUNING), ("200-794", TUNING, len(found))):
                row = judged(counts, known, first=first, last=last)
                yield {"net": name or "standard", "effort": effort.value, "tool": tool_name, "frames": part, **row}


if __name__ == "__main__":
    words = sys.argv[1:]
    chosen = [Effort(word) for word in words if word in set(Effort)] or [Effort.FAST, Effort.BALANCED, Effort.THOROUGH]
    wanted = [word for word in words if word not in set(Effort)] or present(NAMED)
    results.save("counting", list(measure(chosen, wanted)), truth="PETS2009 S2.L1, 795 frames")
