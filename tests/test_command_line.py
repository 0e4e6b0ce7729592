"""Forked runs of the command line end as those do that start Python anew."""

from __future__ import annotations

import os
import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from tests.command_line import CommandLine, command_line
from tests.waiting import until


@pytest.fixture
def anew(monkeypatch: pytest.MonkeyPatch) -> CommandLine:
    """Run nothing as a fork."""
    line = command_line()
    monkeypatch.setattr(line, "_environment", None)
    return line


@pytest.mark.parametrize(
    "arguments",
    [["--version"], ["redact", "absent.mp4"], ["account", "list", "absent.yaml"], ["signals", "query"], ["x"]],
    ids=" ".join,
)
def test_a_fork_prints_and_ends_as_a_process_of_its_own(
    arguments: list[str], anew: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    slow = anew(*arguments)
    monkeypatch.undo()
    quick = command_line()(*arguments)
    assert (quick.returncode, quick.stdout, quick.stderr) == (slow.returncode, slow.stdout, slow.stderr)


def test_folder_and_variables_are_those_of_one_run_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    camera = "name: door\n    address: ${PASSERBY_TRIED}\n    purpose: See what is read.\n    legal_basis: consent\n"
    (tmp_path / "a.yaml").write_text(f"site: hall\nstate_folder: state\ncameras:\n  - {camera}")
    told = command_line()("reload", "a.yaml", PASSERBY_TRIED="simulation:plaza")
    assert "no gateway is running" in told.stderr
    assert "PASSERBY_TRIED" in command_line()("reload", "a.yaml").stderr


def test_what_hangs_is_ended_and_the_next_run_works(tmp_path: Path) -> None:
    site = tmp_path / "site.yaml"
    os.mkfifo(site)  # whoever reads it waits for a writer
    with pytest.raises(subprocess.TimeoutExpired):
        command_line()("reload", site, timeout_s=0.5)
    assert command_line()("--version").returncode == 0


def test_runs_at_the_same_time_do_not_wait_for_one_another(tmp_path: Path) -> None:
    site = tmp_path / "site.yaml"
    os.mkfifo(site)
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(command_line(), "reload", site)
        assert command_line()("--version").returncode == 0
        writing = until(lambda: os.open(site, os.O_WRONLY | os.O_NONBLOCK), not_yet=(OSError,))  # once it is read
        with os.fdopen(writing, "w") as file:
            file.write("site: [")
        assert waiting.result().returncode == 2
