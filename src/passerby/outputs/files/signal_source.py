"""Reads the files that `signal_file` writes, with the interface of a store."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from passerby.errors import UsageError
from passerby.installation import how_to_install
from passerby.outputs.files.signal_file import COLUMNS, OPTIONAL
from passerby.signals.selection import Selection, SeriesKey
from passerby.signals.signal import PlaceSignal
from passerby.signals.window import WindowLength, roll_up

READABLE = (".csv", ".jsonl", ".ndjson", ".parquet")
TABLES = frozenset({".xlsx", ".xls", ".ods", ".tsv", ".json", ".yaml", ".yml", ".txt"})
"""Files that somebody may take for signals: a spreadsheet loses the time zone, and the others are not written."""
FIRST_VERSION = 1
"""Version of the schema without bounds."""


def is_signal_file(address: str) -> bool:
    """Return whether an address names a signal file, by its extension.

    Raises:
        UsageError: It names a table that signals cannot be read from.
    """
    suffix = Path(address).suffix.lower()
    if suffix in TABLES and "://" not in address:
        msg = (
            f"{address}: a {suffix} file cannot be read; name a store such as signals.db, or a .csv, .jsonl or "
            f".parquet file: write one with passerby measure --out {Path(address).stem}.csv"
        )
        raise UsageError(msg)
    return suffix in READABLE


class SignalFile:
    """The signals of a file, held in memory.

    Args:
        path: Ends in .csv, .jsonl or .parquet.

    Raises:
        UsageError: The file cannot be read, or is not a signal file.
    """

    def __init__(self, path: Path) -> None:
        self.address = str(path)
        try:
            self._signals = [*_rows(path)]
        except (OSError, UnicodeDecodeError) as error:
            reason = error.strerror if isinstance(error, OSError) else "not UTF-8 text"
            msg = f"{path}: cannot be read ({reason}); name a file that passerby measure wrote"
            raise UsageError(msg) from error

    def read(self, wanted: Selection) -> Iterator[PlaceSignal]:
        """Yield the signals of a selection, computed from shorter windows of the file if necessary.

        Raises:
            UsageError: The file has longer windows than requested.
        """
        chosen = [each for each in self._signals if wanted.start <= each.window_start < wanted.end]
        longest = max((each.length_s for each in chosen), default=0.0)
        if longest > wanted.length.seconds and wanted.length is not WindowLength.DAY:
            msg = (
                f"{self.address}: has windows of {longest:g} s; shorter ones of {wanted.length} cannot be made of them"
            )
            raise UsageError(msg)
        made = roll_up((each for each in chosen if _is_about(each, wanted, shares=True)), wanted.length, wanted.zone)
        yield from (each for each in made if _is_about(each, wanted, shares=False))

    def known(self) -> list[SeriesKey]:
        """Return the series in the file, sorted."""
        return sorted({SeriesKey(each.site, each.place, each.quantity, each.kind) for each in self._signals})

    def extent(self) -> tuple[datetime, datetime] | None:
        """Return the start of the first and the end of the last signal, UTC; None if there are none."""
        if not self._signals:
            return None
        return min(each.window_start for each in self._signals), max(each.window_end for each in self._signals)

    @property
    def window(self) -> WindowLength:
        """Length of its windows; if there are several, the longest."""
        longest = max((each.length_s for each in self._signals), default=1.0)
        return next((each for each in WindowLength if each.seconds >= longest), WindowLength.DAY)


def _is_about(signal: PlaceSignal, wanted: Selection, *, shares: bool) -> bool:
    """Return whether a signal was requested; with `shares`, also the counts from which a share is computed."""
    names = ((signal.site, wanted.sites), (signal.place, wanted.places))
    if not all(not given or name in given for name, given in names):
        return False
    if shares:
        return True
    quantities = not wanted.quantities or signal.quantity in wanted.quantities
    return quantities and (not wanted.kinds or signal.kind in wanted.kinds)


def _rows(path: Path) -> Iterator[PlaceSignal]:
    match path.suffix.lower():
        case ".csv":
            with path.open(encoding="utf-8-sig", newline="") as file:
                for number, row in enumerate(csv.DictReader(file), 2):
                    yield _signal(row, f"{path}:{number}")
        case ".parquet":
            try:
                table = import_module("pyarrow.parquet").read_table(path)
            except ModuleNotFoundError as error:
                msg = f"Parquet needs {error.name}: {how_to_install('parquet')}; or name a .csv or .jsonl file"
                raise UsageError(msg) from error
            except ValueError as error:  # pyarrow raises subclasses of it
                msg = f"{path}: is not a Parquet file; name a file that passerby measure wrote"
                raise UsageError(msg) from error
            for number, row in enumerate(table.to_pylist(), 1):
                yield _signal(row, f"{path}: row {number}")
        case _:
            for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
                yield _parsed(line, f"{path}:{number}")


def _parsed(line: str, where: str) -> PlaceSignal:
    try:
        row = json.loads(line)
    except ValueError as error:
        msg = f"{where}: is not JSON; name a file that passerby measure wrote"
        raise UsageError(msg) from error
    return _signal(row if isinstance(row, dict) else {}, where)


def _signal(row: Mapping[str, Any], where: str) -> PlaceSignal:
    given = {name: row.get(name) for name in COLUMNS if name not in {"unit", "schema_version"}}
    if any(str(name).startswith("window_start,") for name in row):
        msg = f"{where}: was written for spreadsheets, and its local times are ambiguous; write it without "
        msg += "--spreadsheet to read it again"
        raise UsageError(msg)

    for name in OPTIONAL:
        given[name] = given[name] if given[name] != "" else None
    version = str(row.get("schema_version", ""))
    if version == str(FIRST_VERSION) and given["estimator"] == "lower bound":
        given["low"] = given["value"]

    try:
        return PlaceSignal.model_validate(
            {**given, **{name: _moment(given[name]) for name in ("window_start", "window_end")}}
        )
    except ValidationError as error:
        first = error.errors()[0]
        msg = f"{where}: {'.'.join(map(str, first['loc'])) or 'row'}: {first['msg'].lower()}; is this a signal file?"
        raise UsageError(msg) from error


def _moment(given: Any) -> Any:  # noqa: ANN401 - any value from a file
    return given.astimezone(UTC) if isinstance(given, datetime) else given
