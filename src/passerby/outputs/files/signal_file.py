"""Writes signals to a file: CSV, JSON Lines or Parquet, depending on its extension."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from importlib import import_module
from itertools import chain, islice
from pathlib import Path
from typing import Any

from passerby.errors import UsageError
from passerby.installation import how_to_install
from passerby.outputs.partial import PartialFile, write_error
from passerby.signals.signal import PlaceSignal

COLUMNS = (
    *("site", "place", "quantity", "kind", "value", "unit", "window_start", "window_end", "coverage", "estimator"),
    "schema_version",
)
AT_ONCE = 20_000
"""Number of signals held in memory at once."""

Batch = Sequence[PlaceSignal]


def write_signals(target: Path, signals: Iterable[PlaceSignal], *, replace: bool = False) -> int:
    """Write signals to a file that gets its final name only when complete, and return their number.

    If there are none, no file is written.

    Args:
        target: Ends in .csv, .jsonl or .parquet.
        signals: In the order of the file.
        replace: Whether an existing file may be replaced.

    Raises:
        UsageError: The name has another extension, or it is .parquet and pyarrow is not installed.
        OutputError: The file exists or cannot be written. No partial file is left.
    """
    write = _writer(target)
    stream = iter(signals)
    first = list(islice(stream, AT_ONCE))
    if not first:
        return 0
    file = PartialFile(target, replace=replace)
    try:
        count = write(file, chain([first], _batches(stream)))
        file.commit()
    except OSError as error:
        raise write_error(target, file.failure or error) from error
    finally:
        file.discard()
    return count


def check_signal_file(target: Path, *, replace: bool = False) -> None:
    """Refuse beforehand what `write_signals` would refuse after long work.

    Raises:
        UsageError: The name has another extension, or it is .parquet and pyarrow is not installed.
        OutputError: The file exists, or its folder is missing or cannot be written.
    """
    _writer(target)
    PartialFile(target, replace=replace).discard()


def as_csv(signals: Iterable[PlaceSignal], *, head: bool = True) -> str:
    """Return signals as lines of CSV; times are ISO 8601 in UTC."""
    text = io.StringIO()
    lines = csv.writer(text, lineterminator="\n")
    if head:
        lines.writerow(COLUMNS)
    for signal in signals:
        values = (getattr(signal, name) for name in COLUMNS)
        lines.writerow([_iso(value) if isinstance(value, datetime) else value for value in values])
    return text.getvalue()


def _iso(moment: datetime) -> str:
    return moment.isoformat().replace("+00:00", "Z")


def _batches(signals: Iterator[PlaceSignal]) -> Iterator[Batch]:
    while batch := list(islice(signals, AT_ONCE)):
        yield batch


def _writer(target: Path) -> Callable[[PartialFile, Iterable[Batch]], int]:
    match target.suffix.lower():
        case ".csv":
            return _write_csv
        case ".jsonl" | ".ndjson":
            return _write_lines
        case ".parquet":
            _pyarrow()
            return _write_parquet
    msg = f"{target}: signals are written as .csv, .jsonl or .parquet; use one of these extensions"
    raise UsageError(msg)


def _write_csv(file: PartialFile, batches: Iterable[Batch]) -> int:
    count = 0
    for batch in batches:
        file.write(as_csv(batch, head=not count).encode())
        count += len(batch)
    return count


def _write_lines(file: PartialFile, batches: Iterable[Batch]) -> int:
    count = 0
    for batch in batches:
        file.write("".join(f"{signal.to_json()}\n" for signal in batch).encode())
        count += len(batch)
    return count


def _pyarrow() -> Any:  # noqa: ANN401 - the module, which has no types
    try:
        import_module("pyarrow.parquet")
        return import_module("pyarrow")
    except ModuleNotFoundError as error:
        msg = f"Parquet needs {error.name}; run {how_to_install('parquet')}; or write .csv or .jsonl"
        raise UsageError(msg) from error


def _write_parquet(file: PartialFile, batches: Iterable[Batch]) -> int:
    arrow = _pyarrow()
    schema = _arrow_schema(arrow)
    count = 0
    with arrow.parquet.ParquetWriter(arrow.PythonFile(file, mode="w"), schema, compression="zstd") as writer:
        for batch in batches:
            columns = [[getattr(signal, name) for signal in batch] for name in COLUMNS]
            writer.write_table(arrow.table(columns, schema=schema))
            count += len(batch)
    return count


def _arrow_schema(arrow: Any) -> Any:  # noqa: ANN401 - the module, which has no types
    word, moment = arrow.dictionary(arrow.int32(), arrow.string()), arrow.timestamp("us", tz="UTC")
    kinds = {"value": arrow.float64(), "coverage": arrow.float64(), "schema_version": arrow.int32()}
    kinds |= {"window_start": moment, "window_end": moment}
    return arrow.schema([arrow.field(name, kinds.get(name, word), nullable=False) for name in COLUMNS])
