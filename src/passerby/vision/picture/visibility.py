"""Measures whether people can be found in a picture at all: contrast, sharpness, noise and glare of a small copy.

In bad light the networks still answer, but worse. The decision uses the brightness of a picture at most 320 px
wide, with measures relative to its own contrast, so that they mean the same by day and by night
(docs/decisions/0009-bad-light.md).
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, replace
from math import inf

import cv2
import numpy as np
from numpy.typing import NDArray

from passerby.media.frame import Frame
from passerby.vision.sampling import luma

WIDTH = 320
"""Columns of the picture that is measured, px."""
PLAIN_RANGE = 3
"""A picture whose brightest and darkest pixel differ by no more than this shows nothing, so it shows no one."""
POOR_CONTRAST, BLIND_CONTRAST = 100, 26
"""Grey levels between the darkest and the brightest 1 %: street scenes have 115 to 217, strong fog 42, night 22."""
POOR_SHARPNESS, BLIND_SHARPNESS = 0.30, 0.11
"""Edges (99th percentile of the Laplacian) over contrast: in focus 0.34 to 1.1, close-ups from 0.17, blurred 0.07."""
POOR_FOCUS = 0.39
"""The same in the sharpest tenth of the parts that show anything: photographs with a soft background have 0.393,
pictures that are soft all over at most 0.388."""
LAMP_SHARPNESS, LAMP_DETAIL, LAMP_GLARE = 0.25, 12.0, 0.008
"""Less than the first two and more glare than the third: lamps outshine a dim scene, which has little contrast."""
GLARE_DETAIL = 18.0
"""Glare blinds only if the parts that are not bright vary less than this, grey levels: 8 to 15 against the light, 22 to
65 in photographs with bright sky, snow or walls."""
POOR_NOISE, BLIND_NOISE = 0.005, 0.036
"""Fine change from pass to pass over contrast, with a still camera, in the quietest tenth of the picture."""
NOISE_PASSES = 5
"""Noise is the median of so many passes: it lasts, whereas something that moves before a soft background does not."""
LEAST_NOISE = 0.4
"""Grey levels of fine change below which it does not count: an empty car park with little contrast has 0.25."""
GLARE_LEVEL, POOR_GLARE = 230, 0.04
"""Share of pixels at the top of the range: lamps make up 0.02 of a street at night."""
BLOOM_LEVEL, BLOOM_PX, POOR_BLOOM = 190, 9, 0.55
"""Dazzling light spreads: at least this share of its surroundings is bright too. A white wall ends at its edge."""
DARK_LEVEL = 80
THIN_BITS, BLIND_BITS = 0.016, 0.008
"""Bits per pixel below which an encoder loses people's outlines; usual recordings have 0.06 or more."""
BLIND_DETAIL = 0.03
"""Detail of the picture at full size over contrast: 0.019 with MOT17-04 compressed to a fortieth, otherwise 0.047.
A scene with so few bits but more detail than this is at rest and clearly visible."""
DETAILED = 90
"""Percentile of the blocks' detail that is used."""
BLOCK_PX = 8
FINE_PX = (5, 5)
TILE_PX = 20
SHOWN_LEVELS, EDGE_SHARE, SHARPEST = 40, 0.97, 0.9
"""A tile shows something if it spans so many grey levels; percentiles of its edges, and of the tiles."""
QUIET = 0.1
STILL_PX = 0.75
"""A view that shifted by more than this since the pass before is from a moving camera: change is not noise then."""


@dataclass(frozen=True, slots=True)
class Visibility:
    """Measures of how well people can be found in a picture, taken from a small copy.

    Args:
        contrast: Grey levels between the darkest and the brightest 1 % of the pixels.
        sharpness: 99th percentile of the absolute Laplacian over the contrast.
        noise: Mean fine change since the pass before in the quietest tiles of the picture over the contrast;
            0 for the first pass and for a moving camera.
        glare: Share of the pixels at the top of the range, in [0, 1].
        brightness: Mean, grey levels.
        plain: Whether the picture shows nothing at all.
        thin: Whether the stream has too few bits for what it shows.
        bloom: Share of the surroundings of the glare that is bright too, in [0, 1].
        focus: As sharpness, in the sharpest parts of the picture; infinite where it does not matter.
        detail: How much the parts that are not bright vary, grey levels; infinite where it does not matter.
        squeezed: Whether so few bits are left that outlines are lost: what is not flat must be covered.
    """

    contrast: float
    sharpness: float
    noise: float
    glare: float
    brightness: float
    plain: bool
    thin: bool = False
    bloom: float = 0.0
    focus: float = inf
    detail: float = inf
    squeezed: bool = False

    @property
    def poor(self) -> bool:
        """Whether to use a lower score threshold for the networks."""
        return any(self._flaws)

    @property
    def harsh(self) -> bool:
        """Whether the networks miss so much that even a weak box of one of them counts."""
        return self._blinded or sum(self._flaws) > 1

    @property
    def _blinded(self) -> bool:
        return self.glare > POOR_GLARE and self.bloom > POOR_BLOOM and self.detail < GLARE_DETAIL

    @property
    def _soft(self) -> bool:
        if self.sharpness >= POOR_SHARPNESS:
            return False
        outshone = self.glare > LAMP_GLARE and self.detail < LAMP_DETAIL
        return self.focus < POOR_FOCUS or (outshone and self.sharpness < LAMP_SHARPNESS)

    @property
    def _flaws(self) -> tuple[bool, ...]:
        return (
            self.thin,
            self.contrast < POOR_CONTRAST,
            self._soft,
            self.noise > POOR_NOISE and self.noise * self.contrast > LEAST_NOISE,
            self._blinded,
        )

    @property
    def blind(self) -> str:
        """Why a person in the picture could not be found ("" = a person could be found)."""
        if self.plain:
            return ""
        if self.contrast < BLIND_CONTRAST:
            return "too dark to inspect" if self.brightness < DARK_LEVEL else "too little contrast to inspect"
        if self.sharpness < BLIND_SHARPNESS:
            return "too blurred to inspect"
        return "too noisy to inspect" if self.noise > BLIND_NOISE else ""


class VisibilityMonitor:
    """Measures the inspected frames of one stream, in order."""

    def __init__(self) -> None:
        self._before: NDArray[np.uint8] | None = None
        self._noises: deque[float] = deque(maxlen=NOISE_PASSES)

    def judge(self, frame: Frame) -> Visibility:
        """Return how well people can be found in a frame."""
        width = min(WIDTH, frame.width)
        small = luma(frame, width, max(2, round(frame.height * width / frame.width)))
        seen = measure(small, self._before)
        if self._before is not None:
            self._noises.append(seen.noise)
            seen = replace(seen, noise=float(np.median(self._noises)))
        if 0 < frame.bits_per_pixel < THIN_BITS:
            lost = frame.bits_per_pixel < BLIND_BITS and _detail(frame) < BLIND_DETAIL * seen.contrast
            seen = replace(seen, thin=True, squeezed=lost)
        self._before = small
        return seen


def measure(small: NDArray[np.uint8], before: NDArray[np.uint8] | None = None) -> Visibility:
    """Measure a small picture.

    Args:
        small: Shape (h, w), brightness.
        before: The same for the pass before; None if there was none.
    """
    counts = _histogram(small)
    low, high = _level(counts, 0.01), _level(counts, 0.99)
    contrast = max(high - low, 1)
    edges = cv2.convertScaleAbs(cv2.Laplacian(small, cv2.CV_16S)).astype(np.uint8, copy=False)
    shown = np.flatnonzero(counts)
    sharpness = _level(_histogram(edges), 0.99) / contrast
    glare = float(counts[GLARE_LEVEL:].sum() / small.size)
    doubtful = sharpness < POOR_SHARPNESS or glare > POOR_GLARE
    focus, detail = _parts(small, edges) if doubtful else (inf, inf)

    return Visibility(
        contrast=high - low,
        sharpness=sharpness,
        noise=0.0 if before is None or before.shape != small.shape else _noise(small, before, contrast),
        glare=glare,
        bloom=_bloom(small),
        focus=focus,
        detail=detail,
        brightness=float(counts @ np.arange(256) / small.size),
        plain=int(shown[-1] - shown[0]) <= PLAIN_RANGE,
    )


def _histogram(values: NDArray[np.uint8]) -> NDArray[np.float32]:
    return cv2.calcHist([values], [0], None, [256], [0, 256]).ravel().astype(np.float32, copy=False)


def _level(counts: NDArray[np.float32], share: float) -> int:
    """Return the value below which this share of all values lies."""
    return int(np.searchsorted(counts.cumsum(), share * counts.sum()))


def _bloom(small: NDArray[np.uint8]) -> float:
    """Return the share of the brightest areas' surroundings that is bright too; single bright pixels are ignored."""
    bright = (small >= GLARE_LEVEL).astype(np.uint8)
    areas = cv2.morphologyEx(bright, cv2.MORPH_OPEN, np.ones((3, 3), np.uint8))
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (BLOOM_PX, BLOOM_PX))
    around = small[(cv2.dilate(areas, disc) > 0) & (bright == 0)]
    return float((around >= BLOOM_LEVEL).mean()) if around.size else 0.0


def _parts(small: NDArray[np.uint8], edges: NDArray[np.uint8]) -> tuple[float, float]:
    """Return the sharpness of the sharpest tiles that show anything, and how much the tiles not bright vary."""
    rows, columns = max(1, small.shape[0] // TILE_PX), max(1, small.shape[1] // TILE_PX)
    parts, lines = _tiles(small, rows, columns), _tiles(edges, rows, columns)
    span = np.ptp(parts, axis=1)
    shows = span >= SHOWN_LEVELS
    dim = parts.mean(axis=1) < BLOOM_LEVEL
    focus, detail = inf, inf
    if shows.any():
        focus = float(np.quantile(np.quantile(lines[shows], EDGE_SHARE, axis=1) / span[shows], SHARPEST))
    if dim.any():
        detail = float(np.median(parts[dim].std(axis=1)))
    return focus, detail


def _tiles(picture: NDArray[np.uint8], rows: int, columns: int) -> NDArray[np.float32]:
    """Return the values of a picture in each of rows x columns equal tiles, shape (tiles, pixels)."""
    down, across = picture.shape[0] // rows, picture.shape[1] // columns
    whole = picture[: rows * down, : columns * across].reshape(rows, down, columns, across)
    return whole.swapaxes(1, 2).reshape(rows * columns, -1).astype(np.float32)


def _detail(frame: Frame) -> float:
    """Return the fine structure of the most detailed tenth of the picture at its full size, grey levels."""
    full = luma(frame, frame.width, frame.height)
    rows, columns = (side // BLOCK_PX * BLOCK_PX for side in full.shape)
    if not (rows and columns):
        return np.inf
    edges = cv2.convertScaleAbs(cv2.Laplacian(full[:rows, :columns], cv2.CV_16S))
    blocks = edges.reshape(rows // BLOCK_PX, BLOCK_PX, columns // BLOCK_PX, BLOCK_PX)
    inner = blocks[:, 1:-1, :, 1:-1].mean(axis=(1, 3))  # compression edges at block borders are not detail
    return float(np.percentile(inner, DETAILED))


def _noise(now: NDArray[np.uint8], before: NDArray[np.uint8], contrast: float) -> float:
    """Return the mean fine change in the quietest tenth of the tiles over the contrast; 0 where the view shifted."""
    change = cv2.subtract(now, before, dtype=cv2.CV_16S)
    fine = cv2.convertScaleAbs(change - cv2.blur(change, FINE_PX))
    grid = [max(1, side // TILE_PX) for side in now.shape[::-1]]
    quiet = float(np.quantile(cv2.resize(fine.astype(np.float32), grid, interpolation=cv2.INTER_AREA), QUIET))
    if quiet <= POOR_NOISE * contrast:  # then a shift does not matter
        return quiet / contrast
    first = before.astype(np.float32)
    second = now.astype(np.float32)
    shift, _ = cv2.phaseCorrelate(first, second, cv2.createHanningWindow(now.shape[::-1], cv2.CV_32F))
    return quiet / contrast if max(map(abs, shift)) <= STILL_PX else 0.0
