"""Measures which faces on labelled pictures stay visible.

python -m benchmarks.faces [TOOL...]     with tools as the table names them, only their rows are renewed
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np

from benchmarks import material, results
from benchmarks.covers import NEARLY_WHOLE, Covered, FrameCover
from benchmarks.material import Labelled
from benchmarks.tools import tools


def tally(pictures: Iterable[Labelled], covers: dict[Path, list[FrameCover]]) -> results.Row:
    """Return the shares of boxes covered less than 80 % and 50 %, and the covered area.

    `rest` are the faces of the pictures that are not covered nearly whole: only there did the tool choose.
    """
    shares: list[float] = []
    areas: list[float] = []
    rest: list[float] = []
    for each in pictures:
        height, width = each.shape
        covered = Covered(covers[each.path][0].raster(height, width))
        areas.append(covered.area)
        mine = [covered.share(box) for box in each.boxes]
        shares += mine
        rest += mine if covered.area <= NEARLY_WHOLE else []
    found = np.array(shares)
    return {
        "faces": len(found),
        "exposed80": float((found < 0.8).mean()),
        "exposed50": float((found < 0.5).mean()),
        "area": float(np.mean(areas)),
        "nearly_whole": float((np.array(areas) > NEARLY_WHOLE).mean()),
        "rest_faces": len(rest),
        "rest_exposed80": float((np.array(rest) < 0.8).mean()) if rest else None,
    }


def measure(chosen: list[str]) -> Iterator[results.Row]:
    """Yield a row for each tool and set, or for the chosen tools; `all` are the three sets together, also by half."""
    pictures = material.faces()
    groups = {
        "all": pictures,
        "all, tune half": [each for each in pictures if each.split == "tune"],
        "all, report half": [each for each in pictures if each.split == "report"],
        **{name: [each for each in pictures if each.group == name] for name in ("faces", "faces_dlib", "coco")},
    }
    for tool, covers in tools().items():
        if chosen and tool not in chosen:
            continue
        found = dict(covers([each.path for each in pictures]))
        for group, members in groups.items():
            yield {"set": group, "tool": tool, **tally(members, found)}


def main(chosen: list[str]) -> None:
    """Measure all, or measure these tools anew and keep the rows of the others."""
    rows = list(measure(chosen))
    results.save("faces", results.renewed("faces", rows, by=("set", "tool")) if chosen else rows)


if __name__ == "__main__":
    main(sys.argv[1:])
