"""Writes the beginning of a places file, for a person to complete."""

from __future__ import annotations

import json
from collections.abc import Sequence

from passerby.settings.ground import GroundSettings


def places_yaml(ground: GroundSettings, picture_px: tuple[int, ...] | None) -> str:
    """Return the beginning of a places file: a calibration; lines and zones are to be added."""
    lines = [f"picture_px: {list(picture_px)}"] if picture_px else []
    lines.append("ground:")
    if ground.tsai is not None:
        lines.append(f"  tsai: {json.dumps(str(ground.tsai.resolve()))}")
    if ground.tsai_xml is not None:
        lines.append(f"  tsai_xml: {json.dumps(ground.tsai_xml)}")
    if ground.points:
        lines.append("  points:")
        lines += [
            f"    - {{picture_px: {_plain(each.picture_px)}, ground_m: {_plain(each.ground_m)}}}"
            for each in ground.points
        ]

    if ground.lens is not None:
        lines.append("  lens:")
        lines += [f"    {name}: {_plain(value)}" for name, value in ground.lens.model_dump().items()]

    lines.append(f"  least_px_per_m: {ground.least_px_per_m:g}")

    return "\n".join(lines) + "\n"


def _plain(values: Sequence[float]) -> str:
    """Return numbers in full, because survey coordinates have many digits."""
    return "[" + ", ".join(repr(float(value)).removesuffix(".0") for value in values) + "]"
