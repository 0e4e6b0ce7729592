"""The runtime of the networks tells nobody anything."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

LOAD = """
import socket, sys, threading
def refuse(*what):
    print("looked up", what)
    raise OSError
socket.getaddrinfo = socket.socket.connect = refuse
from tests.waiting import PATIENCE_S
import passerby.vision.nets.openvino
for thread in threading.enumerate():
    if thread is not threading.current_thread():
        thread.join(PATIENCE_S)
"""


def test_loading_the_runtime_writes_no_file_and_calls_nobody(tmp_path: Path):
    home = {"HOME": str(tmp_path), "XDG_CONFIG_HOME": str(tmp_path)}
    done = subprocess.run(
        [sys.executable, "-c", LOAD], capture_output=True, text=True, check=True, env=os.environ | home, timeout=120
    )
    assert not done.stdout
    assert not list(tmp_path.iterdir())
