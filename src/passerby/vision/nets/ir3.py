"""Reads models in Open Model Zoo's early format (IR version 3), which today's runtime no longer reads.

Only the layers of a plain convolutional network are supported; anything else is rejected.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from pathlib import Path
from xml.etree import ElementTree as ET

import numpy as np
from numpy.typing import NDArray

from passerby.errors import ModelError

VERSION = "3"
KNOWN = frozenset({"Input", "ScaleShift", "Convolution", "ReLU", "Eltwise", "Pooling"})


@dataclass(frozen=True, slots=True)
class Layer:
    """One layer of a network.

    Args:
        name: Its name.
        kind: One of KNOWN.
        sources: Names of the layers whose output it takes, in order.
        settings: As in the file.
        blobs: Its weights by name, each of shape (N,) float32.
    """

    name: str
    kind: str
    sources: tuple[str, ...]
    settings: dict[str, str] = field(default_factory=dict)
    blobs: dict[str, NDArray[np.float32]] = field(default_factory=dict)

    def numbers(self, setting: str) -> list[int]:
        """Return a setting such as `3,3`."""
        return [int(part) for part in self.settings[setting].split(",")]


def read(path: Path, outputs: Collection[str]) -> list[Layer]:
    """Return the layers that the outputs need, in an order in which each follows its sources.

    Args:
        path: The `.xml` file; its weights are in a `.bin` file beside it.
        outputs: Names of the output layers.

    Raises:
        ModelError: The files are damaged or contain an unsupported layer.
    """
    try:
        root = ET.parse(path).getroot()  # noqa: S314 - the file's SHA-256 is pinned
        weights = path.with_suffix(".bin").read_bytes()
        if root.get("version") != VERSION:
            msg = f"{path.name}: not IR version {VERSION}"
            raise ModelError(msg)
        names = {each.attrib["id"]: each.attrib["name"] for each in root.iterfind("layers/layer")}
        edges = [
            (each.attrib["to-layer"], int(each.attrib["to-port"]), each.attrib["from-layer"])
            for each in root.iterfind("edges/edge")
        ]
        layers = []
        for each in root.iterfind("layers/layer"):
            sources = sorted((port, names[source]) for to, port, source in edges if to == each.attrib["id"])
            layers.append(_layer(each, tuple(name for _, name in sources), weights))
        return _needed(layers, outputs)
    except (ET.ParseError, OSError, KeyError, ValueError) as error:
        msg = f"{path.name}: cannot be read as a model; fetch it again with 'passerby models fetch --force'"
        raise ModelError(msg) from error


def _layer(element: ET.Element, sources: tuple[str, ...], weights: bytes) -> Layer:
    data = element.find("data")
    blobs = {
        blob.tag: np.frombuffer(weights, np.float16, int(blob.attrib["size"]) // 2, int(blob.attrib["offset"])).astype(
            np.float32
        )
        for blob in element.iterfind("blobs/*")
    }
    settings = {} if data is None else dict(data.attrib)
    return Layer(element.attrib["name"], element.attrib["type"], sources, settings, blobs)


def _needed(layers: list[Layer], outputs: Collection[str]) -> list[Layer]:
    wanted = set(outputs)
    for layer in reversed(layers):  # in the file, each layer follows its sources
        if layer.name in wanted:
            wanted.update(layer.sources)
    needed = [layer for layer in layers if layer.name in wanted]
    if not set(outputs) <= {layer.name for layer in needed} or not {layer.kind for layer in needed} <= KNOWN:
        msg = "a layer is not supported or missing"
        raise ValueError(msg)
    return needed
