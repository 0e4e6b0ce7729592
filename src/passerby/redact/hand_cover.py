"""What a person changed by hand, frame by frame: cover that is added, and the openings."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from passerby.redact.drawn_region import DrawnRegion, Edges, Points, cover_of, edges_of
from passerby.redact.mask import Cover
from passerby.redact.opening import CoverPiece, Opening

_SAME_S: Final = 1e-6


@dataclass(frozen=True, slots=True)
class FollowedPlaces:
    """Where a region is in the frames in which it follows; in memory only.

    Args:
        times_s: Times of the frames, ascending.
        places: For each frame where the region may be: one place, or two where two directions disagree.
        sure: For each frame whether it was found.
    """

    times_s: tuple[float, ...] = ()
    places: tuple[tuple[Points, ...], ...] = field(default=(), repr=False)
    sure: tuple[bool, ...] = ()

    def at(self, time_s: float) -> tuple[tuple[Points, ...], bool]:
        """Return the places at a time, and whether they are sure; at times between frames, those of both."""
        after = bisect_left(self.times_s, time_s - _SAME_S)
        if after < len(self.times_s) and abs(self.times_s[after] - time_s) <= _SAME_S:
            return self.places[after], self.sure[after]
        near = range(max(0, after - 1), min(len(self.times_s), after + 1))
        return tuple(place for index in near for place in self.places[index]), False

    def lost(self) -> list[tuple[float, float]]:
        """Return the times from and to between which the region was not found."""
        spans: list[tuple[float, float]] = []
        before = True
        for time_s, sure in zip(self.times_s, self.sure, strict=True):
            if not sure:
                spans.append((time_s, time_s) if before else (spans.pop()[0], time_s))
            before = sure
        return spans


@dataclass(frozen=True, slots=True)
class OpenedRegion:
    """A region in which cover is taken away.

    Args:
        region: Where and when.
        piece: The kind of cover.
        one_person: Whether it leaves one person visible.
        alone_s: Times from and to between which other networks saw nobody else in the region, s.
    """

    region: DrawnRegion
    piece: CoverPiece = CoverPiece.PEOPLE
    one_person: bool = False
    alone_s: tuple[tuple[float, float], ...] = ()


class HandCover:
    """Cover added and taken away by hand.

    Args:
        added: Regions that are covered.
        opened: Regions in which cover is taken away.
        followed: Where regions that follow are, by region.
    """

    def __init__(
        self,
        added: Sequence[DrawnRegion] = (),
        opened: Sequence[OpenedRegion] = (),
        *,
        followed: Mapping[DrawnRegion, FollowedPlaces] | None = None,
    ) -> None:
        self._added = tuple(added)
        self._opened = tuple(opened)
        self._followed = dict(followed or {})

    def added(self, time_s: float) -> Cover:
        """Return what is covered by hand at a time."""
        here = [region for region in self._added if region.applies(time_s)]
        return Cover.joined([cover_of(place) for region in here for place in self._places(region, time_s)[0]])

    def openings(self, time_s: float) -> tuple[Opening, ...]:
        """Return the openings at a time; one whose region is in doubt opens nothing."""
        found = []
        for each in self._opened:
            if not each.region.applies(time_s):
                continue
            places, sure = self._places(each.region, time_s)
            if sure and len(places) == 1:
                alone = any(from_s <= time_s <= to_s for from_s, to_s in each.alone_s)
                found.append(Opening(edges_of(places[0]), each.piece, each.one_person, alone))
        return tuple(found)

    def left_visible(self, time_s: float) -> tuple[Edges, ...]:
        """Return the regions that leave one person visible at a time."""
        return tuple(each.box_px for each in self.openings(time_s) if each.one_person)

    def _places(self, region: DrawnRegion, time_s: float) -> tuple[tuple[Points, ...], bool]:
        followed = self._followed.get(region)
        if followed is None:
            return (region.at(time_s),), not region.follow
        places, sure = followed.at(time_s)
        return (places, sure) if places else ((region.at(time_s),), False)
