"""The OpenVINO runtime: the only file that imports it."""

from __future__ import annotations

import os
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import TypeAlias

import numpy as np
import openvino as ov  # type: ignore[import-untyped]  # its stubs are incomplete
from numpy.typing import NDArray
from openvino import opset13 as ops

from passerby.errors import DetectorError, ModelError

Graph: TypeAlias = ov.Model


def read(path: Path) -> Graph:
    """Read a model file that OpenVINO understands.

    Raises:
        ModelError: The file is damaged or of an unknown format.
    """
    try:
        return _core().read_model(path)
    except Exception as error:  # the runtime raises bare RuntimeError for everything
        msg = f"{path.name}: OpenVINO cannot read this model; fetch it again with 'passerby models fetch --force'"
        raise ModelError(msg) from error


def set_rgb_bytes_input(graph: Graph, height: int, width: int) -> Graph:
    """Let a float NCHW model take one RGB picture of bytes, shape (1, height, width, 3)."""
    graph.reshape([1, 3, height, width])
    steps = ov.preprocess.PrePostProcessor(graph)
    steps.input().tensor().set_element_type(ov.Type.u8).set_layout(ov.Layout("NHWC"))
    steps.input().model().set_layout(ov.Layout("NCHW"))
    return steps.build()


def resize_top_down(graph: Graph, height: int, width: int, *, levels: Sequence[int]) -> None:
    """Give a feature pyramid with fixed sizes new ones, so that the net sees pictures of any size.

    Args:
        graph: Model with input (1, ?, ?, 3); changed in place.
        height: Rows of the input, px.
        width: Columns of the input, px.
        levels: Pyramid levels that the successive up-samplings produce, repeated in a cycle.
    """
    graph.reshape([1, -1, -1, 3])
    resizers = [node for node in graph.get_ordered_ops() if node.get_type_name() == "Interpolate"]
    for index, node in enumerate(resizers):
        stride = 1 << levels[index % len(levels)]
        size = np.array([-(-height // stride), -(-width // stride)], np.int32)
        node.input(1).replace_source_output(ops.constant(size).output(0))
    graph.reshape([1, height, width, 3])


def keep_classes(graph: Graph, classes: Sequence[int], *, out_of: int, anchors: int) -> None:
    """Cut a class head down to some columns: the others are neither computed nor seen (13 % less work).

    Args:
        graph: Model whose class head ends in (1, N, out_of); changed in place.
        classes: Columns to keep, in the order wanted.
        out_of: Columns that the head has.
        anchors: Boxes per cell, each with a set of columns.
    """
    channels = (np.arange(anchors)[:, None] * out_of + np.array(classes)).ravel()
    for node in graph.get_ordered_ops():
        kind, shape = node.get_type_name(), node.output(0).get_partial_shape()
        if kind == "Constant" and anchors * out_of in (sizes := list(node.data.shape)):
            kept = np.take(node.data, channels, axis=sizes.index(anchors * out_of))
            node.output(0).replace(ops.constant(np.ascontiguousarray(kept)).output(0))
        elif kind == "Reshape" and shape.rank.get_length() == 3 and shape[2] == out_of:
            node.input(1).replace_source_output(ops.constant(np.array([1, -1, len(classes)])).output(0))


def keep_compiled(folder: Path) -> None:
    """Keep compiled models in a folder, so that the next process has them a second sooner.

    They hold the network's own weights and code for this processor, nothing of any picture.
    """
    _core().set_property({"CACHE_DIR": str(folder)})


class Net:
    """A compiled model; not to be shared between threads.

    Args:
        graph: The model, with fixed shapes.
        threads: Processor threads for one run; 0 lets half the machine go to it.
    """

    def __init__(self, graph: Graph, *, threads: int = 0) -> None:
        settings = {
            "INFERENCE_NUM_THREADS": threads or max(1, (os.cpu_count() or 2) // 2),
            "PERFORMANCE_HINT": "LATENCY",
            "ENABLE_CPU_PINNING": False,
        }
        self._request = _core().compile_model(graph, "CPU", settings).create_infer_request()

    def run(self, picture: NDArray[np.uint8]) -> list[NDArray[np.float32]]:
        """Return the outputs for one picture, in the model's order; valid until the next run.

        Raises:
            DetectorError: The runtime failed.
        """
        try:
            self._request.infer([picture[None]], share_inputs=True)
            return [self._request.get_output_tensor(i).data for i in range(len(self._request.model_outputs))]
        except Exception as error:  # the runtime raises bare RuntimeError for everything
            msg = f"OpenVINO failed: {error}"
            raise DetectorError(msg) from error


@cache
def _core() -> ov.Core:
    return ov.Core()  # plug-ins are loaded once a process: 40 ms
