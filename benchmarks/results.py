"""Stores figures as JSON beside the scripts: one file per benchmark, with the machine they come from."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from benchmarks import machine, peers

FOLDER = Path(__file__).with_name("results")
Row = dict[str, Any]


def save(name: str, rows: list[Row], **facts: object) -> None:
    """Write the rows of one benchmark; `facts` say what was measured."""
    FOLDER.mkdir(exist_ok=True)
    whole = {"benchmark": name, "machine": machine.describe(peers.versions()), "facts": facts, "rows": rows}
    (FOLDER / f"{name}.json").write_text(json.dumps(whole, indent=1) + "\n")
    for row in rows:
        sys.stdout.write("  ".join(f"{key}={_short(value)}" for key, value in row.items()) + "\n")


def load(name: str) -> dict[str, Any]:
    """Return what `save` wrote."""
    found: dict[str, Any] = json.loads((FOLDER / f"{name}.json").read_text())
    return found


def renewed(name: str, fresh: list[Row], *, by: tuple[str, ...]) -> list[Row]:
    """Return the stored rows of a benchmark with some measured anew; `when` of each row says when it was measured.

    Args:
        name: The benchmark.
        fresh: The new rows; one replaces the stored row that it agrees with in all of `by`.
        by: Keys that name a row.
    """
    kept = load(name)
    old = {tuple(row[key] for key in by): {"when": kept["machine"]["when"], **row} for row in kept["rows"]}
    new = {tuple(row[key] for key in by): {**row, "when": machine.now()} for row in fresh}
    return [{**{key: row[key] for key in row if key != "when"}, "when": row["when"]} for row in (old | new).values()]


def _short(value: object) -> str:
    return f"{value:.4g}" if isinstance(value, float) else str(value)
