"""The compared tools, each as one function from files to what it covers."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from pathlib import Path

import av

from benchmarks import ours, peers
from benchmarks.covers import FrameCover
from passerby.errors import ModelError
from passerby.vision.models.catalogue import model_named
from passerby.vision.models.files import locate

Covers = Callable[[Sequence[Path]], Mapping[Path, list[FrameCover]]]


EVERYTHING = "(all covered)"
EFFORTS = ("fast", "balanced", "thorough")
DEFAULT = "balanced"


def tools(
    *, cover: str = "people", efforts: Sequence[str] = (DEFAULT,), named: Sequence[str] = ()
) -> dict[str, Covers]:
    """Return the tools by the name that the tables show; `named` are models beyond the standard ones."""
    return {
        EVERYTHING: everything,
        "deface 1.5": peers.covers,
        f"deface 1.5 --scale {peers.SMALL}": partial(peers.covers, scale=peers.SMALL),
        **{ours_named(effort): partial(ours.covers, cover=cover, effort=effort) for effort in efforts},
        **{f"passerby --detector {name}": partial(ours.covers, cover=cover, detectors=(name,)) for name in named},
    }


def present(names: Iterable[str]) -> list[str]:
    """Return those of the selectable models that are here; say which are not."""
    here = []
    for name in names:
        try:
            locate(model_named(name))
        except ModelError as error:
            sys.stderr.write(f"left out: {error}\n")
        else:
            here.append(name)
    return here


def everything(files: Sequence[Path]) -> dict[Path, list[FrameCover]]:
    """Cover all of every frame: what a figure is worth that this reference reaches too."""
    return {path: [FrameCover(whole=True)] * frame_count(path) for path in files}


def frame_count(path: Path) -> int:
    """Return the frames of a clip or picture, by decoding it."""
    with av.open(os.fspath(path)) as source:
        return sum(1 for _ in source.decode(video=0))


def ours_named(effort: str) -> str:
    """Return how the tables name passerby with an effort: bare at its default."""
    return "passerby" if effort == DEFAULT else f"passerby --effort {effort}"
