"""The OpenVINO runtime: the only file that imports it."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from functools import cache
from pathlib import Path
from typing import TypeAlias

import numpy as np
import openvino as ov  # type: ignore[import-untyped]  # its stubs are incomplete
from numpy.typing import NDArray
from openvino import opset13 as ops
from openvino.frontend import ConversionExtension, NodeContext  # type: ignore[import-untyped]  # as above

from passerby.errors import DetectorError, ModelError
from passerby.storage.one_writer import one_writer
from passerby.vision.nets.ir3 import Layer

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


def set_rgb_bytes_input(
    graph: Graph,
    height: int,
    width: int,
    *,
    bgr: bool = False,
    mean: Sequence[float] = (),
    deviation: Sequence[float] = (),
) -> Graph:
    """Make a float NCHW model accept one RGB picture of bytes, shape (1, height, width, 3).

    Args:
        graph: The model; it must not be used afterwards.
        height: Rows of the input, px.
        width: Columns of the input, px.
        bgr: Whether the model expects blue first.
        mean: Grey levels to subtract, one per channel in the order red, green, blue.
        deviation: Divisors to apply after that, one per channel.
    """
    graph.reshape([1, 3, height, width])
    steps = ov.preprocess.PrePostProcessor(graph)
    tensor = steps.input().tensor()
    model = steps.input().model()
    tensor.set_element_type(ov.Type.u8).set_layout(ov.Layout("NHWC"))
    model.set_layout(ov.Layout("NCHW"))
    change = steps.input().preprocess().convert_element_type(ov.Type.f32)
    if mean:
        change.mean(list(mean)).scale(list(deviation))
    if bgr:
        change.reverse_channels()
    return steps.build()


def set_rgb_bytes_last(graph: Graph, *, mean: float, deviation: float) -> Graph:
    """Make a float NHWC model accept one RGB picture of bytes, in the size that its file has.

    Args:
        graph: The model; it must not be used afterwards.
        mean: Grey level to subtract.
        deviation: Divisor to apply after that.
    """
    steps = ov.preprocess.PrePostProcessor(graph)
    steps.input().tensor().set_element_type(ov.Type.u8).set_layout(ov.Layout("NHWC"))
    steps.input().model().set_layout(ov.Layout("NHWC"))
    steps.input().preprocess().convert_element_type(ov.Type.f32).mean(mean).scale(deviation)
    return steps.build()


def resize_reshapes(graph: Graph, height: int, width: int, *, side: int) -> None:
    """Change a network's fixed reshape sizes, written for one square input, to those of another input size.

    Args:
        graph: Model for an input of side x side; changed in place.
        height: Rows of the new input, px, a multiple of the largest stride among these reshapes.
        width: Columns of the new input, px, a multiple of the same stride.
        side: Side of the input that the file was written for, px.
    """
    graph.reshape([1, 3, -1, -1])
    for node in graph.get_ordered_ops():
        if node.get_type_name() != "Reshape" or node.input_value(1).get_node().get_type_name() != "Constant":
            continue
        sizes = node.input_value(1).get_node().data.tolist()
        if len(sizes) < 4 or sizes[-1] != sizes[-2] or sizes[-1] < 2 or side % sizes[-1]:
            continue
        stride = side // sizes[-1]
        sizes[-2:] = [height // stride, width // stride]
        node.input(1).replace_source_output(ops.constant(np.array(sizes, np.int64)).output(0))


def set_grey_bytes_input(graph: Graph, height: int, width: int) -> Graph:
    """Make a float model with one channel accept one grey picture of bytes, shape (1, 1, height, width)."""
    graph.reshape([1, 1, height, width])
    steps = ov.preprocess.PrePostProcessor(graph)
    steps.input().tensor().set_element_type(ov.Type.u8)
    return steps.build()


def resize_top_down(graph: Graph, height: int, width: int, *, levels: Sequence[int]) -> None:
    """Change the fixed sizes of a feature pyramid, so that the network accepts pictures of any size.

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
    """Reduce a class head to some columns: the others are neither computed nor read (13 % less work).

    Args:
        graph: Model whose class head ends in (1, N, out_of); changed in place.
        classes: Columns to keep, in the order wanted.
        out_of: Number of columns that the head has.
        anchors: Boxes per cell, each with its own set of columns.
    """
    channels = (np.arange(anchors)[:, None] * out_of + np.array(classes)).ravel()
    for node in graph.get_ordered_ops():
        kind = node.get_type_name()
        shape = node.output(0).get_partial_shape()
        if kind == "Constant" and anchors * out_of in (sizes := list(node.data.shape)):
            kept = np.take(node.data, channels, axis=sizes.index(anchors * out_of))
            node.output(0).replace(ops.constant(np.ascontiguousarray(kept)).output(0))
        elif kind == "Reshape" and shape.rank.get_length() == 3 and shape[2] == out_of:
            node.input(1).replace_source_output(ops.constant(np.array([1, -1, len(classes)])).output(0))


def _set_up_once() -> None:
    """Use what OpenVINO sets up when it is first used: two threads that do so at once wait for each other for ever.

    One holds Python's lock and waits for a type's table, the other one makes the table and waits for the lock.
    """
    ov.Type.f32.to_dtype()
    ops.constant(np.zeros(1, np.float32)).data  # noqa: B018 - reading it is the use


_set_up_once()  # when the module is imported, which only one thread does


def keep_compiled(folder: Path) -> None:
    """Store compiled models in a folder, so that the next process loads them a second faster.

    They contain the network's weights and code for this processor, and nothing from any picture.
    """
    _core().set_property({"CACHE_DIR": str(folder)})


def assemble(layers: Sequence[Layer], outputs: Sequence[str]) -> Graph:
    """Build a network with an input of shape (1, 3, ?, ?) from layers as `ir3.read` returns them.

    Args:
        layers: Each after its sources.
        outputs: Names of the output layers.
    """
    made: dict[str, ov.Node] = {}
    for layer in layers:
        made[layer.name] = _node(layer, [made[name] for name in layer.sources])
    inputs = [made[layer.name] for layer in layers if layer.kind == "Input"]
    return ov.Model([made[name] for name in outputs], inputs)


def _node(layer: Layer, sources: list[ov.Node]) -> ov.Node:
    blobs = layer.blobs
    first = sources[0] if sources else None
    if layer.kind == "Input":
        return ops.parameter([1, 3, -1, -1], np.float32)
    if layer.kind == "ScaleShift":
        return ops.add(ops.multiply(first, _per_channel(blobs["weights"])), _per_channel(blobs["biases"]))
    if layer.kind == "ReLU":
        return ops.prelu(first, ops.constant(np.float32(layer.settings["negative_slope"])))
    if layer.kind == "Eltwise":
        return ops.add(*sources)
    sides = [layer.numbers(name) for name in ("strides", "pads_begin", "pads_end")]
    if layer.kind == "Pooling":
        return ops.max_pool(first, sides[0], [1, 1], *sides[1:], layer.numbers("kernel"), "ceil").output(0)
    groups, channels = int(layer.settings["group"]), int(layer.settings["output"])
    kernel = [groups, channels // groups, -1, *layer.numbers("kernel")]
    convolved = ops.group_convolution(
        first, ops.constant(blobs["weights"].reshape(kernel)), *sides, layer.numbers("dilations")
    )

    return ops.add(convolved, _per_channel(blobs["biases"])) if "biases" in blobs else convolved


def _per_channel(values: NDArray[np.float32]) -> ov.Node:
    return ops.constant(values.reshape(1, -1, 1, 1))


class Net:
    """A compiled model; must not be shared between threads.

    Args:
        graph: The model, with fixed shapes.
        threads: Processor threads for one run; 0 = half of the machine's.
    """

    def __init__(self, graph: Graph, *, threads: int = 0) -> None:
        settings = {
            "INFERENCE_NUM_THREADS": threads or max(1, (os.cpu_count() or 2) // 2),
            "PERFORMANCE_HINT": "LATENCY",
            "ENABLE_CPU_PINNING": False,
        }
        with _stored_by_one(graph, settings):
            compiled = _core().compile_model(graph, "CPU", settings)
        self._request = compiled.create_infer_request()
        self._compiled = compiled  # stored after its request, so that it is released after it

    def run(self, picture: NDArray[np.uint8]) -> list[NDArray[np.float32]]:
        """Return the outputs for one picture, in the model's order; valid until the next run.

        Raises:
            DetectorError: The runtime failed.
        """
        return self.run_on([picture[None]])

    def run_on(self, inputs: Sequence[NDArray[np.generic]]) -> list[NDArray[np.float32]]:
        """Return the outputs for all inputs of the model, in its order; valid until the next run.

        Raises:
            DetectorError: The runtime failed.
        """
        try:
            self._request.infer(list(inputs), share_inputs=True)
            return [self._request.get_output_tensor(i).data for i in range(len(self._request.model_outputs))]
        except Exception as error:  # the runtime raises bare RuntimeError for everything
            msg = f"OpenVINO failed: {error}"
            raise DetectorError(msg) from error


def _stored_by_one(graph: Graph, settings: Mapping[str, object]) -> AbstractContextManager[None]:
    """Return what is entered while a model is compiled or read: no other process must be writing the same file.

    The runtime writes a compiled model under its final name and maps it into memory to read it. A process that has
    mapped a file which is not whole yet is ended by signal 7 when it touches what is missing: `one_writer` says how
    often that was seen without the lock.
    """
    folder = str(_core().get_property("CACHE_DIR"))
    if not folder:
        return nullcontext()
    sides = [(str(each.get_partial_shape()), str(each.get_element_type())) for each in (*graph.inputs, *graph.outputs)]
    layers = len(graph.get_ordered_ops())
    return one_writer(
        Path(folder), repr((ov.__version__, graph.get_friendly_name(), layers, sides, sorted(settings.items())))
    )


@cache
def _core() -> ov.Core:
    core = ov.Core()  # plug-ins are loaded once per process: 40 ms
    core.add_extension(ConversionExtension("Convolution2DTransposeBias", _doubled))
    return core


def _doubled(node: NodeContext) -> list[ov.Output]:
    """Build MediaPipe's own operation: a transposed convolution that doubles the size, and a bias."""
    picture = ops.transpose(node.get_input(0), ops.constant(np.array([0, 3, 1, 2])))
    kernel = ops.transpose(node.get_input(1), ops.constant(np.array([3, 0, 1, 2])))
    larger = ops.convolution_backprop_data(picture, kernel, strides=[2, 2], auto_pad="same_upper")
    return [ops.add(ops.transpose(larger, ops.constant(np.array([0, 2, 3, 1]))), node.get_input(2)).output(0)]
