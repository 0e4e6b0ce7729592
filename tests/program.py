"""Programs that tests start: each ends with its block, however the block ends, and leaves no open pipe."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any


@contextmanager
def started(command: Sequence[str | Path], **options: Any) -> Iterator[subprocess.Popen[Any]]:
    """Start a program; at the end of the block it is killed if it still runs.

    Args:
        command: The program and its arguments.
        options: As for `subprocess.Popen`.
    """
    with subprocess.Popen(list(map(str, command)), **options) as process:  # closes its pipes and waits for it
        try:
            yield process
        finally:
            process.kill()
