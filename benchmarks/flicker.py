"""Measures how often a face is bare for a moment, in panned photos in which the position of every face is known.

The face set: faces that deface finds on the clean photo and covers in at least 30 % of the clip's frames that
show them whole. A face-frame is bare when less than half of the face box is covered. `own set` counts, for a
deface at reduced size, only the faces that this one covers in at least 30 % of the frames.

python -m benchmarks.flicker
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product

import numpy as np
from numpy.typing import NDArray

from benchmarks import clips, peers, results
from benchmarks.clips import Pan
from benchmarks.covers import NEARLY_WHOLE, Covered, FrameCover
from benchmarks.tools import EFFORTS, tools

FOUND_IN = 0.3  # share of a face's frames
BARE = 0.5  # covered share of the face box
VARIANTS = {
    "light noise": clips.Spoil(noise=6.0, quality=70),
    "20 % noise, 3 % of frames lost": clips.Spoil(noise=51.0, quality=70, dropped=0.03),
}


def shares(
    covers: list[FrameCover], pan: Pan, faces: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the covered share of each face in each frame, shape (frames, faces), NaN out of view, and the areas."""
    if len(covers) != len(pan.origins):
        msg = f"{pan.path}: {len(covers)} frames answered, {len(pan.origins)} shown"
        raise SystemExit(msg)
    width, height = clips.PAN_VIEW
    table = np.full((len(covers), len(faces)), np.nan)
    areas = []
    for row, (cover, origin) in enumerate(zip(covers, pan.origins, strict=True)):
        covered = Covered(cover.raster(height, width))
        areas.append(covered.area)
        boxes = faces - np.tile(origin, 2)
        inside = (boxes[:, :2] >= 0).all(axis=1) & (boxes[:, 2] <= width) & (boxes[:, 3] <= height)
        for column in np.flatnonzero(inside):
            table[row, column] = covered.share(boxes[column])
    return table, np.array(areas)


def found(table: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Return which faces are covered in at least 30 % of the frames that show them."""
    shown = (~np.isnan(table)).sum(axis=0)
    often: NDArray[np.bool_] = (table >= BARE).sum(axis=0) >= FOUND_IN * shown
    return often & (shown > 0)


def bare(table: NDArray[np.float64], faces: NDArray[np.bool_]) -> tuple[int, int]:
    """Return bare face-frames and all face-frames of some faces."""
    chosen = table[:, faces]
    return int((chosen < BARE).sum()), int((~np.isnan(chosen)).sum())


def measure() -> Iterator[results.Row]:
    """Yield a row for each photo, variant and tool."""
    for (photo, name), (variant, how) in product(clips.PAN_PHOTOS.items(), VARIANTS.items()):
        pan = clips.pan(photo, how)
        faces = np.array([row[2] for row in peers.rows([pan.photo])[pan.photo][0]])
        reference = found(shares(peers.covers([pan.path])[pan.path], pan, faces)[0])
        for tool, covers in tools(efforts=EFFORTS).items():
            table, areas = shares(covers([pan.path])[pan.path], pan, faces)
            none, shown = bare(table, reference)
            own_none, own_shown = bare(table, found(table))
            yield {
                "photo": f"{photo} ({name.removesuffix('.jpg')})",
                "variant": variant,
                "tool": tool,
                "faces": int(reference.sum()),
                "face_frames": shown,
                "bare": none / shown,
                "own_faces": int(found(table).sum()),
                "own_bare": own_none / max(1, own_shown),
                "area": float(areas.mean()),
                "nearly_whole": float((areas > NEARLY_WHOLE).mean()),
            }


if __name__ == "__main__":
    results.save("flicker", list(measure()), photos=clips.PAN_PHOTOS, frames=clips.PAN_FRAMES)
