"""Measures heads left bare when the camera moves: a labelled clip of a still camera, panned, zoomed and shaken.

Labels move with the view, so every head is known. The frames of `--tune` may be used for tuning.

python -m benchmarks.moving [--tune] [TURN...]
"""

from __future__ import annotations

import argparse
from collections.abc import Iterable, Iterator
from types import ModuleType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks import leak, material, moved, ours, results
from benchmarks.covers import FrameCover
from benchmarks.tools import ours_named

CLIP = leak.CLIPS["pets"]
SIZE = (768, 576)
TUNE, REPORT = (0, 250), (400, 650)
"""First frame and the one after the last."""


def labels(turn: str, span: tuple[int, int], judges: ModuleType) -> dict[int, Any]:
    """Return the evaluator's labels by frame of the turned clip."""
    matrices = moved.turn_matrices(turn, SIZE, span[1] - span[0])
    whole = leak.labels(CLIP, judges)
    return {
        number: [
            (name, _seen(head, matrix), _seen(body, matrix)) for name, head, body in whole.get(span[0] + number, ())
        ]
        for number, matrix in enumerate(matrices)
    }


def score(covers: list[FrameCover], truth: dict[int, Any], judges: ModuleType) -> results.Row:
    """Return the share of heads exposed and bare, and the covered area."""
    columns, rows = moved.view_of(SIZE)
    found = judges.Leak(truth, (rows, columns))
    for number in range(len(truth)):
        cover = covers[number] if number < len(covers) else FrameCover()
        found.feed(number, cover.raster(rows, columns))
    kept: results.Row = found.result()
    return kept


def measure(turns: Iterable[str], span: tuple[int, int]) -> Iterator[results.Row]:
    """Yield a row for each way in which the camera moves."""
    judges = leak.evaluator()
    for turn in turns:
        path = moved.turned(material.data() / "video" / CLIP.video, turn, first=span[0], last=span[1])
        covers = ours.covers([path])[path]
        yield {
            "clip": CLIP.name,
            "camera": turn,
            "tool": ours_named("balanced"),
            **score(covers, labels(turn, span, judges), judges),
        }


def _seen(box: tuple[float, ...], matrix: NDArray[np.float64]) -> tuple[float, ...]:
    """Return where a box is in the view: its centre is mapped and its sides are zoomed."""
    x1, y1, x2, y2 = box
    x, y = matrix @ ((x1 + x2) / 2, (y1 + y2) / 2, 1)
    zoom = np.sqrt(np.linalg.det(matrix[:, :2]))
    across, down = zoom * (x2 - x1) / 2, zoom * (y2 - y1) / 2
    return x - across, y - down, x + across, y + down


def main() -> None:
    """Measure what the command line names."""
    words = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    words.add_argument("turns", nargs="*", default=[*moved.TURNS])
    words.add_argument("--tune", action="store_true", help="the frames that may be tuned on; nothing is kept")
    given = words.parse_args()
    rows = list(measure(given.turns, TUNE if given.tune else REPORT))
    if given.tune:
        for row in rows:
            print(row)
    else:
        results.save("moving", rows, frames=REPORT)


if __name__ == "__main__":
    main()
