"""The shared footage and its labels, and which of it may be used for tuning.

Boxes are [x1, y1, x2, y2] in pixels. Everything is read from $PASSERBY_DATA (default `../shared/data`
beside the repository); nothing is copied into it.
"""

from __future__ import annotations

import csv
import hashlib
import json
import os
import xml.etree.ElementTree as ET  # the shared files are our own
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from PIL import Image

Split = Literal["tune", "report"]
ROOT = Path(__file__).resolve().parents[1]

# Clips without truth may be looked at while tuning; the labelled ones are only reported.
TUNE_CLIPS = (
    "pedestrian_survaillance.mp4",
    "intel_one-by-one-person-detection.mp4",
    "skv_bikes.mp4",
    "intel_car-detection.mp4",
)
REPORT_CLIPS = ("pets_s2l1_vtest.avi", "mot17-04_night_8frames.mp4")


@dataclass(frozen=True, slots=True)
class Labelled:
    """One picture with its protected boxes, or head points as boxes without extent."""

    path: Path
    group: str
    boxes: list[list[float]]

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns."""
        with Image.open(self.path) as picture:
            return picture.height, picture.width

    @property
    def split(self) -> Split:
        """Whether parameters may be chosen on this picture."""
        return split_of(self.path.name)


def split_of(name: str) -> Split:
    """Return the half of a picture, by the first byte of its name's SHA-256: nobody chose it."""
    return "tune" if hashlib.sha256(name.encode()).digest()[0] % 2 == 0 else "report"


def data() -> Path:
    """Return the folder of the shared material.

    Raises:
        SystemExit: It is absent; says how to name it.
    """
    folder = Path(os.environ.get("PASSERBY_DATA") or ROOT.parent / "shared" / "data")
    if not folder.is_dir():
        msg = f"{folder}: no shared footage here; set PASSERBY_DATA to its folder"
        raise SystemExit(msg)
    return folder


def faces() -> list[Labelled]:
    """Return the labelled face pictures of all three sets."""
    images = data() / "images"
    found = [
        Labelled(images / "faces" / row["file"], "faces", row["faces_xyxy"])
        for row in json.loads((images / "faces" / "faces.json").read_text())
    ]
    for image in ET.parse(images / "faces_dlib" / "training.xml").getroot().iter("image"):  # noqa: S314  our own file
        boxes = [_dlib_box(box.attrib) for box in image.iter("box")]
        found.append(Labelled(images / "faces_dlib" / image.attrib["file"], "faces_dlib", boxes))
    coco = json.loads((images / "coco" / "persons_faces.json").read_text())
    for image in coco["images"]:
        mine = [a for a in coco["annotations"] if a["image_id"] == image["id"] and a["face_valid"]]
        boxes = [_corners(a["face_box"]) for a in mine]
        found.append(Labelled(images / "coco" / image["file_name"], "coco", boxes))
    return found


def bodies() -> list[Labelled]:
    """Return the photographs whose persons are labelled with boxes of their bodies."""
    folder = data() / "images" / "coco"
    coco = json.loads((folder / "persons_faces.json").read_text())
    return [
        Labelled(
            folder / image["file_name"],
            "coco",
            [_corners(each["bbox"]) for each in coco["annotations"] if each["image_id"] == image["id"]],
        )
        for image in coco["images"]
    ]


def crowds() -> list[Labelled]:
    """Return the crowd pictures with their head points, grouped by heads per million pixels."""
    found = []
    for path in sorted((data() / "images" / "crowd").glob("*.jpg")):
        with path.with_suffix(".points.csv").open() as file:
            points = [[float(row["x"]), float(row["y"])] for row in csv.DictReader(file)]
        found.append(Labelled(path, "", [[x, y, x, y] for x, y in points]))
    return found


def plates() -> list[Labelled]:
    """Return the pictures with labelled number plates that are present."""
    images = data() / "images"
    found = []
    for listing in sorted(images.glob("plates_*/plates*.json")):
        for row in json.loads(listing.read_text()):
            path = listing.parent / row["file"]
            if path.exists():  # only a part of each published list is shared
                found.append(Labelled(path, listing.parent.name, row["plates_xyxy"]))
    return found


def _dlib_box(box: dict[str, str]) -> list[float]:
    return _corners([float(box[key]) for key in ("left", "top", "width", "height")])


def _corners(box: list[float]) -> list[float]:
    x, y, width, height = box
    return [x, y, x + width, y + height]
