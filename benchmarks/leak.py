"""Measures heads left bare on labelled video with the shared evaluator, and the covered area that this costs.

python -m benchmarks.leak [pets|mot17] [--tool TOOL]     with tools as the table names them, only their rows are renewed
"""

from __future__ import annotations

import argparse
import importlib.util
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

import av

from benchmarks import material, results
from benchmarks.covers import FrameCover
from benchmarks.tools import EFFORTS, present, tools


@dataclass(frozen=True, slots=True)
class Clip:
    """A labelled clip; `rate` is the camera's, which the container may not tell."""

    name: str
    video: str
    truth: str
    form: str
    rate: float


BODY_NETS = ("person-detection-retail-0013", "picodet-s")
CLIPS = {
    "pets": Clip("PETS S2.L1", "pets_s2l1_vtest.avi", "pets_s2l1/PETS2009-S2L1.xml", "cvml", 10.0),
    "mot17": Clip("MOT17-04 night", "mot17-04_night_8frames.mp4", "mot17-04/gt/gt.txt", "mot", 30.0),
}


def evaluator() -> ModuleType:
    """Return the shared leak_eval.py, loaded from beside the shared footage."""
    path = material.data().parent / "tools" / "leak_eval.py"
    spec = importlib.util.spec_from_file_location("leak_eval", path)
    if spec is None or spec.loader is None or not path.exists():
        msg = f"{path}: the evaluator is absent; PASSERBY_DATA must name the shared data folder beside it"
        raise SystemExit(msg)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def judge(covers: list[FrameCover], clip: Clip, judges: ModuleType) -> dict[str, Any]:
    """Return the evaluator's figures for one tool on one clip."""
    return score(covers, labels(clip, judges), clip, judges)


def labels(clip: Clip, judges: ModuleType) -> dict[int, Any]:
    """Return the evaluator's labels of a clip by frame."""
    path = str(material.data() / "gt" / clip.truth)
    found: dict[int, Any] = {"cvml": judges.load_cvml, "mot": judges.load_mot}[clip.form](path)
    return found


def score(covers: list[FrameCover], truth: dict[int, Any], clip: Clip, judges: ModuleType) -> dict[str, Any]:
    """Return the evaluator's figures for labels that may be a part of the clip's."""
    height, width = _size(material.data() / "video" / clip.video)
    leak = judges.Leak(truth, (height, width))
    frames = max(truth) + 1
    for index in range(max(frames, len(covers))):  # a missing frame counts as bare
        cover = covers[index] if index < len(covers) else FrameCover()
        leak.feed(index, cover.raster(height, width))
    found: dict[str, Any] = leak.result()
    hours = frames / clip.rate / 3600
    bare = {share: round(found["pairs"] * found[f"exposed{share}"] / hours) for share in (50, 80)}
    return {**found, "frames": len(covers), "bare50_per_hour": bare[50], "bare80_per_hour": bare[80]}


def measure(names: Collection[str], chosen: Collection[str]) -> Iterator[results.Row]:
    """Yield a row for each clip and each of the chosen tools; of all if none is chosen."""
    judges = evaluator()
    for clip in (CLIPS[name] for name in names):
        path = material.data() / "video" / clip.video
        for tool, covers in tools(efforts=(*EFFORTS, "auto"), named=present(BODY_NETS)).items():
            if chosen and tool not in chosen:
                continue
            yield {"clip": clip.name, "tool": tool, **judge(covers([path])[path], clip, judges)}


def _size(path: Path) -> tuple[int, int]:
    with av.open(str(path)) as source:
        return source.streams.video[0].height, source.streams.video[0].width


def main() -> None:
    """Measure all, or measure what the command line names anew and keep the other rows."""
    words = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    words.add_argument("clips", nargs="*", default=[*CLIPS])
    words.add_argument("--tool", action="append", default=[], dest="tools")
    given = words.parse_args()
    rows = list(measure(given.clips, given.tools))
    if given.tools or set(given.clips) != set(CLIPS):
        rows = results.renewed("leak", rows, by=("clip", "tool"))
    results.save("leak", rows, protected="upper 40 % of each person's box")


if __name__ == "__main__":
    main()
