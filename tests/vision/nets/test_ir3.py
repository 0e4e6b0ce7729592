"""Models of Open Model Zoo's early form: what is read of them, and what is refused."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from tests.vision.net_files import weights

from passerby.errors import ModelError
from passerby.vision.nets import ir3, openvino
from passerby.vision.nets.retail import OUTPUTS

LAYER = '<layer id="{id}" name="{name}" type="{kind}">{more}</layer>'
EDGE = '<edge from-layer="{a}" from-port="0" to-layer="{b}" to-port="{port}"/>'
WEIGHTS = np.array([2, 3, 4, 0.5, 0.5, 0.5], np.float16)


def write(folder: Path, *, version: str = "3", last: str = "ReLU") -> Path:
    """A net of three steps and one that no output needs: x -> 2x + 0.5 a channel -> nothing below 0."""
    path = folder / "net.xml"
    blobs = '<blobs><weights offset="0" size="6"/><biases offset="6" size="6"/></blobs>'
    layers = [
        LAYER.format(id=0, name="data", kind="Input", more=""),
        LAYER.format(id=1, name="scale", kind="ScaleShift", more=blobs),
        LAYER.format(id=2, name="out", kind=last, more='<data negative_slope="0.5"/>'),
        LAYER.format(id=3, name="list", kind="DetectionOutput", more=""),
    ]
    edges = "".join(EDGE.format(a=a, b=a + 1, port=0) for a in range(3))
    path.write_text(f'<net version="{version}"><layers>{"".join(layers)}</layers><edges>{edges}</edges></net>')
    path.with_suffix(".bin").write_bytes(WEIGHTS.tobytes())
    return path


def test_only_what_an_output_needs_is_read_and_each_follows_its_sources(tmp_path: Path) -> None:
    layers = ir3.read(write(tmp_path), ["out"])
    assert [(layer.name, layer.sources) for layer in layers] == [
        ("data", ()),
        ("scale", ("data",)),
        ("out", ("scale",)),
    ]
    assert layers[1].blobs["weights"].tolist() == [2, 3, 4]


def test_the_net_computes_what_the_file_says(tmp_path: Path) -> None:
    graph = openvino.assemble(ir3.read(write(tmp_path), ["out"]), ["out"])
    net = openvino.Net(openvino.set_rgb_bytes_input(graph, 2, 2))
    (answer,) = net.run(np.full((2, 2, 3), 10, np.uint8))
    assert answer[0, :, 0, 0].tolist() == [20.5, 30.5, 40.5]


@pytest.mark.parametrize("how", ["another version", "an unknown layer", "no such output", "short weights", "no XML"])
def test_what_is_not_known_is_refused(tmp_path: Path, how: str) -> None:
    path = write(tmp_path, version="10" if "version" in how else "3", last="Magic" if "layer" in how else "ReLU")
    if how == "short weights":
        path.with_suffix(".bin").write_bytes(b"12")
    if how == "no XML":
        path.write_text("<net")
    with pytest.raises(ModelError, match=r"net\.xml"):
        ir3.read(path, ["nobody" if "output" in how else "out"])


def test_the_published_file_is_read() -> None:
    layers = ir3.read(weights("person-detection-retail-0013"), OUTPUTS)
    assert {layer.kind for layer in layers} == ir3.KNOWN
    assert {layer.name for layer in layers} >= set(OUTPUTS)
