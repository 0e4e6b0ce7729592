"""Confirmed vehicles that move rigidly: motion inside them is the vehicle's, not that of a person walking."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from passerby.redact.track import SPEED_WINDOW_S, Track, extend
from passerby.vision.boxes import shared_areas
from passerby.vision.detections import Detections, Kind

Boxes = NDArray[np.float32]

MOTOR_VEHICLES = frozenset({Kind.CAR, Kind.BUS, Kind.TRUCK})
"""Not bicycles or motorcycles: their riders are people who move with them."""
FOLLOW_SCORE = 0.3
SURE_SCORE = 0.5
"""Score that a vehicle must have reached at least once."""
LEAST_PASSES = 4
LONGEST_GAP_S = 0.3
"""A vehicle that is not found for longer than this does not count as steady."""
LEAST_PATH = 0.1
"""Least distance in SPEED_WINDOW_S, as a share of its larger side: a parked vehicle explains no motion."""
RIGID = 1.3
"""From one detection to the next, a rigid object changes its width and height by no more than this factor."""
TRACE_SCORE = 0.1
"""With a person or face of this score in its box, a vehicle explains no motion."""
ROOM = 0.1
"""Growth of the box, as a share of its sides: wheels, shadow and motion blur."""
LARGEST_SHARE = 0.3
"""Largest share of the picture: a wrong box that is larger would explain too much."""


class Traffic:
    """Vehicles that one network found recently; older ones are forgotten."""

    def __init__(self) -> None:
        """Start with an empty road."""
        self._seen_s = -np.inf
        self._asked_s = -np.inf
        self._tracks: list[Track] = []

    def observe(self, time_s: float, found: Detections, *, human_px: Boxes) -> None:
        """Add the results of a pass.

        Args:
            time_s: Its time; passes come in order.
            found: The network's answer.
            human_px: Shape (N, 4), traces of people that any network found.
        """
        vehicles = found.of(MOTOR_VEHICLES, FOLLOW_SCORE)
        free = ~(shared_areas(vehicles.boxes_px, human_px) > 0).any(axis=1)
        self._asked_s = time_s
        if len(vehicles):
            self._seen_s = time_s
        alive = [track for track in self._tracks if time_s - track.times_s[-1] <= LONGEST_GAP_S]
        self._tracks += extend(alive, time_s, boxes=vehicles.boxes_px[free], scores=vehicles.scores[free])

    def looks_for_vehicles(self, start_s: float) -> bool:
        """Return whether this network has ever found a vehicle, and has been run at or after that time."""
        return self._seen_s > -np.inf and self._asked_s >= start_s - LONGEST_GAP_S

    def forget(self, before_s: float) -> None:
        """Drop what frames from this time on no longer need."""
        for track in self._tracks:
            track.forget(before_s)
        self._tracks = [track for track in self._tracks if track.times_s[-1] >= before_s]

    def between(self, start_s: float, end_s: float, *, size: tuple[int, int], human_px: Boxes) -> Boxes:
        """Return boxes, shape (N, 4), that each enclose a confirmed vehicle during the time between two passes.

        Args:
            start_s: Time of the first pass.
            end_s: Time of the second pass.
            size: Rows and columns of the picture, px.
            human_px: Shape (M, 4), traces of people in these passes: a vehicle that was found before and after
                explains no motion while a person is in its box.
        """
        boxes = [_hull(track, start_s, end_s) for track in self._tracks if _confirmed(track, start_s, end_s)]
        small = [box for box in boxes if np.prod(box[2:] - box[:2]) <= LARGEST_SHARE * size[0] * size[1]]
        hulls = np.array(small, np.float32).reshape(-1, 4)
        return hulls[~(shared_areas(hulls, human_px) > 0).any(axis=1)]


def unexplained(moving: NDArray[np.uint8], explained_px: list[Boxes], *, size: tuple[int, int]) -> NDArray[np.uint8]:
    """Return the motion that is not explained by confirmed vehicles.

    Args:
        moving: Shape (h, w), 255 = moving, as `Foreground.mask` gives it.
        explained_px: Each network's confirmed vehicles, shape (N, 4), px of the frame; motion counts as explained
            only where every network confirms a vehicle.
        size: Rows and columns of the frame, px.
    """
    if not explained_px or not all(map(len, explained_px)):
        return moving
    scale = np.array([moving.shape[1] / size[1], moving.shape[0] / size[0]] * 2, np.float32)
    explained = np.ones(moving.shape, np.bool_)
    for boxes in explained_px:
        mine = np.zeros(moving.shape, np.bool_)
        for x1, y1, x2, y2 in np.clip(np.rint(boxes * scale), 0, max(moving.shape)).astype(int).tolist():
            mine[y1:y2, x1:x2] = True
        explained &= mine
    return np.where(explained, np.uint8(0), moving)


def _confirmed(track: Track, start_s: float, end_s: float) -> bool:
    """Return whether a vehicle had a high score, was found during and around that time, was rigid, and was moving."""
    times = np.asarray(track.times_s)
    if track.best_score < SURE_SCORE or track.seen < LEAST_PASSES or start_s < times[0] or end_s > times[-1]:
        return False
    near = np.flatnonzero((times >= start_s - SPEED_WINDOW_S) & (times <= end_s + SPEED_WINDOW_S))
    if len(near) < 2:
        return False
    boxes = np.array([track.boxes[k] for k in near], np.float32)
    sides = boxes[:, 2:] - boxes[:, :2]
    middles = (boxes[:, :2] + boxes[:, 2:]) / 2
    path = float(np.linalg.norm(middles[-1] - middles[0])) * SPEED_WINDOW_S / float(times[near[-1]] - times[near[0]])
    change = np.maximum(sides[1:], 1.0) / np.maximum(sides[:-1], 1.0)
    rigid = bool((np.maximum(change, 1 / change) <= RIGID).all())
    return rigid and path >= LEAST_PATH * float(sides.max())


def _hull(track: Track, start_s: float, end_s: float) -> Boxes:
    ends = np.array([track.at(start_s), track.at(end_s)], np.float32)
    low = ends[:, :2].min(axis=0)
    high = ends[:, 2:].max(axis=0)
    room = (high - low) * (ROOM / 2)
    return np.asarray(np.concatenate((low - room, high + room)), np.float32)
