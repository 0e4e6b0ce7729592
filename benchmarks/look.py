"""Draws labels in red and covered areas in green on a few frames of each kind of footage, for inspection by eye.

python -m benchmarks.look TOOL OUT.png FILE...    TOOL as in the tables; the pictures show people: keep them private
"""

from __future__ import annotations

import sys
from pathlib import Path

import av
import cv2
import numpy as np

from benchmarks import leak, material
from benchmarks.tools import EFFORTS, tools

GREEN, RED = (0, 255, 0), (0, 0, 255)
COLUMN_WIDTH = 900


def truth(path: Path, index: int) -> list[list[float]]:
    """Return the protected boxes of one frame."""
    for clip in leak.CLIPS.values():
        if clip.video == path.name:
            judges = leak.evaluator()
            load = {"cvml": judges.load_cvml, "mot": judges.load_mot}[clip.form]
            return [list(head) for _, head, _ in load(str(material.data() / "gt" / clip.truth))[index]]
    known = [*material.faces(), *material.crowds(), *material.plates()]
    return next((each.boxes for each in known if each.path.resolve() == path.resolve()), [])


def main(tool: str, target: str, *files: str) -> None:
    """Draw the middle frame of each file below one another."""
    paths = [Path(name) for name in files]
    covers = tools(efforts=EFFORTS)[tool](paths)
    rows = []
    for path in paths:
        index = len(covers[path]) // 2
        with av.open(str(path)) as source:
            picture = next(f for n, f in enumerate(source.decode(video=0)) if n == index).to_ndarray(format="bgr24")
        mask = covers[path][index].raster(*picture.shape[:2])
        edges, _ = cv2.findContours(mask, cv2.RETR_LIST, cv2.CHAIN_APPROX_NONE)
        cv2.drawContours(picture, edges, -1, GREEN, 2)
        for box in truth(path, index):
            x1, y1, x2, y2 = (round(v) for v in box)
            cv2.rectangle(picture, (x1 - (x1 == x2), y1 - (y1 == y2)), (x2, y2), RED, 1)
        height = round(picture.shape[0] * COLUMN_WIDTH / picture.shape[1])
        rows.append(cv2.resize(picture, (COLUMN_WIDTH, height)))
    cv2.imwrite(target, np.concatenate(rows))


if __name__ == "__main__":
    main(*sys.argv[1:])
