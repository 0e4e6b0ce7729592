"""Measures heads left bare live: the labelled clip as a camera in real time, its covered pictures against the labels.

python -m benchmarks.live_leak [--beside 0 3] [--effort balanced] [--delay 0.5] [--seconds 79]
                               [--detector standard person-detection-retail-0013]

Each shown picture is identified among its neighbours by what is not covered in it; dropped ones showed nothing.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from contextlib import nullcontext
from pathlib import Path

import av
import cv2
import numpy as np
from numpy.typing import NDArray

from benchmarks import material, results
from benchmarks.gateway import STANDARD, gateway, named
from benchmarks.leak import CLIPS, evaluator
from passerby.assembly.camera import live_loop
from passerby.health.status import Redaction
from passerby.media.layout import Colour, Layout
from passerby.redact.paint import SLATE, samples_of
from passerby.settings.site.camera import CameraSettings

CLIP = CLIPS["pets"]
AROUND = 4
"""Pictures before and after the expected one among which the shown one is looked for."""
Picture = NDArray[np.uint8]


def measure(effort: str, delay_s: float, seconds: float, *, beside: int, detectors: str) -> results.Row:
    """Return bare heads in what one camera showed while others ran beside it."""
    path = material.data() / "video" / CLIP.video
    originals = _luma(path)
    judges = evaluator()
    truth = judges.load_cvml(str(material.data() / "gt" / CLIP.truth))
    leak = judges.Leak(truth, originals[0].shape)
    about = {"name": "pets", "address": str(path), "purpose": "Measure what is bare.", "legal_basis": "consent"}
    how = {"effort": effort, "detectors": named(detectors)}
    camera = CameraSettings.model_validate(about | how | {"delay_s": delay_s})
    others = {f"c{index}": str(path) for index in range(beside)}
    shown = whole = 0
    first_us: int | None = None
    with tempfile.TemporaryDirectory() as folder, gateway(others, **how) if others else nullcontext():
        loop = live_loop(camera, state_folder=Path(folder), clock=time.time)
        for picture in loop.pictures():
            if picture is None or picture.redaction is Redaction.NONE:
                continue
            if picture.redaction is Redaction.WHOLE:
                whole += shown > 0
                continue
            luma = np.asarray(picture.frame.planes[0], np.uint8)
            mask = _mask(picture.frame.planes)
            if first_us is None:
                first_us = picture.frame.pts - round(1e6 / CLIP.rate * _nearest(originals, luma, mask, range(200)))
            expected = round((picture.frame.pts - first_us) / 1e6 * CLIP.rate)
            if expected >= min(len(originals) - AROUND, seconds * CLIP.rate):
                break
            near = range(max(0, expected - AROUND), expected + AROUND + 1)
            leak.feed(_nearest(originals, luma, mask, near), mask)
            shown += 1
    found = leak.result()
    return {
        "tool": f"passerby, effort {effort}" + "".join(f" --detector {name}" for name in named(detectors)),
        "delay_s": delay_s,
        "beside": beside,
        "shown": shown,
        "whole": whole,
        **{key: found[key] for key in ("pairs", "exposed80", "exposed50", "zero", "area")},
    }


def _luma(path: Path) -> list[Picture]:
    with av.open(str(path)) as source:
        return [frame.reformat(format="gray").to_ndarray() for frame in source.decode(video=0)]


def _mask(planes: tuple[NDArray[np.uint8] | NDArray[np.uint16], ...]) -> Picture:
    """Return what has exactly the colour of cover in all planes, 1 = covered; specks of it in the scene are not."""
    ink = samples_of(SLATE, Layout.YUV420, Colour())
    rows, columns = planes[0].shape
    chroma = ((planes[1] == ink[1]) & (planes[2] == ink[2])).astype(np.uint8)
    both = cv2.resize(chroma, (columns, rows), interpolation=cv2.INTER_NEAREST) & (planes[0] == ink[0])
    return np.asarray(cv2.morphologyEx(both, cv2.MORPH_OPEN, np.ones((5, 5), np.uint8)), np.uint8)


def _nearest(originals: list[Picture], luma: Picture, mask: Picture, among: range) -> int:
    """Return the original that differs least where nothing is covered."""
    bare = mask[::4, ::4] == 0
    small = luma[::4, ::4].astype(int)
    apart = {
        index: float(np.abs(originals[index][::4, ::4].astype(int) - small)[bare].mean())
        for index in among
        if index < len(originals)
    }
    return min(apart, key=apart.__getitem__)


def main() -> None:
    """Measure and keep what was found."""
    words = argparse.ArgumentParser(description=__doc__)
    words.add_argument("--beside", type=int, nargs="+", default=[0, 3])
    words.add_argument("--effort", nargs="+", default=["balanced"])
    words.add_argument("--delay", type=float, nargs="+", default=[0.5])
    words.add_argument("--seconds", type=float, default=79)
    words.add_argument("--detector", nargs="+", default=[STANDARD])
    given = words.parse_args()
    rows = [
        measure(effort, delay_s, given.seconds, beside=beside, detectors=detectors)
        for detectors in given.detector
        for effort in given.effort
        for delay_s in given.delay
        for beside in given.beside
    ]
    results.save("live_leak", rows, clip=CLIP.name)


if __name__ == "__main__":
    main()
