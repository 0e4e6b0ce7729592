"""What boxes and outlines cover of people who fill the picture, and whether a head is bare in any frame.

python -m benchmarks.close_ups [NAME...]     with names, these rows replace the kept ones

Where nobody labelled a clip, the face network looks at its raw frames at the sizes of the leak check, at which it does
not cover. A head is the ellipse around a face that takes in hair and chin.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from benchmarks import material, moved, results
from benchmarks.covers import Covered
from passerby import RedactOptions
from passerby.assembly.outlines import outliner_for
from passerby.assembly.redaction import LOOK_AHEAD_S
from passerby.media.files.video_file import open_source
from passerby.media.layout import Layout
from passerby.redact.choice import CoverKind, CoverShape, StyleName
from passerby.redact.cover_plan import CoverPlan
from passerby.redact.mask import Cover
from passerby.redact.rule import COVER_SCORE, kinds_of, rules_for
from passerby.redact.stream import Redactor
from passerby.redact.style import style_named
from passerby.vision.detections import Kind
from passerby.vision.detector import Detector
from passerby.vision.effort import Effort
from passerby.vision.inspect.detector_set import checking_detectors, covering_detectors, taking_turns
from passerby.vision.inspect.inspector import FrameInspector, InspectedFrame

HIDDEN = 0.8
FACE_SCORE = 0.5
HEAD_ROOM = (0.15, 0.35, 0.05)
"""How far a head extends beyond its face: to each side, above and below, as shares of the face's width and height."""
SHAPES = (CoverShape.BOX, CoverShape.OUTLINE)
PEOPLE = frozenset({CoverKind.PEOPLE})
LONGEST = 120
"""Frames of a clip that are looked at."""
Boxes = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class CloseUp:
    """Files of one kind.

    Args:
        name: For the table.
        half: Of the split.
        paths: Clips or pictures.
        faces: Labelled faces by file; where a file is absent, the face network looks.
        bodies: Labelled bodies by file.
    """

    name: str
    half: str
    paths: tuple[Path, ...]
    faces: dict[Path, Boxes]
    bodies: dict[Path, Boxes]


def close_ups() -> Iterator[CloseUp]:
    """Yield clips one by one, and pictures by set and half."""
    video, images = material.data() / "video", material.data() / "images"
    clips = {
        "head and shoulders": video / "skv_carphone.mp4",
        "two faces": video / "gif" / "intel_head-pose-face-detection-female-and-male.gif",
        "dinner, fisheye": video / "egoblur_two_faces_fisheye.mp4",
        "class room": video / "gif" / "intel_classroom.gif",
        "edited film": video / "skv_bikes.mp4",
    }
    for name, path in clips.items():
        yield CloseUp(name, material.split_of(path.name), (path,), {}, {})
    for photo in sorted((images / "faces_dlib").glob("*.jpg")):
        clip = moved.moved(photo, "hand")
        yield CloseUp(f"{photo.stem}, hand", material.split_of(photo.name), (clip,), {}, {})
    for name, members in (("faces", material.faces()), ("photographs of people", material.bodies())):
        for group in sorted({each.group for each in members}):
            for half in ("tune", "report"):
                mine = [each for each in members if (each.group, each.split) == (group, half)]
                boxes = {each.path: np.array(each.boxes, np.float32).reshape(-1, 4) for each in mine}
                known = {"faces": boxes} if name == "faces" else {"bodies": boxes}
                if mine:
                    paths = tuple(each.path for each in mine)
                    yield CloseUp(f"{name} ({group})", half, paths, **({"faces": {}, "bodies": {}} | known))


class Covering:
    """Looks at files once, with what `passerby redact` looks with, and covers them by boxes and by outlines."""

    def __init__(self) -> None:
        self._outliner = outliner_for(PEOPLE, StyleName.SOLID, CoverShape.OUTLINE)
        self._stills: dict[tuple[str, ...], list[Detector]] = {}

    def look(self, path: Path) -> list[InspectedFrame]:
        """Return the first frames of a clip, or a picture, with what was seen in them."""
        kinds = kinds_of(PEOPLE)
        with closing(open_source(path)) as source:
            still = source.shape.layout is Layout.RGB
            detectors = covering_detectors(source.shape, kinds, effort=Effort.BALANCED, still=still)
            if still:  # networks are compiled once for all pictures that have the same sizes of input
                detectors = self._stills.setdefault(tuple(each.name for each in detectors), detectors)
            turns = taking_turns(detectors, Effort.BALANCED, kinds)
            inspector = FrameInspector(detectors, occasional=turns, outliner=self._outliner)
            found = list(inspector.inspect(islice(source, LONGEST)))
            inspector.close()
            return found

    def cover(self, seen: list[InspectedFrame], shape: CoverShape) -> list[Cover]:
        """Return what is covered in each frame."""
        options = RedactOptions()
        rules = rules_for(PEOPLE, score=COVER_SCORE, margin=options.growth - 1)
        plan = CoverPlan(rules, hold_s=options.hold_s, motion=True)
        redactor = Redactor(plan, style_named("solid"), look_ahead_s=max(LOOK_AHEAD_S, options.hold_s))
        if shape is CoverShape.BOX:
            seen = [
                each if each.look is None else replace(each, look=replace(each.look, silhouettes=None)) for each in seen
            ]
        return [done.cover for done in redactor.stream(seen)]


def faces_in(path: Path) -> list[Boxes]:
    """Return the faces that the network of the leak check finds in each raw frame of a clip."""
    with closing(open_source(path)) as source:
        network = checking_detectors(source.shape)[-1]
        frames = islice(source, LONGEST)
        return [network.detect([frame])[0].of(frozenset({Kind.FACE}), FACE_SCORE).boxes_px for frame in frames]


def head_share(mask: NDArray[np.uint8], face: Sequence[float] | Boxes) -> float:
    """Return the covered share of the head around a face, of what lies in the picture; 1 if nothing does.

    Args:
        mask: Shape (H, W), 1 = covered.
        face: x1 y1 x2 y2, px.
    """
    x1, y1, x2, y2 = (float(edge) for edge in face)
    side, above, below = HEAD_ROOM
    left, right = x1 - side * (x2 - x1), x2 + side * (x2 - x1)
    top, bottom = y1 - above * (y2 - y1), y2 + below * (y2 - y1)
    head = np.zeros(mask.shape, np.uint8)
    middle = (round((left + right) / 2), round((top + bottom) / 2))
    cv2.ellipse(head, middle, (max(1, round((right - left) / 2)), max(1, round((bottom - top) / 2))), 0, 0, 360, 1, -1)
    inside = int(head.sum())
    return float((head & mask).sum()) / inside if inside else 1.0


def row(
    kind: CloseUp, shape: CoverShape, covers: dict[Path, list[Cover]], found: dict[Path, list[Boxes]]
) -> results.Row:
    """Return the covered area, and how many faces and heads are covered less than 80 %, frame by frame."""
    areas, faces, heads, bodies, labelled = [], [], [], [], []
    for path in kind.paths:
        height, width = _size(path)
        for cover, boxes in zip(covers[path], found[path], strict=True):
            mask = cover.raster(height, width)
            covered = Covered(mask)
            areas.append(covered.area)
            faces += [covered.share(box) for box in boxes]
            heads += [head_share(mask, box) for box in boxes]
            mine = kind.bodies.get(path)
            if mine is not None:
                bodies += [covered.share(box) for box in mine]
                labelled.append(_area(mine, height, width))
    return {
        "name": kind.name,
        "half": kind.half,
        "tool": shape.value,
        "frames": len(areas),
        "area": float(np.mean(areas)),
        "times": float(np.mean(areas) / np.mean(labelled)) if labelled else None,
        "faces": len(faces),
        "faces80": float((np.array(faces) < HIDDEN).mean()) if faces else None,
        "heads80": float((np.array(heads) < HIDDEN).mean()) if heads else None,
        "least": float(min(heads)) if heads else None,
        "bodies80": float((np.array(bodies) < HIDDEN).mean()) if bodies else None,
    }


def _size(path: Path) -> tuple[int, int]:
    with closing(open_source(path)) as source:
        return source.shape.height, source.shape.width


def _area(boxes: Boxes, height: int, width: int) -> float:
    mask = np.zeros((height, width), np.uint8)
    for x1, y1, x2, y2 in np.clip(np.rint(boxes), 0, max(height, width)).astype(int).tolist():
        mask[y1:y2, x1:x2] = 1
    return float(mask.mean())


def measure(names: list[str]) -> Iterator[results.Row]:
    """Yield a row for each kind and shape, or for the kinds of these names."""
    covering = Covering()
    for kind in close_ups():
        if names and kind.name not in names:
            continue
        found = {path: [kind.faces[path]] if path in kind.faces else _truth(kind, path) for path in kind.paths}
        covers: dict[CoverShape, dict[Path, list[Cover]]] = {shape: {} for shape in SHAPES}
        for path in kind.paths:
            seen = covering.look(path)
            for shape in SHAPES:
                covers[shape][path] = covering.cover(seen, shape)
        for shape in SHAPES:
            made = row(kind, shape, covers[shape], found)
            sys.stderr.write(f"{kind.name} ({kind.half}), {shape}: {made['area']:.1%}, {made['heads80']} bare\n")
            yield made


def _truth(kind: CloseUp, path: Path) -> list[Boxes]:
    return [np.empty((0, 4), np.float32)] if path in kind.bodies else faces_in(path)


def main(names: list[str]) -> None:
    """Measure all, or measure these anew and keep the other rows."""
    rows = {(each["name"], each["half"], each["tool"]): each for each in measure(names)}
    if names:
        rows = {(each["name"], each["half"], each["tool"]): each for each in results.load("close_ups")["rows"]} | rows
    results.save("close_ups", list(rows.values()), hidden=HIDDEN)


if __name__ == "__main__":
    main(sys.argv[1:])
