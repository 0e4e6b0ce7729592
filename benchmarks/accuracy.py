"""What is covered and what is not, by size, occlusion, light, neighbours and speed: docs/accuracy-redaction.md.

python -m benchmarks.accuracy            measures passerby at its defaults and writes the page
python -m benchmarks.accuracy --write    writes the page from the stored results
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import av
import cv2
import numpy as np
from numpy.typing import NDArray

from benchmarks import clips, leak, material, ours, peers, results
from benchmarks.covers import Covered, FrameCover
from benchmarks.tables import MARKED
from benchmarks.tools import ours_named

ROOT = Path(__file__).resolve().parents[1] / "docs"
PAGE = ROOT / "accuracy-redaction.md"
SCALES = (1.0, 0.7, 0.5, 0.35, 0.25)
SHRUNK = range(450, 600)
"""Frames of PETS that are shown smaller and smaller: those that nothing was tuned on."""


Label = tuple[str, tuple[float, ...], tuple[float, ...]]
"""A person as the evaluator knows one: a key, what must be hidden, the whole body."""


@dataclass(frozen=True, slots=True)
class Heads:
    """All labelled heads of a clip, one row each.

    Args:
        covered: Shape (N,), share of the upper 40 % of the person's box, in [0, 1].
        body: Shape (N,), the same of the whole box.
        facts: Each shape (N,), what the classes are made of.
    """

    covered: NDArray[np.float64]
    body: NDArray[np.float64]
    facts: dict[str, NDArray[np.float64]]


BY: dict[str, tuple[str, tuple[float, ...]]] = {
    "height": ("height of the person, px", (0, 20, 30, 45, 60, 90, 130, 200)),
    "hidden": ("share of the person behind others", (0, 0.01, 0.25, 0.5, 0.75)),
    "cut": ("share of the person beyond the border", (0, 0.01, 0.25)),
    "light": ("brightness of the person, grey levels", (0, 40, 80, 120, 160)),
    "contrast": ("contrast within the person, grey levels", (0, 15, 30, 45)),
    "neighbours": ("other people within two body heights", (0, 1, 3, 6, 10)),
    "speed": ("speed, body heights/s", (0, 0.1, 0.5, 1.0, 2.0)),
}


def measure() -> Iterator[results.Row]:
    """Yield a row for each clip and class of heads."""
    judges = leak.evaluator()
    for clip in leak.CLIPS.values():
        path = material.data() / "video" / clip.video
        heads = compare(path, leak.labels(clip, judges), clip.rate)
        for by, (_, edges) in BY.items():
            yield from _classes(heads, clip.name, by=by, edges=edges)
    pets = leak.CLIPS["pets"]
    labels = leak.labels(pets, judges)
    for scale in SCALES:
        shown = {n: [_scaled(label, scale) for label in labels.get(k, ())] for n, k in enumerate(SHRUNK)}
        heads = compare(shrunk(scale), shown, pets.rate)
        whole = {"clip": f"{pets.name}, frames {SHRUNK.start}-{SHRUNK.stop - 1}, smaller", "by": "scale"}
        height = float(np.median(heads.facts["height"]))
        yield {**whole, "from": height, "to": None, **_exposed(heads, np.ones(len(heads.covered), np.bool_))}


def compare(path: Path, labels: dict[int, Any], rate: float) -> Heads:
    """Return what passerby covers of each labelled head of a clip, with what may explain a miss."""
    covers = ours.covers([path])[path]
    rows: list[dict[str, float]] = []
    with av.open(str(path)) as source:
        for number, frame in enumerate(source.decode(video=0)):
            persons = labels.get(number, ())
            later = {who: body for who, _, body in labels.get(number + 1, ())}
            rows += _frame(covers[number], frame.to_ndarray(format="gray"), persons, later=later, rate=rate)
    columns = {key: np.array([row[key] for row in rows]) for key in rows[0]}
    return Heads(columns.pop("covered"), columns.pop("body"), columns)


def _frame(
    cover: FrameCover, grey: NDArray[np.uint8], persons: list[Any], *, later: dict[str, Any], rate: float
) -> Iterator[dict[str, float]]:
    height, width = grey.shape
    covered = Covered(cover.raster(height, width))
    bodies = np.array([body for _, _, body in persons], np.float64).reshape(-1, 4)
    for who, head, body in persons:
        inside = np.clip(body, 0, [width, height] * 2)
        tall, share = body[3] - body[1], _area(inside) / max(1e-6, _area(np.array(body)))
        upper = np.clip(head, 0, [width, height] * 2)
        if _area(upper) < 0.5 * _area(np.array(head)):
            continue  # as the shared evaluator counts
        x1, y1, x2, y2 = np.rint(inside).astype(int)
        pixels = grey[y1 : max(y2, y1 + 1), x1 : max(x2, x1 + 1)]
        before = bodies[bodies[:, 3] > body[3]]  # who stands nearer
        middle = _middle(np.array(body))
        others = np.linalg.norm(_middle(bodies) - middle, axis=1)
        moved = np.linalg.norm(_middle(np.array(later[who])) - middle) if who in later else np.nan
        yield {
            "covered": covered.share(head),
            "body": covered.share(body),
            "height": tall,
            "hidden": _hidden(inside, before),
            "cut": 1 - share,
            "light": float(pixels.mean()),
            "contrast": float(pixels.std()),
            "neighbours": float((others < 2 * tall).sum() - 1),
            "speed": float(moved * rate / tall),
        }


def _hidden(box: NDArray[np.float64], before: NDArray[np.float64]) -> float:
    """Return the share of a box that lies behind others, by drawing it 32 x 32."""
    grid = np.zeros((32, 32), np.bool_)
    size = np.maximum(box[2:] - box[:2], 1e-6)
    for other in before:
        low, high = (other[:2] - box[:2]) / size * 32, (other[2:] - box[:2]) / size * 32
        (x1, y1), (x2, y2) = np.clip(np.rint((low, high)), 0, 32).astype(int)
        grid[y1:y2, x1:x2] = True
    return float(grid.mean())


def shrunk(scale: float) -> Path:
    """Return frames of PETS at a smaller size."""
    path = peers.cache() / f"pets_{SHRUNK.start}_{scale:g}.mp4"
    if not path.exists():
        source = material.data() / "video" / leak.CLIPS["pets"].video
        clips.write(path, _shrunk(source, scale), {"preset": "veryfast", "crf": "16"}, rate=10)
    return path


def _shrunk(source: Path, scale: float) -> Iterator[NDArray[np.uint8]]:
    with av.open(str(source)) as opened:
        for number, frame in enumerate(opened.decode(video=0)):
            if number in SHRUNK:
                picture = frame.to_ndarray(format="bgr24")
                size = [round(side * scale / 2) * 2 for side in picture.shape[1::-1]]
                yield cv2.resize(picture, size, interpolation=cv2.INTER_AREA).astype(np.uint8, copy=False)


def _scaled(label: Label, scale: float) -> Label:
    who, head, body = label
    return who, tuple(scale * value for value in head), tuple(scale * value for value in body)


def _classes(heads: Heads, clip: str, *, by: str, edges: tuple[float, ...]) -> Iterator[results.Row]:
    values = heads.facts[by]
    for start, end in zip(edges, (*edges[1:], np.inf), strict=True):
        chosen = (values >= start) & (values < end)
        if chosen.any():
            yield {
                "clip": clip,
                "by": by,
                "from": start,
                "to": None if end == np.inf else end,
                **_exposed(heads, chosen),
            }


def _exposed(heads: Heads, chosen: NDArray[np.bool_]) -> results.Row:
    covered, body = heads.covered[chosen], heads.body[chosen]
    return {
        "heads": len(covered),
        "exposed80": float((covered < 0.8).mean()),
        "exposed50": float((covered < 0.5).mean()),
        "body": float(body.mean()),
        "body_bare": float((body < 0.5).mean()),
    }


def _area(box: NDArray[np.float64]) -> float:
    return float(np.prod(np.maximum(box[2:] - box[:2], 0)))


def _middle(boxes: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray((boxes[..., :2] + boxes[..., 2:]) / 2, np.float64)


def table(by: str) -> str:
    """Return the table of one way to part the heads."""
    rows = [row for row in results.load("accuracy")["rows"] if row["by"] == by]
    head = "height of the median person, px" if by == "scale" else BY[by][0]
    lines = [f"| {head} | clip | heads | e80 | e50 | of the whole body covered, mean |", "|" + " --- |" * 6]
    for row in rows:
        span = f"{row['from']:.0f}" if by == "scale" else _span(row["from"], row["to"])
        figures = (f"{100 * row[key]:.2f} %" for key in ("exposed80", "exposed50"))
        cells = (span, row["clip"], f"{row['heads']:,}", *figures, f"{100 * row['body']:.1f} %")
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines) + "\n"


def _span(start: float, end: float | None) -> str:
    return f"{start:g} and more" if end is None else f"{start:g} to {end:g}"


def hours() -> str:
    """Return exposed heads an hour for each labelled clip, by day and in bad weather."""
    lines = ["| clip | tool | bare per hour (e50) | exposed per hour (e80) | area |", "|" + " --- |" * 5]
    wanted = ("deface 1.5", ours_named("balanced"), ours_named("thorough"))
    for row in results.load("leak")["rows"]:
        if row["tool"] in wanted:
            bare, exposed = row["bare50_per_hour"], row["bare80_per_hour"]
            lines.append(f"| {row['clip']} | {row['tool']} | {bare:,} | {exposed:,} | {100 * row['area']:.1f} % |")
    for row in results.load("light")["rows"]:
        if row["tool"] == ours_named("balanced") and row["weather"] != "clear":
            bare, exposed = row["bare50_per_hour"], row["bare80_per_hour"]
            name = f"{row['clip']}, {row['weather']}"
            lines.append(f"| {name} | {row['tool']} | {bare:,} | {exposed:,} | {100 * row['area']:.1f} % |")
    return "\n".join(lines) + "\n"


def page(text: str) -> str:
    """Return the page with each marked part replaced by its table."""
    parts: dict[str, Callable[[], str]] = {"hours": hours}
    return MARKED.sub(lambda part: f"{part[1]}\n{parts.get(part[2], lambda: table(part[2]))()}\n{part[3]}", text)


def plot(by: str, path: Path) -> None:
    """Draw exposed heads over one quantity; the small numbers are the heads of each class."""
    from matplotlib import pyplot as plt  # noqa: PLC0415  only who writes the page needs it

    plt.rcParams["svg.hashsalt"] = by  # the same figures give the same file
    rows = [row for row in results.load("accuracy")["rows"] if row["by"] == by]
    figure, axes = plt.subplots(figsize=(7, 3.2), layout="constrained")
    for clip in dict.fromkeys(row["clip"] for row in rows):
        mine = [row for row in rows if row["clip"] == clip]
        x = [row["from"] for row in mine]
        axes.plot(x, [100 * row["exposed80"] for row in mine], "o", label=f"{clip}: e80", clip_on=False)
        axes.plot(x, [100 * row["exposed50"] for row in mine], "x", label=f"{clip}: e50", clip_on=False)
        for place, row in zip(x, mine, strict=True):
            label = f"{row['heads']:,}"
            axes.annotate(label, (place, 100 * row["exposed80"]), (4, 4), textcoords="offset points", fontsize=7)
    axes.set_xlabel("height of the median person, px" if by == "scale" else f"{BY[by][0]}, from")
    axes.set_ylabel("exposed heads, %")
    axes.set_ylim(bottom=0)
    axes.grid(alpha=0.3)
    axes.legend(fontsize=8)
    figure.savefig(path, metadata={"Date": None})
    plt.close(figure)


def main(words: list[str]) -> None:
    """Measure unless told not to, then write the page and its plots."""
    if words != ["--write"]:
        results.save("accuracy", list(measure()), protected="upper 40 % of each person's box")
    for by in ("scale", "height", "hidden"):
        plot(by, ROOT / f"accuracy-{by}.svg")
    PAGE.write_text(page(PAGE.read_text(encoding="utf-8")), encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
