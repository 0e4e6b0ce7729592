"""Counts people in crowd pictures by boxes, by the density map, and by passerby's combination, by size of the crowd.

python -m benchmarks.crowd_count

The map's validity (`VALID_PERSONS`) was chosen on the tuning half of the pictures; the classes are of the other half.
PASSERBY_MODELS must name a folder with the crowd model beside the standard ones.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks import material, results
from passerby.measure.crowd import BOX_SCORE, INTERVAL, SPARSE_HITS, VALID_PERSONS, Crowd, CrowdView
from passerby.measure.place import Space, Zone
from passerby.measure.reading import Quantity, Reading
from passerby.media.files.video_file import open_source
from passerby.vision.effort import Effort
from passerby.vision.inspect.detector_set import counting_detectors
from passerby.vision.models.catalogue import crowd_model_named
from passerby.vision.models.files import locate
from passerby.vision.nets.density_map import DensityMap

PARTS = (1, 2, 3)
"""Into how many parts each way pictures are cut to try the interval of the map in zones."""
CLASSES = (0, 40, 100, 300, 700, 1400)


@dataclass(frozen=True, slots=True)
class Counted:
    """What each tool counts in one picture; passerby may refuse (None)."""

    true: int
    boxes: float
    mapped: float
    told: float | None

    def error(self, value: float) -> float:
        """Return a value's relative error, negative when it is too low."""
        return (value - self.true) / self.true


def counted(path: Path, net: DensityMap, parts: list[results.Row]) -> Counted:
    """Count one picture, and its parts where the map is believed."""
    with closing(open_source(path)) as source:
        (frame,) = source
        (detector,) = counting_detectors(source.shape, Effort.BALANCED)
    persons = net.persons(frame)
    view = CrowdView.of(0.0, detector.detect([frame])[0], persons)
    wide, high = float(frame.width), float(frame.height)
    zone = Zone("picture", ((0, 0), (wide, 0), (wide, high), (0, high)), Space.PICTURE)
    crowd = Crowd([zone], (frame.width, frame.height), None)
    crowd.observe(view)
    parts.extend(in_parts(path, persons, (frame.width, frame.height), believed=view.valid and view.hits >= SPARSE_HITS))
    told = crowd.corrected([Reading("picture", Quantity.OCCUPANCY, float(view.boxes), 1.0, 1.0, 1.0, "boxes")])
    true = len([line for line in path.with_suffix(".points.csv").read_text().split() if line[:1].isdigit()])
    return Counted(true, float(view.boxes), float(persons.sum()), told[0].value if told else None)


def in_parts(
    path: Path, persons: NDArray[np.float32], size_px: tuple[int, int], *, believed: bool
) -> Iterator[results.Row]:
    """Yield what the map and the head points say of a picture's parts: whole, quarters and ninths."""
    lines = [line.split(",")[:2] for line in path.with_suffix(".points.csv").read_text().split() if line[:1].isdigit()]
    points = np.array(lines, float).reshape(-1, 2) / np.array(size_px)
    rows_, columns = persons.shape
    for parts in PARTS if believed else ():
        cells = np.minimum((points * parts).astype(int), parts - 1)
        for down in range(parts):
            for across in range(parts):
                part = persons[
                    down * rows_ // parts : (down + 1) * rows_ // parts,
                    across * columns // parts : (across + 1) * columns // parts,
                ]
                true = int(((cells[:, 0] == across) & (cells[:, 1] == down)).sum())
                yield {
                    "half": material.split_of(path.name),
                    "parts": parts,
                    "mapped": round(float(part.sum()), 2),
                    "true": true,
                }


def rows(known: Sequence[Counted], name: str) -> Iterator[results.Row]:
    """Yield a row for each tool."""
    tools = {
        f"boxes (score {BOX_SCORE:g})": [(each, each.boxes) for each in known],
        "density map": [(each, each.mapped) for each in known],
        "passerby --crowd-model mcnn": [(each, each.told) for each in known],
    }
    for tool, told in tools.items():
        off = [each.error(value) for each, value in told if value is not None]
        yield {
            "class": name,
            "tool": tool,
            "images": len(known),
            "refused": len(known) - len(off),
            "mean_error": float(np.mean(np.abs(off))) if off else None,
            "median_error": float(np.median(np.abs(off))) if off else None,
            "bias": float(np.mean(off)) if off else None,
        }


def measure(parts: list[results.Row]) -> Iterator[results.Row]:
    """Yield rows for both halves of the pictures, and of the report half by size of crowd."""
    net = DensityMap(locate(crowd_model_named("mcnn")))
    halves: dict[str, list[Counted]] = {"tune": [], "report": []}
    for path in sorted((material.data() / "images" / "crowd").glob("*.jpg")):
        halves[material.split_of(path.name)].append(counted(path, net, parts))
    for half, known in halves.items():
        yield from rows(known, f"all, {half} half")
    for low, high in zip(CLASSES, (*CLASSES[1:], None), strict=True):
        chosen = [each for each in halves["report"] if low <= each.true and (high is None or each.true < high)]
        yield from rows(chosen, f"{low} and more" if high is None else f"{low} to {high - 1}")


if __name__ == "__main__":
    of_parts: list[results.Row] = []
    results.save(
        "crowd_count", list(measure(of_parts)), truth="46 crowd pictures with head points", validity=VALID_PERSONS
    )
    results.save(
        "crowd_parts", of_parts, truth="head points in parts of pictures whose map is believed", interval=INTERVAL
    )
