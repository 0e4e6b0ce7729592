"""Which networks find the people whom a cover missed, and how often they raise a false suspicion.

python -m benchmarks.check_nets

The cover is that of one look with the networks of effort `balanced`, without the passes around it, and only of what
they are sure of (SURE): at the usual score it misses no face in 108 photographs, and one head each in 8 frames
of MOT17-04 and 32 of PETS, so there would be nothing to find. Each network then inspects the covered picture.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from benchmarks import material, results
from passerby.evaluate.read import read_truth
from passerby.media.files.video_file import open_source
from passerby.media.frame import Frame
from passerby.media.layout import Colour, Layout, Shape
from passerby.redact.check import suspected
from passerby.redact.choice import CoverKind, StyleName
from passerby.redact.cover_plan import CoverPlan
from passerby.redact.redactor import redact
from passerby.redact.rule import kinds_of, rules_for
from passerby.redact.style import style_named
from passerby.settings.cover_choice import GROWTH
from passerby.vision.detections import Kind
from passerby.vision.detector import Detector
from passerby.vision.effort import Effort
from passerby.vision.inspect.detector_set import covering_detectors
from passerby.vision.inspect.ensemble import DetectorEnsemble
from passerby.vision.models.catalogue import model_named
from passerby.vision.models.files import locate
from passerby.vision.nets.centerface import CenterFace
from passerby.vision.nets.efficientdet import EfficientDet
from passerby.vision.nets.ssdlite import SsdLite
from passerby.vision.nets.yolox import YoloX

BARE = 0.5
"""A head or face counts as missed if less of it is covered."""
SURE = 0.5
LEAST_PX = 12
"""Heads and faces of lower height are left out: nobody recognises them."""
SCORES = (0.2, 0.3, 0.4, 0.5)
HUMAN = frozenset({Kind.PERSON, Kind.HEAD, Kind.FACE})
PEOPLE = frozenset({CoverKind.PEOPLE})
STILL = Shape(640, 480, Layout.RGB, Colour(), Fraction(1), Fraction(1))
"""Square networks take pictures of any proportions."""
VIDEOS = {
    "MOT17-04 night": ("mot17-04_night_8frames.mp4", "mot17-04/gt/gt.txt", 1),
    "PETS S2.L1": ("pets_s2l1_vtest.avi", "pets_s2l1/PETS2009-S2L1.xml", 25),
}

Picture = tuple[str, str, Frame, list[NDArray[np.float64]]]
"""Group, half of the split, the picture, and its labelled heads or faces."""


@dataclass(frozen=True)
class Copy:
    """A covered picture, the labelled heads or faces in it, and those of them that the cover missed."""

    group: str
    half: str
    frame: Frame
    boxes: list[NDArray[np.float64]]
    missed: list[NDArray[np.float64]]


def pictures() -> Iterator[Picture]:
    """Yield pictures with the heads or faces that somebody labelled."""
    for photo in material.faces():
        with closing(open_source(photo.path)) as source:
            for frame in source:
                yield "photographs (faces)", photo.split, frame, [np.array(box) for box in photo.boxes]
    for name, (video, truth, step) in VIDEOS.items():
        labels = read_truth(material.data() / "gt" / truth, upper=0.4, clip=video).frames
        with closing(open_source(material.data() / "video" / video)) as source:
            for index, frame in enumerate(source):
                if index % step == 0 and index in labels:
                    half = material.split_of(f"{video} {index}")
                    yield name, half, frame, list(labels[index].protected_px)


def covered(picture: Picture, nets: DetectorEnsemble) -> Copy:
    """Return a picture covered by one look."""
    group, half, frame, boxes = picture
    plan = CoverPlan(rules_for(PEOPLE, score=SURE, margin=GROWTH - 1), hold_s=0.5, motion=False)
    look = nets.look(frame)
    plan.observe(look)
    cover = plan.cover(look.time_s, look.time_s, size=(frame.height, frame.width))
    mask = cover.raster(frame.height, frame.width)
    missed = []
    for box in boxes:
        x1, y1, x2, y2 = np.clip(np.rint(box), 0, [frame.width, frame.height] * 2).astype(int)
        if y2 - y1 >= LEAST_PX and x2 > x1 and mask[y1:y2, x1:x2].mean() < BARE:
            missed.append(box)
    made = redact(frame, cover, style_named(StyleName.SOLID))
    return Copy(group, half, replace(frame, planes=made.planes), boxes, missed)


def networks() -> dict[str, Detector]:
    """Return the networks to compare, at sizes that do not cover with effort `balanced`."""
    body, partner, face = (locate(model_named(name)) for name in ("efficientdet-lite0", "yolox-nano", "centerface"))
    found: dict[str, Detector] = {
        "ssdlite tiles": SsdLite(locate(model_named("ssdlite-pedestrian")), tile=288, score=SCORES[0])
    }
    for side in (544, 832, 1280):
        found[f"yolox {side}"] = YoloX(partner, long_side=side, score=SCORES[0], square=True)
    for side in (512, 832, 1216):
        found[f"efficientdet {side}"] = EfficientDet(body, long_side=side, score=SCORES[0], square=True)
    for side in (960, 1536):
        found[f"centerface {side}"] = CenterFace(face, long_side=side, score=SCORES[0], square=True)
    return found


def measure() -> Iterator[results.Row]:
    """Yield a row for each group, network and score."""
    detectors = covering_detectors(STILL, kinds_of(PEOPLE), effort=Effort.BALANCED, still=True, long_side=640)
    nets = DetectorEnsemble(detectors)
    made = [covered(picture, nets) for picture in pictures()]
    for group in dict.fromkeys(each.group for each in made):
        mine = [each for each in made if each.group == group]
        sys.stderr.write(f"{group}: {len(mine)} pictures, {sum(len(each.missed) for each in mine)} missed\n")
    for name, detector in networks().items():
        found: dict[tuple[str, str, float], NDArray[np.int64]] = {}
        for copy in made:
            spots = suspected(copy.frame, [detector], score=SCORES[0], kinds=HUMAN, cover=None)
            for score in SCORES:
                likely = [spot.box_px for spot in spots if spot.score >= score]
                hits = sum(any(holds(spot, box) for spot in likely) for box in copy.missed)
                vain = sum(not any(holds(spot, box) for box in copy.boxes) for spot in likely)
                row = found.setdefault((copy.group, copy.half, score), np.zeros(4, np.int64))
                row += np.array([len(copy.missed), hits, vain, 1])
        for (group, half, score), (missed, hits, vain, count) in found.items():
            yield {
                "pictures": group,
                "half": half,
                "network": name,
                "score": score,
                "missed": int(missed),
                "found": round(float(hits / max(1, missed)), 3),
                "in_vain": round(float(vain / count), 2),
            }
        sys.stderr.write(f"{name} done\n")


def holds(spot: tuple[int, int, int, int], box: NDArray[np.float64]) -> bool:
    """Return whether the middle of a head or face lies in a spot."""
    x, y = (box[:2] + box[2:]) / 2
    return bool(spot[0] <= x <= spot[2] and spot[1] <= y <= spot[3])


if __name__ == "__main__":
    results.save(
        "check_nets", list(measure()), bare=BARE, least_px=LEAST_PX, cover="one look, balanced, 640 px", score=SURE
    )
