"""One gateway for each state folder, and others find it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from tests.program import started

from passerby.errors import SettingError
from passerby.gateway.state_lock import PID_FILE, ask_to_reload, locked, running_gateway

HOLD = (
    "import signal, sys; from pathlib import Path; from passerby.gateway.state_lock import locked\n"
    "signal.signal(signal.SIGHUP, lambda *_: print('reload', flush=True))\n"
    "with locked(Path(sys.argv[1])):\n"
    "    print('locked', flush=True)\n"
    "    sys.stdin.read()"
)


def test_a_locked_folder_is_refused_with_the_process_and_free_again_afterwards(tmp_path: Path) -> None:
    folder = tmp_path / "state"
    with locked(folder):
        assert running_gateway(folder) == os.getpid()
        with pytest.raises(SettingError, match=rf"in use by another gateway \(process {os.getpid()}\)"), locked(folder):
            pytest.fail("locked twice")
        assert running_gateway(folder) == os.getpid()
    assert running_gateway(folder) is None
    with locked(folder):
        assert running_gateway(folder) == os.getpid()


def test_a_number_without_a_lock_is_not_a_gateway_and_gets_no_signal(tmp_path: Path) -> None:
    (tmp_path / PID_FILE).write_text(str(os.getpid()))
    signal.signal(signal.SIGHUP, lambda *_: pytest.fail("signalled"))
    try:
        assert running_gateway(tmp_path) is None
        assert not ask_to_reload(tmp_path)
    finally:
        signal.signal(signal.SIGHUP, signal.SIG_DFL)


def test_the_gateway_that_locks_a_folder_is_asked_to_reload(tmp_path: Path) -> None:
    command = [sys.executable, "-c", HOLD, str(tmp_path)]
    with started(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as gateway:
        assert gateway.stdout is not None
        assert gateway.stdout.readline() == "locked\n"
        assert running_gateway(tmp_path) == gateway.pid
        assert ask_to_reload(tmp_path)
        assert gateway.stdout.readline() == "reload\n"
        assert gateway.stdin is not None
        gateway.stdin.close()
    assert running_gateway(tmp_path) is None
