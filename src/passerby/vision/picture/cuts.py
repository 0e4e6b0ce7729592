"""Finds where a video cuts from one shot to another by comparing each frame with its neighbour on small planes.

Two questions are answered separately, because wrong answers have different costs. Does a frame show what its
neighbour does not? Then detectors must inspect both; a wrong yes costs two passes, a wrong no may leave a person
uncovered (docs/decisions/0019-cuts.md). Does another scene begin? Then the cover of the old scene is no longer
held; a wrong yes ends the cover of a person whom the detectors lost for a moment, a wrong no covers too much.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from enum import Enum, auto
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from passerby.media.frame import Frame
from passerby.media.layout import Layout, Plane
from passerby.vision.sampling import shrunk

WIDTH, HEIGHT = 64, 36
"""Cells of the brightness plane that is compared; the colour planes have half as many in each direction."""
ROWS_A_CELL = 6
"""Rows of the frame that a cell averages, of all its rows: 0.15 ms per frame of 1080p instead of 0.4."""
LEAST_LEVELS, MOST_LEVELS = 5.0, 16.0
"""A cell has changed when it is this far outside the range of its 3 x 3 neighbours before, grey levels."""
CONTRAST_SHARE = 0.08
"""The level between these two limits, as a share of the contrast: dark videos have cuts, too."""
JUMP_SHARE = 0.01
"""Share of the cells that must have changed for a jump: a person who appears is 1 to 2 % of the picture."""
JUMP_RATIO = 3.0
"""The change must also be this many times the usual change just before: a pan changes a lot, in every frame."""
SURE_JUMP_SHARE = 0.2
"""From this share on it is a jump, whatever happened before, unless only the light changed: a fast pan reaches this
for a few frames, and a flickering lamp in every frame."""
SAME_VIEW = 0.95
"""Pictures whose brightness correlates more than this differ only in light."""
MEMORY = 8
"""Number of recent changes whose median is the usual change."""
SCENE_SHARE = 0.3
"""Least share of changed cells for another scene: any two different views have 0.4 or more."""
SCENE_RATIO = 3.0
SURE_SCENE_SHARE = 0.5
"""From this share on, two cuts may directly follow each other, unless the frame between blends its neighbours."""
UNLIKE = 0.65
"""Pictures that correlate more than this may show one scene in other light: 99.9 % of different ones have under 0.6."""
ALIKE = 0.8
"""Pictures that correlate more than this, or of which less than JUMP_SHARE changed, may show one scene."""
SHAKEN = 0.75
"""Pictures that correlate more than this in their overlap, when one is shifted, show one scene: the camera shook."""
LEAST_OVERLAP = 0.5
"""Least overlap, as a share of the cells."""
RETURN_S = 1.0
"""A scene that comes back within this time is continued: a flash does not end a scene."""
SCENES = 4
"""Number of earlier scenes to which a cut may return."""
BLEND = 0.35
"""Part of a frame that no mix of its neighbours explains, as a share of its distance to the nearer one."""

Small = NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class ScenePosition:
    """The take and the scene that a frame belongs to; both are numbered from 0.

    Args:
        take: Frames of one take follow one another without a jump.
        scene: Takes of one scene may show the same view: what was found in one may be valid in the next.
    """

    take: int = 0
    scene: int = 0


START = ScenePosition()


class CutSide(Enum):
    """On which side of a cut a frame lies."""

    NONE = auto()
    CUT = auto()
    """Directly before or after a jump."""
    NEW_SCENE = auto()
    """Directly after a jump to another scene."""

    @classmethod
    def of(cls, before: ScenePosition | None, here: ScenePosition, after: ScenePosition | None) -> CutSide:
        """Return the side for a frame, from its position and those of its neighbours (None = no neighbour yet)."""
        if before is not None and before.scene != here.scene:
            return cls.NEW_SCENE
        alone = (before is None or before.take == here.take) and (after is None or after.take == here.take)
        return cls.NONE if alone else cls.CUT


@dataclass(frozen=True, slots=True)
class _Left:
    """A scene that ended: its number, when it ended, and how it looked."""

    scene: int
    time_s: float
    planes: tuple[Small, ...]


class Cuts:
    """Assigns the undamaged frames of one stream to takes and scenes, in order of time."""

    def __init__(self) -> None:
        """Start before the first frame."""
        self._place = START
        self._newest = 0
        self._time_s = 0.0
        self._planes: tuple[Small, ...] = ()
        self._before: tuple[Small, ...] = ()
        self._changes: deque[float] = deque(maxlen=MEMORY)
        self._left: deque[_Left] = deque(maxlen=SCENES)

    def place(self, frame: Frame) -> ScenePosition:
        """Return the take and scene of the next frame."""
        planes = small_planes(frame)
        if self._planes:
            share = changed_share(self._planes, planes)
            if self._jumps(planes, share):
                scene = self._scene(planes, share, frame.time_s)
                if scene != self._place.scene:
                    self._left.append(_Left(self._place.scene, self._time_s, self._planes))
                self._place = ScenePosition(self._place.take + 1, scene)
            self._changes.append(share)
        self._before = self._planes
        self._planes = planes
        self._time_s = frame.time_s
        return self._place

    def _jumps(self, planes: tuple[Small, ...], share: float) -> bool:
        if share < JUMP_SHARE:
            return False
        if share >= JUMP_RATIO * float(np.median(self._changes or [0.0])):
            return True
        return share >= SURE_JUMP_SHARE and correlation(self._planes[0], planes[0]) <= SAME_VIEW

    def _scene(self, planes: tuple[Small, ...], share: float, time_s: float) -> int:
        """Return the scene of the frame after a jump: the same, an earlier one that came back, or a new one."""
        if share < SCENE_SHARE or alike(self._planes, planes, least=UNLIKE) or shaken(self._planes, planes):
            return self._place.scene
        for left in reversed(self._left):
            if time_s - left.time_s <= RETURN_S and alike(left.planes, planes, least=ALIKE):
                return left.scene
        last = self._changes[-1] if self._changes else 0.0
        apart = share >= SURE_SCENE_SHARE and not (self._before and blends(self._before, self._planes, planes))
        if share < SCENE_RATIO * last and not apart:
            return self._place.scene
        self._newest += 1
        return self._newest


def small_planes(frame: Frame) -> tuple[Small, ...]:
    """Return a frame's brightness, shape (36, 64), and colour, two of shape (18, 32), all uint8."""
    size, half = (WIDTH, HEIGHT), (WIDTH // 2, HEIGHT // 2)
    if frame.layout is Layout.RGB:
        y, u, v = cv2.split(cv2.cvtColor(shrunk(_thinned(frame.planes[0], HEIGHT), *size), cv2.COLOR_RGB2YUV))
        return tuple(np.asarray(each, np.uint8) for each in (y, cv2.resize(u, half), cv2.resize(v, half)))
    planes = zip(frame.planes, (size, half, half), strict=True)
    return tuple(shrunk(_thinned(plane, cells[1]), *cells) for plane, cells in planes)


def changed_share(one: tuple[Small, ...], other: tuple[Small, ...]) -> float:
    """Return the share of cells that differ from all neighbouring cells in the other picture, in [0, 1].

    Args:
        one: Planes as returned by `small_planes`.
        other: The same for another frame.
    """
    y, u, v = (_change(a, b) for a, b in zip(one, other, strict=True))
    colour = cv2.resize(cv2.max(u, v), (WIDTH, HEIGHT), interpolation=cv2.INTER_NEAREST)
    level = min(MOST_LEVELS, max(LEAST_LEVELS, CONTRAST_SHARE * _contrast(one[0], other[0])))
    changed = cv2.max(y, cv2.add(colour, colour))
    return int(np.count_nonzero(np.asarray(changed) > level)) / (WIDTH * HEIGHT)


def alike(one: tuple[Small, ...], other: tuple[Small, ...], *, least: float) -> bool:
    """Return whether two frames may show one scene, in whatever light: their brightness correlates more than `least`.

    If one of them is uniform, the answer is no, unless hardly any cell differs.
    """
    return correlation(one[0], other[0]) > least or changed_share(one, other) < JUMP_SHARE


def correlation(one: NDArray[Any], other: NDArray[Any]) -> float:
    """Return how similar two pictures are apart from light, in [-1, 1]; 0 if one of them is uniform."""
    a, b = (each.astype(np.float32).ravel() for each in (one, other))
    a, b = a - a.mean(), b - b.mean()
    size = float(np.linalg.norm(a) * np.linalg.norm(b))
    return float(a @ b) / size if size else 0.0


def shaken(one: tuple[Small, ...], other: tuple[Small, ...]) -> bool:
    """Return whether two frames show the same view, from a camera that was turned by up to half the picture."""
    a, b = (planes[0].astype(np.float32) for planes in (one, other))
    window = cv2.createHanningWindow((WIDTH, HEIGHT), cv2.CV_32F)
    (across, down), _ = cv2.phaseCorrelate(a.copy(), b.copy(), window)  # OpenCV multiplies in place
    x, y = round(across), round(down)
    if max(0, WIDTH - abs(x)) * max(0, HEIGHT - abs(y)) < LEAST_OVERLAP * WIDTH * HEIGHT:
        return False
    here = a[max(0, -y) : HEIGHT - max(0, y), max(0, -x) : WIDTH - max(0, x)]
    there = b[max(0, y) : HEIGHT - max(0, -y), max(0, x) : WIDTH - max(0, -x)]
    return correlation(here, there) > SHAKEN


def blends(before: tuple[Small, ...], frame: tuple[Small, ...], after: tuple[Small, ...]) -> bool:
    """Return whether a frame is a mix of the one before and the one after, as in a fade or a changed frame rate."""
    first, middle, last = (planes[0].astype(np.float32).ravel() for planes in (before, frame, after))
    way = first - last
    length = float(way @ way)
    if not length:
        return False
    share = min(1.0, max(0.0, float((middle - last) @ way) / length))
    rest = float(np.abs(middle - last - share * way).mean())
    nearest = min(float(np.abs(middle - first).mean()), float(np.abs(middle - last).mean()))
    return rest < BLEND * nearest


def _thinned(plane: Plane, cells: int) -> Plane:
    """Return a plane with only as many rows as that number of cells needs."""
    return plane[:: max(1, plane.shape[0] // (ROWS_A_CELL * cells))]


def _change(one: Small, other: Small) -> Small:
    """Return how far each cell of one lies outside its neighbourhood in the other; motion by one cell is no change."""
    kernel = np.ones((3, 3), np.uint8)
    outside = []
    for a, b in ((one, other), (other, one)):
        outside += [cv2.subtract(b, cv2.dilate(a, kernel)), cv2.subtract(cv2.erode(a, kernel), b)]
    return np.asarray(np.maximum.reduce(outside), np.uint8)


def _contrast(one: Small, other: Small) -> float:
    """Return the grey levels between the darkest and the brightest 1 % of two pictures together."""
    both = np.concatenate((one, other))
    counts = cv2.calcHist([both], [0], None, [256], [0, 256]).ravel().cumsum()
    low, high = (int(np.searchsorted(counts, share * counts[-1])) for share in (0.01, 0.99))
    return float(high - low)
