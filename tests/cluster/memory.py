"""What processes of this machine hold in their memory; needs root, or processes of one's own."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

_STEP = 1 << 24


def holders(processes: Iterable[int], text: bytes) -> list[int]:
    """Return the processes that hold a text in memory that they have written to; of those that ended, nothing."""
    return [each for each in processes if _holds(each, text)]


def _holds(process: int, text: bytes) -> bool:
    with suppress(OSError), Path(f"/proc/{process}/mem").open("rb", buffering=0) as memory:
        for begin, end in _written(process):
            for at in range(begin, end, _STEP):
                memory.seek(at)
                with suppress(OSError):  # a part of it is gone
                    if text in memory.read(min(_STEP + len(text), end - at)):
                        return True
    return False


def _written(process: int) -> list[tuple[int, int]]:
    """Return the regions of memory that a process has written to."""
    found: list[tuple[int, int]] = []
    begin = end = 0
    for line in Path(f"/proc/{process}/smaps").read_text().splitlines():
        name, *rest = line.split()
        if "-" in name and not name.endswith(":"):
            begin, end = (int(each, 16) for each in name.split("-"))
            readable = rest[0].startswith("r")
        elif name == "Anonymous:" and int(rest[0]) and readable:
            found.append((begin, end))
    return found
