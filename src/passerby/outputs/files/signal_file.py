"""Writes signals to a file: CSV, JSON Lines, Parquet or Excel (XLSX), depending on its extension."""

from __future__ import annotations

import codecs
import csv
import io
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from functools import partial
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
    *("schema_version", "low", "high"),
)
"""Columns of a file; newer ones come last, so that the positions of older ones do not change."""
OPTIONAL = ("low", "high")
MOMENTS = ("window_start", "window_end")
MOST_ROWS = 1_048_575
"""Rows of an Excel sheet below the header."""
AT_ONCE = 20_000
"""Number of signals held in memory at once."""

Batch = Sequence[PlaceSignal]


@dataclass(frozen=True, slots=True)
class TableStyle:
    """Format of files for spreadsheets; other files use UTC.

    Args:
        bom: Whether CSV begins with a byte order mark, by which Excel recognises UTF-8.
        zone: Time zone of the times; None = UTC, in ISO 8601.
    """

    bom: bool = False
    zone: tzinfo | None = None


def write_signals(
    target: Path, signals: Iterable[PlaceSignal], *, replace: bool = False, style: TableStyle | None = None
) -> int:
    """Write signals to a file that gets its final name only when complete, and return their number.

    If there are none, no file is written.

    Args:
        target: Ends in .csv, .jsonl, .parquet or .xlsx.
        signals: In the order of the file.
        replace: Whether an existing file may be replaced.
        style: Format of CSV and XLSX; None = UTC, without a byte order mark.

    Raises:
        UsageError: The name has another extension, or a package that the format needs is not installed.
        OutputError: The file exists or cannot be written. No partial file is left.
    """
    write = _writer(target, style or TableStyle())
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
        UsageError: The name has another extension, or a package that the format needs is not installed.
        OutputError: The file exists, or its folder is missing or cannot be written.
    """
    _writer(target, TableStyle())
    PartialFile(target, replace=replace).discard()


def as_csv(signals: Iterable[PlaceSignal], *, head: bool = True, zone: tzinfo | None = None) -> str:
    """Return signals as lines of CSV; times are ISO 8601 in UTC, or local times of a zone that the header names."""
    text = io.StringIO()
    lines = csv.writer(text, lineterminator="\n")
    if head:
        lines.writerow(COLUMNS if zone is None else _named(zone))
    for signal in signals:
        values = (getattr(signal, name) for name in COLUMNS)
        lines.writerow([_written(value, zone) if isinstance(value, datetime) else value for value in values])
    return text.getvalue()


def _named(zone: tzinfo) -> list[str]:
    return [f"{name}, {zone}" if name in MOMENTS else name for name in COLUMNS]


def _written(moment: datetime, zone: tzinfo | None) -> str:
    if zone is None:
        return moment.isoformat().replace("+00:00", "Z")
    return moment.astimezone(zone).replace(tzinfo=None).isoformat(sep=" ")


def _batches(signals: Iterator[PlaceSignal]) -> Iterator[Batch]:
    while batch := list(islice(signals, AT_ONCE)):
        yield batch


def _writer(target: Path, style: TableStyle) -> Callable[[PartialFile, Iterable[Batch]], int]:
    match target.suffix.lower():
        case ".csv":
            return partial(_write_csv, style=style)
        case ".jsonl" | ".ndjson":
            return _write_lines
        case ".parquet":
            _pyarrow()
            return _write_parquet
        case ".xlsx":
            _xlsxwriter()
            return partial(_write_xlsx, style=style)
    msg = f"{target}: signals are written as .csv, .jsonl, .parquet or .xlsx; use one of these extensions"
    raise UsageError(msg)


def _write_csv(file: PartialFile, batches: Iterable[Batch], *, style: TableStyle) -> int:
    count = 0
    if style.bom:
        file.write(codecs.BOM_UTF8)
    for batch in batches:
        file.write(as_csv(batch, head=not count, zone=style.zone).encode())
        count += len(batch)
    return count


def _xlsxwriter() -> Any:  # noqa: ANN401 - the module, which has no types
    try:
        return import_module("xlsxwriter")
    except ModuleNotFoundError as error:
        msg = f"Excel files need {error.name}: {how_to_install('xlsx')}; or write .csv"
        raise UsageError(msg) from error


def _write_xlsx(file: PartialFile, batches: Iterable[Batch], *, style: TableStyle) -> int:
    zone = style.zone or UTC
    whole = io.BytesIO()  # a ZIP archive is not written in order
    book = _xlsxwriter().Workbook(whole, {"constant_memory": True, "strings_to_formulas": False})
    moments = book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"})
    sheet = book.add_worksheet("signals")
    sheet.freeze_panes(1, 0)
    sheet.write_row(0, 0, _named(zone))
    row = 0

    for signal in chain.from_iterable(batches):
        row += 1
        if row > MOST_ROWS:
            msg = f"an Excel sheet holds {MOST_ROWS:,} rows; choose longer windows or fewer places, or write .csv"
            raise UsageError(msg)
        for column, name in enumerate(COLUMNS):
            value = getattr(signal, name)
            if isinstance(value, datetime):
                sheet.write_datetime(row, column, value.astimezone(zone).replace(tzinfo=None), moments)
            elif value is not None:
                sheet.write(row, column, value)

    sheet.autofilter(0, 0, row, len(COLUMNS) - 1)
    sheet.set_column(*(COLUMNS.index(name) for name in MOMENTS), 20)
    book.close()
    file.write(whole.getvalue())

    return row


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
    word = arrow.dictionary(arrow.int32(), arrow.string())
    moment = arrow.timestamp("us", tz="UTC")
    kinds = {"value": arrow.float64(), "coverage": arrow.float64(), "schema_version": arrow.int32()}
    kinds |= {"window_start": moment, "window_end": moment}
    kinds |= dict.fromkeys(OPTIONAL, arrow.float64())
    return arrow.schema([arrow.field(name, kinds.get(name, word), nullable=name in OPTIONAL) for name in COLUMNS])
