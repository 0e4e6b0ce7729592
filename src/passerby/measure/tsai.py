"""Camera calibrations in the XML of Tsai's method, as the PETS recordings have them."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from passerby.errors import MeasureError
from passerby.measure.ground import Ground
from passerby.measure.lens import TsaiLens

MM = 1000.0


def read_tsai(path: Path) -> tuple[Ground, tuple[int, int]]:
    """Return the ground plane (world z = 0) of a Tsai calibration, and the picture's width and height in px.

    The file gives lengths in mm; the plane is in m.

    Raises:
        MeasureError: The file cannot be read, or a value is missing or no number.
    """
    try:
        text = path.read_text(encoding="utf-8")
        if "<!DOCTYPE" in text or "<!ENTITY" in text:
            msg = f"{path}: defines XML entities, which a calibration needs not; remove its DOCTYPE"
            raise MeasureError(msg)
        root = ET.fromstring(text.encode())  # noqa: S314 - entities, the danger, were refused above
        values = {name: float(text) for node in root for name, text in node.attrib.items()}
        size = (int(values["width"]), int(values["height"]))
        lens = TsaiLens((values["dpx"] / values["sx"], values["dpy"]), (values["cx"], values["cy"]), values["kappa1"])
        camera = np.array(
            [
                [values["focal"] / lens.cell_mm[0], 0.0, values["cx"]],
                [0.0, values["focal"] / lens.cell_mm[1], values["cy"]],
                [0.0, 0.0, 1.0],
            ]
        )
        turn = _rotation(values["rx"], values["ry"], values["rz"])
        shift = np.array([values["tx"], values["ty"], values["tz"]])
    except OSError as error:
        msg = f"{path}: cannot be read ({error.strerror})"
        raise MeasureError(msg) from error
    except (ET.ParseError, ValueError) as error:
        msg = f"{path}: is no Tsai calibration ({error})"
        raise MeasureError(msg) from error
    except KeyError as error:
        msg = f"{path}: is no Tsai calibration: {error.args[0]} is missing"
        raise MeasureError(msg) from error
    to_px = camera @ np.column_stack((turn[:, 0] * MM, turn[:, 1] * MM, shift))  # z = 0 leaves the third column out
    below = np.array([[size[0] / 2, size[1] - 1.0]])  # the ground surely shows at the bottom of the picture
    return Ground(np.linalg.inv(to_px), lens=lens, seen_px=below), size


def _rotation(rx: float, ry: float, rz: float) -> NDArray[np.float64]:
    """Return R = Rz Ry Rx, angles in rad."""
    cx, cy, cz = np.cos((rx, ry, rz))
    sx, sy, sz = np.sin((rx, ry, rz))
    around_x = np.array([[1, 0, 0], [0, cx, -sx], [0, sx, cx]])
    around_y = np.array([[cy, 0, sy], [0, 1, 0], [-sy, 0, cy]])
    around_z = np.array([[cz, -sz, 0], [sz, cz, 0], [0, 0, 1]])
    return np.asarray(around_z @ around_y @ around_x)
