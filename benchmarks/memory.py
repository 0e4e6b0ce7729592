"""Checks whether memory grows with length: `passerby redact` at 1080p on one clip looped to several lengths.

python -m benchmarks.memory [--seconds 60 600] [--size 1080p]

The loop copies packets. Resident memory of the whole process tree is sampled five times a second.
"""

from __future__ import annotations

import argparse
import statistics
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks import clips, ours, process, results

MINUTE_S = 60


def measure(lengths_s: list[int], size: str) -> Iterator[results.Row]:
    """Yield a row for each length, shortest first."""
    for seconds in sorted(lengths_s):
        clip = clips.looped(clips.street(size), seconds)
        with TemporaryDirectory() as folder:
            ran = process.measure(ours.command(clip, Path(folder) / "copy.mp4"))
        if ran.status:
            msg = f"passerby on {clip.name} ended with {ran.status}:\n{ran.said}"
            raise SystemExit(msg)
        frames = seconds * clips.RATE
        yield {
            "size": size,
            "seconds": seconds,
            "peak_mb": ran.peak_mb,
            "first_third_mb": _median(ran.memory_mb, 0, ran.wall_s / 3),
            "last_third_mb": _median(ran.memory_mb, ran.wall_s * 2 / 3, ran.wall_s),
            "frames_per_s": frames / ran.wall_s,
            "each_minute_mb": _each_minute(ran.memory_mb),
        }


def _median(samples: list[tuple[float, float]], start_s: float, end_s: float) -> float:
    return statistics.median(mb for at, mb in samples if start_s <= at <= end_s)


def _each_minute(samples: list[tuple[float, float]]) -> list[int]:
    """Return the largest memory within each minute of the run."""
    last = int(samples[-1][0] // MINUTE_S)
    return [round(max(mb for at, mb in samples if at // MINUTE_S == minute)) for minute in range(last + 1)]


def main() -> None:
    """Measure what the command line names."""
    words = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    words.add_argument("--seconds", type=int, nargs="+", default=[60, 600])
    words.add_argument("--size", default="1080p", choices=[*clips.SIZES])
    given = words.parse_args()
    results.save("memory", list(measure(given.seconds, given.size)), clip=clips.STREET)


if __name__ == "__main__":
    main()
