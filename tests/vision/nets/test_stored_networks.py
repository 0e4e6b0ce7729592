"""Compiled networks that several processes share are written by one of them alone."""

from __future__ import annotations

import threading
from pathlib import Path

import numpy as np
import openvino as ov
import pytest
from openvino import opset13 as ops
from tests.storage.test_one_writer import Reader
from tests.waiting import PATIENCE_S

from passerby.vision.nets import openvino
from passerby.vision.nets.openvino import Net


@pytest.fixture
def folder(tmp_path: Path):
    openvino.keep_compiled(tmp_path)
    yield tmp_path
    openvino._core().set_property({"CACHE_DIR": ""})


def tiny() -> ov.Model:
    given = ops.parameter([1, 4], np.float32)
    return ov.Model([ops.multiply(given, ops.constant(np.float32(2))).output(0)], [given], "tiny")


def test_a_network_is_compiled_while_no_other_process_writes_and_is_known_afterwards(folder: Path) -> None:
    other = Reader(folder, "what another process is compiling")
    assert other.inside.wait(PATIENCE_S)
    done = threading.Event()
    thread = threading.Thread(target=lambda: (Net(tiny()), done.set()), daemon=True)
    thread.start()
    assert not done.wait(0.2)
    other.leave()
    assert done.wait(PATIENCE_S)
    names = [each.name for each in folder.iterdir()]
    assert any(name.endswith(".blob") for name in names)
    assert sum(name.startswith("stored-") for name in names) == 2
    readers = Reader(folder, "what another process is compiling")  # known: it reads
    assert readers.inside.wait(PATIENCE_S)
    Net(tiny())  # so is this one, and both read at once
    readers.leave()


def test_without_a_folder_nobody_waits(tmp_path: Path) -> None:
    openvino._core().set_property({"CACHE_DIR": ""})
    assert Net(tiny()).run_on([np.ones((1, 4), np.float32)])[0].tolist() == [[2.0] * 4]
    assert list(tmp_path.iterdir()) == []
