"""Checks whether a camera's picture is usable: dark, blurred, frozen, moved or blocked."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from passerby.media.fault import Fault
from passerby.media.frame import Frame

_EVERY_S = 0.5
_WIDTH = 320
_CELLS = 4

_LEARNED = 12
"""Samples after which a view is known: 6 s."""
_REMEMBERED = 24
_SINCE_S = 3.0
"""Time that a fault must last before it is reported, and be absent before it is cleared."""
_FROZEN_S = 6.0
"""Time without a single changed sample: longer than between keyframes, where a still scene is encoded again."""
_NEW_VIEW_S = 60.0
"""After this time, a different view becomes the normal view."""

_DARK_MEAN, _DARK_BRIGHTEST = 14.0, 36.0  # grey levels above black, of 219
_FAINT = 3.0  # grey levels a pixel at the strongest tenth of the edges: a view with less has too little structure
_GONE_BELOW, _FLAT_BELOW, _BLURRED_BELOW = 0.35, 0.3, 0.5
_STRONG_ELSEWHERE = 0.25  # in any picture, about this share of a view's strongest edges is in place by chance
_CELL_LOST_BELOW, _CELLS_LOST = 0.25, 0.4

Map = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class _Features:
    """Measurements of one picture.

    Args:
        edges: Strength of its wide edges, scaled down, grey levels a pixel.
        clear: Strength of its strongest fine edges, grey levels a pixel.
        sharp: The same, divided by the strength of the wide edges there; independent of exposure.
        dark: Whether almost nothing is visible.
    """

    edges: Map
    clear: float
    sharp: float
    dark: bool


class PictureHealth:
    """Checks one camera's frames by comparing them with the normal view.

    Everything is relative to the view as it was learned in its first 6 s, and measured in ways that a
    change of exposure does not affect. A view without structure, such as a white wall, can be reported as dark
    or frozen, and nothing else. A picture does not show that it is late: the loop knows that.
    """

    def __init__(self) -> None:
        self._next_s = 0.0
        self._samples: NDArray[np.uint8 | np.uint16] | None = None
        self._changed_s = 0.0
        self._known: deque[_Features] = deque(maxlen=_REMEMBERED)
        self._view: _View | None = None
        self._suspected: dict[Fault, tuple[bool, float]] = {}
        self._faults: frozenset[Fault] = frozenset()

    def observe(self, frame: Frame) -> frozenset[Fault]:
        """Return what is wrong with the picture; a fault is reported after 3 s (frozen: 6 s) and kept for 3 s.

        Args:
            frame: The next frame of the camera; two a second are checked.
        """
        if frame.time_s < self._next_s or frame.damaged:
            return self._faults
        self._next_s = frame.time_s + _EVERY_S
        found = self._found(frame)
        for fault in (Fault.DARK, Fault.BLURRED, Fault.FROZEN, Fault.MOVED, Fault.OBSTRUCTED):
            self._settle(fault, frame.time_s, there=fault in found)
        return self._faults

    def _settle(self, fault: Fault, now_s: float, *, there: bool) -> None:
        before, since_s = self._suspected.get(fault, (False, now_s))
        if before is not there:
            since_s = now_s
        self._suspected[fault] = (there, since_s)
        wait_s = 0.0 if fault is Fault.FROZEN else _SINCE_S
        if there is not (fault in self._faults) and now_s - since_s >= wait_s:
            self._faults ^= {fault}
        if fault is Fault.MOVED and there and now_s - since_s > _NEW_VIEW_S:
            self._forget()

    def _found(self, frame: Frame) -> set[Fault]:
        if self._frozen(frame):
            return {Fault.FROZEN}
        look = _features(frame)
        if look.dark:
            return {Fault.DARK}
        if self._known and self._known[0].edges.shape != look.edges.shape:
            self._forget()
        found = self._view.compare(look) if self._view is not None else set[Fault]()
        if not found:
            self._learn(look)
        return found

    def _learn(self, look: _Features) -> None:
        self._known.append(look)
        if len(self._known) >= _LEARNED and (self._view is None or self._view.is_stale()):
            self._view = _View(list(self._known))

    def _forget(self) -> None:
        self._known.clear()
        self._view = None

    def _frozen(self, frame: Frame) -> bool:
        samples = frame.planes[0][::4, ::4]
        if self._samples is None or not np.array_equal(samples, self._samples):
            self._samples = samples.copy()
            self._changed_s = frame.time_s
        return frame.time_s - self._changed_s >= _FROZEN_S


class _View:
    """The normal view of a camera: the edges that are there most of the time."""

    def __init__(self, looks: list[_Features]) -> None:
        self._edges = np.median(np.array([look.edges for look in looks]), axis=0)
        self._sharp = float(np.median([look.sharp for look in looks]))
        self._strong = _strongest(self._edges)
        self._strength = float(self._edges[self._strong].mean())
        self._standing_out = max(0.2, _concentration(self._edges, self._strong) - 1)
        self._faint = float(np.median([look.clear for look in looks])) < _FAINT
        self._age = 0

    def is_stale(self) -> bool:
        """Whether it is time to learn it again: every 12 s, so that it follows the time of day."""
        self._age += 1
        return self._age > _REMEMBERED

    def compare(self, look: _Features) -> set[Fault]:
        """Return what is wrong with a sample; more edges than usual, such as from a car, are no fault."""
        if self._faint:
            return set()
        if self._visible_share(look) < _GONE_BELOW:
            flat = look.edges[_strongest(look.edges)].mean() < _FLAT_BELOW * self._strength
            return {Fault.OBSTRUCTED if flat else Fault.MOVED}
        if self._lost(look) >= _CELLS_LOST:
            return {Fault.OBSTRUCTED}
        return {Fault.BLURRED} if look.sharp < _BLURRED_BELOW * self._sharp else set()

    def _visible_share(self, look: _Features) -> float:
        """Return whether edges are where they usually are: 1 = as usual, 0 = no more than elsewhere.

        Either they stand out as usual, whatever the exposure, or they are as strong as usual, whatever else is in
        the picture.
        """
        standing_out = (_concentration(look.edges, self._strong) - 1) / self._standing_out
        as_strong = float(look.edges[self._strong].mean()) / self._strength
        return max(standing_out, as_strong - _STRONG_ELSEWHERE)

    def _lost(self, look: _Features) -> float:
        """Return the share of the picture's structured parts that have no structure now."""
        now, usual = _cells(look.edges), _cells(self._edges)
        structured = usual > 0.25 * usual.max()
        ratio = now[structured] / usual[structured]
        return float(np.mean(ratio < _CELL_LOST_BELOW * min(1.0, float(np.quantile(ratio, 0.9)))))


def _features(frame: Frame) -> _Features:
    luma = frame.planes[0]
    height = max(8, round(luma.shape[0] * _WIDTH / luma.shape[1]))
    small = cv2.resize(luma, (_WIDTH, height), interpolation=cv2.INTER_AREA).astype(np.float32)
    above = small - (0 if frame.colour.full_range else 16)
    dark = float(above.mean()) < _DARK_MEAN and float(np.quantile(above, 0.95)) < _DARK_BRIGHTEST
    fine, wide = _edges(small), _edges(cv2.GaussianBlur(small, (0, 0), 3).astype(np.float32))
    where = _strongest(fine)
    clear = float(fine[where].mean())
    return _Features(wide[::2, ::2].copy(), clear, clear / (float(wide[where].mean()) + 1e-3), dark)


def _edges(grey: NDArray[np.float32]) -> Map:
    across, down = cv2.Sobel(grey, cv2.CV_32F, 1, 0), cv2.Sobel(grey, cv2.CV_32F, 0, 1)
    return (np.hypot(across, down) / 8).astype(np.float32)


def _strongest(edges: Map) -> NDArray[np.bool_]:
    return np.asarray(edges >= np.quantile(edges, 0.9))


def _concentration(edges: Map, where: NDArray[np.bool_]) -> float:
    """Return how much stronger edges are at a place than everywhere: 1 = not at all; independent of exposure."""
    return float(edges[where].mean() / (edges.mean() + 1e-3))


def _cells(edges: Map) -> Map:
    return cv2.resize(edges, (_CELLS, _CELLS), interpolation=cv2.INTER_AREA).astype(np.float32)
