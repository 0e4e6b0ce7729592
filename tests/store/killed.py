"""Records signals in a child that is killed at a random moment, 50 times; prints how many batches each acknowledged.

killed.py ADDRESS SPOOL_FOLDER SEED     run by the recorder's test, as a process without threads that may fork
"""

from __future__ import annotations

import itertools
import json
import os
import random
import signal
import sys
import threading
import time
from pathlib import Path

from tests.store import made

from passerby.store.recorder import SignalRecorder

KILLS = 50
BATCH = 7


def batch(life: int, number: int) -> list:
    """Signals that no other batch of any life has: each has a second of its own, and says which."""
    first = number * BATCH
    return [made.signal(second, second, place=f"life {life}") for second in range(first, first + BATCH)]


def child(address: str, folder: Path, life: int, told: int) -> None:
    recorder = SignalRecorder(address, folder, clock=lambda: made.NOON_S)
    threading.Thread(target=recorder.run, args=(threading.Event(),), kwargs={"every_s": 0.01}, daemon=True).start()
    for number in itertools.count():
        recorder.write(batch(life, number))
        os.write(told, b".")


def main() -> None:
    address, folder, seed = sys.argv[1], Path(sys.argv[2]), sys.argv[3]
    chance = random.Random(seed)
    acknowledged = []
    for life in range(KILLS):
        hear, told = os.pipe()
        process = os.fork()
        if not process:
            os.close(hear)  # so that a child whose parent is gone ends at its next batch
            child(address, folder, life, told)
        os.close(told)
        with os.fdopen(hear, "rb") as pipe:
            first = len(pipe.read(chance.randrange(12)))  # however slow the machine is
            time.sleep(chance.uniform(0, 0.1))
            os.kill(process, signal.SIGKILL)
            os.waitpid(process, 0)
            acknowledged.append(first + len(pipe.read()))
    print(json.dumps(acknowledged))


if __name__ == "__main__":
    main()
