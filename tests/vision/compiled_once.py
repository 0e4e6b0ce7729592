"""Networks that are compiled once a process: compiling takes a second of processor time, and answers do not change."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from types import MethodType
from typing import Any

import pytest

from passerby.vision.nets import openvino
from passerby.vision.nets.any_shape import AnyShape, AnyShapeDetector

MOST = 16
"""Networks that are kept, those that were used last: each takes some 50 MB."""
Build = Callable[[int, int], openvino.Net]


class CompiledOnce:
    """Gives each detector a request of its own to the network that another one of its kind has compiled already."""

    def __init__(self) -> None:
        self._made: dict[tuple[type, Path, int, int], Any] = {}

    def build(self, build: Build) -> Build:
        """Return what builds a network as `build` does, but compiles it only the first time."""
        if not isinstance(build, MethodType) or not isinstance(build.__self__, AnyShapeDetector):
            return build
        kind, path = type(build.__self__), build.__self__._path

        def made(columns: int, rows: int) -> openvino.Net:
            key = (kind, path, columns, rows)
            self._made[key] = compiled = self._made.pop(key, None) or build(columns, rows)._compiled
            while len(self._made) > MOST:
                self._made.pop(next(iter(self._made)), None)  # another thread may have done so
            net = object.__new__(openvino.Net)
            net._request, net._compiled = compiled.create_infer_request(), compiled
            return net

        return made


def compile_once(patch: pytest.MonkeyPatch) -> None:
    """Let detectors share compiled networks until the patch is undone."""
    compiled, init = CompiledOnce(), AnyShape.__init__

    def init_shared(self: AnyShape, build: Build, **more: Any) -> None:
        init(self, compiled.build(build), **more)

    patch.setattr(AnyShape, "__init__", init_shared)
