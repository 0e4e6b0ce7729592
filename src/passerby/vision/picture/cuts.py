"""Where a video cuts from one shot to another, found by comparing each frame with its neighbour on small planes.

Two questions are answered apart, because a wrong answer costs something else. Does a frame show what its
neighbour does not? Then detectors must look at both; a wrong yes costs two passes, a wrong no shows
somebody (docs/decisions/0019-cuts.md). Does another scene begin? Then nothing of the old one is held any
longer; a wrong yes ends the cover of somebody whom the detectors lost for a moment, a wrong no covers too much.
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
"""Cells of the brightness that is compared; colour has half as many each way."""
ROWS_A_CELL = 6
"""Rows of the frame that a cell averages, of all that it holds: 0.15 ms a frame of 1080p instead of 0.4."""
LEAST_LEVELS, MOST_LEVELS = 5.0, 16.0
"""A cell has changed when it is this far outside what its 3 x 3 neighbours showed, grey levels."""
CONTRAST_SHARE = 0.08
"""The level between these two, as a share of the contrast: dark pictures cut, too."""
JUMP_SHARE = 0.01
"""Share of the cells that must have changed for a jump: somebody who appears is 1 to 2 % of the picture."""
JUMP_RATIO = 3.0
"""And so many times what usually changed just before: a pan changes much, in every frame."""
SURE_JUMP_SHARE = 0.2
"""From this share on it is a jump, whatever happened before, unless only the light changed: a fast pan reaches it for a
few frames, and a lamp that flickers in all of them."""
SAME_VIEW = 0.95
"""Pictures whose brightness correlates more than this differ in light alone."""
MEMORY = 8
"""Changes just before, whose median is the usual one."""
SCENE_SHARE = 0.3
"""Least share of changed cells for another scene: any two unlike pictures have 0.4 and more."""
SCENE_RATIO = 3.0
SURE_SCENE_SHARE = 0.5
"""From this share on, two cuts may follow one another, unless the frame between blends its neighbours."""
UNLIKE = 0.65
"""Pictures that correlate more than this may show one scene in other light: 99.9 % of unlike ones have under 0.6."""
ALIKE = 0.8
"""Pictures that correlate more than this, or of which less than JUMP changed, may show one scene."""
SHAKEN = 0.75
"""Pictures that correlate more than this where they overlap, one of them shifted, show one scene: the camera shook."""
LEAST_OVERLAP = 0.5
"""Of the cells."""
RETURN_S = 1.0
"""A scene that was left less long ago than this is gone on with when it is back: a flash ends nothing."""
SCENES = 4
"""Scenes to which a cut may go back."""
BLEND = 0.35
"""Rest of a frame that its neighbours cannot be mixed to, as a share of its distance to the nearer one."""

Small = NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class ScenePosition:
    """Where a frame stands among the shots of its video; numbers count up from 0.

    Args:
        take: Frames of one take follow one another without a jump.
        scene: Takes of one scene may show the same view: what was found in one may hold in the next.
    """

    take: int = 0
    scene: int = 0


START = ScenePosition()


class CutSide(Enum):
    """On which side of a cut a frame lies."""

    NONE = auto()
    CUT = auto()
    """Right before or behind a jump."""
    NEW_SCENE = auto()
    """Right behind one that leads to another scene."""

    @classmethod
    def of(cls, before: ScenePosition | None, here: ScenePosition, after: ScenePosition | None) -> CutSide:
        """Return it for a frame from its place and those of its neighbours, None where there is none yet."""
        if before is not None and before.scene != here.scene:
            return cls.NEW_SCENE
        alone = (before is None or before.take == here.take) and (after is None or after.take == here.take)
        return cls.NONE if alone else cls.CUT


@dataclass(frozen=True, slots=True)
class _Left:
    """A scene that was left: its number, when, and how it looked."""

    scene: int
    time_s: float
    planes: tuple[Small, ...]


class Cuts:
    """Places the sound frames of one stream, in order of time."""

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
        """Return where the next frame stands."""
        planes = small_planes(frame)
        if self._planes:
            share = changed_share(self._planes, planes)
            if self._jumps(planes, share):
                scene = self._scene(planes, share, frame.time_s)
                if scene != self._place.scene:
                    self._left.append(_Left(self._place.scene, self._time_s, self._planes))
                self._place = ScenePosition(self._place.take + 1, scene)
            self._changes.append(share)
        self._before, self._planes, self._time_s = self._planes, planes, frame.time_s
        return self._place

    def _jumps(self, planes: tuple[Small, ...], share: float) -> bool:
        if share < JUMP_SHARE:
            return False
        if share >= JUMP_RATIO * float(np.median(self._changes or [0.0])):
            return True
        return share >= SURE_JUMP_SHARE and correlation(self._planes[0], planes[0]) <= SAME_VIEW

    def _scene(self, planes: tuple[Small, ...], share: float, time_s: float) -> int:
        """Return the scene of the frame behind a jump: the same, an earlier one that is back, or a new one."""
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
    """Return the share of cells that show what no neighbour showed in the other picture, in [0, 1].

    Args:
        one: As `small_planes` returns it.
        other: The same of another frame.
    """
    y, u, v = (_change(a, b) for a, b in zip(one, other, strict=True))
    colour = cv2.resize(cv2.max(u, v), (WIDTH, HEIGHT), interpolation=cv2.INTER_NEAREST)
    level = min(MOST_LEVELS, max(LEAST_LEVELS, CONTRAST_SHARE * _contrast(one[0], other[0])))
    changed = cv2.max(y, cv2.add(colour, colour))
    return int(np.count_nonzero(np.asarray(changed) > level)) / (WIDTH * HEIGHT)


def alike(one: tuple[Small, ...], other: tuple[Small, ...], *, least: float) -> bool:
    """Return whether two frames may show one scene, in whatever light: their brightness correlates more than `least`.

    Where one of them shows nothing at all, they may not, unless hardly a cell differs.
    """
    return correlation(one[0], other[0]) > least or changed_share(one, other) < JUMP_SHARE


def correlation(one: NDArray[Any], other: NDArray[Any]) -> float:
    """Return how alike two pictures are but for light, in [-1, 1]; 0 where one shows nothing at all."""
    a, b = (each.astype(np.float32).ravel() for each in (one, other))
    a, b = a - a.mean(), b - b.mean()
    size = float(np.linalg.norm(a) * np.linalg.norm(b))
    return float(a @ b) / size if size else 0.0


def shaken(one: tuple[Small, ...], other: tuple[Small, ...]) -> bool:
    """Return whether one frame shows the other from a camera that was turned by up to half the picture."""
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
    """Return whether a frame mixes the one before with the one after, as a fade and a change of frame rate do."""
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
    """Return a plane with as many rows as that many cells need."""
    return plane[:: max(1, plane.shape[0] // (ROWS_A_CELL * cells))]


def _change(one: Small, other: Small) -> Small:
    """Return how far each cell of either is outside its neighbourhood in the other: motion by one cell is no change."""
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
