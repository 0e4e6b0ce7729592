"""The file for `--mask`: boxes and polygons to cover, always or for some time."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import Field, ValidationError, model_validator

from passerby.errors import UsageError
from passerby.redact.static_mask import StaticMask
from passerby.settings.remedy import remedy
from passerby.settings.section import Section

_EXAMPLE = '{"masks": [{"box": [0, 0, 0.5, 1], "unit": "share"}]}'
_ENTRY = 2
"""Length of the place of a whole entry in the file."""

Coordinate = Annotated[float, Field(ge=0, le=65535, allow_inf_nan=False)]
Second = Annotated[float, Field(ge=0, allow_inf_nan=False)]


class MaskEntry(Section, strict=True):
    """One part of the picture to cover; give either `box` or `polygon`."""

    box: tuple[Coordinate, Coordinate, Coordinate, Coordinate] | None = Field(
        default=None, description="Left, top, right and bottom edge."
    )
    polygon: list[tuple[Coordinate, Coordinate]] | None = Field(
        default=None, min_length=3, max_length=1000, description="Corners, each as [x, y]."
    )
    unit: Literal["px", "share"] = Field(
        description='"px": pixels of the upright picture, "share": shares of its width and height, 0 to 1.'
    )
    from_s: Second = Field(default=0.0, description="Start of the cover in the recording, s.")
    to_s: Second | None = Field(
        default=None, description="End of the cover (included), s; absent = the end of the recording."
    )
    note: str = Field(
        default="",
        max_length=200,
        pattern=r"^[^\x00-\x1f]*$",
        description="Comment; used only in messages.",
    )

    @model_validator(mode="after")
    def _is_one_shape(self) -> Self:
        points = self.points()
        if (self.box is None) == (self.polygon is None):
            msg = "give either box or polygon"
            raise ValueError(msg)
        if self.box is not None and not (self.box[0] < self.box[2] and self.box[1] < self.box[3]):
            msg = "box is left, top, right, bottom: left must be below right and top below bottom"
            raise ValueError(msg)
        if self.unit == "share" and max(max(point) for point in points) > 1:
            msg = 'shares must be between 0 and 1; write "unit": "px" for pixels'
            raise ValueError(msg)
        if self.to_s is not None and self.to_s < self.from_s:
            msg = "to_s must not be before from_s"
            raise ValueError(msg)
        return self

    def points(self) -> tuple[tuple[float, float], ...]:
        """Return the corners."""
        if self.box is not None:
            return (self.box[:2], self.box[2:])
        return tuple(self.polygon or ((0.0, 0.0),))


class MaskFile(Section, strict=True):
    """All parts of the picture to cover."""

    masks: list[MaskEntry] = Field(min_length=1, max_length=1000, description="Any number, in any order.")


def read_masks(path: Path) -> tuple[StaticMask, ...]:
    """Read a mask file.

    Raises:
        UsageError: It cannot be read or is wrong; the message names the file and every wrong entry.
    """
    try:
        text = path.read_text(encoding="utf-8")
        entries = MaskFile.model_validate_json(json.dumps(json.loads(text, object_pairs_hook=_once))).masks
    except OSError as error:
        msg = f"{path}: cannot be read ({error.strerror}); give a mask file in JSON"
        raise UsageError(msg) from error
    except ValidationError as error:
        msg = f"{path}: {'; '.join(map(_fault, error.errors()))}; see docs/reference/mask-file.md"
        raise UsageError(msg) from error
    except (ValueError, RecursionError) as error:
        msg = f"{path}: not a mask file in JSON ({error}); see docs/reference/mask-file.md"
        raise UsageError(msg) from error

    return tuple(
        StaticMask(
            f"{path}: mask {number}" + (f" ({entry.note})" if entry.note else ""),
            entry.points(),
            shares=entry.unit == "share",
            from_s=entry.from_s,
            to_s=math.inf if entry.to_s is None else entry.to_s,
        )
        for number, entry in enumerate(entries, 1)
    )


def _once(pairs: list[tuple[str, object]]) -> dict[str, object]:
    """Refuse a duplicate key: the parser would drop the first, and with it cover."""
    found = dict(pairs)
    if len(found) < len(pairs):
        twice = sorted({key for key, _ in pairs if [other for other, _ in pairs].count(key) > 1})
        msg = f"{', '.join(twice)} is given twice; remove one"
        raise ValueError(msg)
    return found


def _fault(error: Any) -> str:  # noqa: ANN401 - pydantic's ErrorDetails
    """Return one error as `mask 2, box: ...`, counted from 1, with what is allowed."""
    place = tuple(error["loc"])
    is_item = error["type"] == "missing" and isinstance(place[-1], int) and len(place) > _ENTRY
    names = [f"mask {part + 1}" if at == 1 and isinstance(part, int) else str(part) for at, part in enumerate(place)]
    where = ", ".join((names[1:] or names)[: -1 if is_item else None])
    model = MaskEntry if len(place) > 1 else MaskFile
    name = next((part for part in reversed(place) if isinstance(part, str)), "")
    field = model.model_fields.get(name)
    if error["type"] == "extra_forbidden":
        text = f"no such key; choose from {', '.join(model.model_fields)}"
    elif is_item and field is not None:
        text = f"too few numbers; give {str(field.description)[0].lower()}{str(field.description)[1:]}"
    elif place in {(), ("masks",)}:
        text = f"write {_EXAMPLE}"
    elif error["type"] == "missing" and field is not None:
        text = f"is missing; add {field.description}"
    else:
        text = remedy(error, field, quote='"')
    return f"{where}: {text}" if where else text
