"""Kills processes that append to a log at random moments, and returns what they were told is in it."""

from __future__ import annotations

import random
import re
import subprocess
import sys
from pathlib import Path


def acknowledged_until_killed(folder: Path, lives: int, *, seed: int) -> dict[int, bytes]:
    """Return the entries that were acknowledged, by index: one process after the other appends until SIGKILL."""
    chance = random.Random(seed)
    acknowledged: dict[int, bytes] = {}
    for life in range(lives):
        writer = Path(__file__).with_name("log_writer.py")
        process = subprocess.Popen([sys.executable, writer, folder, str(life)], stdout=subprocess.PIPE, text=True)
        assert process.stdout is not None
        lines = [process.stdout.readline() for _ in range(chance.randint(1, 800))]
        process.kill()
        lines += process.stdout.readlines()
        process.wait()
        process.stdout.close()
        for line in lines:
            if found := re.fullmatch(r"(\d+) (\d+) (\d+) (\d+)\n", line):
                index, number, thread, at = map(int, found.groups())
                acknowledged[index] = b"life %d thread %d number %d" % (number, thread, at)
    return acknowledged
