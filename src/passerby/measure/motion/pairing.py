"""Which boxes belong to the same body: within one moment, and from one moment to the next."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Boxes = NDArray[np.float64]
Indices = NDArray[np.intp]


def pair(olds: Boxes, news: Boxes, *, reach: NDArray[np.float64]) -> tuple[Indices, Indices]:
    """Return indices of boxes that belong together, closest pairs first.

    Distance is measured in box sizes: between centres relative to width and height, and between heights as their ratio.

    Args:
        olds: Shape (N, 4), expected boxes, x1 y1 x2 y2; NaN = none.
        news: Shape (M, 4), boxes that were found.
        reach: Shape (N,), largest distance at which boxes are joined, in box sizes.
    """
    if not len(olds) or not len(news):
        return np.empty(0, np.intp), np.empty(0, np.intp)
    old, new = _candidates(olds, news, reach=reach)
    cost = _distance(olds[old], news[new])
    near = cost <= reach[old]
    old, new, cost = old[near], new[near], cost[near]
    order = np.argsort(cost, kind="stable")
    return _closest_first(old[order], new[order])


def lone_pairs(olds: Boxes, news: Boxes, *, lost: Indices, fresh: Indices, reach: float) -> tuple[Indices, Indices]:
    """Return indices of lost and fresh boxes that are close together, with no other box near either of them.

    Args:
        olds: As for `pair`.
        news: Shape (M, 4).
        lost: Which of `olds` are missing.
        fresh: Which of `news` are unknown.
        reach: Largest distance, in box sizes.
    """
    old, new = _near(olds[lost], news[fresh], reach=reach)
    if not len(old):
        return old, new
    lost, fresh = lost[np.unique(old)], fresh[np.unique(new)]
    there, _ = _near(olds[lost], news, reach=reach)
    _, back = _near(olds, news[fresh], reach=reach)
    lost = lost[np.bincount(there, minlength=len(lost)) == 1]
    fresh = fresh[np.bincount(back, minlength=len(fresh)) == 1]
    old, new = _near(olds[lost], news[fresh], reach=reach)
    return lost[old], fresh[new]


def _near(olds: Boxes, news: Boxes, *, reach: float) -> tuple[Indices, Indices]:
    old, new = _candidates(olds, news, reach=np.full(len(olds), reach))
    near = _distance(olds[old], news[new]) <= reach
    return old[near], new[near]


def fits_crossed(one: Boxes, other: Boxes, first: Boxes, second: Boxes, *, reach: float) -> NDArray[np.bool_]:
    """Return where `one` is within reach of `second`, and exchanging both boxes fits better than not."""
    away = _distance(one, second)
    straight = _distance(one, first) + _distance(other, second)
    return np.asarray((away <= reach) & (away + _distance(other, first) < straight))


def _candidates(olds: Boxes, news: Boxes, *, reach: NDArray[np.float64]) -> tuple[Indices, Indices]:
    """Return all pairs whose centres are close enough in both directions, by a sweep from left to right."""
    x, y = ((news[:, :2] + news[:, 2:]) / 2).T
    order = np.argsort(x)
    ranked = x[order]
    at, level = ((olds[:, :2] + olds[:, 2:]) / 2).T
    width, height = (olds[:, 2:] - olds[:, :2]).T
    first = np.searchsorted(ranked, at - reach * width)
    count = np.searchsorted(ranked, at + reach * width, side="right") - first
    count[~np.isfinite(at)] = 0
    old = np.repeat(np.arange(len(olds)), count)
    within = np.arange(len(old)) - np.repeat(np.cumsum(count) - count, count)
    new = order[first[old] + within]
    near = np.abs(y[new] - level[old]) <= (reach * height)[old]
    return old[near], new[near]


def _distance(one: Boxes, other: Boxes) -> NDArray[np.float64]:
    size = one[:, 2:] - one[:, :2]
    shift = ((other[:, :2] + other[:, 2:]) - (one[:, :2] + one[:, 2:])) / 2 / size
    stretch = np.log((other[:, 3] - other[:, 1]) / size[:, 1])
    return np.asarray(np.sqrt(shift[:, 0] ** 2 + shift[:, 1] ** 2 + stretch**2))


def _closest_first(old: Indices, new: Indices) -> tuple[Indices, Indices]:
    """Choose pairs greedily, in order of cost, so that each box is used once; vectorised."""
    olds, news = [np.empty(0, np.intp)], [np.empty(0, np.intp)]
    while len(old):
        taken = _firsts(old) & _firsts(new)
        olds.append(old[taken])
        news.append(new[taken])
        free = ~(_marked(old, taken) | _marked(new, taken))
        old, new = old[free], new[free]
    return np.concatenate(olds), np.concatenate(news)


def _firsts(values: Indices) -> NDArray[np.bool_]:
    """Return where each value occurs for the first time."""
    places = np.arange(len(values))
    first = np.empty(values.max() + 1, np.intp)
    first[values[::-1]] = places[::-1]  # the last assignment wins, which is the first occurrence
    return np.asarray(first[values] == places)


def _marked(values: Indices, chosen: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Return which values are among the chosen ones."""
    marks = np.zeros(values.max() + 1, np.bool_)
    marks[values[chosen]] = True
    return marks[values]


def apart(boxes: Boxes, scores: NDArray[np.float64], *, share: float) -> Indices:
    """Return indices of the boxes that remain when only the best box of each body is used.

    Args:
        boxes: Shape (N, 4).
        scores: Shape (N,).
        share: Share of the smaller box's area; a weaker box that overlaps by more than this is the same body.
    """
    ranked = np.argsort(-scores, kind="stable")
    found = boxes[ranked]
    best, weaker = _candidates(found, found, reach=np.full(len(found), 1.0))
    later = weaker > best
    best, weaker = best[later], weaker[later]
    same = _overlap(found[best], found[weaker]) > share
    best, weaker = best[same], weaker[same]
    if not len(best):
        return np.asarray(ranked)
    kept = np.ones(len(found), np.bool_)
    open_ = np.ones(len(found), np.bool_)

    while open_.any():
        doubted = np.zeros(len(found), np.bool_)
        doubted[weaker[open_[best]]] = True  # a better box of the same body is not decided yet
        sure = open_ & ~doubted
        open_ &= doubted
        dropped = weaker[sure[best]]
        kept[dropped] = open_[dropped] = False

    return ranked[kept]


def _overlap(one: Boxes, other: Boxes) -> NDArray[np.float64]:
    """Return the common area of each pair as a share of the smaller box."""
    (ax1, ay1, ax2, ay2), (bx1, by1, bx2, by2) = one.T, other.T
    width = np.minimum(ax2, bx2) - np.maximum(ax1, bx1)
    height = np.minimum(ay2, by2) - np.maximum(ay1, by1)
    common = np.maximum(width, 0) * np.maximum(height, 0)
    smaller = np.minimum((ax2 - ax1) * (ay2 - ay1), (bx2 - bx1) * (by2 - by1))
    return np.asarray(common / np.maximum(smaller, 1e-9))
