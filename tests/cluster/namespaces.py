"""Two machines that are network namespaces of this one, joined by a switch that can be opened; needs root and `ip`."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

ADDRESSES = ("10.87.0.1", "10.87.0.2")
IP = shutil.which("ip") or "/usr/sbin/ip"


@dataclass(frozen=True, slots=True)
class TwoMachines:
    """Two network namespaces and the one of the switch between them.

    Args:
        names: Of the two machines.
        switch: Of the switch.
    """

    names: tuple[str, str]
    switch: str

    def command(self, machine: int, command: Sequence[str | Path]) -> list[str]:
        """Return a command that runs on a machine: 0 or 1."""
        return [IP, "netns", "exec", self.names[machine], *map(str, command)]

    def cut(self) -> None:
        """Open the switch: neither machine reaches the other, and neither is told."""
        _ip("-n", self.switch, "link", "set", "port1", "down")

    def heal(self) -> None:
        """Close the switch again."""
        _ip("-n", self.switch, "link", "set", "port1", "up")


@contextmanager
def two_machines() -> Iterator[TwoMachines]:
    """Make them; they are gone at the end."""
    mark = f"pb{os.getpid()}"
    made = TwoMachines((f"{mark}a", f"{mark}b"), f"{mark}s")
    with ExitStack() as undo:
        for name in (*made.names, made.switch):
            _ip("netns", "add", name)
            undo.callback(_ip, "netns", "del", name)
            _ip("-n", name, "link", "set", "lo", "up")
        _ip("-n", made.switch, "link", "add", "bridge", "type", "bridge")
        _ip("-n", made.switch, "link", "set", "bridge", "up")
        for number, (name, address) in enumerate(zip(made.names, ADDRESSES, strict=True)):
            peer = ("peer", "name", "eth", "netns", name)
            _ip("-n", made.switch, "link", "add", f"port{number}", "type", "veth", *peer)
            _ip("-n", made.switch, "link", "set", f"port{number}", "master", "bridge", "up")
            _ip("-n", name, "addr", "add", f"{address}/24", "dev", "eth")
            _ip("-n", name, "link", "set", "eth", "up")
        yield made


def _ip(*arguments: str) -> None:
    subprocess.run([IP, *arguments], check=True, stdout=subprocess.DEVNULL)
