"""Compares speed on the same clip in one run: deface, deface at reduced size, passerby, and the machine's limit.

python -m benchmarks.speed [--rounds N] [--seconds N] [720p] [1080p]

Rounds alternate (A B C ... A B C ...), so that a machine that becomes slower slows all; medians are shown. Each
command is the whole program from its start to the finished file; the limit decodes and encodes with PyAV with
passerby's encoder settings and does nothing in between. `start` is the wall time for a clip of one frame.
"""

from __future__ import annotations

import argparse
import statistics
import sys
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks import clips, ours, peers, process, results
from benchmarks.process import Ran
from benchmarks.tools import EFFORTS, ours_named

Command = Callable[[Path, Path], list[str]]
COMMANDS: dict[str, Command] = {
    "limit": lambda source, target: [sys.executable, "-m", "benchmarks.limit", str(source), str(target)],
    "deface 1.5": peers.command,
    f"deface 1.5 --scale {peers.SMALL}": partial(peers.command, scale=peers.SMALL),
    **{ours_named(effort): partial(ours.command, effort=effort) for effort in EFFORTS},
}


def run(tool: str, clip: Path) -> tuple[Ran, float]:
    """Run one tool on one clip; return what it cost and the size of its copy, MB.

    Raises:
        SystemExit: It failed; says what it printed.
    """
    with TemporaryDirectory() as folder:
        copy = Path(folder) / "copy.mp4"
        ran = process.measure(COMMANDS[tool](clip, copy))
        copy_mb = copy.stat().st_size / 1e6 if copy.exists() else 0.0
    if ran.status:
        msg = f"{tool} on {clip.name} ended with {ran.status}:\n{ran.said}"
        raise SystemExit(msg)
    return ran, copy_mb


def measure(size: str, *, rounds: int, seconds: int) -> Iterator[results.Row]:
    """Yield a row for each tool at one size."""
    frames = seconds * clips.RATE
    clip, single = clips.street(size, frames=frames), clips.street(size, frames=1)
    whole: dict[str, list[Ran]] = {tool: [] for tool in COMMANDS}
    start: dict[str, list[Ran]] = {tool: [] for tool in COMMANDS}
    copies_mb: dict[str, float] = {}
    for _ in range(rounds):
        for tool in COMMANDS:
            ran, copies_mb[tool] = run(tool, clip)
            whole[tool].append(ran)
            start[tool].append(run(tool, single)[0])
    wall = {tool: statistics.median(ran.wall_s for ran in rans) for tool, rans in whole.items()}
    for tool, rans in whole.items():
        start_s = statistics.median(ran.wall_s for ran in start[tool])
        steady_s = wall[tool] - start_s  # a clip of a second or two drowns in the noise
        yield {
            "size": size,
            "tool": tool,
            "frames": frames,
            "frames_per_s": frames / wall[tool],
            "after_start_per_s": (frames - 1) / steady_s if steady_s > 0 else None,
            "times_deface": wall["deface 1.5"] / wall[tool],
            "share_of_limit": wall["limit"] / wall[tool],
            "cpu_s": statistics.median(ran.cpu_s for ran in rans),
            "peak_mb": max(ran.peak_mb for ran in rans),
            "copy_mb": copies_mb[tool],
            "start_s": start_s,
            "wall_s": [round(ran.wall_s, 2) for ran in rans],
        }


def main() -> None:
    """Measure what the command line names."""
    words = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    words.add_argument("sizes", nargs="*", default=[*clips.SIZES])
    words.add_argument("--rounds", type=int, default=3)
    words.add_argument("--seconds", type=int, default=10)
    given = words.parse_args()
    rows = [row for size in given.sizes for row in measure(size, rounds=given.rounds, seconds=given.seconds)]
    results.save("speed", rows, clip=clips.STREET, rounds=given.rounds)


if __name__ == "__main__":
    main()
