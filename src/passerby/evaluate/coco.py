"""Reads ground truth in COCO format: images, categories and annotations with boxes x, y, width, height."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path, PurePosixPath
from typing import Any, Final

from passerby.errors import UsageError
from passerby.evaluate.result import TruthFormat
from passerby.evaluate.truth import Rows, Truth, upper_part

PEOPLE: Final = frozenset({"person", "people", "pedestrian"})
WHOLE: Final = frozenset({"face", "head", "plate", "license plate", "licence plate", "number plate"})
"""Categories that must be covered completely, not only their upper part."""


def read_coco(text: str, path: Path, *, upper: float, clip: str) -> Truth:
    """Read COCO labels of a picture or of the frames of a clip; boxes round whole crowds are ignored.

    An image with the clip's name, or the only image, is the picture. Otherwise the last number in an image's
    name is its frame, counted from 0, or from 1 if none is 0.

    Args:
        text: The file's text.
        path: The file, for messages.
        upper: Share of a person's height that must be covered, from the top.
        clip: Name of the clip's file.

    Raises:
        UsageError: It is not COCO, a number is wrong, or the clip has no label.
    """
    try:
        return _read(json.loads(text), path, upper=upper, clip=clip)
    except KeyError as error:
        msg = f"{path}: {str(error).strip(chr(39))} is missing; give COCO labels with images and annotations"
        raise UsageError(msg) from error
    except (ValueError, TypeError, AttributeError, RecursionError, OverflowError) as error:
        msg = f"{path}: not COCO labels ({error}); give JSON with images and annotations"
        raise UsageError(msg) from error


def _read(data: Any, path: Path, *, upper: float, clip: str) -> Truth:  # noqa: ANN401 - any JSON
    images = {image["id"]: image for image in data["images"]}
    numbers = _frames({key: str(image["file_name"]) for key, image in images.items()}, path, clip)
    names = {each["id"]: str(each["name"]).lower().replace("_", " ") for each in data.get("categories") or ()}
    rows = Rows(path)
    strange = set()

    for place, label in enumerate(data["annotations"], 1):
        if label["image_id"] not in numbers or label.get("iscrowd"):
            continue
        kind = names[label["category_id"]] if names else "person"
        if kind not in PEOPLE | WHOLE:
            strange.add(kind)
            continue
        x, y, width, height = map(float, label["bbox"])
        body = (x, y, x + width, y + height)
        protected = body if kind in WHOLE else upper_part(body, height, upper)
        rows.add(numbers[label["image_id"]], protected, body, place=f"annotation {place}")

    sizes = {(int(images[key]["width"]), int(images[key]["height"])) for key in numbers if "width" in images[key]}
    if len(sizes) > 1:
        msg = f"{path}: its images have several sizes; give labels of one clip"
        raise UsageError(msg)

    only = f", only {', '.join(sorted(strange))}" if strange else ""
    nothing = f"labels no person, face, head or plate of {clip}{only}"

    return rows.truth(TruthFormat.COCO, listed=numbers.values(), size=next(iter(sizes), None), nothing=nothing)


def _frames(names: Mapping[Any, str], path: Path, clip: str) -> dict[Any, int]:
    """Return the frame of each image that shows the clip."""
    alike = [key for key, name in names.items() if PurePosixPath(name).name == clip]
    if len(alike) == 1 or len(names) == 1:
        return {(alike or list(names))[0]: 0}
    numbers = {}
    for key, name in names.items():
        digits = re.findall(r"\d+", PurePosixPath(name).stem)
        if not digits:
            msg = f"{path}: image {name} is neither {clip} nor named after a frame number; rename it"
            raise UsageError(msg)
        numbers[key] = int(digits[-1])

    if len(set(numbers.values())) < len(numbers):
        msg = f"{path}: two images have the same frame number in their names; give labels of one clip"
        raise UsageError(msg)

    first = 1 if numbers and min(numbers.values()) == 1 else 0

    return {key: number - first for key, number in numbers.items()}
