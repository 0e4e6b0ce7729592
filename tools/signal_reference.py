"""The reference page of signals, from their classes: fields, quantities, counter messages, and storage times."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel

from passerby.measure.reading import Aggregate, Quantity
from passerby.signals.external import IDENTITY, CounterMessage
from passerby.signals.signal import PlaceSignal
from passerby.signals.window import WindowLength
from passerby.store.retention import RETENTION_DAYS

_MADE_OF = {
    Aggregate.MEAN: "mean, by observed time",
    Aggregate.SUM: "sum",
    Aggregate.MAX: "largest",
    Aggregate.LAST: "latest",
    Aggregate.SHARE: "share of the weaker direction in the window's crossings",
    Aggregate.EVENT: "sum; each is told of at once",
}


def page(made: str) -> str:
    """Return the reference page."""
    lines = ["# Signals", "", made]
    lines += [
        "A signal is one quantity of one place over one window of time. It is the only data about people that is",
        "stored or sent. JSON Schema: [place-signal.schema.json](place-signal.schema.json). Explanation:",
        "[windows, coverage and late data](../explanation/signals.md).",
        "",
        *_fields(PlaceSignal),
        "## Quantities",
        "",
        "| quantity | unit | value of a window |",
        "|---|---|---|",
        *(f"| `{each}` | {each.unit} | {_MADE_OF[each.aggregate]} |" for each in Quantity),
        "",
        "## Windows",
        "",
        "| window | stored for, days |",
        "|---|---|",
        *(f"| `{each}` | {_kept(each)} |" for each in WindowLength),
        "",
        "## Messages from external counters",
        "",
        "`POST /api/counters/PLACE` with a JSON object; the response is 204, or a problem that names the field. JSON",
        "Schema: [counter-message.schema.json](counter-message.schema.json).",
        "",
        *_fields(CounterMessage),
        "A field is refused if its name contains one of these words, at any level:",
        ", ".join(f"`{word}`" for word in sorted(IDENTITY)) + ".",
    ]
    return "\n".join(lines) + "\n"


def _fields(model: type[BaseModel]) -> list[str]:
    schema: dict[str, Any] = model.model_json_schema(mode="serialization")
    rows = [f"| `{name}` | {each.get('description', '')} |" for name, each in schema["properties"].items()]
    return ["| field | description |", "|---|---|", *rows, ""]


def _kept(length: WindowLength) -> str:
    days = RETENTION_DAYS.get(length.seconds)
    return "computed from hours on request" if days is None else f"{days:g}"
