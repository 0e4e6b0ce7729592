"""From the picture to the ground: a homography after lens correction, and how accurate it is."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations

import cv2
import numpy as np
from numpy.typing import NDArray

from passerby.errors import MeasureError
from passerby.measure.lens import Lens, Pinhole

Points = NDArray[np.float64]

LEAST_POINTS = 4
LEAST_EXTENT_M = 0.1
DEGREES_EXTENT = 0.5
"""Points within half a unit, but far from the origin, are degrees: a camera sees more than half a metre."""
FLAT = 1e-3
"""Three points whose triangle is lower than this share of its longest side lie on a line."""


@dataclass(frozen=True, slots=True)
class Fit:
    """How well a ground plane fits the points that it was computed from.

    Args:
        errors_px: Distance in the picture between each point and its projection, shape (N,).
        errors_m: The same on the ground.
    """

    errors_px: Points
    errors_m: Points

    @property
    def rms_px(self) -> float:
        """Root mean square in the picture, px."""
        return float(np.sqrt((self.errors_px**2).mean()))

    @property
    def rms_m(self) -> float:
        """Root mean square on the ground, m."""
        return float(np.sqrt((self.errors_m**2).mean()))

    @property
    def worst(self) -> int:
        """Number of the point that fits worst in the picture, counted from 1."""
        return int(self.errors_px.argmax()) + 1


class Ground:
    """The ground plane seen by one camera.

    Args:
        to_m: Shape (3, 3), homography from undistorted pixels to metres, relative to `origin_m`.
        lens: Lens distortion of the picture.
        seen_px: Shape (N, 2), points of the picture that certainly show the ground: they determine on which side
            of the horizon it lies.
        origin_m: Added to the metres, because survey coordinates have more digits than a homography can hold.

    Raises:
        MeasureError: The homography cannot be inverted, or is not finite.
    """

    def __init__(
        self, to_m: Points, *, lens: Lens | None = None, seen_px: Points, origin_m: tuple[float, float] = (0.0, 0.0)
    ) -> None:
        if not np.isfinite(to_m).all() or abs(np.linalg.det(to_m)) < 1e-300:
            msg = "no plane fits the points of the picture and the ground; check their order"
            raise MeasureError(msg)

        self._lens = lens or Pinhole()
        self._origin = np.array(origin_m, np.float64)
        self.seen_px = seen_px
        scale = _scale(to_m, self._lens.straight(seen_px))
        side = np.sign(np.median(np.sign(scale))) or 1.0
        if (beyond := np.flatnonzero(np.sign(scale) != side)).size:
            named = ", ".join(str(number + 1) for number in beyond.tolist())
            msg = f"the horizon lies between point {named} and the others: a point has the wrong position; check them"
            raise MeasureError(msg)

        self._to_m = to_m * np.sign(scale[0])
        self._to_px = np.linalg.inv(self._to_m)
        self._ahead = float(np.sign(_scale(self._to_px, self.to_ground(seen_px) - self._origin))[0])

    @classmethod
    def from_points(cls, picture_px: Points, ground_m: Points, *, lens: Lens | None = None) -> Ground:
        """Return the plane that fits at least four pairs of points best.

        Args:
            picture_px: Shape (N, 2).
            ground_m: Shape (N, 2), the same points on the ground.
            lens: Lens distortion of the picture; None = none.

        Raises:
            MeasureError: There are too few points, or some of them are unusable; they are named by number.
        """
        _require_useful(picture_px, "picture")
        _require_useful(ground_m, "ground")
        _require_metres(ground_m)
        straight = (lens or Pinhole()).straight(picture_px)
        if lens is not None:
            _require_unfolded(lens, picture_px, straight)
        x, y = np.round(ground_m.mean(axis=0)).tolist()
        found, _ = cv2.findHomography(straight, ground_m - np.array([x, y]), 0)
        return cls(np.asarray(found, np.float64).reshape(3, 3), lens=lens, seen_px=picture_px, origin_m=(x, y))

    @property
    def mirrored(self) -> bool:
        """Whether left and right are exchanged: x and y have the opposite orientation from what a camera sees."""
        return bool(np.linalg.det(self._to_m) > 0)

    def to_ground(self, points_px: Points) -> Points:
        """Return positions on the ground, shape (N, 2), m; NaN at and above the horizon.

        Args:
            points_px: Shape (N, 2), foot points in the picture.
        """
        found = _homogeneous(self._lens.straight(np.asarray(points_px, np.float64).reshape(-1, 2))) @ self._to_m.T
        with np.errstate(divide="ignore", invalid="ignore"):
            places: Points = found[:, :2] / found[:, 2:]
        places[~(found[:, 2] > 0)] = np.nan
        return places + self._origin

    def to_picture(self, points_m: Points) -> Points:
        """Return where positions on the ground appear in the picture, shape (N, 2), px; NaN behind the camera."""
        found = _homogeneous(np.asarray(points_m, np.float64).reshape(-1, 2) - self._origin) @ self._to_px.T
        with np.errstate(divide="ignore", invalid="ignore"):
            points: Points = found[:, :2] / found[:, 2:]
        points[~(found[:, 2] * self._ahead > 0)] = np.nan
        return self._lens.bent(points)

    def px_per_m(self, points_px: Points) -> Points:
        """Return how many pixels a metre on the ground has in its worst direction, shape (N,); NaN above the horizon.

        It is the smaller singular value of the Jacobian from ground to picture: how well people who stand behind one
        another are separated.
        """
        here = self.to_ground(points_px)
        step = 0.05  # m: small compared with a person, large compared with rounding
        along = [(self.to_picture(here + d) - self.to_picture(here - d)) / (2 * step) for d in step * np.eye(2)]
        jacobian = np.stack(along, axis=2)  # (N, px, m)
        found = np.full(len(here), np.nan)
        sound = np.isfinite(jacobian).all(axis=(1, 2))
        found[sound] = np.linalg.svd(jacobian[sound], compute_uv=False)[:, -1]
        return found

    def fit(self, picture_px: Points, ground_m: Points) -> Fit:
        """Return how far known points lie from their projections."""
        return Fit(
            np.linalg.norm(self.to_picture(ground_m) - picture_px, axis=1),
            np.linalg.norm(self.to_ground(picture_px) - ground_m, axis=1),
        )


def _homogeneous(points: Points) -> Points:
    return np.concatenate((points, np.ones((len(points), 1))), axis=1)


def _scale(matrix: Points, points: Points) -> Points:
    """Return the divisor of each projected point; its sign shows the side of the horizon."""
    return np.asarray((_homogeneous(points) @ matrix.T)[:, 2])


def _require_useful(points: Points, where: str) -> None:
    """Refuse points of which no four are in general position, and name them."""
    if points.ndim != 2 or points.shape[1] != 2 or len(points) < LEAST_POINTS:
        msg = f"{len(points)} {where} points; give at least {LEAST_POINTS}"
        raise MeasureError(msg)

    for number, point in enumerate(points, 1):
        if not np.isfinite(point).all():
            msg = f"{where} point {number} is not finite"
            raise MeasureError(msg)

    for one, other in combinations(range(len(points)), 2):
        if np.array_equal(points[one], points[other]):
            msg = f"{where} points {one + 1} and {other + 1} are the same; move one"
            raise MeasureError(msg)

    flat = {three for three in combinations(range(len(points)), 3) if _on_a_line(points[list(three)])}
    if all(any(set(three) < set(four) for three in flat) for four in combinations(range(len(points)), 4)):
        named = ", ".join(str(number + 1) for number in min(flat))
        msg = f"{where} points {named} lie on a line, and no four points span a plane without them; move one"
        raise MeasureError(msg)


def _require_metres(ground_m: Points) -> None:
    """Refuse a ground that is too small, especially degrees given as metres."""
    low = ground_m.min(axis=0)
    high = ground_m.max(axis=0)
    extent, away = float((high - low).max()), float(np.abs(ground_m).max())
    if extent < DEGREES_EXTENT and away > 10 * extent:
        x, y = ground_m[0].tolist()
        msg = f"the ground points, such as {x:g}, {y:g}, lie within {extent:.2g} m: these are degrees, not metres; "
        msg += "convert longitude and latitude to metres, such as UTM, or measure on site"
        raise MeasureError(msg)
    if extent < LEAST_EXTENT_M:
        msg = f"the ground points lie within {extent:.2g} m of each other; give metres, and points farther apart"
        raise MeasureError(msg)


def require_seen(points_px: Points, size_px: tuple[int, ...] | None) -> None:
    """Refuse calibration points outside the picture that they were read from.

    Args:
        points_px: Shape (N, 2).
        size_px: Width and height of that picture; None = not known.

    Raises:
        MeasureError: A point lies outside; the message gives its number and position.
    """
    most = (np.inf, np.inf) if size_px is None else size_px
    for number, (x, y) in enumerate(points_px.tolist(), 1):
        if not (0 <= x <= most[0] and 0 <= y <= most[1]):
            where = "the picture" if size_px is None else f"the picture of {size_px[0]}x{size_px[1]}"
            msg = f"picture point {number} at {x:g}, {y:g} lies outside {where} that it was read from; check it"
            raise MeasureError(msg)


def _require_unfolded(lens: Lens, picture_px: Points, straight: Points) -> None:
    """Refuse a lens that cannot show the points where they are."""
    off = np.linalg.norm(lens.bent(straight) - picture_px, axis=1)
    if wrong := [number for number, distance in enumerate(off.tolist(), 1) if not distance < 1]:
        msg = f"lens: cannot show anything at point {wrong[0]}; check its focal lengths, centre and distortion"
        raise MeasureError(msg)


def _on_a_line(three: Points) -> bool:
    sides = np.roll(three, -1, axis=0) - three
    longest = float(np.linalg.norm(sides, axis=1).max())
    area2 = abs(sides[0, 0] * sides[1, 1] - sides[0, 1] * sides[1, 0])
    return bool(area2 < FLAT * longest * longest)
