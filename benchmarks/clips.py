"""Makes clips from the shared footage, always identical to the frame, and stores them in the cache folder.

Street clips for speed and memory, and panned photos in which every face is known in every frame.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np
from numpy.typing import NDArray

from benchmarks import material, peers

Picture = NDArray[np.uint8]
RATE = 25
SIZES = {"720p": (1280, 720), "1080p": (1920, 1080)}
STREET = "pets_s2l1_vtest.avi"
STREET_TOP, STREET_ROWS = 100, 432  # a 16:9 window of its 768x576: all walkers are in it
X264 = {"preset": "veryfast", "crf": "20"}
LOSSLESS = {"preset": "ultrafast", "qp": "0"}

PAN_PHOTOS = {
    # With the most faces turned to the camera (463 found, 8 to 55 px high); chosen before any figure was known.
    "dense crowd": "shtA_IMG_131.jpg",
    # Of the report half, those with the fewest faces: people stand apart and can be covered one by one.
    "street": "shtB_IMG_54.jpg",
    "near people": "shtB_IMG_198.jpg",
}
PAN_SCALE = 1.5
PAN_FRAMES = 60
PAN_VIEW = (1280, 720)
PAN_STEP = (4.1, 5.7)  # px a frame, right and down: never whole, so that the sampling changes
SEED = 7


def street(size: str, *, frames: int = 10 * RATE) -> Path:
    """Return a clip of a campus road, scaled up to `size` (a key of SIZES), H.264 at 25 frames/s."""
    width, height = SIZES[size]
    path = peers.cache() / f"street_{size}_{frames}.mp4"
    if not path.exists():
        views = (cv2.resize(view, (width, height), interpolation=cv2.INTER_CUBIC) for view in _street_views(frames))
        write(path, views, X264)
    return path


def looped(path: Path, seconds: int) -> Path:
    """Return the clip repeated to a length by copying its packets, nothing decoded."""
    target = peers.cache() / f"{path.stem}_{seconds}s.mp4"
    if target.exists():
        return target
    partial = target.with_suffix(".part.mp4")
    with av.open(str(partial), "w") as output, av.open(str(path)) as source:
        origin = source.streams.video[0]
        stream = output.add_stream_from_template(origin)
        length, base = origin.duration or 0, origin.time_base or Fraction(1)
        packets = [packet for packet in source.demux(origin) if packet.dts is not None and packet.pts is not None]
        start = [(packet.pts or 0, packet.dts or 0) for packet in packets]
        for repeat in range(math.ceil(seconds / (length * base))):
            for packet, (pts, dts) in zip(packets, start, strict=True):
                packet.pts, packet.dts = pts + repeat * length, dts + repeat * length
                packet.stream = stream
                packet.time_base = base
                output.mux(packet)
    partial.rename(target)
    return target


@dataclass(frozen=True, slots=True)
class Spoil:
    """What a bad camera does to the panned photo.

    Args:
        noise: Standard deviation of Gaussian noise on each channel, grey levels.
        quality: Of the JPEG round trip that each frame takes.
        dropped: Share of frames that are lost; the view jumps there, times stay even.
    """

    noise: float
    quality: int
    dropped: float = 0.0


@dataclass(frozen=True, slots=True)
class Pan:
    """The panned photo: the clip, the clean photo at its scale and where the view was in each frame.

    Args:
        path: The clip, lossless.
        photo: The clean photo that the view moves over.
        origins: Shape (frames, 2), x and y of the view's corner in the photo, px.
    """

    path: Path
    photo: Path
    origins: NDArray[np.float64]


def pan(name: str, spoil: Spoil) -> Pan:
    """Return the flicker clip of a photo (a key of PAN_PHOTOS), spoiled in one way."""
    noise, quality, dropped = spoil.noise, spoil.quality, spoil.dropped
    stem = f"pan_{Path(PAN_PHOTOS[name]).stem}"
    path, photo = peers.cache() / f"{stem}_n{noise:g}_q{quality}_d{dropped:g}.mkv", peers.cache() / f"{stem}.png"
    source = cv2.imread(str(material.data() / "images" / "crowd" / PAN_PHOTOS[name]))
    large = cv2.resize(source, None, fx=PAN_SCALE, fy=PAN_SCALE, interpolation=cv2.INTER_CUBIC)
    if not photo.exists():
        cv2.imwrite(str(photo), large)
    random = np.random.default_rng(SEED)
    lost = set(random.choice(np.arange(1, PAN_FRAMES), round(dropped * PAN_FRAMES), replace=False).tolist())
    kept = [n for n in range(PAN_FRAMES) if n not in lost]
    origins = np.array([[n * PAN_STEP[0], n * PAN_STEP[1]] for n in kept])
    if not path.exists():
        frames = (_spoiled(_view(large, origin), noise, quality, random) for origin in origins)
        write(path, frames, LOSSLESS)
    return Pan(path, photo, origins)


def _view(photo: Picture, origin: NDArray[np.float64]) -> Picture:
    """Return the view at a corner that may lie between pixels."""
    shift = np.array([[1.0, 0.0, -origin[0]], [0.0, 1.0, -origin[1]]])
    view: Picture = cv2.warpAffine(photo, shift, PAN_VIEW, flags=cv2.INTER_LINEAR).astype(np.uint8)
    return view


def _spoiled(view: Picture, noise: float, quality: int, random: np.random.Generator) -> Picture:
    grainy = np.clip(view + random.normal(0.0, noise, view.shape), 0, 255).astype(np.uint8)
    _, data = cv2.imencode(".jpg", grainy, [cv2.IMWRITE_JPEG_QUALITY, quality])
    back: Picture = cv2.imdecode(data, cv2.IMREAD_COLOR).astype(np.uint8)
    return back


def _street_views(frames: int) -> Iterator[Picture]:
    made = 0
    while True:  # from the start again when the footage is too short
        with av.open(str(material.data() / "video" / STREET)) as source:
            for frame in source.decode(video=0):
                if made == frames:
                    return
                made += 1
                view = frame.to_ndarray(format="bgr24")[STREET_TOP : STREET_TOP + STREET_ROWS]
                yield view.astype(np.uint8, copy=False)


def write(path: Path, pictures: Iterable[Picture], options: dict[str, str], *, rate: Fraction | int = RATE) -> None:
    """Encode BGR pictures with libx264; the clip has its name only when it is whole."""
    partial = path.with_name(f"{path.stem}.part{path.suffix}")
    with av.open(str(partial), "w") as output:
        stream = None
        for picture in pictures:
            if stream is None:
                stream = output.add_stream("libx264", rate=rate, options=options)
                stream.height, stream.width, stream.pix_fmt = picture.shape[0], picture.shape[1], "yuv420p"
            output.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="bgr24")))
        if stream is not None:
            output.mux(stream.encode(None))
    partial.rename(path)
