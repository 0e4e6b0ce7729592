"""Passes detections to a scene, and draws the measured numbers on the copy."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from passerby.assembly.crowd_judge import CrowdJudge
from passerby.errors import MeasureError, UsageError
from passerby.measure.crowd import DENSE_HITS, SPARSE_HITS, CrowdView
from passerby.measure.place import Line
from passerby.measure.placement import Drawn
from passerby.measure.plan import ScenePlan, whole_picture
from passerby.measure.reading import Quantity, Reading
from passerby.measure.scene import Scene
from passerby.media.frame import Frame
from passerby.media.layout import Shape
from passerby.redact.drawing import Caption, Drawing, Mark
from passerby.redact.style import Style
from passerby.vision.detector import Detector
from passerby.vision.inspect.counting import CountingSelector
from passerby.vision.inspect.inspector import FrameInspector, InspectedFrame
from passerby.vision.nets.density_map import DensityMap
from passerby.vision.picture.foreground import solid

LINE_RGB = (255, 200, 40)
ZONE_RGB = (70, 200, 230)
MAP_EVERY_S = 1.0
LEAST_CROWDED = 0.1
"""If at least this share of detector passes was crowded, a note says that counts are too low."""


def fitting(plan: ScenePlan, places: Path | None, size_px: tuple[int, int]) -> Scene:
    """Return the scene of places in pictures of this size.

    Raises:
        UsageError: A place does not fit the picture.
    """
    try:
        return Scene(plan, size_px)
    except MeasureError as error:
        msg = f"{places}: {error}"
        raise UsageError(msg) from error


class ClipMeter:
    """Passes detections to a scene.

    Args:
        plan: The places; None = the whole picture.
        places: The file that the places come from, for messages.
        density_map: Counts where the picture is dense; None = only boxes count.
    """

    def __init__(self, plan: ScenePlan | None, places: Path | None, density_map: DensityMap | None = None) -> None:
        self._plan = plan
        self._places = places
        self._density_map = density_map
        self._mapped_s = float("-inf")
        self._mapped = False
        self._looks = self._crowded = 0
        self._scene: Scene | None = None
        self._drawn: list[Drawn] = []
        self._counters = CountingSelector(())
        self._crowds = CrowdJudge(())
        self._first_s: float | None = None
        self._latest_s = float("-inf")
        self._frame_s: float | None = None
        self.end_s = 0.0
        """End of the latest frame, inspected or not, s: it lasts as long as the one before it."""
        self._readings: deque[Reading] = deque()
        self._crossed: Counter[tuple[str, Quantity]] = Counter()
        self._inside: dict[str, Reading] = {}
        self._bounds: set[tuple[str, Quantity]] = set()

    def begin(self, shape: Shape, detectors: Sequence[Detector], style: Style) -> Style:
        """Create the scene for pictures of this shape; return the style with lines and numbers drawn on top.

        Raises:
            UsageError: A place does not fit the picture.
        """
        size_px = (shape.width, shape.height)
        self._scene = fitting(self._plan or whole_picture(size_px), self._places, size_px)
        self._counters = CountingSelector(detectors)
        self._crowds = CrowdJudge(detectors)
        self._drawn = [each for each in self._scene.drawn() if len(each.points_px)]
        marks = [Mark(each.points_px, ZONE_RGB if each.closed else LINE_RGB) for each in self._drawn]
        marks += [Mark(hole, ZONE_RGB) for each in self._drawn for hole in each.holes_px if len(hole)]
        return Drawing(style, marks, self._captions)

    @property
    def notes(self) -> list[str]:
        """What is not measured, and why; and what was measured badly."""
        notes = [] if self._scene is None or self._plan is None else list(self._scene.notes)
        notes += [] if self._scene is None else self._scene.warnings
        if self._looks and self._crowded > LEAST_CROWDED * self._looks:
            much = f"too dense, dark or blurred for boxes in {self._crowded / self._looks:.0%} of the inspected frames"
            if self._density_map is None:
                notes.append(f"{much}: counts are far too low; add --crowd-model to count there")
            else:
                notes.append(
                    f"{much}, and the crowd model gave no count either: zones have no count or a lower bound there"
                )
        return notes

    @property
    def wants_motion(self) -> bool:
        """Whether the inspector should also find what moves."""
        return self._scene is not None and self._scene.wants_motion

    @property
    def length_s(self) -> float:
        """Time from the first to the last look, s."""
        return 0.0 if self._first_s is None else self._latest_s - self._first_s

    def suggestions(self) -> list[Line]:
        """Return lines worth measuring, if the plan has none."""
        return [] if self._scene is None else self._scene.suggestions()

    def metered(self, inspected: Iterable[InspectedFrame]) -> Iterator[InspectedFrame]:
        """Measure the detections, and pass every frame on."""
        assert self._scene is not None  # noqa: S101 - begin() comes first
        for each in inspected:
            seen, time_s = each.look, each.frame.time_s
            self.end_s = time_s if self._frame_s is None else 2 * time_s - self._frame_s
            self._frame_s = time_s
            if self._scene.wants_motion:
                self._scene.observe_motion(time_s, None if each.moving is None else solid(each.moving))
            if seen is not None and seen.time_s > self._latest_s:
                self._latest_s = seen.time_s
                self._first_s = seen.time_s if self._first_s is None else self._first_s
                found = self._counters.of(seen)
                if found is None:
                    self._add_readings(self._scene.skip(seen.time_s))
                else:
                    crowd = self._crowds.view(seen, each.frame)
                    self._judge(each.frame, crowd)
                    self._add_readings(self._scene.observe(seen.time_s, found, crowd))
            yield each

        self._add_readings(self._scene.finish())

    def drain(self) -> list[Reading]:
        """Return the readings since the last call."""
        return [self._readings.popleft() for _ in range(len(self._readings))]

    def _judge(self, frame: Frame, view: CrowdView | None) -> None:
        """Note whether boxes can separate people here, and run the density map from time to time."""
        assert self._scene is not None  # noqa: S101 - as above
        if view is None:
            return
        self._looks += 1
        self._crowded += (view.hits >= DENSE_HITS or (view.hits <= SPARSE_HITS and view.hides)) and not self._mapped
        if self._density_map is not None and frame.time_s - self._mapped_s >= MAP_EVERY_S:
            self._mapped_s = frame.time_s
            if view.looks_dense:
                view = replace(view, persons=self._density_map.persons(frame))
            self._mapped = not view.doubted if not view.weight else view.valid
            self._scene.observe_crowd(view)

    def _add_readings(self, readings: list[Reading]) -> None:
        for each in readings:
            if each.quantity in {Quantity.CROSSINGS_IN, Quantity.CROSSINGS_OUT}:
                self._crossed[each.place, each.quantity] += int(each.value)
                if each.bounds[0] is not None:
                    self._bounds.add((each.place, each.quantity))
        if readings:  # of a whole span: a zone without a reading has no count
            self._inside = {each.place: each for each in readings if each.quantity is Quantity.OCCUPANCY}
        self._readings.extend(readings)

    def _number_inside(self, place: str) -> str:
        """Return how many are in a zone: "-" = not known, ">=" = at least; the font has no other characters."""
        inside = self._inside.get(place)
        if inside is None:
            return "-"
        low, high = inside.bounds
        return f">={inside.value:.0f}" if low is not None and high is None else f"{inside.value:.0f}"

    def _number_crossed(self, place: str, quantity: Quantity) -> str:
        """Return how many crossed a line: "-" = no one could be followed so far, ">=" = at least."""
        if (place, quantity) not in self._crossed:
            return "-"
        return f"{'>=' if (place, quantity) in self._bounds else ''}{self._crossed[place, quantity]}"

    def _captions(self) -> list[Caption]:
        made = []
        for each in self._drawn:
            if each.closed:
                text = f"{each.name} {self._number_inside(each.name)}"
                corner = each.points_px.sum(axis=1).argmin()
            else:
                inwards, outwards = (
                    self._number_crossed(each.name, quantity)
                    for quantity in (Quantity.CROSSINGS_IN, Quantity.CROSSINGS_OUT)
                )
                text = f"{each.name} {each.into} {inwards} {each.out_of} {outwards}"
                corner = -1
            x, y = each.points_px[corner].tolist()
            made.append(Caption(text, (x, y)))

        return made


class MeteredInspector:
    """An inspector whose results also go to a meter."""

    def __init__(self, inspector: FrameInspector, meter: ClipMeter) -> None:
        self._inspector = inspector
        self._meter = meter

    def inspect(self, frames: Iterable[Frame]) -> Iterator[InspectedFrame]:
        """Yield every frame with its detections."""
        return self._meter.metered(self._inspector.inspect(frames))
