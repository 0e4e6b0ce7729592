"""What OpenVINO sets up at its first use is set up by one thread: by two at once, both would wait for ever."""

from __future__ import annotations

import subprocess
import sys

RACE = """
import os, sys, threading
import numpy as np
from passerby.vision.nets import openvino
together = threading.Barrier(4)

def constant():
    together.wait()
    openvino.ops.constant(np.zeros(1, np.float32)).data

def table():
    together.wait()
    openvino.ov.Type.f32.to_dtype()

sys.setswitchinterval(1e-6)
racing = [threading.Thread(target=each, daemon=True) for each in (constant, table, constant, table)]
for each in racing:
    each.start()
for each in racing:
    each.join()
os._exit(0)
"""


def test_networks_that_are_first_used_by_several_threads_at_once_do_not_wait_for_each_other():
    done = subprocess.run([sys.executable, "-c", RACE], timeout=60, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
