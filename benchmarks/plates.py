"""Measures number plates that vehicles, plates or text as cover leave bare (deface, for comparison, covers only faces).

python -m benchmarks.plates
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from functools import partial

from benchmarks import material, ours, results
from benchmarks.covers import Covered
from benchmarks.tools import tools

FOUND = ("plates", "text")
"""Covers that find writing, beside whole vehicles."""
MOSTLY = 0.8
"""A plate that is covered by less can be read."""


def measure() -> Iterator[results.Row]:
    """Yield a row for each tool and set."""
    pictures = material.plates()
    groups = {
        "all": pictures,
        "all, tune half": [each for each in pictures if each.split == "tune"],
        "all, report half": [each for each in pictures if each.split == "report"],
    }
    whole = tools(cover="vehicles")
    whole |= {f"passerby --cover {cover}": partial(ours.covers, cover=cover, effort="balanced") for cover in FOUND}
    for tool, covers in whole.items():
        found = covers([each.path for each in pictures])
        for group, members in groups.items():
            missed = bare = plates = 0
            area = 0.0
            for each in members:
                height, width = each.shape
                covered = Covered(found[each.path][0].raster(height, width))
                area += covered.area
                # to the inner whole pixels: a label's half pixel is no leak
                inner = [[math.ceil(x1), math.ceil(y1), int(x2), int(y2)] for x1, y1, x2, y2 in each.boxes]
                missed += sum(covered.share(box) < 1 for box in inner)
                bare += sum(covered.share(box) < MOSTLY for box in inner)
                plates += len(inner)
            yield {
                "set": group,
                "tool": tool,
                "plates": plates,
                "missed": missed / plates,
                "bare": bare / plates,
                "area": area / len(members),
            }


if __name__ == "__main__":
    results.save("plates", list(measure()))
