"""Suggests measurement lines from where people walked."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from passerby.measure.flow import crossings
from passerby.measure.measure import Span
from passerby.measure.place import Line, Points, Space
from passerby.measure.reading import Reading
from passerby.measure.view import Steps, View

MOST_STEPS = 5000
ANGLES = 12
OFFSETS = 15
LEAST_CROSSINGS = 3


class Walks:
    """A `Measure` without readings: it collects anonymous steps to suggest lines from.

    Args:
        size_px: Width and height of the picture.
    """

    def __init__(self, size_px: tuple[int, int]) -> None:
        self._size = size_px
        self._steps: list[Steps] = []
        self._count = 0

    def observe(self, view: View) -> None:
        """Store the first `MOST_STEPS` steps."""
        if self._count < MOST_STEPS:
            self._steps.append(view.steps_px)
            self._count += len(view.steps_px.kinds)

    def readings(self, span: Span) -> list[Reading]:  # noqa: ARG002 - required by the protocol
        """Return nothing."""
        return []

    def lines(self, most: int = 2) -> list[Line]:
        """Return lines that most steps cross at right angles, best first; no step counts for two of them."""
        steps = Steps(
            np.concatenate([np.empty((0, 2, 2)), *(each.ends for each in self._steps)]),
            np.concatenate([np.empty((0, 2)), *(each.times_s for each in self._steps)]),
            np.concatenate([np.empty(0, np.int8), *(each.kinds for each in self._steps)]),
        )
        found: list[Line] = []
        while len(found) < most:
            best = max(self._candidates(), key=lambda line: _worth(steps, line))
            which = crossings(steps, best).which
            if len(which) < LEAST_CROSSINGS:
                break
            found.append(_trimmed(best, steps.ends[which], name=f"suggested {len(found) + 1}"))
            left = np.ones(len(steps.kinds), np.bool_)
            left[which] = False
            near = np.abs(best.left(steps.ends)).min(axis=1) < min(self._size) / 8
            left &= ~near
            steps = Steps(steps.ends[left], steps.times_s[left], steps.kinds[left])

        return found

    def _candidates(self) -> list[Line]:
        width, height = self._size
        middle = np.array([width, height]) / 2
        reach = float(np.hypot(width, height))
        lines = []
        for angle in np.arange(ANGLES) * np.pi / ANGLES:
            along = np.array([np.cos(angle), np.sin(angle)])
            across = np.array([-along[1], along[0]])
            for offset in np.linspace(-0.4, 0.4, OFFSETS) * reach:
                at = middle + offset * across
                lines.append(_line("suggested", at - reach * along, at + reach * along))
        return lines


def _worth(steps: Steps, line: Line) -> float:
    """Return how many steps cross a line, each weighted by how close to a right angle it is."""
    ends = steps.ends[crossings(steps, line).which]
    move = ends[:, 1] - ends[:, 0]
    length = np.linalg.norm(move, axis=1)
    return float((np.abs(move @ np.array(line.normal)) / np.maximum(length, 1e-9)).sum())


def _trimmed(line: Line, ends: Points, *, name: str) -> Line:
    """Return the part of a line that steps cross, and a little more on both sides."""
    place = line.along(ends.mean(axis=1))
    low, high = np.quantile(place, (0.02, 0.98))
    margin = 0.15 * (high - low) + 20 / line.length
    a, b = np.array(line.a), np.array(line.b)
    return _line(name, a + (low - margin) * (b - a), a + (high + margin) * (b - a))


def _line(name: str, a: NDArray[np.float64], b: NDArray[np.float64]) -> Line:
    (ax, ay), (bx, by) = a.round(1).tolist(), b.round(1).tolist()
    return Line(name, (ax, ay), (bx, by), Space.PICTURE)
