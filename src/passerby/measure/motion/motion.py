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
from passerby.measure.hysteresis import HysteresisBand
from passerby.measure.motion.ambiguity import Ambiguity
from passerby.measure.motion.groups import COUNTED, PEOPLE, VEHICLE_GROUPS, in_group, offset
from passerby.measure.motion.match import RECENT_S, continued, unhidden
from passerby.measure.motion.pairing import Boxes, Indices, apart
from passerby.measure.motion.recent_boxes import RecentBoxes
from passerby.measure.motion.smoothing import scatter, smoothed
from passerby.measure.motion.standing import Border, Standing
from passerby.measure.motion.tracks import Bodies, StepFinder, Tracks
from passerby.measure.motion.tuning import Tuning
from passerby.measure.place import Line
from passerby.measure.view import Points, Steps, View, among
from passerby.vision.detections import Detections

FIRST_SLOTS = 64


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
        self._ground = ground
        self._gates = tuple(gates)
        self._tuning = tuning or Tuning()
        self._ambiguities = {group: Ambiguity(size_px, self._tuning) for group in VEHICLE_GROUPS}
        self._border = Border(size_px, self._tuning)
        self._steps = StepFinder(HysteresisBand(lines, ground), self._border, self._tuning)
        self._tracks = Tracks(FIRST_SLOTS)
        self._looks = RecentBoxes(FIRST_SLOTS)
        self._single: deque[tuple[float, Points, NDArray[np.int8]]] = deque()
        self._seen_s: float | None = None
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
        self._single.append((time_s, _foot(sure.boxes - offset(sure.kinds)), sure.kinds))
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
        self._looks.append(time_s)

    def _bodies(self, found: Detections) -> tuple[Bodies, Bodies]:
        """Return one box per body, and boxes that repeat these or belong to bodies behind; groups are shifted apart."""
        kept = among(found.kinds, COUNTED) & (found.scores >= self._tuning.faint)
        kept &= (found.boxes_px[:, 2:] - found.boxes_px[:, :2] >= 1).all(axis=1)
        kinds = found.kinds[kept]
        boxes = found.boxes_px[kept].astype(np.float64) + offset(kinds)
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
        self._part(live[who[known]], unseen_s[who[known]])
        tracks.update(live[who[known]], bodies.only(known), time_s)
        tracks.update(live[hidden], repeats.only(behind), time_s)
        fresh = tracks.begin(bodies.only(begun), time_s)
        self._doubt(fresh, time_s)
        seen = np.concatenate((live[who[known]], live[hidden], fresh))
        boxes = np.concatenate((bodies.boxes[known], repeats.boxes[behind], bodies.boxes[begun]))
        self._looks.put(seen, boxes, of=len(tracks.alive))
        self._end(time_s)

    def _part(self, slots: Indices, unseen_s: Points) -> None:
        """Let no step lead from a vehicle that has left over the border to one that comes later.

        Such a vehicle was cut by the border when it was last seen, and was out of sight for longer than is bridged.
        """
        tracks = self._tracks
        cut = ~self._border.clears(tracks.box[slots] - offset(tracks.kinds(slots)))
        vehicles = ~in_group(tracks.box[slots], PEOPLE)
        parted = slots[vehicles & cut & (unseen_s > self._tuning.bridge_s)]
        tracks.anchor_s[parted] = np.nan
        tracks.gate[parted] = -1

    def _doubt(self, fresh: Indices, time_s: float) -> None:
        """Give new vehicles the velocity of their lane, and mark vehicles that could be mistaken for each other."""
        tracks = self._tracks
        seen = tracks.alive & (tracks.last_s == time_s)
        for group, ambiguity in self._ambiguities.items():
            now = np.flatnonzero(seen & in_group(tracks.box, group))
            boxes = tracks.box[now] - offset(tracks.kinds(now))
            tracks.velocity[now], doubted = ambiguity.look(
                boxes,
                tracks.velocity[now],
                slots=now,
                fresh=np.isin(now, fresh),
                known=tracks.hits[now] > 1,
                time_s=time_s,
            )
            if doubted:
                tracks.doubt_s[now] = time_s

    def _end(self, time_s: float) -> None:
        """Free the slots of bodies that have been out of sight for so long that no waiting moment needs them."""
        tracks, tuning = self._tracks, self._tuning
        unseen_s = time_s - tracks.last_s
        flicker = (tracks.hits < tuning.hits) & (unseen_s > tuning.bridge_s / 4)
        longest_s = np.where(tracks.stand(), tuning.hold_s, tuning.bridge_s) + tuning.lag_s
        for group, ambiguity in self._ambiguities.items():
            lost = tracks.alive & flicker & in_group(tracks.box, group)
            ambiguity.lose(int(np.count_nonzero(lost)), time_s)
        gone = np.flatnonzero(tracks.alive & (flicker | (unseen_s > longest_s)))
        if len(gone):
            tracks.alive[gone] = False
            self._looks.forget(gone)

    def _settled(self, until_s: float) -> list[View]:
        views, looks = [], self._looks
        for row in looks.rows(self._done_s, until_s):
            if looks.looked(row):
                views.append(self._seen(row))
                self._seen_s = looks.time_s(row)
            else:
                self._seen_s = None  # not inspected: the next frame does not count as observing this time
            self._done_s = looks.time_s(row)
        looks.drop(self._done_s - self._tuning.hold_s)
        return views

    def _seen(self, row: int) -> View:
        """Return the moment of a pass: with followed bodies, or with its boxes alone if passes are too far apart."""
        tuning = self._tuning
        time_s = self._looks.time_s(row)
        since_s = 0.0 if self._seen_s is None else time_s - self._seen_s
        span_s = min(since_s, tuning.stands_s)
        while self._single[0][0] < time_s:
            self._single.popleft()
        if self._looks.linked(row, gap_s=tuning.follow_s, most=tuning.hits) >= tuning.hits:
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
        looks, tuning = self._looks, self._tuning
        slots, gap_s, held = self._present(row)
        reach_s, speed_s = np.maximum(tuning.smooth_s, gap_s), np.maximum(tuning.speed_s, gap_s)
        near = looks.around(row, slots, reach_s=float(speed_s.max(initial=reach_s.max(initial=0.0))))
        boxes, _ = smoothed(*near, reach_s=reach_s)
        _, change = smoothed(*near, reach_s=speed_s)
        boxes[held], change[held] = self._tracks.box[slots[held]], 0.0
        error_px = self._tracks.tremble(
            slots, scatter(*near, reach_s=speed_s), tuning.tremble * (boxes[:, 3] - boxes[:, 1])
        )
        kinds = self._tracks.kinds(slots)
        boxes = boxes - offset(kinds)
        feet, speeds = _foot(boxes), _foot(change)
        time_s = looks.time_s(row)
        free = Standing(slots[~held], feet[~held], boxes[~held], kinds[~held], error_px[~held])
        moving, steps = self._steps.find(self._tracks, free, time_s)

        if self._ground is None:
            view = View(time_s, span_s, feet, None, speeds, kinds, steps)
        else:
            places, speeds, steps_m = _on_ground(self._ground, feet, speeds, steps)
            view = View(time_s, span_s, feet, places, speeds, kinds, steps, steps_m)

        unsure = [VEHICLE_GROUPS[group] for group, each in self._ambiguities.items() if each.around(time_s)]
        if unsure:
            view = replace(view, unsure=frozenset[int]().union(*unsure))

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
        time_s = self._looks.time_s(row)
        earlier, later = self._looks.nearest_s(row)
        least = np.where(tracks.moved, tuning.mean_score, tuning.still_score)
        counts = tracks.alive & (tracks.hits >= tuning.hits) & (tracks.scores >= least * tracks.hits)
        bridged = later - earlier <= tuning.bridge_s
        held = (
            ~bridged
            & (time_s - earlier <= tuning.hold_s)
            & tracks.stand()
            & self._border.clears(tracks.box - self._offsets())
        )
        slots = np.flatnonzero(counts & (bridged | held))
        reach_s = np.maximum(time_s - earlier[slots], later[slots] - time_s) * 1.1  # extends beyond both sightings
        reach_s[held[slots]] = 0.0
        return slots, reach_s, held[slots]

    def _offsets(self) -> Points:
        return offset(self._tracks.kinds(np.arange(len(self._tracks.alive))))


def _on_ground(ground: Ground, feet: Points, speeds: Points, steps: Steps) -> tuple[Points, Points, Steps]:
    """Return positions, velocities and steps in metres, projected in one call."""
    moment_s = 0.1  # short compared with a step, long compared with rounding
    asked = np.concatenate((feet, feet + moment_s * speeds, steps.ends.reshape(-1, 2)))
    places, soon, ends = np.split(ground.to_ground(asked), (len(feet), 2 * len(feet)))
    return places, (soon - places) / moment_s, Steps(ends.reshape(-1, 2, 2), steps.times_s, steps.kinds)


def _foot(boxes: Boxes) -> Points:
    return np.stack(((boxes[:, 0] + boxes[:, 2]) / 2, boxes[:, 3]), axis=1)
