"""Camera calibrations in the XML format of Tsai's method, as used by the PETS recordings."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from passerby.errors import MeasureError
from passerby.measure.ground import Ground
from passerby.measure.lens import TsaiLens

MM = 1000.0
ABOVE_ZERO = ("width", "height", "dpx", "dpy", "sx", "focal")
NAMES = (*ABOVE_ZERO, "kappa1", "cx", "cy", "rx", "ry", "rz", "tx", "ty", "tz")
MOST = 1e9


def read_tsai(path: Path) -> tuple[Ground, tuple[int, int]]:
    """Return the ground plane (world z = 0) of a Tsai calibration, and the picture's width and height in px.

    The file gives lengths in mm; the plane is in m.

    Raises:
        MeasureError: The file cannot be read, or a value is missing or not a number.
    """
    return parse_tsai(tsai_text(path), str(path))


def tsai_text(path: Path) -> str:
    """Return the content of a calibration file.

    Raises:
        MeasureError: The file cannot be read.
    """
    try:
        return path.read_text(encoding="utf-8")
    except OSError as error:
        msg = f"{path}: cannot be read ({error.strerror})"
        raise MeasureError(msg) from error
    except ValueError as error:
        msg = f"{path}: is not a Tsai calibration ({error})"
        raise MeasureError(msg) from error


def parse_tsai(text: str, path: str) -> tuple[Ground, tuple[int, int]]:
    """Return the same as `read_tsai`, from the content of the file.

    Args:
        text: XML.
        path: Name of the file, for messages.

    Raises:
        MeasureError: A value is missing or not a number.
    """
    values = _values(text, path)
    wrong = [name for name in NAMES if name not in values]
    wrong += [name for name in ABOVE_ZERO if not 0 < values.get(name, 1.0) < MOST]
    wrong += [name for name, value in values.items() if not abs(value) < MOST]
    if wrong:
        msg = f"{path}: is not a Tsai calibration: {wrong[0]} is {values.get(wrong[0], 'missing')}"
        raise MeasureError(msg)

    width, height = values["width"], values["height"]
    lens = TsaiLens((values["dpx"] / values["sx"], values["dpy"]), (values["cx"], values["cy"]), values["kappa1"])
    corners = np.array([[0.0, 0.0], [width, 0.0], [width, height], [0.0, height]])
    if not (np.abs(lens.bent(lens.straight(corners)) - corners) < 1).all():
        msg = f"{path}: kappa1 of {values['kappa1']:g} folds the picture; check it, and that dpx and dpy are in mm"
        raise MeasureError(msg)

    below = np.array([[width / 2, height - 1.0]])  # the bottom of the picture certainly shows the ground
    try:
        to_m = np.asarray(np.linalg.inv(_to_px(values, lens)), np.float64)
        ground = Ground(to_m, lens=lens, seen_px=below)
    except (MeasureError, np.linalg.LinAlgError) as error:
        msg = f"{path}: its camera sees no ground; check rx, ry, rz and tx, ty, tz"
        raise MeasureError(msg) from error

    return ground, (round(width), round(height))


def _values(text: str, path: str) -> dict[str, float]:
    """Return all attributes of a calibration.

    Raises:
        MeasureError: The text is not XML, or a value is not a number.
    """
    try:
        if "<!DOCTYPE" in text or "<!ENTITY" in text:
            msg = f"{path}: defines XML entities, which a calibration does not need; remove its DOCTYPE"
            raise MeasureError(msg)
        root = ET.fromstring(text.encode())  # noqa: S314 - entities, which are the risk, are refused above
        return {name: float(text) for node in root for name, text in node.attrib.items()}
    except (ET.ParseError, ValueError) as error:
        msg = f"{path}: is not a Tsai calibration ({error})"
        raise MeasureError(msg) from error


def _to_px(values: dict[str, float], lens: TsaiLens) -> NDArray[np.float64]:
    """Return the homography from metres on the ground to undistorted pixels."""
    camera = np.array(
        [
            [values["focal"] / lens.cell_mm[0], 0.0, values["cx"]],
            [0.0, values["focal"] / lens.cell_mm[1], values["cy"]],
            [0.0, 0.0, 1.0],
        ]
    )
    turn = _rotation(values["rx"], values["ry"], values["rz"])
    shift = np.array([values["tx"], values["ty"], values["tz"]])
    columns = np.column_stack((turn[:, 0] * MM, turn[:, 1] * MM, shift))  # z = 0, so the third column is not needed
    return np.asarray(camera @ columns)


def _rotation(rx: float, ry: float, rz: float) -> NDArray[np.float64]:
    """Return R = Rz Ry Rx, angles in rad."""
    cx, cy, cz = np.cos((rx, ry, rz))
    sx, sy, sz = np.sin((rx, ry, rz))
    around_x = np.array([[1, 0, 0], [0, cx, -sx], [0, sx, cx]])
    around_y = np.array([[cy, 0, sy], [0, 1, 0], [-sy, 0, cy]])
    around_z = np.array([[cz, -sz, 0], [sz, cz, 0], [0, 0, 1]])
    return np.asarray(around_z @ around_y @ around_x)
