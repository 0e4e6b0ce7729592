"""The quality of a calibration: errors of its points, and pixels per metre across the picture."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from passerby.measure.ground import Fit, Ground
from passerby.settings.ground import GroundSettings

ROWS, COLUMNS = 5, 5


@dataclass(frozen=True, slots=True)
class Calibration:
    """The quality of a ground plane.

    Args:
        fit: Errors of the points; None for an imported calibration, which has no points.
        at_px: Shape (ROWS, COLUMNS, 2), positions in the picture.
        px_per_m: Shape (ROWS, COLUMNS), pixels per metre there in the worst direction; NaN above the horizon.
        usable_share: Share of the picture where densities can be measured.
    """

    fit: Fit | None
    at_px: np.ndarray[tuple[int, int, int], np.dtype[np.float64]]
    px_per_m: np.ndarray[tuple[int, int], np.dtype[np.float64]]
    usable_share: float


def judged(settings: GroundSettings, size_px: tuple[int, ...] | None) -> Calibration:
    """Return the quality of a calibration.

    Args:
        settings: The calibration.
        size_px: Width and height of the picture; None = as far as the points or the imported file reach.

    Raises:
        MeasureError: The points do not define a plane, or the file is wrong.
    """
    ground = settings.ground()
    width, height = size_px or settings.size_px or settings.pairs()[0].max(axis=0).round().astype(int)
    at = _spread(width, height, rows=ROWS, columns=COLUMNS)
    density = ground.px_per_m(at.reshape(-1, 2)).reshape(ROWS, COLUMNS)
    everywhere = ground.px_per_m(_spread(width, height, rows=40, columns=40).reshape(-1, 2))
    usable = float(np.mean(np.nan_to_num(everywhere) >= settings.least_px_per_m))
    return Calibration(_fit(settings, ground), at, density, usable)


def _fit(settings: GroundSettings, ground: Ground) -> Fit | None:
    return ground.fit(*settings.pairs()) if settings.points else None


def _spread(
    width: int, height: int, *, rows: int, columns: int
) -> np.ndarray[tuple[int, int, int], np.dtype[np.float64]]:
    x = (np.arange(columns) + 0.5) * width / columns
    y = (np.arange(rows) + 0.5) * height / rows
    return np.stack(np.meshgrid(x, y), axis=2)
