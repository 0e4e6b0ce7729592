from __future__ import annotations

import sys

from benchmarks import process


def test_memory_of_a_child_counts_too():
    grow = "import time; held = bytearray(80 << 20); time.sleep(3)"
    outer = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {grow!r}], check=True); print('done')"
    ran = process.measure([sys.executable, "-c", outer], every_s=0.05)
    assert ran.status == 0
    assert ran.said.strip() == "done"
    assert ran.peak_mb > 90, "80 MB and an interpreter"
    assert max(mb for _, mb in ran.memory_mb) > 90


def test_a_failing_command_tells_its_status_and_last_words():
    ran = process.measure([sys.executable, "-c", "import sys; sys.exit('no such clip')"], every_s=0.05)
    assert ran.status == 1
    assert "no such clip" in ran.said
