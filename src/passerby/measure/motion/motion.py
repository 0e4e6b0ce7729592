"""Turns the boxes of a camera's frames into anonymous points and steps; tracks never leave this file.

A moment is returned `Tuning.lag_s` after it was seen. By then it is known whether a new box was a person or a flicker,
whether a person who disappeared came back, and where a trembling foot point really was.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from passerby.errors import MeasureError
from passerby.measure.flow import crossings
from passerby.measure.ground import Ground
from passerby.measure.motion.lane import from_nowhere, lane_velocities
from passerby.measure.motion.match import RECENT_S, continued, unhidden
from passerby.measure.motion.pairing import Boxes, Indices, apart
from passerby.measure.motion.recent_boxes import RecentBoxes
from passerby.measure.motion.smoothing import scatter, smoothed
from passerby.measure.motion.tracks import Bodies, Tracks
from passerby.measure.motion.tuning import Tuning
from passerby.measure.place import Line
from passerby.measure.verge import Verge
from passerby.measure.view import Points, Steps, View, among
from passerby.vision.detections import Detections, Kind

GROUPS = {
    Kind.PERSON: 0,
    Kind.BICYCLE: 1,
    Kind.MOTORCYCLE: 1,
    Kind.CAR: 2,
    Kind.BUS: 2,
    Kind.TRUCK: 2,
}
"""Classes that are counted. A network may report any class of the group for the same body; the majority decides."""
COUNTED = tuple(GROUPS)
FAR_PX = 1e5
"""Groups are shifted apart by this much, so that a car is never matched to a person."""
_OFFSETS = np.array([[GROUPS.get(kind, 0) * FAR_PX, 0.0] * 2 for kind in Kind])
VEHICLES_PX = 1.5 * FAR_PX
"""Boxes of cars, buses and trucks lie beyond this."""
FIRST_SLOTS = 64
SWINGS = 4.0
"""A backward step shorter than this, in smallest steps, may come from a swinging box."""
MOST_RESTLESS = 8.0
STRANGE, STRANGE_S = 2, 1.0
"""If at least this many vehicles appear within the picture in this time, s, vehicles are mistaken for each other."""
DOUBT_S = 2.0
"""A body that was in doubt counts again after this time without doubt, s."""
LINGERS = 0.5
"""A body closer than this, in smallest steps, is still where its last step ended."""


class Motion:
    """Follows boxes only as long as needed to find points and steps, and returns nothing else.

    Args:
        size_px: Width and height of the picture.
        ground: The plane that people walk on; None = not calibrated.
        lines: Lines over which steps are counted, including the gates.
        gates: Lines between which turns are reported.
        tuning: How boxes become motion; None = the defaults.
    """

    def __init__(
        self,
        size_px: tuple[int, int],
        ground: Ground | None = None,
        *,
        lines: Sequence[Line] = (),
        gates: Sequence[Line] = (),
        tuning: Tuning | None = None,
    ) -> None:
        self._size = size_px
        self._verge = Verge(lines, ground)
        self._ground = ground
        self._gates = tuple(gates)
        self._tuning = tuning or Tuning()
        self._tracks = Tracks(FIRST_SLOTS)
        self._sights = RecentBoxes(FIRST_SLOTS)
        self._single: deque[tuple[float, Points, NDArray[np.int8]]] = deque()
        self._seen_s: float | None = None
        self._look_s = self._doubted_s = -np.inf
        self._strange: deque[float] = deque()
        self._fleeting: deque[float] = deque()
        self._done_s = -np.inf
        self._last_s = -np.inf

    def observe(self, time_s: float, found: Detections) -> list[View]:
        """Add the detections of a frame; return the moments that are old enough to be certain.

        Raises:
            MeasureError: The time is not later than that of the frame before.
        """
        self._append(time_s)
        bodies, repeats = self._bodies(found)
        sure = bodies.only(bodies.scores >= self._tuning.sure)
        self._single.append((time_s, _foot(sure.boxes - _offset(sure.kinds)), sure.kinds))
        self._match(time_s, bodies, repeats)
        return self._settled(time_s - self._tuning.lag_s)

    def skip(self, time_s: float) -> list[View]:
        """Add a frame that was not inspected; return the moments that are old enough to be certain.

        Raises:
            MeasureError: The time is not later than that of the frame before.
        """
        self._append(time_s)
        return self._settled(time_s - self._tuning.lag_s)

    def finish(self) -> list[View]:
        """Return the moments that were still waiting."""
        return self._settled(np.inf)

    def _append(self, time_s: float) -> None:
        if not time_s > self._last_s:
            msg = f"the clock went from {self._last_s} s to {time_s} s; measure what follows as a new recording"
            raise MeasureError(msg)
        self._last_s = time_s
        self._sights.append(time_s)

    def _bodies(self, found: Detections) -> tuple[Bodies, Bodies]:
        """Return one box per body, and boxes that repeat these or belong to bodies behind; groups are shifted apart."""
        kept = among(found.kinds, COUNTED) & (found.scores >= self._tuning.faint)
        kept &= (found.boxes_px[:, 2:] - found.boxes_px[:, :2] >= 1).all(axis=1)
        kinds = found.kinds[kept]
        boxes = found.boxes_px[kept].astype(np.float64) + _offset(kinds)
        bodies = Bodies(boxes, found.scores[kept].astype(np.float64), kinds)
        best = np.zeros(len(kinds), np.bool_)
        best[apart(bodies.boxes, bodies.scores, share=self._tuning.same_share)] = True
        return bodies.only(best), bodies.only(~best)

    def _match(self, time_s: float, bodies: Bodies, repeats: Bodies) -> None:
        """Continue, begin and end tracks, and store where each was seen."""
        tuning, tracks = self._tuning, self._tracks
        live = np.flatnonzero(tracks.alive)
        expected, unseen_s = tracks.expected(live, time_s)
        sure = bodies.scores >= tuning.sure
        who = continued(expected, unseen_s, bodies.boxes, sure=sure, tuning=tuning)
        missed = (unseen_s <= RECENT_S) & (tracks.hits[live] >= tuning.hits)
        missed[who[who >= 0]] = False
        who, hidden, behind = unhidden(
            expected, who, np.flatnonzero(missed), boxes=bodies.boxes, repeats=repeats.boxes, tuning=tuning
        )
        known, begun = who >= 0, (who < 0) & sure
        tracks.update(live[who[known]], bodies.only(known), time_s)
        tracks.update(live[hidden], repeats.only(behind), time_s)
        fresh = tracks.begin(bodies.only(begun), time_s)
        self._doubt(fresh, time_s)
        seen = np.concatenate((live[who[known]], live[hidden], fresh))
        boxes = np.concatenate((bodies.boxes[known], repeats.boxes[behind], bodies.boxes[begun]))
        self._sights.put(seen, boxes, of=len(tracks.alive))
        self._end(time_s)

    def _doubt(self, fresh: Indices, time_s: float) -> None:
        """Give new vehicles the velocity of their lane, and mark when vehicles could be mistaken for each other."""
        tracks, gap_s = self._tracks, time_s - self._look_s
        self._look_s = time_s
        fresh = fresh[tracks.box[fresh, 0] > VEHICLES_PX]
        if not len(fresh) or not gap_s <= self._tuning.follow_s:
            return
        now = np.flatnonzero(tracks.alive & (tracks.last_s == time_s) & (tracks.box[:, 0] > VEHICLES_PX))
        before = now[tracks.hits[now] > 1]
        tracks.velocity[fresh] = lane_velocities(
            tracks.box[fresh], tracks.box[before], tracks.velocity[before], gap_s=gap_s
        )
        width = tracks.box[now, 2] - tracks.box[now, 0]
        leaps = np.hypot(*tracks.velocity[now].T) * gap_s / width
        boxes = tracks.box[fresh] - _offset(tracks.kinds(fresh))
        reach = (boxes[:, 2] - boxes[:, 0]) * np.maximum(1.0, 1.5 * leaps.max(initial=0.0))
        ends = np.minimum(boxes[:, :2], np.array(self._size) - boxes[:, 2:])  # to the nearer border across, and down
        run = np.abs(tracks.velocity[fresh])
        border = np.select([run[:, 0] > run[:, 1], run[:, 1] > run[:, 0]], [ends[:, 0], ends[:, 1]], ends.min(axis=1))
        strange = from_nowhere(tracks.box[fresh], tracks.box[now], inside=border > reach)
        self._strange.extend([time_s] * strange)
        while self._strange and self._strange[0] < time_s - STRANGE_S:
            self._strange.popleft()
        if len(self._strange) >= STRANGE:
            tracks.doubt_s[now] = self._doubted_s = time_s

    def _end(self, time_s: float) -> None:
        """Free the slots of bodies that have been out of sight for so long that no waiting moment needs them."""
        tracks, tuning = self._tracks, self._tuning
        unseen_s = time_s - tracks.last_s
        flicker = (tracks.hits < tuning.hits) & (unseen_s > tuning.bridge_s / 4)
        longest_s = np.where(tracks.stand(), tuning.hold_s, tuning.bridge_s) + tuning.lag_s
        lost = tracks.alive & flicker & (tracks.box[:, 0] > VEHICLES_PX)
        self._fleeting.extend([time_s] * int(np.count_nonzero(lost)))
        while self._fleeting and self._fleeting[0] < time_s - STRANGE_S:
            self._fleeting.popleft()
        if len(self._fleeting) >= STRANGE:
            self._doubted_s = time_s
        gone = np.flatnonzero(tracks.alive & (flicker | (unseen_s > longest_s)))
        if len(gone):
            tracks.alive[gone] = False
            self._sights.forget(gone)

    def _settled(self, until_s: float) -> list[View]:
        views, sights = [], self._sights
        for row in sights.rows(self._done_s, until_s):
            if sights.looked(row):
                views.append(self._seen(row))
                self._seen_s = sights.time_s(row)
            else:
                self._seen_s = None  # not inspected: the next frame does not count as observing this time
            self._done_s = sights.time_s(row)
        sights.drop(self._done_s - self._tuning.hold_s)
        return views

    def _seen(self, row: int) -> View:
        """Return the moment of a pass: with followed bodies, or with its boxes alone if passes are too far apart."""
        tuning = self._tuning
        time_s = self._sights.time_s(row)
        since_s = 0.0 if self._seen_s is None else time_s - self._seen_s
        span_s = min(since_s, tuning.stands_s)
        while self._single[0][0] < time_s:
            self._single.popleft()
        if self._sights.linked(row, gap_s=tuning.follow_s, most=tuning.hits) >= tuning.hits:
            view = self._view(row, span_s)
            return view if since_s <= tuning.follow_s else replace(view, followed=False)

        _, feet, kinds = self._single[0]
        nothing = np.full_like(feet, np.nan)
        places, steps_m = None, None
        if self._ground is not None:
            places = self._ground.to_ground(feet)
            steps_m = Steps.none()

        return View(time_s, span_s, feet, places, nothing, kinds, Steps.none(), steps_m, followed=False)

    def _view(self, row: int, span_s: float) -> View:
        sights, tuning = self._sights, self._tuning
        slots, gap_s, held = self._present(row)
        reach_s, speed_s = np.maximum(tuning.smooth_s, gap_s), np.maximum(tuning.speed_s, gap_s)
        near = sights.around(row, slots, reach_s=float(speed_s.max(initial=reach_s.max(initial=0.0))))
        boxes, _ = smoothed(*near, reach_s=reach_s)
        _, change = smoothed(*near, reach_s=speed_s)
        boxes[held], change[held] = self._tracks.box[slots[held]], 0.0
        error_px = self._tracks.tremble(
            slots, scatter(*near, reach_s=speed_s), tuning.tremble * (boxes[:, 3] - boxes[:, 1])
        )
        kinds = self._tracks.kinds(slots)
        boxes = boxes - _offset(kinds)
        feet, speeds = _foot(boxes), _foot(change)
        time_s = sights.time_s(row)
        moving, steps = self._steps(
            slots[~held], feet[~held], boxes[~held], kinds=kinds[~held], error_px=error_px[~held], time_s=time_s
        )

        if self._ground is None:
            view = View(time_s, span_s, feet, None, speeds, kinds, steps)
        else:
            places, speeds, steps_m = _on_ground(self._ground, feet, speeds, steps)
            view = View(time_s, span_s, feet, places, speeds, kinds, steps, steps_m)

        if time_s - self._tuning.lag_s <= self._doubted_s:
            view = replace(view, unsure=True)

        return replace(view, turns=self._turns(moving, view)) if self._gates else view

    def _turns(self, moving: Indices, view: View) -> tuple[tuple[int, int, int], ...]:
        """Return from which gate to which the bodies went whose step passed a gate now."""
        turns, last = [], self._tracks.gate
        for number, gate in enumerate(self._gates):
            passed = crossings(view.steps(gate.space, COUNTED), gate)
            for slot, kind in zip(moving[passed.which].tolist(), passed.kinds.tolist(), strict=True):
                if last[slot] not in {-1, number}:
                    turns.append((int(last[slot]), number, kind))
                last[slot] = number
        return tuple(turns)

    def _present(self, row: int) -> tuple[Indices, Points, NDArray[np.bool_]]:
        """Return the slots of present bodies, the time to the farther neighbouring sighting, s, and which are held.

        A body is present if it is seen now or between two sightings, or if it stood still and is missed: networks
        repeatedly miss people who stand still, and no one leaves without moving.
        """
        tracks = self._tracks
        tuning = self._tuning
        time_s = self._sights.time_s(row)
        earlier, later = self._sights.nearest_s(row)
        least = np.where(tracks.moved, tuning.mean_score, tuning.still_score)
        counts = tracks.alive & (tracks.hits >= tuning.hits) & (tracks.scores >= least * tracks.hits)
        bridged = later - earlier <= tuning.bridge_s
        held = (
            ~bridged & (time_s - earlier <= tuning.hold_s) & tracks.stand() & self._whole(tracks.box - self._offsets())
        )
        slots = np.flatnonzero(counts & (bridged | held))
        reach_s = np.maximum(time_s - earlier[slots], later[slots] - time_s) * 1.1  # extends beyond both sightings
        reach_s[held[slots]] = 0.0
        return slots, reach_s, held[slots]

    def _offsets(self) -> Points:
        return _offset(self._tracks.kinds(np.arange(len(self._tracks.alive))))

    def _whole(self, boxes: Boxes) -> NDArray[np.bool_]:
        """Return which boxes are not cut by the picture's border at their sides or feet, shape (N,)."""
        width, height = self._size
        margin = self._tuning.border * max(self._size)
        return np.asarray((boxes[:, 0] > margin) & (boxes[:, 2] < width - margin) & (boxes[:, 3] < height - margin))

    def _steps(
        self, slots: Indices, feet: Points, boxes: Boxes, *, kinds: NDArray[np.int8], error_px: Points, time_s: float
    ) -> tuple[Indices, Steps]:
        """Return which bodies moved, and moves that exceed trembling; a cut box has no foot point and makes none."""
        tracks = self._tracks
        whole = self._whole(boxes)
        starting = whole & np.isnan(tracks.anchor_s[slots])
        tracks.anchor[slots[starting]], tracks.anchor_s[slots[starting]] = feet[starting], time_s
        tracks.foot[slots[whole]], tracks.foot_s[slots[whole]] = feet[whole], time_s
        least = (boxes[:, 3] - boxes[:, 1])[:, None] * np.array(self._tuning.step)
        with np.errstate(invalid="ignore"):
            moved = np.hypot(*((tracks.foot[slots] - tracks.anchor[slots]) / least).T)
            tracks.anchor_s[slots[whole & (moved < LINGERS)]] = time_s  # a step begins when the body starts to move
            far = np.flatnonzero(moved >= 1)

        leaving = ~whole[far]  # for a box that is cut now, the last known foot point is where it was last seen whole
        margin = np.maximum(least * self._tuning.verge, self._tuning.sure_of_side * error_px)
        margin *= tracks.restless[slots][:, None]
        far = far[leaving | ~self._verge.holds(feet[far], margin[far])]
        moving = slots[far]
        certain = tracks.doubt_s[moving] < time_s - DOUBT_S
        self._grow_restless(moving, least[far])
        ends = np.stack((tracks.anchor[moving], tracks.foot[moving]), axis=1)
        times = np.stack((tracks.anchor_s[moving], tracks.foot_s[moving]), axis=1)
        tracks.anchor[moving], tracks.anchor_s[moving] = tracks.foot[moving], tracks.foot_s[moving]

        return moving[certain], Steps(ends[certain], times[certain], kinds[far][certain])

    def _grow_restless(self, moving: Indices, least: Points) -> None:
        """Widen the margin of a body that moves to and fro on the spot: `scatter` does not show a swinging box."""
        tracks, tuning = self._tracks, self._tuning
        way = tracks.foot[moving] - tracks.anchor[moving]
        back = (way * tracks.way[moving]).sum(axis=1) < 0
        near = np.hypot(*(way / least).T) < SWINGS
        grown = np.where(back & near, tracks.restless[moving] * tuning.restless, 1.0)
        tracks.restless[moving] = np.minimum(grown, MOST_RESTLESS)
        tracks.way[moving] = way


def _on_ground(ground: Ground, feet: Points, speeds: Points, steps: Steps) -> tuple[Points, Points, Steps]:
    """Return positions, velocities and steps in metres, projected in one call."""
    moment_s = 0.1  # short compared with a step, long compared with rounding
    asked = np.concatenate((feet, feet + moment_s * speeds, steps.ends.reshape(-1, 2)))
    places, soon, ends = np.split(ground.to_ground(asked), (len(feet), 2 * len(feet)))
    return places, (soon - places) / moment_s, Steps(ends.reshape(-1, 2, 2), steps.times_s, steps.kinds)


def _offset(kinds: NDArray[np.int8]) -> Points:
    """Return by how much boxes of these classes are shifted to the right, shape (N, 4)."""
    return np.asarray(_OFFSETS[kinds])


def _foot(boxes: Boxes) -> Points:
    return np.stack(((boxes[:, 0] + boxes[:, 2]) / 2, boxes[:, 3]), axis=1)
