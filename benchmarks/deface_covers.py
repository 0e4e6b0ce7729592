"""Runs inside deface's own environment and lists what deface would cover in each picture or frame of the given files.

    python deface_covers.py FILES.json ANSWER.json [WIDTHxHEIGHT]

The reader, the network, its threshold, the growth of the boxes and the clipping are deface's own code at its
defaults; only the painting is left out, and its shape (x1, y1, x2, y2 of the ellipse) is recorded instead.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path

import imageio
import imageio.v2 as iio
import numpy as np
from deface.centerface import CenterFace
from deface.deface import scale_bb

THRESH = 0.2  # deface 1.5's default --thresh
MASK_SCALE = 1.3  # and --mask-scale
PICTURES = {".jpg", ".jpeg", ".png"}


def pictures(path: str) -> Iterator[np.ndarray]:
    """Yield RGB pictures as deface reads them."""
    if Path(path).suffix.lower() in PICTURES:
        yield iio.imread(path)
        return
    with imageio.get_reader(path) as reader:
        yield from reader.iter_data()


def covered(net: CenterFace, picture: np.ndarray) -> list[list[object]]:
    """Return the ellipses that deface blurs in one picture, each with its score and the bare face box."""
    height, width = picture.shape[:2]
    rows = []
    for det in net(picture, threshold=THRESH)[0]:
        x1, y1, x2, y2 = scale_bb(*det[:4].astype(int), MASK_SCALE)
        ellipse = [max(0, x1), max(0, y1), min(width - 1, x2), min(height - 1, y2)]
        rows.append([[int(v) for v in ellipse], round(float(det[4]), 4), [round(float(v), 1) for v in det[:4]]])
    return rows


def main() -> None:
    """Answer for every file: picture size and one list of rows per frame."""
    files, answer, *scale = sys.argv[1:]
    shape = tuple(int(v) for v in scale[0].split("x")) if scale else None
    net = CenterFace(in_shape=shape, backend="onnxrt", override_execution_provider="CPUExecutionProvider")
    found = {}
    for path in json.loads(Path(files).read_text()):
        frames, size = [], None
        for picture in pictures(path):
            size = [int(picture.shape[1]), int(picture.shape[0])]
            frames.append(covered(net, np.asarray(picture)))
        found[path] = {"size": size, "frames": frames}
    Path(answer).write_text(json.dumps(found))


if __name__ == "__main__":
    main()
