"""Clips as a moving camera takes them, made of photographs and of footage of a still one; kept in the cache folder.

The same in, the same out: the hand that shakes is drawn from a fixed seed.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import av
import cv2
import numpy as np
from numpy.typing import NDArray

from benchmarks import clips, peers
from benchmarks.clips import Picture

VIEW = (640, 360)
FRAMES = 75
ROOM = 1.3
"""A photograph is scaled to so many times the view, so that the view can move over it."""
SHAKE_PX = 2.5
"""Step of the hand's random walk, px a frame."""
CAMERA = {"preset": "veryfast", "crf": "20"}
SEED = 5


@dataclass(frozen=True, slots=True)
class Way:
    """How the camera moves.

    Args:
        pan: Share of the room that the view crosses, from one side to the other.
        zoom: Growth of the view over the clip: 1.3 shows at last what 1 / 1.3 of the first frame showed.
        shake: Whether a hand holds it.
    """

    pan: float = 0.0
    zoom: float = 1.0
    shake: bool = False


@dataclass(frozen=True, slots=True)
class Turn:
    """How the view moves over the picture of a still camera.

    Args:
        pan: Share of the room that a slow sine crosses to and fro.
        zoom: Largest zoom of a slow sine.
        shake_px: Step of a hand's random walk, px a frame.
        tilt: Largest rotation by the hand, degrees.
        rate: Frames a second that are played; the clip's own 10 leave no frame between two passes of the networks.
    """

    pan: float = 0.0
    zoom: float = 1.0
    shake_px: float = 0.0
    tilt: float = 0.0
    rate: int = 10


TURNS = {
    "pan": Turn(pan=1.0),
    "zoom": Turn(zoom=1.6),
    "hand": Turn(shake_px=6.0, tilt=1.5, rate=25),
    "fast pan": Turn(pan=1.0, rate=25),
}
PERIOD = 75
"""Frames of a pan or zoom to and fro."""
PULL = 0.9
"""Share of its way from the middle that the hand keeps from frame to frame."""
WAYS = {"pan": Way(pan=0.8), "hand": Way(pan=0.3, shake=True), "drive": Way(zoom=1.3)}


def moved(photo: Path, way: str) -> Path:
    """Return a clip of 3 s in which the view moves over a photograph in one of WAYS."""
    path = peers.cache() / f"moved_{photo.stem.replace('=', '_')}_{way}.mp4"
    if not path.exists():
        clips.write(path, _views(photo, WAYS[way]), CAMERA)
    return path


def panned(video: Path, *, frames: int) -> Path:
    """Return the first frames of a clip as a camera that turns slowly to and fro would have taken them."""
    path = peers.cache() / f"panned_{video.stem}_{frames}.mp4"
    if not path.exists():
        clips.write(path, _panned(video, frames), CAMERA, rate=10)
    return path


def turned(video: Path, turn: str, *, first: int, last: int) -> Path:
    """Return frames `first` to before `last` of a clip of a still camera as one that moves would have taken them."""
    path = peers.cache() / f"turned_{video.stem}_{first}_{last}_{turn.replace(' ', '_')}.mp4"
    if not path.exists():
        pictures = islice(_pictures(video), first, last)
        clips.write(path, _turned(pictures, turn, last - first), CAMERA, rate=TURNS[turn].rate)
    return path


def turn_matrices(turn: str, size: tuple[int, int], frames: int) -> NDArray[np.float64]:
    """Return how each frame maps pixels of a clip of that width and height to the view, shape (frames, 2, 3)."""
    how = TURNS[turn]
    columns, rows = view_of(size)
    room = np.array([size[0] - columns, size[1] - rows]) / 2
    random = np.random.default_rng(SEED)
    away, tilt = np.zeros(2), 0.0
    made = []
    for number in range(frames):
        wave = np.sin(2 * np.pi * number / PERIOD)
        zoom = 1 + (how.zoom - 1) * (1 - np.cos(2 * np.pi * number / PERIOD)) / 2
        away = PULL * away + random.normal(0, how.shake_px, 2)
        tilt = PULL * tilt + random.normal(0, how.tilt * np.sqrt(1 - PULL**2))
        centre = np.array(size) / 2 + np.clip(np.array([how.pan * room[0] * wave, 0]) + away, -room, room)
        matrix = cv2.getRotationMatrix2D(tuple(centre), np.clip(tilt, -how.tilt, how.tilt), zoom)
        matrix[:, 2] += np.array([columns, rows]) / 2 - centre
        made.append(matrix)
    return np.array(made)


def view_of(size: tuple[int, int]) -> tuple[int, int]:
    """Return the width and height of the view that moves over pictures of that width and height, px."""
    return size[0] * 3 // 4 // 2 * 2, size[1] * 3 // 4 // 2 * 2


def _turned(pictures: Iterator[Picture], turn: str, frames: int) -> Iterator[Picture]:
    matrices: NDArray[np.float64] | None = None
    for number, picture in enumerate(pictures):
        size = (picture.shape[1], picture.shape[0])
        matrices = turn_matrices(turn, size, frames) if matrices is None else matrices
        view = cv2.warpAffine(picture, matrices[number], view_of(size), flags=cv2.INTER_LINEAR)
        yield view.astype(np.uint8, copy=False)


def joined(videos: list[Path], *, seconds: int, rounds: int) -> Path:
    """Return a clip that shows a second of each of several clips in turn, with hard cuts between."""
    path = peers.cache() / f"joined_{'_'.join(video.stem[:8] for video in videos)}.mp4"
    if not path.exists():
        clips.write(path, _joined(videos, seconds, rounds), CAMERA)
    return path


def matrices(size: tuple[int, int], way: Way) -> NDArray[np.float64]:
    """Return how each frame maps pixels of a photograph of that width and height to the view, shape (FRAMES, 2, 3)."""
    columns, rows = VIEW
    scale = ROOM * max(columns / size[0], rows / size[1])
    room = np.array([size[0] * scale - columns, size[1] * scale - rows])
    random = np.random.default_rng(SEED)
    hand = np.cumsum(random.normal(0, SHAKE_PX, (FRAMES, 2)), axis=0) if way.shake else np.zeros((FRAMES, 2))
    done = np.linspace(0, 1, FRAMES)
    made = []
    for share, shift in zip(done.tolist(), hand, strict=True):
        corner = room * (0.5 + way.pan * (share - 0.5)) + shift
        corner = np.clip(corner, 0, np.maximum(room, 0))
        grown = 1 + (way.zoom - 1) * share
        middle = np.array([columns, rows]) / 2
        made.append(
            np.array(
                [
                    [scale * grown, 0, middle[0] - grown * (corner[0] + middle[0])],
                    [0, scale * grown, middle[1] - grown * (corner[1] + middle[1])],
                ]
            )
        )
    return np.array(made)


def _views(photo: Path, way: Way) -> Iterator[Picture]:
    picture = cv2.imread(str(photo))
    random = np.random.default_rng(SEED)
    for matrix in matrices((picture.shape[1], picture.shape[0]), way):
        view = cv2.warpAffine(picture, matrix, VIEW, flags=cv2.INTER_AREA, borderMode=cv2.BORDER_REFLECT)
        grain = random.normal(0, 2, (VIEW[1], VIEW[0], 1))
        yield np.clip(view + grain, 0, 255).astype(np.uint8)


def _panned(video: Path, frames: int) -> Iterator[Picture]:
    for number, picture in enumerate(islice(_pictures(video), frames)):
        height, width = picture.shape[:2]
        columns = width * 3 // 4 // 2 * 2
        left = (width - columns) / 2 * (1 + np.sin(number / 12))
        shift = np.array([[1.0, 0.0, -left], [0.0, 1.0, 0.0]])
        view = cv2.warpAffine(picture, shift, (columns, height // 2 * 2), flags=cv2.INTER_LINEAR)
        yield view.astype(np.uint8, copy=False)


def _joined(videos: list[Path], seconds: int, rounds: int) -> Iterator[Picture]:
    sources = [_pictures(video) for video in videos]
    for _ in range(rounds):
        for source in sources:
            for picture in islice(source, seconds * clips.RATE):
                yield cv2.resize(picture, VIEW, interpolation=cv2.INTER_AREA).astype(np.uint8, copy=False)


def _pictures(path: Path) -> Iterator[Picture]:
    with av.open(str(path)) as source:
        for frame in source.decode(video=0):
            yield frame.to_ndarray(format="bgr24").astype(np.uint8, copy=False)
