"""Lens distortion and its inverse: from pixels as seen to pixels of a camera without distortion."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import cv2
import numpy as np
from numpy.typing import NDArray

Points = NDArray[np.float64]
_UNTIL = (cv2.TERM_CRITERIA_COUNT | cv2.TERM_CRITERIA_EPS, 200, 1e-9)
"""OpenCV's default of 5 iterations is off by 100 px in the corners of a wide-angle lens."""


class Lens(Protocol):
    """Maps pixels in both directions; points have shape (N, 2)."""

    def straight(self, points_px: Points) -> Points:
        """Return where a pinhole camera would have seen the points."""
        ...

    def bent(self, points_px: Points) -> Points:
        """Return where this lens shows what a pinhole camera sees at the points."""
        ...


@dataclass(frozen=True, slots=True)
class Pinhole:
    """A lens without distortion."""

    def straight(self, points_px: Points) -> Points:
        """Return the points unchanged."""
        return points_px

    def bent(self, points_px: Points) -> Points:
        """Return the points unchanged."""
        return points_px


@dataclass(frozen=True, slots=True)
class BrownLens:
    """Radial and tangential distortion, as in OpenCV's calibration.

    Args:
        focal_px: Focal lengths fx, fy.
        centre_px: Principal point cx, cy.
        distortion: k1, k2, p1, p2 and, if given, k3.

    Source: Brown (1966); OpenCV, Camera Calibration and 3D Reconstruction.
    """

    focal_px: tuple[float, float]
    centre_px: tuple[float, float]
    distortion: tuple[float, ...]

    def straight(self, points_px: Points) -> Points:
        """Return where a pinhole camera would have seen the points."""
        camera = self._camera()
        undistort = getattr(cv2, "undistortPointsIter", cv2.undistortPoints)  # OpenCV 4 and 5
        found = undistort(
            points_px.reshape(-1, 1, 2).astype(np.float64),
            camera,
            np.array(self.distortion),
            R=None,
            P=camera,
            criteria=_UNTIL,
        )
        return np.asarray(found, np.float64).reshape(-1, 2)

    def bent(self, points_px: Points) -> Points:
        """Return where this lens shows what a pinhole camera sees at the points."""
        rays = (points_px - np.array(self.centre_px)) / np.array(self.focal_px)
        solid = np.concatenate((rays, np.ones((len(rays), 1))), axis=1)
        found, _ = cv2.projectPoints(solid, np.zeros(3), np.zeros(3), self._camera(), np.array(self.distortion))
        return np.asarray(found, np.float64).reshape(-1, 2)

    def _camera(self) -> Points:
        (fx, fy), (cx, cy) = self.focal_px, self.centre_px
        return np.array([[fx, 0, cx], [0, fy, cy], [0, 0, 1]])


@dataclass(frozen=True, slots=True)
class TsaiLens:
    r"""One radial term on the sensor: :math:`x_u = x_d (1 + \kappa_1 r_d^2)`.

    Args:
        cell_mm: Width and height of a pixel on the sensor, mm; the width already divided by sx.
        centre_px: Centre of distortion.
        kappa1: In 1/mm².

    Source: Tsai (1987), A versatile camera calibration technique.
    """

    cell_mm: tuple[float, float]
    centre_px: tuple[float, float]
    kappa1: float

    def straight(self, points_px: Points) -> Points:
        """Return where a pinhole camera would have seen the points."""
        on_sensor = (points_px - np.array(self.centre_px)) * np.array(self.cell_mm)
        radius2 = (on_sensor**2).sum(axis=1, keepdims=True)
        return self._pixels(on_sensor * (1 + self.kappa1 * radius2))

    def bent(self, points_px: Points) -> Points:
        """Return where this lens shows what a pinhole camera sees at the points, to 1e-9 px."""
        wanted = (points_px - np.array(self.centre_px)) * np.array(self.cell_mm)
        found = wanted.copy()
        for _ in range(50):  # fixed-point iteration: converges for every lens that does not fold the picture
            found = wanted / (1 + self.kappa1 * (found**2).sum(axis=1, keepdims=True))
        return self._pixels(found)

    def _pixels(self, on_sensor: Points) -> Points:
        return np.asarray(on_sensor / np.array(self.cell_mm) + np.array(self.centre_px))
