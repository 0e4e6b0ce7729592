"""Makes bad light and bad weather from good pictures, reproducibly.

Each transform takes a BGR picture, the number of its frame and a strength (0 = weaker, 1 = stronger). Lengths are
given for a picture 768 px wide and scale with it. These are substitutes, not optics: they rank tools on the same
footage and do not say how well a tool works in real fog (docs/benchmarks.md).
"""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np
from numpy.typing import NDArray

Picture = NDArray[np.uint8]
Values = NDArray[np.float32]
Transform = Callable[[Picture, int, int], Picture]
USUAL_WIDTH = 768
SEED = 11


def night(picture: Picture, frame: int, strength: int) -> Picture:
    """Darken to 30 % (13 %), fade colours to 40 % (15 %) and add noise of 5 (9) grey levels."""
    share, colour, noise = ((0.30, 0.40, 5.0), (0.13, 0.15, 9.0))[strength]
    dim = _faded(picture, colour) * share
    return _bytes(dim + _random(frame).normal(0, noise, dim.shape))


def backlight(picture: Picture, _frame: int, strength: int) -> Picture:
    """A gamma of 2 (3.2) for all that stands before the light, and a light that blooms from the top's middle."""
    gamma, reach = ((2.0, 0.22), (3.2, 0.30))[strength]
    width = picture.shape[1]
    dark = 255 * (picture.astype(np.float32) / 255) ** gamma
    bloom = 280 * _falloff(picture.shape, (0.5 * width, 0.0), reach * width)
    return _bytes(dark + bloom[..., None])


def headlights(picture: Picture, frame: int, strength: int) -> Picture:
    """Dusk (45 % of the light) and 1 (2) cars whose lamps blind: a white core and a halo that drifts."""
    cars, halo = ((1, 0.08), (2, 0.12))[strength]
    height, width = picture.shape[:2]
    lit = picture.astype(np.float32) * 0.45
    for car in range(cars):
        x = width * ((0.15 + 0.3 * car + 0.004 * frame) % 1.0)
        y = height * (0.45 + 0.15 * car)
        for side in (-0.03, 0.03):
            centre = (x + side * width, y)
            glare = 400 * _falloff(picture.shape, centre, 0.25 * halo * width)
            lit += (glare + 70 * _falloff(picture.shape, centre, halo * width))[..., None]
    return _bytes(lit)


def rain(picture: Picture, frame: int, strength: int) -> Picture:
    """Slanting streaks, other ones in each frame, before a softer, paler view: 500 (2,000) of 14 (22) px."""
    drops, length, pale = ((500, 14, 0.15), (2000, 22, 0.35))[strength]
    scale = _scale(picture)
    random = _random(frame)
    streaks = np.zeros(picture.shape[:2], np.float32)
    starts = random.uniform((0, 0), (picture.shape[1], picture.shape[0]), (drops, 2))
    for x, y in starts.tolist():
        end = (round(x - 0.2 * length * scale), round(y + length * scale))
        cv2.line(streaks, (round(x), round(y)), end, random.uniform(30, 110), max(1, round(scale)))
    soft = cv2.GaussianBlur(picture.astype(np.float32), (0, 0), (0.6 + 0.7 * strength) * scale)
    return _bytes(_veiled(soft, 1 - pale, light=165) + cv2.GaussianBlur(streaks, (0, 0), 0.7 * scale)[..., None])


def fog(picture: Picture, _frame: int, strength: int) -> Picture:
    """A grey veil, thickest at the top where the view is farthest: 35 % (12 %) of the contrast is left there."""
    top, bottom = ((0.35, 0.75), (0.12, 0.40))[strength]
    kept = np.exp(np.linspace(np.log(top), np.log(bottom), picture.shape[0]), dtype=np.float32)
    return _bytes(_veiled(picture.astype(np.float32), kept[:, None, None], light=205))


def snow(picture: Picture, frame: int, strength: int) -> Picture:
    """Falling flakes of three sizes, 400 (1,500) of them, before a paler view."""
    flakes, pale = ((400, 0.15), (1500, 0.40))[strength]
    scale = _scale(picture)
    height, width = picture.shape[:2]
    random = np.random.default_rng(SEED)  # the same flakes fall through all frames
    starts, sizes = random.uniform((0, 0), (width, height), (flakes, 2)), random.integers(1, 4, flakes)
    layer = np.zeros((height, width), np.float32)
    for (x, y), size in zip(starts.tolist(), sizes.tolist(), strict=True):
        place = (round(x + 6 * scale * np.sin(frame + x)), round((y + 9 * scale * size * frame) % height))
        cv2.circle(layer, place, round(size * scale), 255, -1)
    soft = cv2.GaussianBlur(layer, (0, 0), 0.8 * scale)[..., None] / 255
    pictured = _veiled(picture.astype(np.float32), 1 - pale, light=215)
    return _bytes(pictured * (1 - 0.9 * soft) + 0.9 * 245 * soft)


def infrared(picture: Picture, frame: int, strength: int) -> Picture:
    """A lamp beside the lens: grey, plants bright, clothes alike, dark corners, noise of 4 (10) grey levels."""
    reach, noise, contrast = ((0.55, 4.0, 0.7), (0.32, 10.0, 0.4))[strength]
    blue, green, red = np.moveaxis(picture.astype(np.float32), 2, 0)
    grey = 0.2 * blue + 0.3 * green + 0.5 * red
    plants = np.clip(3 * (green - (red + blue) / 2), 0, 120)
    flat = 110 + contrast * (grey - 110) + plants
    height, width = grey.shape
    lamp = _falloff(picture.shape, (0.5 * width, 0.6 * height), reach * width)
    lit = flat * (0.1 + 0.9 * lamp) + _random(frame).normal(0, noise, grey.shape)
    return _bytes(np.repeat(lit[..., None], 3, axis=2))


def smeared(picture: Picture, _frame: int, strength: int) -> Picture:
    """Out of focus by a Gaussian of 1.5 (4) px, and smeared sideways over 5 (15) px."""
    focus, length = ((1.5, 5), (4.0, 15))[strength]
    scale = _scale(picture)
    soft = cv2.GaussianBlur(picture, (0, 0), focus * scale)
    return cv2.blur(soft, (max(1, round(length * scale)), 1)).astype(np.uint8, copy=False)


def same(picture: Picture, _frame: int, _strength: int) -> Picture:
    """The picture itself: what is spoiled is its encoding, or nothing."""
    return picture


WEATHER: dict[str, Transform] = {
    "clear": same,
    "night": night,
    "backlight": backlight,
    "headlights": headlights,
    "rain": rain,
    "fog": fog,
    "snow": snow,
    "infrared": infrared,
    "smeared": smeared,
    "blocky": same,
}
BLOCKY_CRF = (38, 46)
"""Constant rate factor of x264 for the blocky clips: about a tenth and a fortieth of the usual size."""


def _scale(picture: Picture) -> float:
    return picture.shape[1] / USUAL_WIDTH


def _random(frame: int) -> np.random.Generator:
    return np.random.default_rng((SEED, frame))


def _faded(picture: Picture, colour: float) -> Values:
    """Return the picture with a share of its colour, the rest grey."""
    grey = cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY)[..., None].astype(np.float32)
    return np.asarray(grey + colour * (picture.astype(np.float32) - grey), np.float32)


def _veiled(values: Values, kept: float | Values, *, light: float) -> Values:
    """Return what a veil of one brightness leaves of a picture."""
    return np.asarray(values * kept + light * (1 - kept), np.float32)


def _falloff(shape: tuple[int, ...], centre: tuple[float, float], reach: float) -> Values:
    """Return 1 at a place, shape (height, width), falling off as a Gaussian of that reach, px."""
    y, x = np.ogrid[: shape[0], : shape[1]]
    squares = (x - centre[0]) ** 2 + (y - centre[1]) ** 2
    return np.exp(-squares / (2 * reach**2)).astype(np.float32)


def _bytes(values: NDArray[np.float32] | NDArray[np.float64]) -> Picture:
    return np.clip(np.rint(values), 0, 255).astype(np.uint8)
