"""Measures the cost of one detector pass: the networks of each effort, and with each model that can be added.

python -m benchmarks.passes [WIDTHxHEIGHT]

One frame of the night street, at the given size (1920x1080), is inspected repeatedly. Wall time is valid on an idle
machine, processor time on any. Decoding, motion and covering are not included.
"""

from __future__ import annotations

import statistics
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction

import cv2
import numpy as np

from benchmarks import leak, material, results
from benchmarks.tools import EFFORTS, present
from passerby.media.files.video_file import open_source
from passerby.media.frame import Frame
from passerby.media.layout import Layout
from passerby.vision.detections import Kind
from passerby.vision.effort import Effort
from passerby.vision.inspect.detector_set import covering_detectors, taking_turns
from passerby.vision.inspect.ensemble import DetectorEnsemble
from passerby.vision.models.catalogue import SELECTABLE

PASSES = 24
WARM_UP = 4
PEOPLE = frozenset({Kind.PERSON, Kind.FACE})


def frame(width: int, height: int) -> Frame:
    """Return the first frame of the night street at a size."""
    source = open_source(material.data() / "video" / leak.CLIPS["mot17"].video)
    first = next(iter(source))
    source.close()
    sizes = [(width, height), *[(width // 2, height // 2)] * 2]
    planes = tuple(np.asarray(cv2.resize(p, size), p.dtype) for p, size in zip(first.planes, sizes, strict=True))
    return replace(first, planes=planes, time_base=Fraction(1, 25), layout=Layout.YUV420)


def measure(width: int, height: int) -> Iterator[results.Row]:
    """Yield a row for each line-up."""
    picture = frame(width, height)
    source = open_source(material.data() / "video" / leak.CLIPS["mot17"].video)
    shape = replace(source.shape, width=width, height=height)
    source.close()
    choices = [(effort, ()) for effort in EFFORTS] + [("balanced", (name,)) for name in present(SELECTABLE)]
    for effort, named in choices:
        detectors = covering_detectors(shape, PEOPLE, effort=Effort(effort), named=named)
        ensemble = DetectorEnsemble(detectors, occasional=taking_turns(detectors, Effort(effort), PEOPLE))
        wall_ms, cpu_ms = [], []
        for _ in range(WARM_UP + PASSES):
            wall_s, cpu_s = time.perf_counter(), time.process_time()
            ensemble.look(picture)
            wall_ms.append(1000 * (time.perf_counter() - wall_s))
            cpu_ms.append(1000 * (time.process_time() - cpu_s))
        wall_ms, cpu_ms = wall_ms[WARM_UP:], cpu_ms[WARM_UP:]
        yield {
            "size": f"{width}x{height}",
            "tool": " ".join(["passerby", *(f"--detector {name}" for name in named)])
            + ("" if effort == "balanced" else f" --effort {effort}"),
            "nets": ", ".join(detector.name for detector in detectors),
            "mean_ms": statistics.mean(wall_ms),
            "most_ms": max(wall_ms),
            "cpu_ms": statistics.mean(cpu_ms),
        }


if __name__ == "__main__":
    wide, _, high = (sys.argv[1] if len(sys.argv) > 1 else "1920x1080").partition("x")
    results.save("passes", list(measure(int(wide), int(high))), passes=PASSES)
