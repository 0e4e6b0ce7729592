"""Measures frame by frame how much of what must be covered is exposed."""

from __future__ import annotations

from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from passerby.errors import UsageError
from passerby.evaluate.moments import ExposedHead, Moments
from passerby.evaluate.result import Evaluation, SizeClass, TruthFormat
from passerby.evaluate.truth import UNKNOWN, Labels, Truth
from passerby.redact.mask import Cover

HIDDEN: Final = 0.8
BARE: Final = 0.5
UNTOUCHED: Final = 0.05
SIZES_PX: Final = (0, 8, 16, 32, 64)
_GROWN: Final = 1.2
_INSIDE: Final = 0.5
"""A head counts if at least this share of it lies in the picture."""


class Exposure:
    r"""Compares the cover of each frame of a clip with the labels.

    With :math:`c` the covered share of a head's pixels, :math:`e80` is the share of heads with
    :math:`c < 0.8` and :math:`e50` that with :math:`c < 0.5`, over all labelled frames. Edges of labels
    are rounded to the nearest pixel and clipped to the picture. Memory grows with the people and the
    labels, not with the length of the clip.

    Args:
        truth: The labels.
        height: Height of the picture, px.
        width: Width of the picture, px.

    Raises:
        UsageError: The labels were made in pictures of another size.
    """

    def __init__(self, truth: Truth, *, height: int, width: int) -> None:
        truth.require_size(width, height)
        self._truth = truth
        self._height = height
        self._width = width
        self._frames = self._whole = 0
        self._times_s = (0.0, 0.0)
        self._area = 0.0
        self._hits = self._covered_px = 0
        self._counts = np.zeros((4, len(SIZES_PX)), np.int64)  # heads, exposed80, exposed50, untouched
        self._seen: set[int] = set()
        self._exposed: set[int] = set()
        self._moments = Moments()
        self._clipped = self._outside = 0

    def observe(self, cover: Cover, time_s: float) -> None:
        """Add the cover of the next frame; `time_s` is its presentation time."""
        labels = self._truth.frames.get(self._frames)
        if labels is None:
            self._area += cover.share(self._height, self._width)
        else:
            self._compare(labels, cover.raster(self._height, self._width), time_s)
        self._times_s = (self._times_s[0] if self._frames else time_s, time_s)
        self._frames += 1
        self._whole += bool(cover.whole)

    def result(self, *, upper: float, version: str) -> Evaluation:
        """Return the results of the whole clip.

        Args:
            upper: Share of a person's height that must be covered, repeated in the result.
            version: Version of passerby, repeated in the result.

        Raises:
            UsageError: The labels belong to another clip: too long, too short, or none in the picture.
        """
        self._truth.require_length(self._frames)
        heads, exposed80, exposed50, untouched = self._counts.sum(axis=1).tolist()
        if not heads:
            msg = f"{self._truth.path}: no label lies in the picture; give the labels of this clip"
            raise UsageError(msg)

        labelled_s = self._labelled_s()
        with_boxes = self._truth.form is not TruthFormat.POINTS

        return Evaluation(
            passerby_version=version,
            truth_format=self._truth.form,
            upper=upper,
            frames=self._frames,
            frames_covered_whole=self._whole,
            frames_labelled=self._truth.labelled,
            labelled_s=labelled_s,
            heads=heads,
            exposed80=exposed80 / heads,
            exposed50=exposed50 / heads,
            untouched=untouched / heads,
            people=len(self._seen) or None,
            people_exposed=len(self._exposed) if self._seen else None,
            exposed80_per_hour=_hourly(exposed80, labelled_s),
            exposed50_per_hour=_hourly(exposed50, labelled_s),
            area=min(1.0, self._area / self._frames),
            precision=self._hits / self._covered_px if with_boxes and self._covered_px else None,
            labels_clipped=self._clipped,
            labels_outside=self._outside,
            sizes=self._sizes(),
            moments=self._moments.worst(),
        )

    def _compare(self, labels: Labels, mask: NDArray[np.uint8], time_s: float) -> None:
        sums = cv2.integral(mask)
        self._area += float(sums[-1, -1]) / mask.size
        if self._truth.form is not TruthFormat.POINTS:
            self._covered_px += int(sums[-1, -1])
            self._hits += cv2.countNonZero(mask & self._near(labels))

        edges = np.rint(labels.protected_px)
        x1, y1, x2, y2 = np.clip(edges, 0, [self._width, self._height] * 2).astype(np.int64).T
        pixels = (x2 - x1) * (y2 - y1)
        counted = pixels >= _INSIDE * np.maximum(1, _sides(labels.protected_px).prod(axis=1))
        bodies = labels.bodies_px
        over = ((np.rint(bodies[:, :2]) < 0) | (np.rint(bodies[:, 2:]) > [self._width, self._height])).any(axis=1)
        if self._truth.form is not TruthFormat.POINTS:
            self._clipped += int((over & counted).sum())
        self._outside += int((~counted).sum())
        covered = (sums[y2, x2] - sums[y1, x2] - sums[y2, x1] + sums[y1, x1]) / np.maximum(1, pixels)
        sizes_px = _spacing(labels) if self._truth.form is TruthFormat.POINTS else y2 - y1
        classes = np.searchsorted(SIZES_PX, sizes_px, side="right") - 1
        for row, chosen in enumerate(_grades(covered)):
            self._counts[row] += np.bincount(classes[counted & chosen], minlength=len(SIZES_PX))
        self._seen.update(labels.people[counted & (labels.people != UNKNOWN)].tolist())
        for index in np.flatnonzero(counted & (covered < HIDDEN)).tolist():
            person = int(labels.people[index])
            box_px = (int(x1[index]), int(y1[index]), int(x2[index]), int(y2[index]))
            self._moments.add(person, ExposedHead(self._frames, time_s, box_px, float(covered[index])))
            if person != UNKNOWN:
                self._exposed.add(person)

    def _near(self, labels: Labels) -> NDArray[np.uint8]:
        """Return the area of the labelled boxes, grown, shape (H, W), 1 = inside."""
        boxes_px = labels.bodies_px
        middles = (boxes_px[:, :2] + boxes_px[:, 2:]) / 2
        reach = _sides(boxes_px) * _GROWN / 2
        edges = np.concatenate((middles - reach, middles + reach), axis=1).astype(np.int32)
        near = np.zeros((self._height, self._width), np.uint8)
        for x1, y1, x2, y2 in np.maximum(0, edges).tolist():
            near[y1:y2, x1:x2] = 1
        return near

    def _labelled_s(self) -> float | None:
        """Return the time that the labelled frames represent; None for a single picture."""
        if self._frames < 2:
            return None
        first_s, last_s = self._times_s
        return self._truth.labelled * (last_s - first_s) / (self._frames - 1)

    def _sizes(self) -> list[SizeClass]:
        ends = (*SIZES_PX[1:], None)
        heads, exposed80, exposed50, _ = self._counts.tolist()
        columns = zip(SIZES_PX, ends, heads, exposed80, exposed50, strict=True)
        return [
            SizeClass(from_px=start, below_px=end, heads=count, exposed80=less80, exposed50=less50)
            for start, end, count, less80, less50 in columns
        ]


def _grades(covered: NDArray[np.float64]) -> tuple[NDArray[np.bool_], ...]:
    return np.ones(len(covered), np.bool_), covered < HIDDEN, covered < BARE, covered <= UNTOUCHED


def _sides(boxes_px: NDArray[np.float64]) -> NDArray[np.float64]:
    sides: NDArray[np.float64] = boxes_px[:, 2:] - boxes_px[:, :2]
    return sides


def _hourly(count: int, labelled_s: float | None) -> float | None:
    return round(count * 3600 / labelled_s, 2) if labelled_s else None


def _spacing(labels: Labels) -> NDArray[np.float64]:
    """Return the distance from each point to the nearest other one, px; infinite if alone; row by row, for memory."""
    points_px = labels.bodies_px[:, :2]
    nearest = np.full(len(points_px), np.inf)
    for index, point in enumerate(points_px):
        squares = ((points_px - point) ** 2).sum(axis=1)
        squares[index] = np.inf
        nearest[index] = squares.min()
    return np.asarray(np.sqrt(nearest), np.float64)
