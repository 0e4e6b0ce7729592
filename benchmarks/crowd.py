"""Heads left uncovered on crowd pictures, by density.

python -m benchmarks.crowd
"""

from __future__ import annotations

from collections.abc import Iterator

from benchmarks import material, results
from benchmarks.covers import NEARLY_WHOLE, Covered
from benchmarks.tools import tools

# Upper bounds in heads per million pixels: single people, groups, dense, so dense that boxes no longer part people.
CLASSES = {"under 150": 150.0, "150-500": 500.0, "500-1,500": 1500.0, "over 1,500": float("inf")}


def density_class(heads: int, pixels: int) -> str:
    """Return the class of a picture."""
    return next(name for name, bound in CLASSES.items() if heads / pixels * 1e6 < bound)


def measure() -> Iterator[results.Row]:
    """Yield a row for each class and tool; `all` and its two halves come first."""
    pictures = material.crowds()
    for tool, covers in tools().items():
        found = covers([each.path for each in pictures])
        sums: dict[str, list[float]] = {}
        for each in pictures:
            height, width = each.shape
            covered = Covered(found[each.path][0].raster(height, width))
            # the pixel that the point lies in
            bare = sum(covered.share([int(x), int(y), int(x) + 1, int(y) + 1]) < 1 for x, y, _, _ in each.boxes)
            for name in ("all", f"all, {each.split} half", density_class(len(each.boxes), height * width)):
                total = sums.setdefault(name, [0, 0, 0, 0.0, 0])
                for n, value in enumerate((1, len(each.boxes), bare, covered.area, covered.area > NEARLY_WHOLE)):
                    total[n] += value
        for name in ("all", "all, tune half", "all, report half", *CLASSES):
            images, heads, bare_heads, area, nearly = sums[name]
            row = {
                "images": int(images),
                "heads": int(heads),
                "bare": bare_heads / heads,
                "area": area / images,
                "nearly_whole": nearly / images,
            }
            yield {"class": name, "tool": tool, **row}


if __name__ == "__main__":
    results.save("crowd", list(measure()))
