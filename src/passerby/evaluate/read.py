"""Opens a file with ground truth and recognises its format."""

from __future__ import annotations

from pathlib import Path

from passerby.errors import UsageError
from passerby.evaluate.coco import read_coco
from passerby.evaluate.cvml import read_cvml
from passerby.evaluate.mot import read_mot
from passerby.evaluate.points import read_points
from passerby.evaluate.result import TruthFormat
from passerby.evaluate.truth import Truth


def read_truth(path: Path, form: TruthFormat = TruthFormat.AUTO, *, upper: float, clip: str) -> Truth:
    """Read the labels that a person made.

    Args:
        path: The file.
        form: Its format; `AUTO` recognises it by the content.
        upper: Share of a person's height that must be covered, from the top, in (0, 1].
        clip: Name of the clip's file; a COCO file uses it to find the picture.

    Raises:
        UsageError: It cannot be read, is wrong or empty; the message names file and line.
    """
    if not 0 < upper <= 1:
        msg = f"--upper {upper:g}: give a share above 0, up to 1"
        raise UsageError(msg)

    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "not text"
        msg = f"{path}: cannot be read ({reason}); give labels as MOT, CVML, COCO or head points"
        raise UsageError(msg) from error

    if not text.strip():
        msg = f"{path}: is empty; give a file with at least one label"
        raise UsageError(msg)

    match form if form is not TruthFormat.AUTO else _detected_format(text, path):
        case TruthFormat.CVML:
            return read_cvml(text, path, upper=upper)
        case TruthFormat.COCO:
            return read_coco(text, path, upper=upper, clip=clip)
        case TruthFormat.POINTS:
            return read_points(text, path)
        case _:
            return read_mot(text, path, upper=upper)


def _detected_format(text: str, path: Path) -> TruthFormat:
    line = text.lstrip().splitlines()[0].strip()
    if line.startswith("<"):
        return TruthFormat.CVML
    if line.startswith("{"):
        return TruthFormat.COCO
    if {"x", "y"} <= {name.strip().lower() for name in line.split(",")}:
        return TruthFormat.POINTS
    if "," in line and line[0] in "-.0123456789":
        return TruthFormat.MOT
    msg = f"{path}: its first line is not MOT, CVML, COCO or head points; name its format with --format"
    raise UsageError(msg)
