"""One pass over a recording before it is covered: drawn regions follow what is in them, and openings are looked at.

Where a region was found stays in memory, in order of frames, and is dropped with the job.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Final, cast

import numpy as np

from passerby.media.source import Source
from passerby.redact.drawn_region import DrawnRegion, Edges, KeyFrame, Points, blended, edges_of, fitted
from passerby.redact.hand_cover import FollowedPlaces
from passerby.vision.picture.brightness import brightness
from passerby.vision.picture.patch_follower import PatchFollower, Picture

WAITING_BYTES: Final = 256 << 20
"""Memory for pictures that wait for the end of their stretch; longer stretches are followed in smaller pictures."""
_LEAST_SIDE: Final = 320
MARGIN: Final = 0.1
"""A region that follows is enlarged by this share of its size on each side: no tracker is exact."""
LOST_GROWTH: Final = 0.5
"""While it is not found it grows by this share of its size per second, up to once its size."""
_AGREE: Final = 0.5
"""Intersection over union from which the answers of both directions count as one place."""
_SLACK_S: Final = 1e-6

MaybeFound = tuple[Points, bool]
"""Corners, and whether what is in the region was found."""


@dataclass(frozen=True, slots=True)
class FollowStretch:
    """A part of a region's time, between two key frames or beyond the first or last one.

    Args:
        region: The region.
        start_s: Its start.
        end_s: Its end, included.
        first: The key frame at its start, if there is one.
        last: The key frame at its end, if there is one.
    """

    region: DrawnRegion
    start_s: float
    end_s: float
    first: KeyFrame | None
    last: KeyFrame | None


@dataclass(slots=True)
class _Found:
    """The places of one region so far, by time."""

    places: dict[float, tuple[tuple[Points, ...], bool]] = field(default_factory=dict)


def follow(source: Source, regions: Iterable[DrawnRegion]) -> dict[DrawnRegion, FollowedPlaces]:
    """Return where regions that follow are, frame by frame; decoding ends with the last one.

    Args:
        source: The recording.
        regions: Any; those that do not follow are left out.

    Raises:
        SourceError: The recording cannot be read any further.
    """
    waiting = sorted(
        (stretch for region in regions if region.follow for stretch in stretches(region)), key=lambda one: one.start_s
    )
    found: dict[DrawnRegion, _Found] = {stretch.region: _Found() for stretch in waiting}
    ratio = _ratio(source, waiting)
    pictures: deque[tuple[float, Picture]] = deque()
    for frame in source if waiting else ():
        time_s = frame.time_s
        for stretch in [each for each in waiting if each.end_s < time_s - _SLACK_S]:
            _finish(stretch, pictures, found, ratio=ratio)
            waiting.remove(stretch)
        if not waiting:
            break
        while pictures and pictures[0][0] < waiting[0].start_s - _SLACK_S:
            pictures.popleft()
        if waiting[0].start_s - _SLACK_S <= time_s:
            pictures.append((time_s, brightness(frame, ratio)))
    for stretch in waiting:
        _finish(stretch, pictures, found, ratio=ratio)
    return {region: _collected(each) for region, each in found.items()}


def stretches(region: DrawnRegion) -> list[FollowStretch]:
    """Return the parts of a region's time between its key frames, and those before and after them."""
    keys = region.keys
    parts = [FollowStretch(region, one.time_s, two.time_s, one, two) for one, two in pairwise(keys)]
    if region.from_s < keys[0].time_s or not parts:
        parts.insert(0, FollowStretch(region, region.from_s, keys[0].time_s, None, keys[0]))
    if region.to_s > keys[-1].time_s:
        parts.append(FollowStretch(region, keys[-1].time_s, region.to_s, keys[-1], None))
    return parts


def _ratio(source: Source, waiting: Sequence[FollowStretch]) -> float:
    """Return at which share of their size pictures are kept: the longest wait must fit into memory."""
    longest_s = 0.0
    for one in waiting:
        open_s = min(each.start_s for each in waiting if each.start_s <= one.end_s <= each.end_s)
        longest_s = max(longest_s, one.end_s - open_s)
    frames = longest_s * float(source.shape.rate) + 2
    area = source.shape.width * source.shape.height
    ratio = float(np.sqrt(WAITING_BYTES / (frames * area)))
    return min(1.0, max(ratio, _LEAST_SIDE / max(source.shape.width, source.shape.height)))


def _finish(
    stretch: FollowStretch,
    pictures: Iterable[tuple[float, Picture]],
    found: dict[DrawnRegion, _Found],
    *,
    ratio: float,
) -> None:
    """Follow a region through a stretch whose pictures are all there."""
    mine = [
        (time_s, picture)
        for time_s, picture in pictures
        if stretch.start_s - _SLACK_S <= time_s <= stretch.end_s + _SLACK_S
    ]
    if not mine:
        return
    onwards = _followed(stretch.first, mine, ratio=ratio) if stretch.first else None
    back = _followed(stretch.last, mine[::-1], ratio=ratio)[::-1] if stretch.last else None
    places = found[stretch.region].places
    for index, (time_s, _) in enumerate(mine):
        one, two = (None if way is None else way[index] for way in (onwards, back))
        share = (time_s - stretch.start_s) / max(_SLACK_S, stretch.end_s - stretch.start_s)
        places[time_s] = _joined(one, two, share=min(1.0, max(0.0, share)))


def _followed(key: KeyFrame, pictures: Sequence[tuple[float, Picture]], *, ratio: float) -> list[MaybeFound]:
    """Return the places from a key frame on, in the order of the pictures, which begin at the key frame."""
    drawn = edges_of(key.points)
    x1, y1, x2, y2 = (ratio * edge for edge in drawn)
    follower = PatchFollower(pictures[0][1], (x1, y1, x2, y2))
    places: list[MaybeFound] = [(_grown(key.points, drawn, share=MARGIN), True)]
    seen_s = pictures[0][0]
    for time_s, picture in pictures[1:]:
        now = follower.next(picture)
        a, b, c, d = (edge / ratio for edge in now.box_px)
        seen_s = time_s if now.sure else seen_s
        growth = MARGIN + min(1.0, LOST_GROWTH * abs(time_s - seen_s)) / 2
        points = fitted(key.points, drawn, into=(a, b, c, d))
        places.append((_grown(points, (a, b, c, d), share=growth), now.sure))
    return places


def _grown(points: Points, box: Edges, *, share: float) -> Points:
    x1, y1, x2, y2 = box
    across, down = share * (x2 - x1), share * (y2 - y1)
    return fitted(points, box, into=(x1 - across, y1 - down, x2 + across, y2 + down))


def _joined(one: MaybeFound | None, two: MaybeFound | None, *, share: float) -> tuple[tuple[Points, ...], bool]:
    """Return the places that two directions give: one between them if they agree, otherwise both."""
    if one is None or two is None:
        points, sure = cast("MaybeFound", one or two)
        return (points,), sure
    if one[1] != two[1]:
        return ((one if one[1] else two)[0],), True
    if _agree(edges_of(one[0]), edges_of(two[0])):
        return (blended(one[0], two[0], share),), one[1]
    return (one[0], two[0]), False


def _agree(one: Edges, two: Edges) -> bool:
    across = max(0.0, min(one[2], two[2]) - max(one[0], two[0]))
    down = max(0.0, min(one[3], two[3]) - max(one[1], two[1]))
    areas = [(x2 - x1) * (y2 - y1) for x1, y1, x2, y2 in (one, two)]
    return across * down >= _AGREE * (sum(areas) - across * down)


def _collected(found: _Found) -> FollowedPlaces:
    times = sorted(found.places)
    places, sure = zip(*(found.places[time_s] for time_s in times), strict=True) if times else ((), ())
    return FollowedPlaces(tuple(times), tuple(places), tuple(sure))
