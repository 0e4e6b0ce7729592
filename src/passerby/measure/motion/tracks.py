"""The state of each body while it is in view; it never leaves `motion`."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from passerby.measure.hysteresis import HysteresisBand
from passerby.measure.motion.pairing import Boxes, Indices
from passerby.measure.motion.smoothing import Scatter
from passerby.measure.motion.standing import Border, Standing
from passerby.measure.motion.tuning import Tuning
from passerby.measure.view import Points, Steps
from passerby.vision.detections import Kind

LEAP = 0.5
"""Two boxes of one body farther apart than this, in widths, are a real move: no box trembles that far."""
STANDS, STOOD_S = 0.15, 1.0
"""A body that moves less than this, in body heights a second, for this time, s, stands still."""
REMEMBERED = 0.95
"""Share of what is known of a body's trembling that is carried over to the next moment: 20 moments, or 2 s at ten a
second."""
USUAL = 3.0
"""Weight of the usual trembling, in sightings."""
RETURN_S = 0.35
"""After a longer time out of sight, a body is where its new box is, not where its old motion would have led."""
SWINGS = 4.0
"""A backward step shorter than this, in smallest steps, may come from a swinging box."""
MOST_RESTLESS = 8.0
DOUBT_S = 2.0
"""A body that was in doubt counts again after this time without doubt, s."""
LINGERS = 0.5
"""A body closer than this, in smallest steps, is still where its last step ended."""


@dataclass(frozen=True, slots=True)
class Bodies:
    """The boxes of one frame, one per body: (N, 4), scores (N,), classes (N,)."""

    boxes: Boxes
    scores: NDArray[np.float64]
    kinds: NDArray[np.int8]

    def only(self, which: NDArray[np.bool_] | Indices) -> Bodies:
        """Return some of them."""
        return Bodies(self.boxes[which], self.scores[which], self.kinds[which])


class Tracks:
    """The current state of the body in each slot; a slot is reused when its body is gone."""

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
        """Return the class of most boxes of each slot."""
        return np.asarray(self.votes[slots].argmax(axis=1), np.int8)

    def expected(self, slots: Indices, time_s: float) -> tuple[Boxes, Points]:
        """Return where bodies are expected at constant velocity, and how long they have been unseen, s."""
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
        beta[count == 2] = 0.5  # with two boxes alone, any trembling would look like motion
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
        """Add how boxes scatter around straight lines; return the standard error of each foot point, shape (N, 2), px.

        Args:
            slots: Shape (N,).
            scatter: Scatter of their sightings.
            usual_px: Shape (N,), assumed trembling of a box until it is known.
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


class StepFinder:
    """Finds steps: from where a body was when its last step ended to where it is now.

    Args:
        band: The band along lines in which no step ends.
        border: The picture's border.
        tuning: How boxes become motion.
    """

    def __init__(self, band: HysteresisBand, border: Border, tuning: Tuning) -> None:
        self._band = band
        self._border = border
        self._tuning = tuning

    def find(self, tracks: Tracks, seen: Standing, time_s: float) -> tuple[Indices, Steps]:
        """Return which bodies moved, and moves that exceed trembling; a cut box has no foot point and makes none."""
        slots, feet, boxes, kinds = seen.slots, seen.feet, seen.boxes, seen.kinds
        whole = self._border.clears(boxes)
        starting = whole & np.isnan(tracks.anchor_s[slots])
        tracks.anchor[slots[starting]], tracks.anchor_s[slots[starting]] = feet[starting], time_s
        tracks.foot[slots[whole]], tracks.foot_s[slots[whole]] = feet[whole], time_s
        least = (boxes[:, 3] - boxes[:, 1])[:, None] * np.array(self._tuning.step)
        with np.errstate(invalid="ignore"):
            moved = np.hypot(*((tracks.foot[slots] - tracks.anchor[slots]) / least).T)
            tracks.anchor_s[slots[whole & (moved < LINGERS)]] = time_s  # a step begins when the body starts to move
            far = np.flatnonzero(moved >= 1)

        leaving = ~whole[far]  # for a box that is cut now, the last known foot point is where it was last seen whole
        margin = np.maximum(least * self._tuning.hysteresis, self._tuning.sure_of_side * seen.error_px)
        margin *= tracks.restless[slots][:, None]
        far = far[leaving | ~self._band.holds(feet[far], margin[far])]
        moving = slots[far]
        certain = tracks.doubt_s[moving] < time_s - DOUBT_S
        self._grow_restless(tracks, moving, least[far])
        ends = np.stack((tracks.anchor[moving], tracks.foot[moving]), axis=1)
        times = np.stack((tracks.anchor_s[moving], tracks.foot_s[moving]), axis=1)
        tracks.anchor[moving], tracks.anchor_s[moving] = tracks.foot[moving], tracks.foot_s[moving]

        return moving[certain], Steps(ends[certain], times[certain], kinds[far][certain])

    def _grow_restless(self, tracks: Tracks, moving: Indices, least: Points) -> None:
        """Widen the margin of a body that moves to and fro on the spot: `scatter` does not show a swinging box."""
        tuning = self._tuning
        way = tracks.foot[moving] - tracks.anchor[moving]
        back = (way * tracks.way[moving]).sum(axis=1) < 0
        near = np.hypot(*(way / least).T) < SWINGS
        grown = np.where(back & near, tracks.restless[moving] * tuning.restless, 1.0)
        tracks.restless[moving] = np.minimum(grown, MOST_RESTLESS)
        tracks.way[moving] = way


def middle(boxes: Boxes) -> Points:
    """Return the centres of boxes, shape (N, 2)."""
    return np.asarray((boxes[:, :2] + boxes[:, 2:]) / 2)
