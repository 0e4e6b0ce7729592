"""Covers a person who fills much of the picture by an outline instead of a box, where that is safe.

An outline is what two networks took for body in this pass and in those around it, moved along with the person,
enlarged, and joined with a head and shoulders round every face. Where anything speaks against it, the whole box is
covered (docs/decisions/0030-outlines.md).
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from passerby.vision.boxes import areas, shared_areas
from passerby.vision.inspect.ensemble import Look
from passerby.vision.silhouette import Silhouettes

Boxes = NDArray[np.float32]
Mask = NDArray[np.bool_]

LEAST_SHARE = 0.15
"""Share of the picture from which a box becomes an outline; below it, the worst outline left 43 % of a body bare."""
REACH_S = 0.3
"""Passes this long before and after a frame add to its outlines: a network that loses an arm finds it again."""
GROWTH = 0.025
"""How far an outline is enlarged, as a share of the box's side (the root of its area)."""
LEAST_FILLED = 0.35
"""An outline that fills less of its box has lost part of the body."""
MOST_FILLED = 0.98
"""An outline that fills more of its box saves nothing."""
LEAST_AGREEMENT = 0.6
"""Least intersection over union of what the two networks take for body within the box."""
LEAST_STEADY = 0.6
"""The same for the outlines of two successive passes, moved along with the person."""
MOST_UNKNOWN = 0.1
"""Largest share of the box about which the networks say nothing; this part is covered."""
STAYED = 0.9
"""From this intersection over union on, a body counts as not moved: trying other places costs time."""
SAME_BOX = 0.3
"""Least intersection over union of a box and the box that the networks looked at."""
HEAD = (0.7, 0.8)
"""Half the width and height of the ellipse that covers a head, in widths and heights of its face."""
HEAD_UP = 0.15
"""How far the ellipse's centre lies above that of the face, in heights of the face."""
SHOULDERS = (1.2, 0.8)
"""Half the width of the shoulders in widths of the face, and how far below the face they lie, in its heights."""


@dataclass(frozen=True, slots=True)
class Outlined:
    """The outlines of one stretch of time.

    Args:
        replaced: Shape (N,), which of the boxes the outlines replace.
        polygons_px: Each of shape (M, 2) int32, px of the frame.
        mask: Shape (rows, columns) of a small picture, where the outlines are; None = there are none.
    """

    replaced: Mask
    polygons_px: tuple[NDArray[np.int32], ...] = ()
    mask: Mask | None = None

    def without(self, moving: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """Return what moves outside the outlines, as `Foreground.mask` returns what moves."""
        if self.mask is None:
            return moving
        covered = cv2.resize(self.mask.astype(np.uint8), moving.shape[::-1], interpolation=cv2.INTER_NEAREST)
        return np.where(covered > 0, np.uint8(0), moving)


class Outlines:
    """Remembers the silhouettes of recent passes of one scene."""

    def __init__(self) -> None:
        self._seen: deque[tuple[float, Silhouettes]] = deque()

    def observe(self, look: Look) -> None:
        """Add a pass; passes come in order of time."""
        if look.silhouettes is not None:
            self._seen.append((look.time_s, look.silhouettes))

    def forget(self, before_s: float) -> None:
        """Drop what frames from this time on no longer need."""
        while self._seen and self._seen[0][0] < before_s - REACH_S:
            self._seen.popleft()

    def between(
        self, boxes: Boxes, bodies: Mask, *, faces: Boxes, span: tuple[float, float], size: tuple[int, int]
    ) -> Outlined:
        """Return the outlines of the bodies in some boxes during the time between two passes.

        Args:
            boxes: Shape (N, 4), px.
            bodies: Shape (N,), which of them are whole persons.
            faces: Shape (M, 4), what is covered of faces, px.
            span: Times of the two passes, s.
            size: Rows and columns of the frame, px.
        """
        replaced = np.zeros(len(boxes), np.bool_)
        inside = np.clip(boxes, 0, np.array([size[1], size[0]] * 2, np.float32))
        large = np.flatnonzero(bodies & (areas(inside) > LEAST_SHARE * size[0] * size[1]))
        ends = [next((seen for time_s, seen in self._seen if time_s == end_s), None) for end_s in span]
        start, end = ends
        if not len(large) or start is None or end is None or start.wide.shape != end.wide.shape:
            return Outlined(replaced)
        near = [seen for time_s, seen in self._seen if span[0] - REACH_S <= time_s <= span[1] + REACH_S]
        near = [seen for seen in near if seen.wide.shape == start.wide.shape]

        scale = np.array([start.wide.shape[1] / size[1], start.wide.shape[0] / size[0]] * 2, np.float32)
        united = np.zeros(start.wide.shape, np.bool_)
        for place in large:
            shape = _shape(inside[place], (start, end), near, scale=scale)
            if shape is not None:
                united |= shape
                replaced[place] = True
        if not replaced.any():
            return Outlined(replaced)

        united |= _heads(faces, inside[replaced], shape=united.shape, scale=scale)
        return Outlined(replaced, polygons(united, size), united)


def _shape(
    box: NDArray[np.float32], ends: tuple[Silhouettes, Silhouettes], near: Sequence[Silhouettes], *, scale: Boxes
) -> Mask | None:
    """Return the outline of the body in a box, on the small picture; None where the whole box must be covered."""
    x1, y1, x2, y2 = _cells(box * scale)
    part = (slice(y1, y2), slice(x1, x2))
    for end in ends:
        if not end.known[part].size or 1 - end.known[part].mean() > MOST_UNKNOWN:
            return None
        if _overlap(end.wide[part], end.close[part]) < LEAST_AGREEMENT:
            return None

    bodies = [_body(end) for end in ends]
    walked = _shift(ends[0], ends[1], box, scale=scale)
    if _overlap(_moved(bodies[0], walked)[part], bodies[1][part]) < LEAST_STEADY:
        return None

    radius = max(1, round(GROWTH * float(np.sqrt((x2 - x1) * (y2 - y1)))))
    united = ~(ends[0].known & ends[1].known)
    for seen in near:
        first, last = (_shift(seen, end, box, scale=scale) for end in ends)
        for step in _steps(first, last, radius):
            united |= _moved(_body(seen), step)

    shape = np.zeros(united.shape, np.bool_)
    shape[part] = (cv2.dilate(united.astype(np.uint8), _disc(radius)) > 0)[part]
    return shape if LEAST_FILLED <= float(shape[part].mean()) <= MOST_FILLED else None


def _body(seen: Silhouettes) -> Mask:
    return np.asarray(seen.wide | seen.close)


def _overlap(one: Mask, other: Mask) -> float:
    """Return the intersection over union of two masks; 0 if both are empty."""
    return float((one & other).sum() / max(1, (one | other).sum()))


def _shift(seen: Silhouettes, other: Silhouettes, box: Boxes, *, scale: Boxes) -> NDArray[np.float32]:
    """Return how far the body in a box moved from one pass to another, cells: as its box did, or not at all.

    The boxes of one person tremble, and a network may find another part of the person each time: the bodies themselves
    show whether they moved with the box.
    """
    x1, y1, x2, y2 = _cells(box * scale)
    part = (slice(y1, y2), slice(x1, x2))
    stayed = np.zeros(2, np.float32)
    body, there = _body(seen), _body(other)[part]
    if _overlap(body[part], there) >= STAYED:
        return stayed
    moved = (_middle(other, box) - _middle(seen, box)) * scale[:2]
    return max((stayed, moved), key=lambda by: _overlap(_moved(body, by)[part], there))


def _middle(seen: Silhouettes, box: Boxes) -> NDArray[np.float32]:
    """Return the centre of the box that the networks looked at for this one, px; its own centre where there is none."""
    middle = (box[:2] + box[2:]) / 2
    if not len(seen.boxes_px):
        return np.asarray(middle, np.float32)
    common = shared_areas(box[None], seen.boxes_px)[0]
    share = common / np.maximum(areas(box[None])[0] + areas(seen.boxes_px) - common, 1e-6)
    best = seen.boxes_px[int(share.argmax())]
    return np.asarray((best[:2] + best[2:]) / 2 if share.max() >= SAME_BOX else middle, np.float32)


def _steps(first: NDArray[np.float32], last: NDArray[np.float32], radius: int) -> list[NDArray[np.float32]]:
    """Return the shifts from one to the other, cells, so close together that enlarged masks leave no gap."""
    count = 1 + int(np.ceil(np.abs(last - first).max() / radius))
    return [np.asarray(first + (last - first) * (k / max(1, count - 1)), np.float32) for k in range(count)]


def _moved(mask: Mask, by: NDArray[np.float32]) -> Mask:
    """Return a mask moved by some cells; what enters from outside is empty."""
    across, down = (round(float(part)) for part in by)
    if not (across or down):
        return mask
    shift = np.array([[1, 0, across], [0, 1, down]], np.float32)
    return np.asarray(cv2.warpAffine(mask.astype(np.uint8), shift, mask.shape[::-1], flags=cv2.INTER_NEAREST) > 0)


def _heads(faces: Boxes, bodies: Boxes, *, shape: tuple[int, ...], scale: Boxes) -> Mask:
    """Return the heads and shoulders of the faces in some bodies, on the small picture."""
    drawn = np.zeros(shape, np.uint8)
    middles = (faces[:, :2] + faces[:, 2:]) / 2
    for face, middle in zip(faces, middles, strict=True):
        if not ((middle >= bodies[:, :2]) & (middle <= bodies[:, 2:])).all(axis=1).any():
            continue
        width, height = face[2:] - face[:2]
        x, y = float(middle[0]), float(middle[1])
        radii = np.ceil(np.array([HEAD[0] * width, HEAD[1] * height]) * scale[:2]).astype(int)
        centre = np.rint(np.array([x, y - HEAD_UP * height]) * scale[:2]).astype(int)
        cv2.ellipse(drawn, centre.tolist(), radii.tolist(), 0, 0, 360, (1,), -1)
        chin, below = y + height / 2, y + height * (0.5 + SHOULDERS[1])
        wide = SHOULDERS[0] * width
        corners = [(x - width / 2, chin), (x + width / 2, chin), (x + wide, (chin + below) / 2), (x + wide, below)]
        corners += [(x - wide, below), (x - wide, (chin + below) / 2)]
        cv2.fillPoly(drawn, [np.rint(np.array(corners) * scale[:2]).astype(np.int32)], (1,))
    return drawn > 0


def polygons(mask: Mask, size: tuple[int, int]) -> tuple[NDArray[np.int32], ...]:
    """Return the outer borders of a mask as polygons, px of the frame, rounded outwards; holes are filled.

    Args:
        mask: Shape (rows, columns) of a small picture that spans the frame.
        size: Rows and columns of the frame, px.
    """
    rows, columns = mask.shape
    scale = np.array([size[1] / columns, size[0] / rows])
    room = cv2.copyMakeBorder(mask.astype(np.uint8), 1, 1, 1, 1, cv2.BORDER_CONSTANT, value=0)
    lines, _ = cv2.findContours(cv2.dilate(room, np.ones((3, 3), np.uint8)), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
    # a line runs through the middle of the cells around the mask; those beyond the border lie outside the frame
    return tuple(np.floor((line.reshape(-1, 2) - 0.5) * scale).astype(np.int32) for line in lines)


def _cells(box: Boxes) -> tuple[int, int, int, int]:
    x1, y1 = (int(edge) for edge in np.floor(box[:2]))
    x2, y2 = (int(edge) for edge in np.ceil(box[2:]))
    return x1, y1, x2, y2


def _disc(radius: int) -> NDArray[np.uint8]:
    return cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * radius + 1, 2 * radius + 1)).astype(np.uint8, copy=False)
