"""What is known of each body in view, for as long as it is in view; nothing of it leaves `motion`."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from passerby.measure.motion.pairing import Boxes, Indices
from passerby.measure.motion.smoothing import Scatter
from passerby.measure.view import Points
from passerby.vision.detections import Kind

LEAP = 0.5
"""Two boxes of one body further apart than this, in widths, show a move: no box trembles as far."""
STANDS, STOOD_S = 0.15, 1.0
"""Slower than so many body heights a second, for so long, s, somebody stands still."""
REMEMBERED = 0.95
"""Of what is known of a body's trembling, after each moment: two seconds of ten looks each."""
USUAL = 3.0
"""Sights for which the usual trembling stands."""
RETURN_S = 0.35
"""Who was out of sight for longer is where the new box is, not where the old run ended."""


@dataclass(frozen=True, slots=True)
class Bodies:
    """One frame's boxes, one a body: (N, 4), scores (N,), kinds (N,)."""

    boxes: Boxes
    scores: NDArray[np.float64]
    kinds: NDArray[np.int8]

    def only(self, which: NDArray[np.bool_] | Indices) -> Bodies:
        """Return some of them."""
        return Bodies(self.boxes[which], self.scores[which], self.kinds[which])


class Tracks:
    """What is known of each slot's body now; a slot is used anew when its body is gone."""

    def __init__(self, slots: int) -> None:
        self.alive = np.zeros(slots, np.bool_)
        self.box = np.full((slots, 4), np.nan)
        self.velocity = np.zeros((slots, 2))
        self.origin = np.full((slots, 2), np.nan)
        self.moved = np.zeros(slots, np.bool_)
        self.last_s = np.zeros(slots)
        self.hits = np.zeros(slots, np.int64)
        self.scores = np.zeros(slots)
        self.votes = np.zeros((slots, max(Kind) + 1))
        self.gate = np.full(slots, -1)
        self.went_s = np.zeros(slots)
        self.doubt_s = np.full(slots, -np.inf)
        self.squares = np.zeros((slots, 2))
        self.freedom = np.zeros(slots)
        self.restless = np.ones(slots)
        self.way = np.zeros((slots, 2))
        self.anchor = np.full((slots, 2), np.nan)
        self.anchor_s = np.full(slots, np.nan)
        self.foot = np.full((slots, 2), np.nan)
        self.foot_s = np.full(slots, np.nan)

    def kinds(self, slots: Indices) -> NDArray[np.int8]:
        """Return what most boxes of each slot were called."""
        return np.asarray(self.votes[slots].argmax(axis=1), np.int8)

    def expected(self, slots: Indices, time_s: float) -> tuple[Boxes, Points]:
        """Return where bodies are expected if they went on as they did, and for how long they are unseen, s."""
        unseen_s = time_s - self.last_s[slots]
        run = self.velocity[slots] * np.minimum(unseen_s, 1.0)[:, None]
        return self.box[slots] + np.concatenate((run, run), axis=1), unseen_s

    def update(self, slots: Indices, bodies: Bodies, time_s: float) -> None:
        """Move bodies towards their boxes by an alpha-beta filter that begins as a least-squares line.

        Source: Brookner (1998), Tracking and Kalman Filtering Made Easy, expanding-memory polynomial filter.
        """
        if not len(slots):
            return
        expected, unseen_s = self.expected(slots, time_s)
        count = self.hits[slots] + 1.0
        alpha = np.maximum(2 * (2 * count - 1) / (count * (count + 1)), 0.5)
        beta = np.maximum(6 / (count * (count + 1)), 0.1)
        beta[count == 2] = 0.5  # two boxes alone would make any tremble a run
        leap = np.abs(bodies.boxes[:, 0] - self.box[slots, 0]) / (bodies.boxes[:, 2] - bodies.boxes[:, 0])
        beta[(count == 2) & (leap > LEAP)] = 1.0
        returned = unseen_s > RETURN_S
        alpha[returned], beta[returned] = 0.8, 0.2
        error = bodies.boxes - expected
        self.box[slots] = expected + alpha[:, None] * error
        drift = (error[:, :2] + error[:, 2:]) / 2
        self.velocity[slots] += (beta / np.maximum(unseen_s, 1e-3))[:, None] * drift
        away = np.abs(middle(self.box[slots]) - self.origin[slots]) / (bodies.boxes[:, 2:] - bodies.boxes[:, :2])
        self.moved[slots] |= (away > np.array([0.5, 0.25])).any(axis=1)
        height = self.box[slots, 3] - self.box[slots, 1]
        goes = np.hypot(*self.velocity[slots].T) >= STANDS * height
        self.went_s[slots[goes]] = time_s
        self._count(slots, bodies, time_s)

    def begin(self, bodies: Bodies, time_s: float) -> Indices:
        """Give new bodies free slots and return them."""
        if not len(bodies.boxes):
            return np.empty(0, np.intp)
        while (self.alive.size - self.alive.sum()) < len(bodies.boxes):
            self._double()
        slots = np.flatnonzero(~self.alive)[: len(bodies.boxes)]
        fresh = Tracks(len(slots))
        for name, values in vars(fresh).items():
            getattr(self, name)[slots] = values
        self.alive[slots] = True
        self.went_s[slots] = time_s
        self.box[slots], self.origin[slots] = bodies.boxes, middle(bodies.boxes)
        self._count(slots, bodies, time_s)
        return slots

    def tremble(self, slots: Indices, scatter: Scatter, usual_px: Points) -> Points:
        """Take how boxes scatter about straight lines; return the standard error of each foot point, shape (N, 2), px.

        Args:
            slots: Shape (N,), who.
            scatter: Of their sights.
            usual_px: Shape (N,), how far a box trembles until that is known.
        """
        for known, now in ((self.squares, scatter.squares_px2), (self.freedom, scatter.freedom)):
            known[slots] = REMEMBERED * known[slots] + now
        variance = self.squares[slots] + USUAL * (usual_px**2)[:, None]
        variance /= (self.freedom[slots] + USUAL)[:, None]
        return np.asarray(np.sqrt(variance * scatter.leverage[:, None]))

    def stand(self) -> NDArray[np.bool_]:
        """Return which slots' bodies stood still for a second or longer when last seen, shape (slots,)."""
        return np.asarray(self.last_s - self.went_s >= STOOD_S)

    def _count(self, slots: Indices, bodies: Bodies, time_s: float) -> None:
        self.last_s[slots] = time_s
        self.hits[slots] += 1
        self.scores[slots] += bodies.scores
        self.votes[slots, bodies.kinds] += bodies.scores

    def _double(self) -> None:
        more = Tracks(len(self.alive))
        for name, values in vars(more).items():
            setattr(self, name, np.concatenate((getattr(self, name), values)))


def middle(boxes: Boxes) -> Points:
    """Return the middles of boxes, shape (N, 2)."""
    return np.asarray((boxes[:, :2] + boxes[:, 2:]) / 2)
