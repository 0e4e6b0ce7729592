"""Searches the settings that leave fewest labelled heads bare and, among those, cover least."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from passerby.evaluate.bound import upper_bound
from passerby.redact.rule import COVER_SCORE
from passerby.settings.camera_plan import PlanChoice, PlanFigures, SizeScore
from passerby.vision.effort import Effort

SIZE_ENDS: Final = (0.06, 0.12, 0.25, 1.0)
"""Classes of height, as shares of the picture's height."""
GRID: Final = (3, 3)
"""Rows and columns of regions."""
SCORES: Final = (0.08, 0.11, COVER_SCORE, 0.2, 0.25)
FACTORS: Final = (0.67, 1.0, 1.5)
GROWTHS: Final = (1.0, 1.04, 1.1, 1.2, 1.3)
HOLDS_S: Final = (0.3, 0.5, 0.8, 1.2)
LEAST_HEADS: Final = 100
"""Only with so many labelled heads of a size, or in a region, may less be covered there than by default."""
MOST_AREA, MORE_AREA = 1.5, 0.15
"""Settings are not considered if they cover this many times the area of the defaults, and this share of the picture
more: a head can always be covered by covering nearly everything."""
EFFORT_COST: Final = 0.05
"""Share of the area that each step of effort must save if it leaves no fewer heads bare."""
LEAST_SAVING: Final = 0.01
"""Share of the area that a change must save if it leaves no fewer heads bare: less may be chance."""
ROUNDS: Final = 2
_EFFORTS: Final = (Effort.FAST, Effort.BALANCED, Effort.THOROUGH)


@dataclass(frozen=True, slots=True)
class Trial:
    """What settings did on a labelled part of a clip.

    Args:
        heads: Number of labelled heads.
        bare: Those covered less than half.
        exposed: Those covered less than 80 %.
        area: Mean share of the picture that is covered.
        people: People in the labels, if they are distinguished.
    """

    heads: int
    bare: int
    exposed: int
    area: float
    people: int | None = None

    @property
    def at_most(self) -> float:
        """Upper bound of the share of bare heads."""
        return upper_bound(self.bare, self.heads)

    def figures(self) -> PlanFigures:
        """Return the figures for a plan."""
        return PlanFigures(
            bare=self.bare, at_most=round(self.at_most, 6), exposed=self.exposed, area=round(self.area, 4)
        )


@dataclass(frozen=True, slots=True)
class HeadCounts:
    """How many labelled heads a part of a clip has.

    Args:
        sizes: By class of the height of their body, in the order of `SIZE_ENDS`.
        regions: By region, rows from the top.
    """

    sizes: tuple[int, ...]
    regions: tuple[tuple[int, ...], ...]


def usual_choice(effort: Effort = Effort.BALANCED) -> PlanChoice:
    """Return the defaults in the form in which they are searched."""
    sizes = tuple(SizeScore(below=end, score=COVER_SCORE) for end in SIZE_ENDS)
    return PlanChoice(effort=effort, sizes=sizes, regions=((1.0,) * GRID[1],) * GRID[0])


class PlanSearch:
    """Changes one setting at a time and keeps what is better, until nothing is.

    Args:
        judge: Covers the part of the clip with settings and returns what happened.
        counts: Labelled heads of that part.
        efforts: The efforts to choose from.
    """

    def __init__(
        self, judge: Callable[[PlanChoice], Trial], counts: HeadCounts, *, efforts: Sequence[Effort] = _EFFORTS
    ) -> None:
        self._judge = judge
        self._counts = counts
        self._efforts = sorted(efforts, key=_EFFORTS.index)
        self._known: dict[PlanChoice, Trial] = {}
        self._usual = usual_choice()
        self.best = self._usual

    @property
    def trials(self) -> int:
        """Number of settings that were tried."""
        return len(self._known)

    def run(self) -> Iterator[PlanChoice]:
        """Search; yield before each trial what is tried. The result is in `best`."""
        yield self._usual
        self._try(self._usual)
        for _ in range(ROUNDS):
            before = self.best
            for step in self._steps():
                for choice in step(self.best):
                    if choice not in self._known:
                        yield choice
                    if self._is_better(choice):
                        self.best = choice
            if self.best == before:
                return

    def result(self) -> Trial:
        """Return what the best settings did."""
        return self._try(self.best)

    def _try(self, choice: PlanChoice) -> Trial:
        if choice not in self._known:
            self._known[choice] = self._judge(choice)
        return self._known[choice]

    def _is_better(self, choice: PlanChoice) -> bool:
        """Return whether settings leave fewer heads bare than the best so far, or as many on clearly less area."""
        *worth, area = self._rank(choice)
        *most, least_area = self._rank(self.best)
        return worth < most or (worth == most and area < (1 - LEAST_SAVING) * least_area)

    def _rank(self, choice: PlanChoice) -> tuple[bool, int, float]:
        """Return how good settings are, the least is best: allowed, bare heads, area with the cost of the effort."""
        usual, found = self._try(self._usual), self._try(choice)
        most = max(MOST_AREA * usual.area, usual.area + MORE_AREA)
        refused = found.exposed > usual.exposed or found.area > most
        return refused, found.bare, found.area * (1 + EFFORT_COST * _EFFORTS.index(choice.effort))

    def _steps(self) -> Iterator[Callable[[PlanChoice], list[PlanChoice]]]:
        """Yield for each setting what returns its alternatives."""
        yield lambda best: [best.model_copy(update={"effort": effort}) for effort in self._efforts]
        for index in range(len(SIZE_ENDS)):
            yield lambda best, index=index: self._sizes(best, index)  # type: ignore[misc]  # bound at once
        yield lambda best: [best.model_copy(update={"growth": growth}) for growth in GROWTHS]
        yield lambda best: [best.model_copy(update={"hold_s": hold_s}) for hold_s in HOLDS_S]
        for row in range(GRID[0]):
            for column in range(GRID[1]):
                yield lambda best, row=row, column=column: self._regions(best, row, column)  # type: ignore[misc]

    def _sizes(self, best: PlanChoice, index: int) -> list[PlanChoice]:
        enough = self._counts.sizes[index] >= LEAST_HEADS
        found = []
        for score in SCORES:
            if score <= COVER_SCORE or enough:
                sizes = [*best.sizes]
                sizes[index] = SizeScore(below=SIZE_ENDS[index], score=score)
                found.append(best.model_copy(update={"sizes": tuple(sizes)}))
        return found

    def _regions(self, best: PlanChoice, row: int, column: int) -> list[PlanChoice]:
        enough = self._counts.regions[row][column] >= LEAST_HEADS
        found = []
        for factor in FACTORS:
            if factor <= 1 or enough:
                rows = [list(each) for each in best.regions]
                rows[row][column] = factor
                found.append(best.model_copy(update={"regions": tuple(map(tuple, rows))}))
        return found


def why_refused(before: Trial, after: Trial) -> str:
    """Return why settings may not become a plan ("" = they may).

    They must lower the upper bound of bare heads, or cover less with the same bound.

    Args:
        before: What the defaults did on heads that the settings were not chosen on.
        after: What the settings did on the same heads.
    """
    if after.at_most < before.at_most or (after.at_most == before.at_most and after.area < before.area):
        return ""
    return (
        f"on the half that it was not made on, {after.bare} of {after.heads:,} labelled heads are bare with the plan "
        f"(at most {after.at_most:.2%}) at an area of {after.area:.1%}, without it {before.bare} (at most "
        f"{before.at_most:.2%}) at {before.area:.1%}"
    )
