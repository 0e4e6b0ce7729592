"""Appends numbered records to a log and acknowledges each by a byte, until it is killed.

log_writer.py PATH LIFE      run by the log's test, in a process of its own
"""

from __future__ import annotations

import itertools
import os
import sys
from pathlib import Path

from passerby.storage.append_log import AppendLog


def main() -> None:
    with AppendLog(Path(sys.argv[1])) as log:
        for number in itertools.count():
            log.append(f"life {sys.argv[2]} number {number} ".encode() + bytes(range(32, 127)) * (number % 40))
            os.write(1, b".")


if __name__ == "__main__":
    main()
