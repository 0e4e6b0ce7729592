"""Counts crowds that are too dense for boxes with a density map, zone by zone, within its measured validity.

Without a map, counts of such a crowd are reported as lower bounds.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from passerby.measure.ground import Ground
from passerby.measure.place import Points, Space, Zone
from passerby.measure.reading import LOWER_BOUND, Quantity, Reading
from passerby.vision.detections import Detections, Kind
from passerby.vision.picture.crowd import FAINT_SCORE

VALID_PERSONS = (75.0, 700.0)
"""Range for a whole picture, chosen on the tuning half of the crowd pictures and on a square at night with over 150
people, for whom the map gives 40 to 61. Below it, boxes are as accurate or better; above it, the map missed most."""
AGREEING = 0.5
"""If the map gives few people, boxes are trusted instead only if they find at least this share of that number."""
BOX_SCORE = 0.25
"""From this score on, a hit counts as the box of one person."""
SPARSE_HITS, DENSE_HITS = 250, 450
"""Faint hits of the counting network in a picture: below the first, boxes separate people; above the second, they miss
most people."""
LEAST_BOXES = 0.75
"""With that many faint hits, a smaller share of boxes than this means that people hide one another (in crowds: under
0.15)."""
FULL_STRUCTURE, FEW_BOXES = 0.4, 10
"""From this share of strong fine structure on, and with fewer boxes than this, the network may miss a dense crowd
completely."""
INTERVAL = (0.3, 2.5, 10.0)
"""The true number in a zone is at least 0.3 times that of the map, or that of the map minus 10 persons if this is less,
and at most 2.5 times that of the map plus 10 persons.

In whole pictures, quarters and ninths of the half of the crowd pictures that is not for tuning, it holds in 93 to 94 of
100 cases. This is not a blind test: both halves had been seen before the interval was fixed, and five variants were
tried on the parts.
"""
MAP, BLEND = "density map", "boxes and density map"
COUNTS = frozenset({Quantity.OCCUPANCY, Quantity.PEAK_OCCUPANCY})
DENSITIES = frozenset({Quantity.DENSITY, Quantity.PEAK_DENSITY})
AT_LEAST = COUNTS | DENSITIES | {Quantity.QUEUE_LENGTH, Quantity.QUEUE_WAIT, Quantity.MEAN_DWELL}
"""Quantities that are too low where people are not found."""
PASSED = frozenset(
    {Quantity.CROSSINGS_IN, Quantity.CROSSINGS_OUT, Quantity.TURNS, Quantity.FLOW, Quantity.SPECIFIC_FLOW}
)
"""Quantities of lines that are too low where nobody can be made out; in a crowd, they are reported as they are."""
NOT_IN_CROWDS = frozenset({Quantity.VORONOI_DENSITY, Quantity.LEVEL_OF_SERVICE, Quantity.CROWD_PRESSURE})
"""Quantities that need the position of everyone: not reported for a crowd in which most people are not found."""


@dataclass(frozen=True, slots=True)
class CrowdView:
    """What a density map gives for one moment.

    Args:
        time_s: When, s.
        persons: Shape (rows, columns), persons in each cell of a grid over the picture; None = the map was not run,
            or gave no result.
        hits: Faint hits of the counting network, at 640 px, in the same picture.
        boxes: How many of them count as the box of one person.
        structure: Share of the picture that is full of strong fine structure, in [0, 1].
        unclear: Whether people in the picture cannot be made out: it is blurred, too dark or too noisy.
    """

    time_s: float
    persons: NDArray[np.float32] | None
    hits: int
    boxes: int = 0
    structure: float = 0.0
    unclear: bool = False

    @classmethod
    def of(
        cls,
        time_s: float,
        found: Detections,
        persons: NDArray[np.float32] | None = None,
        *,
        structure: float = 0.0,
        unclear: bool = False,
    ) -> CrowdView:
        """Return the view of a moment from the detections of the counting network."""
        hits, boxes = (len(found.of(frozenset({Kind.PERSON}), score)) for score in (FAINT_SCORE, BOX_SCORE))
        return cls(time_s, persons, hits, boxes, structure, unclear)

    @property
    def weight(self) -> float:
        """Weight of the map in a count, in [0, 1]: how dense the picture is according to the counting network.

        A map with few people does not show a crowd: then boxes are used, provided that they find those people.
        """
        if self.persons is not None and self.boxes >= AGREEING * (few := self.persons.sum()) and few < VALID_PERSONS[0]:
            return 0.0
        return float(np.clip((self.hits - SPARSE_HITS) / (DENSE_HITS - SPARSE_HITS), 0, 1))

    @property
    def looks_dense(self) -> bool:
        """Whether to run the map: there are many faint hits, or the picture is full of fine structure without boxes."""
        return self.hits > SPARSE_HITS or self._is_blind

    @property
    def hides(self) -> bool:
        """Whether there may be far more people than boxes.

        There are many faint hits but few boxes; or nothing is found in a picture full of fine structure, as in the
        densest crowds, which the network misses completely; or the map finds a crowd where the network does not; or
        nobody can be made out.
        """
        traces = self.hits >= SPARSE_HITS and self.boxes < LEAST_BOXES * self.hits
        return traces or self._is_blind or self.contradicted or self.unclear

    @property
    def contradicted(self) -> bool:
        """Whether the map gives far more people than the boxes do; of few people, more than its interval allows."""
        if self.persons is None:
            return False
        mapped = float(self.persons.sum())
        return self.boxes < (AGREEING * mapped if mapped >= VALID_PERSONS[0] else _least(mapped))

    @property
    def doubted(self) -> bool:
        """Whether boxes that the map does not replace are no more than a lower bound, the map having been run."""
        return self.contradicted or self._is_blind or self.unclear

    @property
    def too_many(self) -> bool:
        """Whether the map gives more people than its accuracy was measured for."""
        return self.persons is not None and float(self.persons.sum()) > VALID_PERSONS[1]

    @property
    def _is_blind(self) -> bool:
        return self.structure >= FULL_STRUCTURE and self.boxes < FEW_BOXES

    @property
    def valid(self) -> bool:
        """Whether there is a map, and its accuracy was measured for crowds of this size."""
        return self.persons is not None and VALID_PERSONS[0] <= float(self.persons.sum()) <= VALID_PERSONS[1]


class Crowd:
    """Corrects the counts of zones where the picture is dense.

    Args:
        zones: The zones, by name.
        size_px: Width and height of the picture that the zones are drawn on.
        ground: For zones in metres.
    """

    def __init__(self, zones: Iterable[Zone], size_px: tuple[int, int], ground: Ground | None) -> None:
        self._zones = {zone.name: zone for zone in zones}
        self._size = size_px
        self._ground = ground
        self._views: deque[CrowdView] = deque()
        self._looks: deque[CrowdView] = deque()
        self._cells: dict[tuple[str, tuple[int, ...]], NDArray[np.bool_]] = {}

    def look(self, view: CrowdView) -> None:
        """Add a moment at which the map was not run; moments come in order of time."""
        self._looks.append(view)

    def observe(self, view: CrowdView) -> None:
        """Add what the map gives for a moment; moments come in order of time."""
        self._views.append(view)

    def corrected(self, readings: Iterable[Reading]) -> list[Reading]:
        """Return readings of one span with the counts of dense zones corrected.

        A dense zone for which the map gives no valid number has no count: boxes alone would give far too few people.
        Where there is no map and people hide one another, or nobody can be made out, counts are lower bounds, and
        quantities that need the position of everyone are not reported.
        """
        given = list(readings)
        looks = self._looks_in(given[0].time_s - given[0].span_s, given[0].time_s) if given else []
        hidden, unclear = any(each.hides for each in looks), any(each.unclear for each in looks)
        made = []
        for each in given:
            zone = self._zones.get(each.place)
            view = self._latest(each.time_s)
            seen = view if view is not None and view.weight else None
            if seen is None and view is not None and view.doubted:
                hidden = True
                seen = view if view.too_many else None  # beyond the measured range the number is not known
            if zone is None or not (seen or hidden):
                doubtful = zone is None and unclear and each.quantity in PASSED
                made.append(replace(each, estimator=LOWER_BOUND) if doubtful else each)
            elif each.quantity in NOT_IN_CROWDS:
                continue
            elif seen is None or each.quantity not in COUNTS | DENSITIES:
                made.append(replace(each, estimator=LOWER_BOUND) if hidden and each.quantity in AT_LEAST else each)
            elif seen.persons is not None and seen.valid:
                made.append(self._blended(each, zone, seen.persons, weight=seen.weight))

        return made

    def _looks_in(self, start_s: float, end_s: float) -> list[CrowdView]:
        """Return the moments of a span; older ones are dropped.

        A moment on the border of two spans counts for both: the first frame, and a picture, have none before.
        """
        while self._looks and self._looks[0].time_s < start_s:
            self._looks.popleft()
        return [each for each in self._looks if each.time_s <= end_s]

    def _blended(self, reading: Reading, zone: Zone, persons: NDArray[np.float32], *, weight: float) -> Reading:
        counted = float(persons[self._inside(zone, persons.shape)].sum())
        low, high = _least(counted), INTERVAL[1] * counted + INTERVAL[2]
        if reading.quantity in DENSITIES:
            counted, low, high = (each / zone.area for each in (counted, low, high))
        value = max(
            reading.value, weight * counted + (1 - weight) * reading.value
        )  # every box is a person who is there
        interval = (min(low, value), max(high, value))
        return replace(reading, value=value, estimator=MAP if weight == 1 else BLEND, interval=interval)

    def _latest(self, time_s: float) -> CrowdView | None:
        """Return the last view before a time; older ones are dropped."""
        while len(self._views) > 1 and self._views[1].time_s <= time_s:
            self._views.popleft()
        return self._views[0] if self._views and self._views[0].time_s <= time_s else None

    def _inside(self, zone: Zone, shape: tuple[int, ...]) -> NDArray[np.bool_]:
        """Return the cells whose centre lies in a zone; heads are used instead of feet, which a crowd hides."""
        if (zone.name, shape) not in self._cells:
            rows, columns = shape
            x, y = np.meshgrid((np.arange(columns) + 0.5) / columns, (np.arange(rows) + 0.5) / rows)
            middles: Points = np.stack((x.ravel(), y.ravel()), axis=1) * np.array(self._size)
            if zone.space is Space.GROUND and self._ground is not None:
                middles = self._ground.to_ground(middles)
            self._cells[zone.name, shape] = zone.holds(middles).reshape(shape)
        return self._cells[zone.name, shape]


def _least(mapped: float) -> float:
    """Return the smallest true number that the interval of the map allows, persons."""
    least, _, few = INTERVAL
    return max(0.0, min(least * mapped, mapped - few))
