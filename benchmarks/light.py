"""Heads left bare in bad light and weather: labelled clips, spoiled by the transforms of weather.py.

python -m benchmarks.light [--tune] [WEATHER...]     `--tune` measures the frames that may be tuned on, ours alone
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av

from benchmarks import clips, leak, material, ours, peers, results
from benchmarks.clips import Picture
from benchmarks.tools import ours_named
from benchmarks.weather import BLOCKY_CRF, WEATHER

STRENGTHS = ("weaker", "stronger")
CAMERA = {"preset": "veryfast", "crf": "16"}


@dataclass(frozen=True, slots=True)
class Scene:
    """Frames of a labelled clip, `first` to before `last`."""

    clip: leak.Clip
    first: int
    last: int


PETS, MOT17 = leak.CLIPS["pets"], leak.CLIPS["mot17"]
TUNE = (Scene(PETS, 0, 150),)
REPORT = (Scene(PETS, 450, 600), Scene(MOT17, 0, 8))


def spoiled(scene: Scene, weather: str, strength: int) -> Path:
    """Return a scene's clip in some weather, at its camera's rate."""
    path = peers.cache() / f"light_{Path(scene.clip.video).stem}_{scene.first}_{weather}{strength}.mp4"
    if not path.exists():
        crf = {"crf": str(BLOCKY_CRF[strength])} if weather == "blocky" else {}
        transform = WEATHER[weather]
        pictures = (transform(picture, number, strength) for number, picture in enumerate(_pictures(scene)))
        clips.write(path, pictures, CAMERA | crf, rate=Fraction(scene.clip.rate))
    return path


def measure(scenes: tuple[Scene, ...], weathers: list[str], *, peer: bool) -> Iterator[results.Row]:
    """Yield a row for each scene, weather, strength and tool."""
    judges = leak.evaluator()
    asked = {"deface 1.5": peers.covers} if peer else {}
    for scene in scenes:
        truth = leak.labels(scene.clip, judges)
        shown = {n: truth[scene.first + n] for n in range(scene.last - scene.first) if scene.first + n in truth}
        for weather in weathers:
            for strength in range(1 if weather == "clear" else len(STRENGTHS)):
                path = spoiled(scene, weather, strength)
                for tool, covers in {**asked, ours_named("balanced"): ours.covers}.items():
                    found = covers([path])[path]
                    yield {
                        "clip": scene.clip.name,
                        "weather": weather if weather == "clear" else f"{weather}, {STRENGTHS[strength]}",
                        "tool": tool,
                        **leak.score(found, shown, scene.clip, judges),
                        "whole": sum(cover.whole for cover in found) / len(found),
                    }


def _pictures(scene: Scene) -> Iterator[Picture]:
    with av.open(str(material.data() / "video" / scene.clip.video)) as source:
        for number, frame in enumerate(source.decode(video=0)):
            if number >= scene.last:
                return
            if number >= scene.first:
                yield frame.to_ndarray(format="bgr24").astype("uint8", copy=False)


def main() -> None:
    """Measure what the command line names."""
    words = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    words.add_argument("weathers", nargs="*", default=[*WEATHER])
    words.add_argument("--tune", action="store_true")
    given = words.parse_args()
    if given.tune:
        for row in measure(TUNE, given.weathers, peer=False):
            shown = {key: row[key] for key in ("weather", "exposed50", "exposed80", "area", "whole", "pairs")}
            print("  ".join(f"{value:.4f}" if isinstance(value, float) else str(value) for value in shown.values()))
        return
    results.save("light", list(measure(REPORT, given.weathers, peer=True)), tuned_on="PETS S2.L1, frames 0-149")


if __name__ == "__main__":
    main()
