"""The command line in a process of its own, without a second for each run to load what it imports.

Each run is a fork of a process that has imported most of passerby, but no network runtime. What one run compiles of a
network, the next one reads, as a camera's process does. A run whose environment matters to Python itself, or that comes
while another lasts, starts Python anew and compiles all, as a user does.
"""

from __future__ import annotations

import atexit
import json
import os
import select
import signal
import subprocess
import sys
import threading
from collections.abc import Sequence
from contextlib import ExitStack
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.program import started

MAIN = "from passerby.cli.app import main; main()"
COMMAND = [sys.executable, "-c", MAIN]
LOADED = ("accounts", "alerts", "audit", "cli", "evaluate", "reports", "serve", "settings", "storage", "store")
"""Packages that are imported before the first run; they import others."""
LATER = (".migrations", ".serve.review")
"""Modules of those packages that are imported by the run that needs them: the page of a review loads the networks."""
OF_PYTHON = ("PYTHON", "LC_", "LANG", "LD_", "TZ", "FAKE", "OMP", "OPENBLAS", "MALLOC")
"""Beginnings of the names of variables that count before a program's own first line."""

SERVER = f"""# forks command lines
import gc, importlib, importlib.abc, importlib.util, json, os, pathlib, pkgutil, sys
import passerby

class KeepCompiled(importlib.abc.MetaPathFinder):
    def find_spec(self, name, path, target=None):
        if name != "passerby.vision.nets.openvino":
            return None
        sys.meta_path.remove(self)
        spec = importlib.util.find_spec(name)
        execute = spec.loader.exec_module
        def keeping(module):
            execute(module)
            module.keep_compiled(pathlib.Path(sys.orig_argv[-1]))
        spec.loader.exec_module = keeping
        return spec

for module in pkgutil.walk_packages(passerby.__path__, "passerby."):
    if module.name.split(".")[1] in {LOADED!r} and not any(each in module.name for each in {LATER!r}):
        importlib.import_module(module.name)
assert "openvino" not in sys.modules, "it has threads, which a fork loses"
gc.freeze()
for line in sys.stdin:
    wanted = json.loads(line)
    process = os.fork()
    if not process:
        break
    print(process, flush=True)
    print(os.waitstatus_to_exitcode(os.waitpid(process, 0)[1]), flush=True)
else:
    sys.exit()
for number, path in enumerate(wanted["files"]):
    opened = os.open(path, os.O_RDWR)
    os.dup2(opened, number)
    os.close(opened)
os.environ.clear()
os.environ.update(wanted["environment"])
os.chdir(wanted["folder"])
sys.argv = ["-c", *wanted["arguments"]]
sys.meta_path.insert(0, KeepCompiled())
{MAIN}
"""


class CommandLine:
    """Runs `passerby`, as if a shell did.

    Args:
        server: The process that forks, running `SERVER`.
        folder: Where output is kept until it is read.
    """

    def __init__(self, server: subprocess.Popen[bytes], folder: Path) -> None:
        self._server, self._folder = server, folder
        self._environment = _of_python(os.environ)
        self._busy = threading.Lock()

    def __call__(
        self, *arguments: str | Path, timeout_s: float = 120, typed: str = "", **environment: str
    ) -> subprocess.CompletedProcess[str]:
        """Run one command line in a process of its own, and return how it ended.

        Args:
            arguments: What follows `passerby`.
            timeout_s: How long it may take, s.
            typed: What it reads.
            environment: Variables beside those that there are.
        """
        words, around = list(map(str, arguments)), os.environ | environment
        forks = _of_python(around) == self._environment and "LD_PRELOAD" not in around
        if forks and self._busy.acquire(blocking=False):
            try:
                done = self._forked(words, timeout_s, around, typed)
            finally:
                self._busy.release()
        else:
            done = _anew(words, timeout_s, around, typed)
        assert "Traceback" not in done.stderr, done.stderr
        return done

    def _forked(
        self, arguments: Sequence[str], timeout_s: float, environment: dict[str, str], typed: str
    ) -> subprocess.CompletedProcess[str]:
        read, out, err = files = [self._folder / name for name in ("in", "out", "err")]
        for each in files:
            each.write_text("")
        read.write_text(typed)
        wanted = {
            "arguments": arguments,
            "environment": environment,
            "folder": os.getcwd(),  # noqa: PTH109 - a string for JSON
            "files": list(map(str, files)),
        }
        self._server.stdin.write(json.dumps(wanted).encode() + b"\n")  # type: ignore[union-attr]
        process = int(self._answer())
        late = not select.select([self._server.stdout], [], [], timeout_s)[0]
        if late:
            os.kill(process, signal.SIGKILL)
        status = int(self._answer())
        if late:
            raise subprocess.TimeoutExpired(["passerby", *arguments], timeout_s, out.read_bytes(), err.read_bytes())
        return subprocess.CompletedProcess(["passerby", *arguments], status, out.read_text(), err.read_text())

    def _answer(self) -> bytes:
        line: bytes = self._server.stdout.readline()  # type: ignore[union-attr]
        assert line, "the process that forks has died: see its lines above"
        return line


def _anew(
    arguments: Sequence[str], timeout_s: float, environment: dict[str, str], typed: str
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*COMMAND, *arguments],
        capture_output=True,
        text=True,
        timeout=timeout_s,
        check=False,
        input=typed,
        env=environment,
    )


def _of_python(environment: os._Environ[str] | dict[str, str]) -> dict[str, str]:
    return {name: value for name, value in environment.items() if name.startswith(OF_PYTHON)}


@cache
def command_line() -> CommandLine:
    """Return the command line; its process ends with this one."""
    with ExitStack() as stack:
        folder = stack.enter_context(TemporaryDirectory(prefix="passerby-command-"))
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "bufsize": 0}  # or a line might hide in a buffer
        server = stack.enter_context(
            started([sys.executable, "-W", "ignore", "-c", SERVER, folder + "/compiled"], **pipes)
        )
        atexit.register(stack.pop_all().close)
    return CommandLine(server, Path(folder))
