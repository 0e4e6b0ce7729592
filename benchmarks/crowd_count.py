"""How many are in crowd pictures: boxes, the density map, and what passerby makes of both, by size of the crowd.

python -m benchmarks.crowd_count

PASSERBY_MODELS must name a folder with the crowd model beside the standard ones.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from benchmarks import material, results
from passerby.measure.crowd import Crowd, CrowdView
from passerby.measure.place import Space, Zone
from passerby.measure.reading import Quantity, Reading
from passerby.media.files import open_source
from passerby.vision.catalogue import crowd_model_named, locate
from passerby.vision.crowd import FAINT_SCORE
from passerby.vision.density_map import DensityMap
from passerby.vision.detections import Kind
from passerby.vision.lineup import Effort, counting_lineup

CLASSES = (0, 40, 100, 300, 700, 1400)
SCORE = 0.25
PERSON = frozenset({Kind.PERSON})


def counted(path: Path, net: DensityMap) -> dict[str, float | None]:
    """Return the count of each tool for one picture; None where it refuses."""
    source = open_source(path)
    (frame,) = source
    (detector,) = counting_lineup(source.shape, Effort.BALANCED)
    source.close()
    found = detector.detect([frame])[0]
    boxes, persons = float(len(found.of(PERSON, SCORE))), net.persons(frame)
    wide, high = float(frame.width), float(frame.height)
    zone = Zone("picture", ((0, 0), (wide, 0), (wide, high), (0, high)), Space.PICTURE)
    crowd = Crowd([zone], (frame.width, frame.height), None)
    crowd.observe(CrowdView(0.0, persons, len(found.of(PERSON, FAINT_SCORE))))
    told = crowd.corrected([Reading("picture", Quantity.OCCUPANCY, boxes, 1.0, 1.0, 1.0, "boxes")])
    return {
        f"boxes (score {SCORE:g})": boxes,
        "density map": float(persons.sum()),
        "passerby --crowd-model mcnn": told[0].value if told else None,
    }


def measure() -> Iterator[results.Row]:
    """Yield a row for each size of crowd and tool."""
    net = DensityMap(locate(crowd_model_named("mcnn")))
    pictures = sorted((material.data() / "images" / "crowd").glob("*.jpg"))
    known = [(len(_heads(path)), counted(path, net)) for path in pictures]
    for low, high in zip(CLASSES, (*CLASSES[1:], None), strict=True):
        chosen = [(true, tools) for true, tools in known if low <= true and (high is None or true < high)]
        for tool in chosen[0][1]:
            off = [(got - true) / true for true, tools in chosen if (got := tools[tool]) is not None]
            yield {
                "class": f"{low} and more" if high is None else f"{low} to {high - 1}",
                "tool": tool,
                "images": len(chosen),
                "refused": len(chosen) - len(off),
                "mean_error": float(np.mean(np.abs(off))) if off else None,
                "median_error": float(np.median(np.abs(off))) if off else None,
                "bias": float(np.mean(off)) if off else None,
            }


def _heads(path: Path) -> list[str]:
    return [line for line in path.with_suffix(".points.csv").read_text().split() if line[:1].isdigit()]


if __name__ == "__main__":
    results.save("crowd_count", list(measure()), truth="46 crowd pictures with head points")
