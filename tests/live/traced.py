"""Runs a command under strace and returns every byte that it, and whatever it starts, writes or sends."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
from collections import defaultdict
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

import pytest
from tests.program import started

WRITES = "write,pwrite64,writev,pwritev,pwritev2,sendto,sendmsg,sendmmsg"
UNSEEN = "sendfile,copy_file_range,splice,vmsplice,tee,io_uring_setup,process_vm_writev"
"""Ways to hand on bytes that strace does not show: they must not be used."""
_LINE = re.compile(r"^(?:\[pid +)?(\d+)\]? +(\w+)\((.*)$")
_TEXT = re.compile(r'"((?:\\x[0-9a-f]{2})*)"(\.\.\.)?')
_ADDRESS = re.compile(r'inet_(?:addr|pton)\((?:AF_INET6, )?"((?:\\x[0-9a-f]{2})*)"')
_TARGET = re.compile(r"^\d+<((?:[^<>]|->)*)>")


@dataclass
class Trace:
    """What was written and sent.

    Args:
        written: All bytes by process and target: a path, pipe or socket.
        shared: Files that were mapped into memory so that others see what is written there.
        unseen: Calls that hand on bytes unseen.
        called: Internet addresses that were connected or sent to.
    """

    written: dict[str, bytes] = field(default_factory=dict)
    shared: set[str] = field(default_factory=set)
    unseen: set[str] = field(default_factory=set)
    called: set[str] = field(default_factory=set)


class Traced:
    """A command that runs under strace; a context manager.

    Args:
        command: The command.
        folder: Where the trace is kept until it is read.
        environment: What to add to the environment.
    """

    def __init__(self, command: Sequence[str | Path], folder: Path, **environment: str) -> None:
        strace = shutil.which("strace")
        if strace is None:
            (pytest.fail if os.environ.get("CI") else pytest.skip)("strace is absent: apt-get install strace")
        self._log = folder / "trace"
        calls = f"trace={WRITES},{UNSEEN},mmap,connect"
        options = ["-f", "--seccomp-bpf", "-y", "-xx", "-s", "16777216", "-e", calls, "-e", "signal=none"]
        pipes = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "text": True}
        self._running = started(
            [strace, *options, "-o", self._log, *command],
            env=os.environ | environment,
            start_new_session=True,
            **pipes,
        )

    def __enter__(self) -> Self:
        """Start it."""
        self.process = self._running.__enter__()
        return self

    def __exit__(self, *raised: Any) -> None:
        """End it and all that it has started, if it still runs."""
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self._running.__exit__(*raised)

    def end(self, timeout_s: float = 60) -> Trace:
        """End the command as Ctrl-C does, and return what it wrote."""
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGINT)  # strace itself passes it over
        self.process.communicate(timeout=timeout_s)
        return read_trace(self._log)


def read_trace(path: Path) -> Trace:
    """Read what strace wrote."""
    trace = Trace()
    written: defaultdict[str, bytearray] = defaultdict(bytearray)
    with path.open(encoding="ascii", errors="replace") as lines:
        for line in lines:
            parts = _LINE.match(line)
            if parts is None:
                continue
            process, call, rest = parts.groups()
            target = _TARGET.match(rest)
            where = f"{process} {_plain(target[1]) if target else '?'}"
            trace.called |= {_plain(address) for address in _ADDRESS.findall(rest)}
            if call == "mmap":
                mapped = re.search(r"PROT_WRITE.*MAP_SHARED.*, \d+<(.*?)>", rest)
                if mapped:
                    trace.shared.add(_plain(mapped[1]))
            elif call in UNSEEN.split(","):
                trace.unseen.add(f"{call} {where}")
            elif call in WRITES.split(","):
                for text, cut in _TEXT.findall(rest):
                    assert not cut, f"strace left bytes out: {line[:200]}"
                    written[where] += bytes.fromhex(text.replace("\\x", ""))
    trace.written = {where: bytes(data) for where, data in written.items()}
    return trace


def _plain(path: str) -> str:
    """Return a path as it is: -xx shows some in hexadecimal."""
    return re.sub(r"\\x([0-9a-f]{2})", lambda code: chr(int(code[1], 16)), path)
