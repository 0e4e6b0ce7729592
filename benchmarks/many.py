"""Measures many people at once: the same view with 5 and with 200 walkers, and one picture with 1,000.

The walkers are cut out of PETS S2.L1 by its labels and by what differs from the empty view, and walk straight lines on
it, larger where it is nearer. Walkers who leave on one side come in on the other: their number is constant.

python -m benchmarks.many [--rounds N] [--seconds N]
"""

from __future__ import annotations

import argparse
import statistics
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory

import av
import cv2
import numpy as np
from numpy.typing import NDArray

from benchmarks import clips, leak, material, ours, peers, process, results
from benchmarks.clips import Picture
from benchmarks.tools import EFFORTS, ours_named

FEW, MANY, CROWD = 5, 200, 1000
SIZE = (1920, 1080)
TALLEST = 0.16
"""Height of a walker at the picture's lower edge over the picture's height; half of it at the upper edge."""
DIFFERS = 28
SEED = 5


@dataclass(frozen=True, slots=True)
class Cut:
    """A person cut out: shape (h, w, 3), and how much of each pixel is the person, shape (h, w), in [0, 1]."""

    pixels: Picture
    share: NDArray[np.float32]


@cache
def cut_out() -> tuple[Picture, tuple[Cut, ...]]:
    """Return the empty view, 1080p, and people cut out of the footage."""
    clip = leak.CLIPS["pets"]
    with av.open(str(material.data() / "video" / clip.video)) as source:
        frames = [frame.to_ndarray(format="bgr24") for frame in islice(source.decode(video=0), 0, 600, 12)]
    empty = np.median(np.stack(frames), axis=0).astype(np.uint8)
    labels = leak.labels(clip, leak.evaluator())
    cuts = [_cut(picture, empty, body) for n, picture in enumerate(frames) for _, _, body in labels[12 * n]]
    good = [cut for cut in cuts if 0.3 < cut.share.mean() < 0.75 and cut.share.shape[0] > 50]
    top, rows = clips.STREET_TOP, clips.STREET_ROWS
    view = cv2.resize(empty[top : top + rows], SIZE, interpolation=cv2.INTER_CUBIC).astype(np.uint8, copy=False)
    return view, tuple(good)


def walk(people: int, frames: int) -> Iterator[Picture]:
    """Yield pictures in which this many people walk."""
    empty, cuts = cut_out()
    width, height = SIZE
    random = np.random.default_rng(SEED)
    feet = random.uniform((0, 0.3 * height), (width, height), (people, 2))
    feet = feet[np.argsort(feet[:, 1])]  # who is nearer stands before others
    speed = random.uniform(-1.0, 1.0, people)
    chosen = random.integers(len(cuts), size=people)
    tall = TALLEST * height * (0.5 + 0.5 * feet[:, 1] / height)
    shown = [_scaled(cuts[k], size) for k, size in zip(chosen.tolist(), tall.tolist(), strict=True)]
    for frame in range(frames):
        picture = empty.copy()
        x = (feet[:, 0] + speed * tall / 40 * frame) % width
        for cut, left, foot in zip(shown, x.tolist(), feet[:, 1].tolist(), strict=True):
            _paste(picture, cut, round(left), round(foot))
        yield picture


def clip(people: int, *, seconds: int) -> Path:
    """Return a clip of that many walkers."""
    return _made(f"walkers_{people}_{seconds}s", people, seconds * clips.RATE)


def picture(people: int) -> Path:
    """Return one picture of that many people."""
    path = peers.cache() / f"walkers_{people}.png"
    if not path.exists():
        cv2.imwrite(str(path), next(walk(people, 1)))
    return path


def measure(*, rounds: int, seconds: int) -> Iterator[results.Row]:
    """Yield a row for each effort and number of people."""
    single = _made("walkers_first", FEW, 1)
    for effort in EFFORTS:
        start_s = min(_run(single, effort).wall_s for _ in range(rounds))
        few = None
        for people in (FEW, MANY):
            rans = [_run(clip(people, seconds=seconds), effort) for _ in range(rounds)]
            wall_s = statistics.median(ran.wall_s for ran in rans) - start_s
            few = few or wall_s
            yield {
                "tool": ours_named(effort),
                "people": people,
                "frames_per_s": seconds * clips.RATE / wall_s,
                "times": wall_s / few,
                "cpu_s": statistics.median(ran.cpu_s for ran in rans),
                "peak_mb": max(ran.peak_mb for ran in rans),
            }
    ran = _run(picture(CROWD), "balanced")
    yield {
        "tool": ours_named("balanced"),
        "people": CROWD,
        "frames_per_s": None,
        "times": None,
        "cpu_s": ran.cpu_s,
        "peak_mb": ran.peak_mb,
    }


def _made(stem: str, people: int, frames: int) -> Path:
    path = peers.cache() / f"{stem}.mp4"
    if not path.exists():
        clips.write(path, walk(people, frames), clips.X264)
    return path


def _run(source: Path, effort: str) -> process.Ran:
    with TemporaryDirectory() as folder:
        ran = process.measure(ours.command(source, Path(folder) / f"copy{source.suffix}", effort=effort))
    if ran.status:
        msg = f"{source.name} ended with {ran.status}:\n{ran.said}"
        raise SystemExit(msg)
    return ran


def _cut(picture: Picture, empty: Picture, body: tuple[float, ...]) -> Cut:
    x1, y1, x2, y2 = (max(0, round(value)) for value in body)
    part = picture[y1:y2, x1:x2]
    differs = (cv2.absdiff(part, empty[y1:y2, x1:x2]).max(axis=2) > DIFFERS).astype(np.uint8)
    closed = cv2.morphologyEx(differs, cv2.MORPH_CLOSE, np.ones((7, 5), np.uint8))
    return Cut(part, cv2.GaussianBlur(closed.astype(np.float32), (0, 0), 0.8).astype(np.float32, copy=False))


def _scaled(cut: Cut, height: float) -> Cut:
    size = (max(2, round(cut.share.shape[1] * height / cut.share.shape[0])), max(2, round(height)))
    pixels, share = (cv2.resize(part, size, interpolation=cv2.INTER_CUBIC) for part in (cut.pixels, cut.share))
    return Cut(pixels.astype(np.uint8, copy=False), np.clip(share, 0, 1).astype(np.float32))


def _paste(picture: Picture, cut: Cut, left: int, foot: int) -> None:
    """Draw a person who stands at a place; what reaches over a side border is cut off."""
    rows, columns = cut.share.shape
    top, wide = max(0, foot - rows), min(columns, picture.shape[1] - left)
    under = picture[top:foot, left : left + wide]
    share = cut.share[rows - (foot - top) :, :wide, None]
    under[:] = np.rint(under * (1 - share) + cut.pixels[rows - (foot - top) :, :wide] * share).astype(np.uint8)


def main() -> None:
    """Measure what the command line asks for."""
    words = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    words.add_argument("--rounds", type=int, default=3)
    words.add_argument("--seconds", type=int, default=10)
    given = words.parse_args()
    results.save("many", list(measure(rounds=given.rounds, seconds=given.seconds)), rounds=given.rounds)


if __name__ == "__main__":
    main()
