"""Reads ground truth in CVML, the XML of CAVIAR and PETS: boxes by their centre, width and height."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from pathlib import Path

from passerby.errors import UsageError
from passerby.evaluate.result import TruthFormat
from passerby.evaluate.truth import Rows, Truth, upper_part, whole_number


def read_cvml(text: str, path: Path, *, upper: float) -> Truth:
    """Read CVML labels; they count frames from 0, and also list frames without people.

    Args:
        text: The file's text.
        path: The file, for messages.
        upper: Share of a person's height that must be covered, from the top.

    Raises:
        UsageError: It is not CVML, a number is wrong, or nobody is labelled.
    """
    if "<!DOCTYPE" in text or "<!ENTITY" in text:
        msg = f"{path}: defines XML entities, which are not allowed in labels; remove its DOCTYPE"
        raise UsageError(msg)

    try:
        root = ET.fromstring(text.encode())  # noqa: S314 - entities, the risk, were refused above
    except ET.ParseError as error:
        msg = f"{path}: not XML ({error}); give CVML labels"
        raise UsageError(msg) from error

    rows = Rows(path)
    listed = set()
    people: dict[str, int] = {}

    for element in root.iter("frame"):
        frame = _number(element, "number", path=path, place="a frame")
        known = whole_number(frame, least=0)
        if known is None:
            msg = f"{path}: frame {frame:g}: frame numbers must be whole numbers from 0; correct it"
            raise UsageError(msg)
        listed.add(known)
        for label in element.iter("object"):
            person = people.setdefault(label.get("id", ""), len(people))
            _add(rows, known, label, upper=upper, person=person, path=path)

    return rows.truth(TruthFormat.CVML, listed=listed, nothing="contains no frame with a labelled person")


def _add(rows: Rows, frame: int, label: ET.Element, *, upper: float, person: int, path: Path) -> None:
    place = f"frame {frame}"
    box = label.find("box")
    if box is None:
        msg = f"{path}: {place}: an object has no box; correct or remove it"
        raise UsageError(msg)
    width, height, x, y = (_number(box, name, path=path, place=place) for name in ("w", "h", "xc", "yc"))
    body = (x - width / 2, y - height / 2, x + width / 2, y + height / 2)
    rows.add(frame, upper_part(body, height, upper), body, person=person, place=place)


def _number(element: ET.Element, name: str, *, path: Path, place: str) -> float:
    value = element.get(name)
    try:
        return float(value or "")
    except ValueError as error:
        msg = f"{path}: {place}: {name} is {value or 'missing'}, not a number; correct it"
        raise UsageError(msg) from error
