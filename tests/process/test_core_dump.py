"""A crash leaves no memory behind."""

from __future__ import annotations

import os
import resource
import subprocess
import sys
from pathlib import Path

from tests.program import started

CRASH = """
import ctypes, os, resource, sys
most = resource.getrlimit(resource.RLIMIT_CORE)[1]
resource.setrlimit(resource.RLIMIT_CORE, (most, most))
from passerby.process.core_dump import forbid_core_dumps
os.chdir(sys.argv[2])  # where a dump would lie
if sys.argv[1] == "forbid":
    forbid_core_dumps()
ctypes.string_at(0)
"""


def crashed(folder: Path, how: str) -> tuple[int, bool]:
    """Exit status of a process that crashed, and whether the system says that it dumped its memory."""
    with started([sys.executable, "-c", CRASH, how, folder], stderr=subprocess.DEVNULL) as child:
        _, status = os.waitpid(child.pid, 0)
        child.returncode = 0
    return os.WTERMSIG(status), os.WCOREDUMP(status)


def test_a_process_that_crashes_leaves_no_picture_of_its_memory(tmp_path: Path):
    signal_number, dumped = crashed(tmp_path, "forbid")
    assert signal_number == 11
    assert not dumped
    assert not list(tmp_path.iterdir())


def test_a_process_that_does_not_forbid_it_may_be_dumped_here(tmp_path: Path):
    if resource.getrlimit(resource.RLIMIT_CORE)[1] == 0 or not crashed(tmp_path, "allow")[1]:
        import pytest

        pytest.skip("this system dumps nobody, so that the other test proves little here")
