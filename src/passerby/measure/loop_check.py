"""A check of vehicle counts: everything that passes a line as a moving region should have been counted."""

from __future__ import annotations

from collections import deque
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from passerby.measure.flow import IN_DOUBT, ON_TWO_WHEELS, crossings
from passerby.measure.place import Line, Points, Space
from passerby.measure.view import View
from passerby.measure.virtual_loop import LoopPassage, Mask, VirtualLoop
from passerby.vision.detections import Kind

WATCHED = IN_DOUBT | ON_TWO_WHEELS
"""Classes that a line must count for a virtual loop to be of use there."""
APART_S = 1.0
"""The foot point of a box crosses the line at most this long before or after its moving region is on the line."""
BESIDE = 0.5
"""It crosses at most this far beside the region, in widths of the region."""
RECALLED_S = 12.0
"""How long crossings are remembered."""
WIDTHS = 100
"""Of how many regions the width is remembered."""
KNOWN, VEHICLE_SHARE = 3, 0.4
"""Once the widths of so many counted vehicles are known, what is narrower than this share of their median is none."""
SMALLEST_VEHICLE = 0.07
"""Share of the picture's longer side: the network misses more than one in ten narrower vehicles (docs/accuracy.md)."""
ALL_KINDS = tuple(kind for kind in Kind)


@dataclass(frozen=True, slots=True)
class LoopLine:
    """A line with a virtual loop.

    Args:
        line: The line.
        in_picture: The same line in the picture.
        left_px: Unit vector to its left, in the picture.
        counts: Whether what passes as a moving region and was not counted is counted as a car, always. If not, it is
            counted only while vehicles cannot be told apart.
        rides: Whether bicycles or motorcycles are counted, so that narrower regions matter, too.
    """

    line: Line
    in_picture: Line
    left_px: Points
    counts: bool = False
    rides: bool = False


def limits_of(line: Line, kinds: Collection[int], *, longer_px: float) -> str:
    """Return which vehicles a line can miss without any sign of it ("" = it counts none), in one sentence.

    Args:
        line: The line.
        kinds: Classes that it counts.
        longer_px: Longer side of the picture that the network sees, px.
    """
    if WATCHED.isdisjoint(kinds):
        return ""
    least_px = SMALLEST_VEHICLE * longer_px
    text = f"line '{line.name}': vehicles are found from about {least_px:.0f} px of width on, narrower ones often not"
    if ON_TWO_WHEELS.intersection(kinds):
        text += "; how many bicycles and motorcycles are found was not measured, and one whose rider is counted as a "
        text += "person only is missing without notice: compare with a count by hand"
    return text


@dataclass(slots=True)
class _Crossing:
    """A counted crossing: when, where along the line, by what, which way, and whether it explained a passage."""

    time_s: float
    at: float
    kind: int
    inwards: bool
    used: bool = False

    def explains(self, passage: LoopPassage) -> bool:
        """Return whether it happened where a region passed, at about that time."""
        beside = BESIDE * (passage.high - passage.low)
        soon = passage.start_s - APART_S <= self.time_s <= passage.end_s + APART_S
        return soon and passage.low - beside <= self.at <= passage.high + beside


class LoopCheck:
    """Finds moving regions that passed a line but were not counted.

    They make the count of vehicles a lower bound, and also those that are too narrow for a vehicle that of bicycles and
    motorcycles. Where vehicles move so far from pass to pass that they cannot be told
    apart, they are counted: the flow through the line needs nobody to be matched.

    Args:
        lines: Lines that count vehicles.
        size_px: Width and height of the picture that the lines are drawn on.
        scale: Factor from the camera's picture to that one.
    """

    def __init__(self, lines: Sequence[LoopLine], size_px: tuple[int, int], *, scale: float = 1.0) -> None:
        self._checks = [_LineCheck(each, size_px, scale=scale) for each in lines]

    @property
    def lines(self) -> int:
        """How many lines are checked."""
        return len(self._checks)

    @property
    def warnings(self) -> list[str]:
        """How many moving regions were not counted at each line, and why probably, one sentence each."""
        return [text for each in self._checks if (text := each.warning)]

    def observe(self, time_s: float, moving: Mask | None) -> None:
        """Add what moves in a frame: shape (h, w), nonzero = moving, a small copy of the picture; None = unknown."""
        for each in self._checks:
            each.observe(time_s, moving)

    def compared(self, view: View, *, last: bool = False) -> View:
        """Return a moment with the lines at which vehicles were missed, and with the passages that count.

        Args:
            view: The moment; moments come in order of time.
            last: Whether no later one follows.
        """
        missed, riders, passed, turned = set(view.missed), set[str](), list(view.passed), list(view.turned)
        for each in self._checks:
            if each.always and each.blind(view):
                missed.add(each.name)
            if opposed := each.opposed(view):
                missed.add(each.name)
                turned += [(each.name, kind, inwards) for kind, inwards in opposed]
            for passage in each.uncounted(view, last=last):
                wide = each.is_wide(passage)
                counts = wide and passage.inwards is not None and each.may_count(passage, view.time_s)
                if passage.inwards is not None and counts:
                    passed.append((each.name, passage.inwards))
                elif wide or each.rides:
                    each.miss(passage)
                if wide and not (counts and each.always):
                    missed.add(each.name)
                if each.rides:
                    riders.add(each.name)
        if missed == view.missed and not (riders or passed or turned):
            return view
        return replace(
            view,
            missed=frozenset(missed),
            missed_riders=frozenset(riders),
            passed=tuple(passed),
            turned=tuple(turned),
        )


class _LineCheck:
    """The check of one line."""

    def __init__(self, given: LoopLine, size_px: tuple[int, int], *, scale: float) -> None:
        self._given = given
        self._scale = scale
        self._least_px = SMALLEST_VEHICLE * max(size_px)
        self._uncounted = 0
        self._widths_px: deque[float] = deque(maxlen=WIDTHS)
        self._vehicles_px: deque[float] = deque(maxlen=WIDTHS)
        ends = np.array([given.in_picture.a, given.in_picture.b])
        self._loop = VirtualLoop(ends[0], ends[1], given.left_px, size_px=size_px)
        self._knew = False
        self._unknown_s: deque[float] = deque()
        self._waiting: deque[LoopPassage] = deque()
        self._recent: deque[LoopPassage] = deque()
        self._crossed: deque[_Crossing] = deque()
        self._unsure_s: deque[float] = deque()

    @property
    def name(self) -> str:
        """Name of the line."""
        return self._given.line.name

    @property
    def always(self) -> bool:
        """Whether uncounted passages always count."""
        return self._given.counts

    @property
    def rides(self) -> bool:
        """Whether bicycles or motorcycles are counted."""
        return self._given.rides

    @property
    def warning(self) -> str:
        """What was not counted here, and why probably ("" = everything was)."""
        if not self._uncounted:
            return ""
        width_px = float(np.median(self._widths_px))
        least_px = self._least_px / self._scale
        what = f"line '{self.name}': moving regions passed that were not counted ({self._uncounted})"
        if width_px < self._least_px:
            small = (
                f"they are about {width_px / self._scale:.0f} px wide, and vehicles are found from {least_px:.0f} px"
            )
            return f"{what}; {small}: move the line or the camera closer, or use --effort thorough"
        return f"{what}; if the camera looks straight down on the road, add 'from_above: true' to the line"

    def observe(self, time_s: float, moving: Mask | None) -> None:
        """Add what moves in a frame."""
        self._loop.observe(time_s, moving)
        if moving is not None:
            self._knew = True
        elif self._knew:  # not at the start, where motion is always unknown
            self._unknown_s.append(time_s)

    def blind(self, view: View) -> bool:
        """Return whether it was unknown what moves at a moment, after it had been known."""
        while self._unknown_s and self._unknown_s[0] <= view.time_s - view.span_s:
            self._unknown_s.popleft()
        return bool(self._unknown_s) and self._unknown_s[0] <= view.time_s

    def may_count(self, passage: LoopPassage, now_s: float) -> bool:
        """Return whether an uncounted passage counts: always, or because vehicles could not be told apart then."""
        early = passage.start_s - APART_S
        return self.always or any(early <= each <= now_s for each in self._unsure_s)

    def opposed(self, view: View) -> list[tuple[int, bool]]:
        """Return class and direction of crossings of a moment whose moving regions went the other way.

        Vehicles that move by more than half their spacing from pass to pass seem to go backwards. Moving regions are
        seen in every frame, which are closer together than passes.
        """
        self._forget(view.time_s)
        if view.unsure & IN_DOUBT:
            self._unsure_s.append(view.time_s)
        for passage in self._loop.drain():
            self._waiting.append(passage)
            self._recent.append(passage)
        made = []
        for crossing in self._crossings(view):
            self._crossed.append(crossing)
            ways = [each.inwards for each in self._recent if crossing.explains(each)]
            if (
                crossing.kind in IN_DOUBT
                and ways
                and all(way is not crossing.inwards and way is not None for way in ways)
            ):
                made.append((crossing.kind, crossing.inwards))
        if made:
            self._unsure_s.append(view.time_s)
        return made

    def uncounted(self, view: View, *, last: bool) -> Iterator[LoopPassage]:
        """Yield passages that ended long enough before a moment and were not counted; call `opposed` before."""
        while self._waiting and (last or self._waiting[0].end_s <= view.time_s - APART_S):
            passage = self._waiting.popleft()
            part = any(passage.is_part_of(each) for each in self._recent)
            if not part and not self._explained(passage):
                yield passage

    def is_wide(self, passage: LoopPassage) -> bool:
        """Return whether it is as wide as a vehicle, as far as that is known."""
        known = self._vehicles_px
        return len(known) < KNOWN or passage.width_px >= VEHICLE_SHARE * float(np.median(known))

    def miss(self, passage: LoopPassage) -> None:
        """Note a passage that is in no count, for the warning."""
        self._uncounted += 1
        self._widths_px.append(passage.width_px)

    def _forget(self, time_s: float) -> None:
        """Drop what is too old to matter."""
        oldest_s = time_s - RECALLED_S
        while self._crossed and self._crossed[0].time_s < oldest_s:
            self._crossed.popleft()
        while self._recent and self._recent[0].end_s < oldest_s:
            self._recent.popleft()
        while self._unsure_s and self._unsure_s[0] < oldest_s:
            self._unsure_s.popleft()

    def _crossings(self, view: View) -> list[_Crossing]:
        """Return the counted crossings of a moment, with their place along the line in the picture."""
        found = crossings(view.steps(self._given.line.space, ALL_KINDS), self._given.line)
        if not len(found.which):
            return []
        steps = view.steps(Space.PICTURE, ALL_KINDS)
        begin_s, end_s = steps.times_s[found.which].T
        share = (found.times_s - begin_s) / np.maximum(end_s - begin_s, 1e-9)
        starts, ends = steps.ends[found.which].transpose(1, 0, 2)
        at = self._given.in_picture.along(starts + share[:, None] * (ends - starts))
        listed = (found.times_s.tolist(), at.tolist(), found.kinds.tolist(), found.inwards.tolist())
        return [_Crossing(*each) for each in zip(*listed, strict=True)]

    def _explained(self, passage: LoopPassage) -> bool:
        """Return whether somebody or something was counted there at that time; a vehicle explains one passage."""
        near = [each for each in self._crossed if not each.used and each.explains(passage)]
        if not near:
            return False
        middle_s = (passage.start_s + passage.end_s) / 2
        best = min(near, key=lambda each: abs(each.time_s - middle_s))
        if best.kind in IN_DOUBT:
            best.used = True
            self._vehicles_px.append(passage.width_px)
        return True
