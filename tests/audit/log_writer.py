"""Appends numbered entries to a log until it is killed, and prints the index of each that was acknowledged."""

from __future__ import annotations

import sys
import threading
from pathlib import Path

from passerby.audit import tile_log
from passerby.audit.tile_log import TileLog

THREADS = 4


def main(folder: Path, life: str) -> None:
    tile_log.EVERY_S = 0.02  # type: ignore[misc]
    with TileLog(folder / "log", folder, origin="site/audit") as log:

        def write(thread: int) -> None:
            number = 0
            while True:
                index = log.append(b"life %s thread %d number %d" % (life.encode(), thread, number))
                sys.stdout.write(f"{index} {life} {thread} {number}\n")
                sys.stdout.flush()
                number += 1

        threads = [threading.Thread(target=write, args=(number,), daemon=True) for number in range(THREADS)]
        for each in threads:
            each.start()
        for each in threads:
            each.join()


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])
