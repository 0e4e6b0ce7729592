"""The networks of the hardest effort fit into what the gateway lets a camera process use."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from passerby.gateway.camera_process import MEMORY_MB

FRAMES_MB = 150
"""Of raw frames that wait, decoder, encoder and web stream."""
LOADED = """
from pathlib import Path
from passerby.assembly.camera import USUAL_SHAPE
from passerby.redact.choice import CoverKind
from passerby.redact.rule import kinds_of
from passerby.vision.inspect.detector_set import choosable_detectors
from passerby.vision.inspect.self_test import self_test
import os
for detector in choosable_detectors(USUAL_SHAPE, kinds_of(frozenset({CoverKind.PEOPLE})))[0]:
    self_test(detector, USUAL_SHAPE)
pages = int(Path("/proc/self/statm").read_text().split()[1])
print(pages * os.sysconf("SC_PAGE_SIZE") / 1e6)
"""


@pytest.mark.usefixtures("registry_models")
def test_a_camera_that_chooses_its_effort_is_not_restarted_for_its_memory() -> None:
    paths = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    done = subprocess.run([sys.executable, "-c", LOADED], capture_output=True, text=True, check=False, env=paths)
    assert done.returncode == 0, done.stderr
    assert float(done.stdout) + FRAMES_MB < MEMORY_MB
