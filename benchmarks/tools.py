"""The tools side by side, each as one function from files to what it covers."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path

from benchmarks import ours, peers
from benchmarks.covers import FrameCover

Covers = Callable[[Sequence[Path]], Mapping[Path, list[FrameCover]]]


EFFORTS = ("fast", "balanced", "thorough")
DEFAULT = "balanced"


def tools(*, cover: str = "people", efforts: Sequence[str] = (DEFAULT,)) -> dict[str, Covers]:
    """Return the tools by the name that the tables show."""
    return {
        "deface 1.5": peers.covers,
        f"deface 1.5 --scale {peers.SMALL}": partial(peers.covers, scale=peers.SMALL),
        **{ours_named(effort): partial(ours.covers, cover=cover, effort=effort) for effort in efforts},
    }


def ours_named(effort: str) -> str:
    """Return how the tables name passerby with an effort: bare at its default."""
    return "passerby" if effort == DEFAULT else f"passerby --effort {effort}"
