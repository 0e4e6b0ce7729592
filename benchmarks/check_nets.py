"""Which networks find the persons whom the cover of photographs missed, and how many spots they suspect in vain.

python -m benchmarks.check_nets
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks import material, results
from passerby import RedactOptions
from passerby.assembly.redaction import RedactionSetup
from passerby.media.files.video_file import open_source
from passerby.media.frame import Frame
from passerby.redact.check import _covered_share, _inside, _protected
from passerby.redact.choice import CheckDepth
from passerby.vision.detections import Kind
from passerby.vision.detector import Detector
from passerby.vision.models.catalogue import locate, model_named
from passerby.vision.nets.efficientdet import EfficientDet
from passerby.vision.nets.ssdlite import SsdLite
from passerby.vision.nets.yolox import YoloX

BARE, SEEN = 0.5, 0.6
"""A person counts as missed if less of the head is covered; a spot counts if less of what it protects is covered."""
HEAD = 0.4
MEET = 0.3
SCORES = (0.15, 0.2, 0.3, 0.4, 0.5)
LEAST_PX = 16
"""Persons of lower height are left out: nobody recognises them."""

Make = Callable[[Frame], Detector]


def makes() -> dict[str, Make]:
    """Return what makes each network for a picture, none at a size that covers pictures."""
    found: dict[str, Make] = {
        "ssdlite tiles": lambda frame: SsdLite(
            locate(model_named("ssdlite-pedestrian")), tile=max(240, min(frame.width, frame.height) // 2), score=0.1
        )
    }
    for side in (544, 832, 1280):
        found[f"yolox {side}"] = lambda _, side=side: YoloX(
            locate(model_named("yolox-nano")), long_side=side, score=0.1, square=True
        )
    for side in (512, 832, 1216):
        found[f"efficientdet {side}"] = lambda _, side=side: EfficientDet(
            locate(model_named("efficientdet-lite0")), long_side=side, score=0.1, square=True
        )
    return found


def copies(folder: Path, photos: list[material.Labelled]) -> dict[Path, tuple[Path, list[NDArray[np.float64]]]]:
    """Return the covered copy of each photograph, and the boxes of the persons whom the cover missed."""
    setup = RedactionSetup(RedactOptions(check=CheckDepth.OFF))
    found = {}
    for photo in photos:
        target = folder / f"{photo.path.stem}.png"
        with setup.job(photo.path, target, replace=True) as job, closing(job.records()) as records:
            (record,) = list(records)
        height, width = photo.shape
        mask = np.ones((height, width), np.uint8) if record.whole else record.cover.raster(height, width)
        missed = []
        for x1, y1, x2, y2 in photo.boxes:
            head = mask[int(y1) : int(y1 + HEAD * (y2 - y1)) + 1, int(x1) : int(x2) + 1]
            if y2 - y1 >= LEAST_PX and head.size and head.mean() < BARE:
                missed.append(np.array([x1, y1, x2, y2]))
        found[photo.path] = (target, missed)
    return found


def _overlap(one: NDArray[np.float64], other: NDArray[np.float64]) -> float:
    low, high = np.maximum(one[:2], other[:2]), np.minimum(one[2:], other[2:])
    common = float(np.maximum(0, high - low).prod())
    return common / float((one[2:] - one[:2]).prod() + (other[2:] - other[:2]).prod() - common)


def measure() -> Iterator[results.Row]:
    """Yield a row for each network, score and half."""
    photos = material.bodies()
    labels = {photo.path: [np.array(box) for box in photo.boxes] for photo in photos}
    split = {photo.path: photo.split for photo in photos}
    networks = makes()
    counts: dict[tuple[str, float, str], NDArray[np.int64]] = {}
    missed = dict.fromkeys(("tune", "report"), 0)
    with tempfile.TemporaryDirectory() as folder:
        made = copies(Path(folder), photos)
        for path, (_, bare) in made.items():
            missed[split[path]] += len(bare)
        sys.stderr.write(f"missed: {missed}\n")
        for name, make in networks.items():
            detector: Detector | None = None
            for path, (copy, bare) in made.items():
                with closing(open_source(copy)) as source:
                    (frame,) = list(source)
                if detector is None or name.startswith("ssd"):
                    detector = make(frame)
                found = detector.detect([frame])[0].of(frozenset({Kind.PERSON}), 0.1)
                spots = []
                for box, score in zip(found.boxes_px.tolist(), found.scores.tolist(), strict=True):
                    inside = _inside(box, frame)
                    if inside[0] < inside[2] and inside[1] < inside[3]:
                        share = _covered_share(frame, _protected(box, Kind.PERSON, frame), None)
                        if share < SEEN:
                            spots.append((np.array(inside, np.float64), score))
                for score in SCORES:
                    mine = [box for box, sure in spots if sure >= score]
                    hits = sum(any(_overlap(box, spot) >= MEET for spot in mine) for box in bare)
                    vain = sum(all(_overlap(spot, box) < MEET for box in labels[path]) for spot in mine)
                    row = counts.setdefault((name, score, split[path]), np.zeros(3, np.int64))
                    row += np.array([hits, vain, 1])
            sys.stderr.write(f"{name} done\n")
    for (name, score, half), (hits, vain, pictures) in sorted(counts.items()):
        yield {
            "network": name,
            "score": score,
            "half": half,
            "missed": missed[half],
            "found": int(hits),
            "in_vain_per_picture": round(float(vain / pictures), 3),
        }


if __name__ == "__main__":
    results.save("check_nets", list(measure()), head=HEAD, least_px=LEAST_PX)
