"""The labels that a person made: boxes in each frame, and numbers that distinguish the labelled people."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from passerby.errors import UsageError
from passerby.evaluate.result import TruthFormat

Box = tuple[float, float, float, float]
UNKNOWN: Final = -1
"""Stands for a label that does not say which person it belongs to."""
_REACH_PX: Final = 1e6
_STRAY_SHARE: Final = 0.25
"""Highest share of labels with their centre outside the picture (MOT17 has 7 %)."""


@dataclass(frozen=True, slots=True)
class Labels:
    """The labels of one frame.

    Args:
        protected_px: Shape (N, 4), x1 y1 x2 y2 of what must be covered, px.
        bodies_px: Shape (N, 4), the labels as drawn, px.
        people: Shape (N,), a number for each person of the file; UNKNOWN if it does not say.
    """

    protected_px: NDArray[np.float64]
    bodies_px: NDArray[np.float64]
    people: NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Truth:
    """The labels of a clip.

    Args:
        path: The file, for messages.
        form: Its format.
        frames: Labels by frame number, counted from 0; only frames that have some.
        listed: Frames that the file lists, including empty ones; None = all up to the last label.
        size: Width and height of the picture, px, if the file says.
    """

    path: Path
    form: TruthFormat
    frames: Mapping[int, Labels]
    listed: frozenset[int] | None = None
    size: tuple[int, int] | None = None

    @property
    def last(self) -> int:
        """Number of the last frame in the labels."""
        return max(self.frames) if self.listed is None else max(self.listed)

    @property
    def labelled(self) -> int:
        """Number of frames in the labels."""
        return self.last + 1 if self.listed is None else len(self.listed)

    def require_size(self, width: int, height: int) -> None:
        """Refuse labels that were made in pictures of another size.

        Raises:
            UsageError: The file says so, or too many labels lie outside the picture.
        """
        if self.size is not None and self.size != (width, height):
            drawn = "x".join(map(str, self.size))
            msg = f"{self.path}: was labelled at {drawn}, but the clip is {width}x{height}; give labels of that size"
            raise UsageError(msg)
        boxes_px = np.concatenate([labels.bodies_px for labels in self.frames.values()])
        middles = (boxes_px[:, :2] + boxes_px[:, 2:]) / 2
        stray = ((middles < 0) | (middles >= [width, height])).any(axis=1).mean()
        if stray > _STRAY_SHARE:
            msg = (
                f"{self.path}: {stray:.0%} of the labels lie outside the clip's picture of {width}x{height}; "
                "give labels made at that size"
            )
            raise UsageError(msg)

    def require_length(self, frames: int) -> None:
        """Refuse labels of a clip of another length.

        Raises:
            UsageError: They contain frames that the clip does not have, or list frames and stop too early.
        """
        if self.last >= frames:
            msg = f"{self.path}: labels frame {self.last + 1}, but the clip has {frames} frames; give its own labels"
            raise UsageError(msg)
        if self.listed is not None and self.last + _step(self.listed) < frames:
            msg = (
                f"{self.path}: lists frames up to {self.last + 1}, but the clip has {frames}; "
                "cut the clip to the labelled part"
            )
            raise UsageError(msg)


class Rows:
    """Collects labels one by one, and refuses impossible ones.

    Args:
        path: The file, for messages.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._rows: dict[int, list[tuple[Box, Box, int]]] = {}

    def add(self, frame: int, protected: Box, body: Box, *, person: int = UNKNOWN, place: str) -> None:
        """Add one label.

        Args:
            frame: Number of its frame, counted from 0.
            protected: x1 y1 x2 y2 of what must be covered, px.
            body: x1 y1 x2 y2 as drawn, px.
            person: A number for the person.
            place: Its place in the file, for messages.

        Raises:
            UsageError: A number is not finite, or the box has no area.
        """
        if not all(math.isfinite(edge) and abs(edge) <= _REACH_PX for edge in (*protected, *body)):
            msg = f"{self._path}: {place}: an edge of the box is not a possible number of pixels; correct it"
            raise UsageError(msg)
        if not (body[0] < body[2] and body[1] < body[3]):
            msg = f"{self._path}: {place}: the box has no width or no height; correct or remove it"
            raise UsageError(msg)
        self._rows.setdefault(frame, []).append((protected, body, person))

    def truth(
        self,
        form: TruthFormat,
        *,
        listed: Iterable[int] | None = None,
        size: tuple[int, int] | None = None,
        nothing: str = "contains no label",
    ) -> Truth:
        """Return the collected labels.

        Args:
            form: Format of the file.
            listed: Frames that it lists; None = all up to the last label.
            size: Width and height of the picture, px, if it says.
            nothing: Message for the case that there are no labels.

        Raises:
            UsageError: There are no labels: nothing can be evaluated.
        """
        if not self._rows:
            msg = f"{self._path}: {nothing}; give labels with at least one"
            raise UsageError(msg)
        frames = {frame: _labels(rows) for frame, rows in self._rows.items()}
        return Truth(self._path, form, frames, None if listed is None else frozenset(listed), size)


def upper_part(body: Box, height: float, upper: float) -> Box:
    """Return the upper part of a person's box; `height` is the box's height in the file, px.

    >>> upper_part((0, 10, 4, 20), 10, 0.4)
    (0, 10, 4, 14.0)
    """
    return body[0], body[1], body[2], body[1] + upper * height


def whole_number(value: float, *, least: int) -> int | None:
    """Return a number of frames or people as int; None if it is not a whole number of at least `least`.

    >>> whole_number(3.0, least=1), whole_number(2.5, least=1), whole_number(float("nan"), least=0)
    (3, None, None)
    """
    return int(value) if math.isfinite(value) and value == int(value) and least <= value < 2**53 else None


def _step(listed: frozenset[int]) -> int:
    """Return the longest gap between neighbours: labels of every tenth frame may stop nine frames before the end."""
    order = sorted(listed)
    return max((after - before for before, after in pairwise(order)), default=1)


def _labels(rows: list[tuple[Box, Box, int]]) -> Labels:
    protected, bodies, people = zip(*rows, strict=True)
    return Labels(np.array(protected, np.float64), np.array(bodies, np.float64), np.array(people, np.int64))
