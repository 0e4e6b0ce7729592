"""How much of a picture is covered that need not be, and by what: clips and photographs with and without people.

python -m benchmarks.utility [SCENE...]     with names, these rows replace the kept ones
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from benchmarks import light, material, moved, ours, results
from benchmarks.covers import NEARLY_WHOLE
from passerby import RedactOptions
from passerby.assembly.outlines import outliner_for
from passerby.media.files.video_file import open_source
from passerby.media.frame import Frame
from passerby.media.source import Source
from passerby.outputs.files.discard import DiscardOutput
from passerby.pipelines.recording import run
from passerby.redact.cover_plan import CoverPlan
from passerby.redact.frame_record import FrameRecord
from passerby.redact.rule import COVER_SCORE, CoverKind, kinds_of, rules_for
from passerby.redact.stream import Redactor
from passerby.redact.style import style_named
from passerby.vision.detections import Kind
from passerby.vision.inspect.detector_set import Effort, covering_detectors, taking_turns
from passerby.vision.inspect.ensemble import Look
from passerby.vision.inspect.inspector import FrameInspector, InspectedFrame

Mask = NDArray[np.bool_]
PEOPLE = frozenset({CoverKind.PEOPLE})
HUMAN = frozenset({Kind.PERSON, Kind.FACE, Kind.HEAD})
CLASSES = {
    "sure": (0.5, 1.01),
    "clear": (0.3, 0.5),
    "faint": (COVER_SCORE, 0.3),
    "poor": (COVER_SCORE / 2, COVER_SCORE),
}
"""Boxes by score: what is below the usual score is read in poor light only, or where two networks agree."""
CAUSES = (*CLASSES, "margin", "hold", "motion", "whole")
MARGIN = 0.1
MOVING_PX = 9
LONGEST = 120
"""Frames of a clip that are looked at: what covers it shows in a few seconds."""


@dataclass(frozen=True, slots=True)
class Scene:
    """A clip to look at.

    Args:
        name: For the table.
        path: The clip.
        source: File that decides about its half of the split.
        people: Whether anybody is in it.
    """

    name: str
    path: Path
    source: str
    people: bool


def scenes() -> list[Scene]:
    """Return the clips, made where they are not there yet."""
    video, images = material.data() / "video", material.data() / "images"
    found = [
        Scene(name, video / file, file, people)
        for name, file, people in (
            ("edited film (demo)", "skv_bikes.mp4", True),
            ("head and shoulders", "skv_carphone.mp4", True),
            ("two faces", "gif/intel_head-pose-face-detection-female-and-male.gif", True),
            ("class room", "gif/intel_classroom.gif", True),
            ("dinner, fisheye", "egoblur_two_faces_fisheye.mp4", True),
            ("car park with people", "gif/intel_person-bicycle-car-detection.gif", True),
            ("square from above", "pedestrian_survaillance.mp4", True),
            ("freeway 320x240", "highway_video03.avi", False),
            ("car park from above", "intel_car-detection.mp4", False),
            ("road with cars", "vehicle_counting_input.mp4", False),
        )
    ]
    for folder, photo, way, people in (
        ("plates_alpr", "us_00", "pan", False),
        ("plates_alpr", "us_06", "pan", False),
        ("plates_alpr", "eu_02", "pan", False),
        ("plates_alpr", "eu_08", "pan", False),
        ("plates_alpr", "br_00", "pan", False),
        ("plates_alpr", "br_08", "pan", False),
        ("plates_ro", "dayride_type1_001.mp4_t_451", "drive", False),
        ("plates_ro", "dayride_type1_001.mp4_t_912", "drive", False),
        ("plates_ro", "nightride_type3_001.mp4_t_10", "drive", False),
        ("plates_ro", "nightride_type3_001.mp4_t_263", "drive", False),
        ("faces_dlib", "2007_007763", "hand", True),
        ("faces_dlib", "2008_001322", "hand", True),
        ("coco", "000000196141", "hand", True),
        ("coco", "000000040083", "hand", True),
    ):
        path = images / folder / f"{photo}.jpg"
        found.append(Scene(f"{photo[-12:]}, {way}", moved.moved(path, way), path.name, people))
    cut = [video / name for name in ("skv_bikes.mp4", "intel_car-detection.mp4", "pedestrian_survaillance.mp4")]
    joined = moved.joined([*cut, video / "vehicle_counting_input.mp4"], seconds=1, rounds=2)
    street = "pets_s2l1_vtest.avi"
    squeezed = light.spoiled(light.REPORT["mot17"], "blocky", 1)
    return [
        *found,
        Scene("four clips cut together", joined, joined.name, people=True),
        Scene("street, panned", moved.panned(video / street, frames=150), street, people=True),
        Scene("street at night, squeezed", squeezed, "mot17-04_night_8frames.mp4", people=True),
    ]


class Beginning:
    """The first LONGEST frames of a source."""

    def __init__(self, source: Source) -> None:
        self.name, self.shape, self.length = source.name, source.shape, source.length
        self._source = source

    def __iter__(self) -> Iterator[Frame]:
        """Yield the frames."""
        return islice(self._source, LONGEST)

    def close(self) -> None:
        """Close the source itself."""
        self._source.close()


class Listening:
    """An inspector that keeps what was seen, to ask afterwards what covered a frame."""

    def __init__(self, inner: FrameInspector) -> None:
        self._inner = inner
        self.looks: list[Look] = []
        self.moving: list[NDArray[np.uint8] | None] = []

    def inspect(self, frames: Iterable[Frame]) -> Iterator[InspectedFrame]:
        """Yield every frame with what was seen in it."""
        for seen in self._inner.inspect(frames):
            self.moving.append(seen.moving)
            if seen.look is not None and not seen.look.failure:
                self.looks.append(seen.look)
            yield seen


def causes(path: Path) -> results.Row:
    """Return the covered share of a clip, its frames that are nearly whole, and what covered them."""
    options = RedactOptions()
    rules = rules_for(PEOPLE, score=COVER_SCORE, margin=options.growth - 1)
    with closing(open_source(path)) as source:
        size = (source.shape.height, source.shape.width)
        detectors = covering_detectors(source.shape, kinds_of(PEOPLE), effort=Effort.BALANCED)
        turns = taking_turns(detectors, Effort.BALANCED, kinds_of(PEOPLE))
        outliner = outliner_for(PEOPLE, options.style, options.shape)
        listening = Listening(FrameInspector(detectors, occasional=turns, outliner=outliner))
        redactor = Redactor(
            CoverPlan(rules, hold_s=options.hold_s, motion=True), style_named("solid"), look_ahead_s=1.0
        )
        records = list(run(Beginning(source), listening, redactor, output=DiscardOutput()))
    times = np.array([look.time_s for look in listening.looks])
    totals = dict.fromkeys(CAUSES, 0.0)
    for record, moving in zip(records, listening.moving, strict=True):
        near = [listening.looks[k] for k in _around(times, record.time_s)]
        for cause, share in _layers(record, near, moving, size).items():
            totals[cause] += share / len(records)
    shares = np.array([record.covered_share for record in records])
    return {"covered": float(shares.mean()), "over90": float((shares > NEARLY_WHOLE).mean()), **totals}


def _around(times: NDArray[np.float64], time_s: float) -> list[int]:
    """Return the passes at or just before and after a time."""
    if not len(times):
        return []
    before, after = np.searchsorted(times, time_s, "right") - 1, np.searchsorted(times, time_s)
    return sorted({int(np.clip(place, 0, len(times) - 1)) for place in (before, after)})


def _layers(
    record: FrameRecord, near: list[Look], moving: NDArray[np.uint8] | None, size: tuple[int, int]
) -> dict[str, float]:
    """Return the share of the picture that each cause covers; what two cover counts for the first."""
    if record.whole:
        return {"whole": 1.0}
    rest = record.cover.raster(*size).astype(np.bool_)
    found = [answer.of(HUMAN) for look in near for answer in look.found if answer is not None]
    boxes = np.concatenate([np.empty((0, 4), np.float32), *(answer.boxes_px for answer in found)])
    scores = np.concatenate([np.empty(0, np.float32), *(answer.scores for answer in found)])
    masks = {name: _raster(boxes[(low <= scores) & (scores < high)], size) for name, (low, high) in CLASSES.items()}
    room = (boxes[:, 2:] - boxes[:, :2]) * MARGIN / 2
    masks["margin"] = _raster(np.concatenate((boxes[:, :2] - room, boxes[:, 2:] + room), axis=1), size)
    if moving is not None:
        large = cv2.resize(moving, size[::-1], interpolation=cv2.INTER_NEAREST)
        masks["motion"] = cv2.dilate(large, np.ones((MOVING_PX, MOVING_PX), np.uint8)) > 0
    shares = {}
    for name, mask in masks.items():
        shares[name] = float((rest & mask).mean())
        rest &= ~mask
    return {**shares, "hold": float(rest.mean())}


def _raster(boxes: NDArray[np.float32], size: tuple[int, int]) -> Mask:
    mask = np.zeros(size, np.bool_)
    for x1, y1, x2, y2 in np.clip(np.rint(boxes), 0, max(size)).astype(int).tolist():
        mask[y1:y2, x1:x2] = True
    return mask


def measure(names: list[str]) -> Iterator[results.Row]:
    """Yield a row for each clip, or for those of these names."""
    for scene in scenes():
        if names and scene.name not in names:
            continue
        row = {
            "scene": scene.name,
            "people": "yes" if scene.people else "nobody",
            "half": material.split_of(scene.source),
            **causes(scene.path),
        }
        sys.stderr.write(f"{scene.name}: {row['covered']:.1%}\n")
        yield row


def means(rows: Iterable[results.Row]) -> Iterator[results.Row]:
    """Yield the means over the clips without people, by half."""
    empty = [row for row in rows if row["people"] == "nobody"]
    for half in ("tune", "report"):
        mine = [row for row in empty if row["half"] == half]
        if mine:
            mean = {key: float(np.mean([row[key] for row in mine])) for key in ("covered", "over90", *CAUSES)}
            yield {"scene": f"mean of {len(mine)} clips", "people": "nobody", "half": half, **mean}


def photographs() -> Iterator[results.Row]:
    """Yield the covered share of photographs of people, beside that of their labelled bodies, and of cars alone."""
    people, cars = material.bodies(), material.plates()
    groups = {"photographs of people": people, "photographs of cars": [each for each in cars if "alpr" in each.group]}
    for name, members in groups.items():
        for half in ("tune", "report"):
            mine = [each for each in members if each.split == half]
            if not mine:
                continue
            found = ours.covers([each.path for each in mine])
            shares = np.array([found[each.path][0].raster(*each.shape).mean() for each in mine])
            row: results.Row = {
                "scene": f"{len(mine)} {name}",
                "people": "yes" if members is people else "nobody",
                "half": half,
                "covered": float(shares.mean()),
                "over90": float((shares > NEARLY_WHOLE).mean()),
                **dict.fromkeys(CAUSES),
            }
            if members is people:
                labelled = [_raster(np.array(each.boxes, np.float32), each.shape).mean() for each in mine]
                row["labelled"] = float(np.mean(labelled))
            yield row


def main(names: list[str]) -> None:
    """Measure all, or measure these clips anew and keep the other rows."""
    clips = {row["scene"]: row for row in measure(names)}
    stills = [] if names else list(photographs())
    if names:
        kept = results.load("utility")["rows"]
        known = {scene.name for scene in scenes()}
        clips = {row["scene"]: row for row in kept if row["scene"] in known} | clips
        stills = [row for row in kept if "photographs" in row["scene"]]
    results.save("utility", [*clips.values(), *means(clips.values()), *stills], frames=LONGEST)


if __name__ == "__main__":
    main(sys.argv[1:])
